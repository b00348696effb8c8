"""`broadcaster demo`: a whole station on this machine, with boxes whose sound can be listened to in the browser.

Nothing in it is pretended: the boxes are real agents that enrol by code, over HTTP, and play through the WAV player.
"""

import json
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from broadcaster.adapters.durable import write_durably
from broadcaster.adapters.loudspeakers import Loudspeakers
from broadcaster.adapters.ports import free_port
from broadcaster.bootstrap import Server, utc_now
from broadcaster.domain.errors import Refusal
from broadcaster.domain.permissions import Person, Role
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.serve import run, set_up_logging
from broadcaster.services import devices, people, signing_in, stations
from broadcaster.services.people import NewPerson, hand_over
from broadcaster.settings import Settings
from broadcaster.store import accounts as account_rows
from broadcaster.store import devices as device_rows
from broadcaster.store import stations as station_rows
from broadcaster.web.site import Loudspeaker

log = logging.getLogger(__name__)

HAMLETS = ("Thôn Kép 1", "Thôn Ngọt", "Thôn Đông Sen", "Thôn Khả Lý Thượng", "Xóm Lường", "Thôn Hồng Xuân")
PEOPLE = (
    ("editor", "bien-tap", "Nguyễn Thị Lan", frozenset({Role.EDITOR})),
    ("approver", "duyet", "Trần Văn Minh", frozenset({Role.APPROVER})),
    ("admin", "quan-tri", "Lê Thị Hoa", frozenset({Role.ADMINISTRATOR, Role.TECHNICIAN})),
)
USUAL_QUIET = QuietHours(start=time(22), end=time(4, 30))
AWAKE = timedelta(hours=3)
BOXES_WITHIN_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the demonstration must know again at its next start: its ports, sign-ins, tokens."""

    web_port: int
    broker_port: int
    passwords: dict[str, str]
    tokens: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A mosquitto to use instead of the embedded broker: the server's own account in its address, and its CA."""

    url: str
    ca: Path | None = None


def demo(*, data: Path, port: int, devices: int, as_json: bool, broker: Broker | None = None) -> int:
    """Serve the demonstration until SIGTERM; return its exit code."""
    set_up_logging("WARNING")
    # The embedded broker has no accounts and is reached from this machine alone: no news for who tries the station.
    logging.getLogger("broadcaster.adapters.broker_accounts").setLevel("ERROR")
    data = data.resolve()
    kept = _kept(data, port)
    settings = Settings(
        data=data / "station",
        audio_cache=data / "audio_cache",
        port=kept.web_port,
        broker_port=kept.broker_port,
        database_url="",
        broker_url=broker.url if broker else "",
        broker_ca=broker.ca if broker else None,
        broker_accounts="mosquitto" if broker else "none",
        public_url="",
        broker_public_url="",
        host="127.0.0.1",
        secure_cookies=False,
        signer_socket=None,
        signer_data=None,
        signer_client="",
        log_level="WARNING",
    )
    boxes = Loudspeakers(data / "boxes", url=settings.url)
    server = Server(settings, loudspeakers=lambda: _listened_to(boxes))
    kept = _set_up(server, kept, data=data, count=devices)

    def once_started() -> None:
        _enrol(server, boxes, count=devices)
        boxes.start()
        _await_boxes(server)
        _announce(server, boxes, kept, as_json=as_json)

    try:
        return run(server, once_started=once_started)
    finally:
        boxes.stop()


def quiet_hours_now(now: datetime, rules: Rules) -> tuple[QuietHours, ...]:
    """Return the usual quiet hours without the next three: whoever tries the station at night wants to hear it.

    A real station keeps its own; the demonstration's page of rules shows these.
    """
    local = now.astimezone(rules.zone)
    awake_from, awake_to = local - timedelta(minutes=10), local + AWAKE
    quiet: list[QuietHours] = []
    for day in (-1, 0, 1):
        begin = datetime.combine(local.date() + timedelta(days=day), USUAL_QUIET.start, rules.zone)
        end = datetime.combine(local.date() + timedelta(days=day + 1), USUAL_QUIET.end, rules.zone)
        if begin < awake_to and end > awake_from:
            parts = ((begin, awake_from), (awake_to, end))
            quiet = [_hours(a, b) for a, b in parts if b - a >= timedelta(minutes=1)]
    return tuple(quiet) or (USUAL_QUIET,)


def _hours(begin: datetime, end: datetime) -> QuietHours:
    return QuietHours(
        start=begin.time().replace(second=0, microsecond=0), end=end.time().replace(second=0, microsecond=0)
    )


def _kept(data: Path, port: int) -> Kept:
    path = data / "demo.json"
    before: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return Kept(
        web_port=port or before.get("web_port") or free_port(),
        broker_port=before.get("broker_port") or free_port(),
        passwords=before.get("passwords", {}),
        tokens=before.get("tokens", {}),
    )


def _set_up(server: Server, kept: Kept, *, data: Path, count: int) -> Kept:
    """Create the station at the first start; freshen its quiet hours at every start."""
    rules = Rules()
    rules = Rules(quiet_hours=quiet_hours_now(utc_now(), rules))
    with server.office.database.reading() as tx:
        known = station_rows.first(tx)
    if known is None:
        # The passwords are on the disk before the accounts are: a demonstration that is killed here can be entered.
        kept = replace(kept, passwords={username: secrets.token_hex(6) for _, username, _, _ in PEOPLE}, tokens={})
        _write(kept, data)
        _first_start(server, kept, rules=rules, count=count)
    else:
        admin = _person(server, "quan-tri")
        stations.change_rules(server.office, actor=admin, rules=rules, voices=server.site.voice_names)
    if not kept.tokens:
        kept = replace(kept, tokens=_tokens(server, kept))
    _write(kept, data)
    _prove_tokens(server, kept)
    return kept


def _write(kept: Kept, data: Path) -> None:
    content = json.dumps({name: getattr(kept, name) for name in Kept.__slots__}, indent=1)
    write_durably(data / "demo.json", content.encode(), mode=0o600)


def _first_start(server: Server, kept: Kept, *, rules: Rules, count: int) -> None:
    new = stations.NewStation(
        name="Xã Hồng Phong",
        province="Bắc Ninh",
        hamlets=tuple(_hamlet(n) for n in range(max(count, 1))),
        people=tuple(
            NewPerson(username=username, full_name=name, password=kept.passwords[username], roles=roles)
            for _, username, name, roles in PEOPLE
        ),
        rules=rules,
    )
    stations.set_up(server.office, server.site.passwords, new=new, make_key=server.site.make_key)


def _tokens(server: Server, kept: Kept) -> dict[str, str]:
    admin = _person(server, "quan-tri")
    signed_in = signing_in.sign_in(
        server.office, server.site.passwords, username="quan-tri", password=kept.passwords["quan-tri"],
        address="127.0.0.1",
    )  # fmt: skip
    return {
        role: people.issue_token(
            server.office, actor=admin, user=_person(server, username).id, name=f"trình diễn ({role})",
            sign=server.site.act_with(signed_in.secret),
        )
        for role, username, _, _ in PEOPLE
    }  # fmt: skip


def _prove_tokens(server: Server, kept: Kept) -> None:
    """Have the signer know the tokens as their owners' own, also those of a demonstration from before it had one."""
    hand_over(server.office)
    for role, username, _, _ in PEOPLE:
        try:
            server.office.registrar.open_session(
                _person(server, username).id, password=kept.passwords[username], secret=kept.tokens[role], lasting=True
            )
        except Refusal as exc:
            log.warning("the token of %s is not known to the signer: %s", username, exc)


def _hamlet(number: int) -> str:
    return HAMLETS[number] if number < len(HAMLETS) else f"Thôn {number + 1}"


def _person(server: Server, username: str) -> Person:
    with server.office.database.reading() as tx:
        account = account_rows.by_username(tx, username)
    assert account is not None  # noqa: S101 - the demonstration made this account itself
    return account.person


def _enrol(server: Server, boxes: Loudspeakers, *, count: int) -> None:
    """Enrol the boxes that are missing, each by a one-time code, as a technician would."""
    admin = _person(server, "quan-tri")
    with server.office.database.reading() as tx:
        hamlets = station_rows.hamlets_of(tx, admin.station)
        known = {cluster.name: cluster.id for cluster in station_rows.clusters_of(tx, admin.station)}
    missing = [number for number in range(count) if not boxes.enrolled(number)]
    codes: dict[int, str] = {}
    for number in missing:
        name, hamlet = f"Cụm loa {number + 1}", hamlets[number % len(hamlets)].id
        if name not in known:
            known[name] = stations.add_cluster(server.office, actor=admin, hamlet=hamlet, name=name).id
        codes[number] = devices.shown_code(devices.issue_code(server.office, actor=admin, cluster=known[name]))
    with ThreadPoolExecutor(4) as technicians:
        list(technicians.map(lambda number: boxes.enrol(number, code=codes[number]), missing))


def _await_boxes(server: Server) -> None:
    """Return when every box has said that it is there, or when that takes too long to wait for."""
    admin, end = _person(server, "quan-tri"), monotonic() + BOXES_WITHIN_S
    while monotonic() < end:
        with server.office.database.reading() as tx:
            if all(device.online for device in device_rows.of_station(tx, admin.station)):
                return
        sleep(0.05)


def _listened_to(boxes: Loudspeakers) -> tuple[Loudspeaker, ...]:
    return tuple(Loudspeaker(device=box.device, sounds=box.sounds) for box in boxes.boxes())


def _announce(server: Server, boxes: Loudspeakers, kept: Kept, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_described(server, boxes, kept), ensure_ascii=False), flush=True)
        return
    print("\n  Đài trình diễn đang chạy:", server.settings.url)
    for _, username, name, _ in PEOPLE:
        print(f"    {username:10s} mật khẩu {kept.passwords[username]}   ({name})")
    print(f"  Nghe loa: {server.settings.url}/nghe    Dừng: Ctrl+C\n", flush=True)


def _described(server: Server, boxes: Loudspeakers, kept: Kept) -> dict[str, Any]:
    admin = _person(server, "quan-tri")
    with server.office.database.reading() as tx:
        known = {device.id: device for device in device_rows.of_station(tx, admin.station)}
        hamlet_of = {cluster.id: cluster.hamlet for cluster in station_rows.clusters_of(tx, admin.station)}
    return {
        "url": server.settings.url,
        "broker": server.broker_url,
        "tokens": kept.tokens,
        "passwords": kept.passwords,
        "devices": [
            {
                "id": box.device,
                "cluster": known[box.device].cluster,
                "cluster_name": known[box.device].cluster_name,
                "hamlet": hamlet_of[known[box.device].cluster],
                "hamlet_name": known[box.device].hamlet_name,
                "sounds": str(box.sounds),
            }
            for box in boxes.boxes()
            if box.device in known
        ],
    }
