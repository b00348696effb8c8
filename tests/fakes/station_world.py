"""A whole station for tests of the use cases: people, places, keys and boxes, made by the use cases themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from joserfc.jwk import OKPKey

from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.audience import EVERYBODY, Audience
from broadcaster.domain.bulletin import Bulletin
from broadcaster.domain.ids import BulletinId, ClusterId, DeviceId, HamletId, StationId
from broadcaster.domain.permissions import Person, Role
from broadcaster.domain.station import Rules, Station
from broadcaster.domain.timetable import Airing
from broadcaster.services import airings, bulletins, devices, people, planning, stations
from broadcaster.services.bulletins import Draft
from broadcaster.services.office import Office, new_id
from broadcaster.services.people import NewPerson
from broadcaster.services.publishing import Publisher
from broadcaster.services.rendering import render_next
from broadcaster.store import accounts
from broadcaster.store import stations as station_rows
from broadcaster.store.devices import EnrolmentCode
from broadcaster.store.engine import Database
from tests.fakes.station_box import FakeBox
from tests.fakes.station_office import Clock, FastPasswords, Rung, office_of
from tests.fakes.station_post import FakePost
from tests.fakes.station_studio import FakeStudio
from wire import messages, seal
from wire.enrolment import BrokerAccount
from wire.messages import Value

VOICES = ("espeak", "gtts")
PASSWORD = "mot cau ngan de nho"
PEOPLE = {
    "lan": frozenset({Role.EDITOR}),
    "minh": frozenset({Role.APPROVER}),
    "hoa": frozenset({Role.ADMINISTRATOR, Role.TECHNICIAN}),
    "dung": frozenset({Role.EDITOR, Role.APPROVER}),
}
TEXT = "Kính thưa bà con. Tối nay thôn Kép họp tại nhà văn hóa."


@dataclass(kw_only=True)
class FakeAccounts:
    """Broker accounts in memory."""

    live: set[tuple[str, str]] = field(default_factory=set)

    def create(self, station: str, device: str) -> tuple[str | None, str | None]:
        self.live.add((station, device))
        return f"{station}.{device}", "secret"

    def remove(self, station: str, device: str) -> None:
        self.live.discard((station, device))


@dataclass(kw_only=True)
class World:
    """Two hamlets with a cluster each; `lan` writes, `minh` approves, `hoa` administers, `dung` writes and approves."""

    database: Database
    clock: Clock
    rung: Rung
    office: Office
    studio: FakeStudio
    accounts: FakeAccounts
    keys: dict[str, OKPKey]
    station: StationId
    hamlets: tuple[HamletId, ...] = ()
    clusters: tuple[ClusterId, ...] = ()
    dossiers: tuple[Dossier, ...] = ()

    def person(self, name: str) -> Person:
        """Return one of the people by username."""
        with self.database.reading() as tx:
            account = accounts.by_username(tx, self.username(name))
        assert account is not None
        return account.person

    def username(self, name: str) -> str:
        """Return the username, which is the installation's and therefore carries the station here."""
        return f"{name}.{self.station}"

    def write(self, *, actor: str = "lan", title: str = "Họp thôn", text: str = TEXT, audience: Audience = EVERYBODY,
              **more: object) -> Bulletin:  # fmt: skip
        """Write a draft."""
        draft = replace(Draft(title=title, text=text, audience=audience), **more)
        return bulletins.write(self.office, actor=self.person(actor), draft=draft, voices=VOICES)

    def rewrite(self, bulletin: Bulletin, *, actor: str = "lan", **changes: object) -> Bulletin:
        """Change a bulletin."""
        draft = replace(Draft(title=bulletin.title, text=bulletin.text, audience=bulletin.audience), **changes)
        return bulletins.rewrite(
            self.office, actor=self.person(actor), bulletin=bulletin.id, draft=draft, voices=VOICES
        )  # fmt: skip

    def render(self) -> None:
        """Make every recording that waits."""
        while render_next(self.office, self.studio, voices=VOICES):
            pass

    def find(self, bulletin: Bulletin | BulletinId) -> Bulletin:
        """Return the bulletin as it is now."""
        with self.database.reading() as tx:
            return bulletins.find(tx, self.station, bulletin if isinstance(bulletin, str) else bulletin.id)

    def approved(self, **draft: object) -> Bulletin:
        """Return a bulletin that was written, recorded, submitted and approved."""
        written = self.write(**draft)  # type: ignore[arg-type] # passed on as they are
        self.render()
        bulletins.submit(self.office, actor=self.person("lan"), bulletin=written.id)
        return self.approve(written)

    def approve(self, bulletin: Bulletin, *, actor: str = "minh") -> Bulletin:
        """Approve what the bulletin is now."""
        seen = self.find(bulletin)
        return bulletins.approve(
            self.office, actor=self.person(actor), bulletin=seen.id,
            text_sha256=seen.text_sha256, recording_sha256=seen.recording_sha256 or "",
        )  # fmt: skip

    def plan(self, bulletin: Bulletin, start_at: datetime | None = None, *, actor: str = "lan",
             **more: object) -> Airing:  # fmt: skip
        """Plan an airing."""
        return airings.plan(
            self.office, actor=self.person(actor), bulletin=bulletin.id, start_at=start_at, **more  # type: ignore[arg-type] # passed on
        )  # fmt: skip

    def code(self, cluster: int = 0) -> EnrolmentCode:
        """Give out a code for a cluster's box."""
        return devices.issue_code(self.office, actor=self.person("hoa"), cluster=self.clusters[cluster])

    def enrol(self, cluster: int = 0, *, box: FakeBox | None = None) -> FakeBox:
        """Return a box that hangs at a cluster, taken in without the handshake, whose key stretching takes its time."""
        box = box or FakeBox(now=self.clock)
        box.station, box.id = self.station, DeviceId(new_id("loa"))
        self.accounts.create(box.station, box.id)
        devices.take_in(
            self.office, self.code(cluster), device=box.id, public_key_pem=seal.public_pem(box.key), now=self.clock.now
        )
        self.rung.ring_planner()
        return box

    def answer(self, box: FakeBox, code: str, *, address: str = "192.0.2.1"):  # type: ignore[no-untyped-def] # enrol's own
        """Return the station's answer to a box's request."""
        return devices.enrol(
            self.office, sealed=box.request(code), address=address,
            station_key_pem=lambda station: seal.public_pem(self.keys[station]),
            broker=BrokerAccount(url="mqtt://127.0.0.1:1883"), broker_accounts=self.accounts,
        )  # fmt: skip

    def seal(self, station: str, message: Value) -> bytes:
        """Sign as a station."""
        return seal.seal(message, self.keys[station])

    def seal_document(self, document: Value) -> bytes:
        """Sign a document by the station that it names."""
        return self.seal(str(getattr(document, "station")), document)  # noqa: B009 - every document has one

    def seal_alerts(self, document: messages.Alerts, dossiers: Sequence[Dossier]) -> bytes:
        """Sign what is live; whoever vouched for it is remembered."""
        self.dossiers = tuple(dossiers)
        return self.seal_document(document)

    def reconcile(self):  # type: ignore[no-untyped-def] # reconcile's own
        """Make the plans anew; return those that changed."""
        return planning.reconcile(self.office, seal=self.seal_document)

    def publisher(self, post: FakePost) -> Publisher:
        """Return a publisher on this post, as a server that has just started has one."""
        return Publisher(
            self.office, post, seal_plan=self.seal_document, seal_alerts=self.seal_alerts, read_audio=self.studio.read
        )


def open_world(database: Database, *, name: str = "Xã Hồng Phong", clock: Clock | None = None) -> World:
    """Set a station up in an empty database and return it."""
    clock, rung = clock or Clock(), Rung()
    world = World(
        database=database, clock=clock, rung=rung, office=office_of(database, clock, rung), studio=FakeStudio(),
        accounts=FakeAccounts(), keys={}, station=StationId(stations.slug(name)),
    )  # fmt: skip
    new = stations.NewStation(
        name=name, province="Bắc Ninh", hamlets=("Thôn Kép", "Thôn Ngọt"), people=new_people(world), rules=Rules()
    )
    stations.set_up(world.office, FastPasswords(), new=new, make_key=lambda s: _make_key(world, s))
    _fill(world)
    return world


def moved(world: World, database: Database) -> World:
    """Return the world as it lives on in a copy of its database, with a clock and bells of its own."""
    clock, rung = Clock(now=world.clock.now), Rung()
    return replace(
        world, database=database, clock=clock, rung=rung, office=office_of(database, clock, rung), studio=FakeStudio(),
        accounts=FakeAccounts(), keys=dict(world.keys),
    )  # fmt: skip


def open_neighbour(world: World, *, name: str = "Xã Bên Cạnh") -> World:
    """Return a second station in the same database: one installation may serve many."""
    neighbour = replace(world, station=StationId(stations.slug(name)), hamlets=(), clusters=())
    station = Station(id=neighbour.station, name=name, province="Bắc Ninh", rules=Rules(), epoch=1)
    _make_key(neighbour, station.id)
    with world.database.writing() as tx:
        now = world.clock.now
        station_rows.add(tx, station, now=now)
        station_rows.add_hamlets(tx, station.id, stations._new_hamlets(["Thôn Kép", "Thôn Xa"]))
        for new in new_people(neighbour):
            people.create_person(tx, FastPasswords(), station=station.id, new=new, now=now)
    _fill(neighbour)
    return neighbour


def new_people(world: World) -> tuple[NewPerson, ...]:
    """Return everybody as entered at the first run."""
    return tuple(
        NewPerson(username=world.username(name), full_name=name.capitalize(), password=PASSWORD, roles=roles)
        for name, roles in PEOPLE.items()
    )


def _fill(world: World) -> None:
    with world.database.reading() as tx:
        world.hamlets = tuple(h.id for h in station_rows.hamlets_of(tx, world.station))
    world.clusters = tuple(
        stations.add_cluster(world.office, actor=world.person("hoa"), hamlet=hamlet, name=f"Cụm {n + 1}").id
        for n, hamlet in enumerate(world.hamlets)
    )


def _make_key(world: World, station: StationId) -> None:
    world.keys[station] = seal.new_key()
