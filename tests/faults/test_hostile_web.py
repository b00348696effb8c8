"""A web process in strange hands, before a real signer, a real broker and a real box: it makes no area-wide alarm.

It holds what the web process holds: the database with everything that people ever signed, every right on the broker,
the signer's socket. It has no person's secret; what it could do with one stands in ADR 0008.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from broadcaster.adapters.session_keys import public_key_of
from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.station_signer import StationSigner
from broadcaster.domain.acting import ActKind
from broadcaster.domain.alarm.vouching import Dossier, Part
from broadcaster.domain.alert import Content, Scope, Status, Stroke
from broadcaster.domain.audience import of_hamlets
from broadcaster.domain.permissions import Role
from broadcaster.services.office import fingerprint
from tests.fakes.box_process import BoxProcess, wait_until
from tests.fakes.box_station import DEVICE, STATION, audio_ref
from tests.fakes.taken_over_web import PeopleOf, TakenOverWeb
from wire import messages, seal
from wire.values import Revision

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

BRIEF = (Stroke(on_ms=700, off_ms=100, times=1),)
BOTH = frozenset({Role.EDITOR, Role.APPROVER})
LONG_AGO = timedelta(minutes=31)


@pytest.fixture
def web(embedded_broker: EmbeddedBroker, tmp_path: Path) -> Iterator[TakenOverWeb]:
    """The taken-over web process of a station with four people, in front of a signer of its own."""
    folder = tmp_path / "station"
    environment = {"LOA_DATA": str(folder), "LOA_SIGNER_DATA": str(folder / "signer"), "LOA_LOG_LEVEL": "WARNING"}
    signer = StationSigner(
        folder / "signer" / "socket", environment=environment, now=lambda: datetime.now(UTC), on_back=lambda: None
    )
    folder.mkdir()
    with ExitStack() as stack:
        stack.callback(signer.stop)
        signer.start()
        taken_over = TakenOverWeb(embedded_broker.url, folder)
        stack.callback(taken_over.close)
        yield stack.enter_context(taken_over.on_air())


def brief(people: PeopleOf, headline: str, **changes: object) -> Content:
    """Return an area-wide real alert that wails for a moment and is said once."""
    values = {"siren": BRIEF, "times": 1, "repeat_every_s": None, **changes}
    return people.content(headline=headline, **values)


def test_whoever_is_the_web_process_sounds_no_area_wide_alarm(web: TakenOverWeb, tmp_path: Path) -> None:
    web.enrol(tmp_path / "box")
    with BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds").running() as box:
        web.wait_for(lambda: web.status and web.status.clock.trusted, timeout_s=60, what="the time")
        assert web.heartbeat()

        attack(web, "before")
        live, dossier = genuine(web, box, "that-1")
        said_once_more(web, live, dossier)
        attack(web, "between")
        attack_what_is_live(web, "that-1")
        genuine(web, box, "that-2")
        attack(web, "after")
        genuine(web, box, "that-3")
        time.sleep(2)

        assert box.is_alive
        assert sorted(set(sounded(box))) == ["that-1", "that-2", "that-3"]
        with_the_key_itself(web, tmp_path / "station" / "signer" / "keys" / f"{STATION}.pem")
        wait_until(lambda: "stolen-key" in sounded(box), timeout_s=20)
    assert web.tried > 3 * len(FORGERIES)
    assert [what for what in web.signed if what not in HARMLESS] == []


HARMLESS = frozenset({"a heartbeat", "genuine", "a plan with a prepared message"})
"""What is signed for good reasons, and what is signed because by itself it makes nothing sound."""


def genuine(web: TakenOverWeb, box: BoxProcess, name: str) -> tuple[messages.LiveAlert, Dossier]:
    """Have two people make an alert, through the very same hands: it sounds, and then they take it back."""
    people = web.people
    content = brief(people, f"Lũ quét {name}")
    live, dossier = people.live(content, name=name), people.both(content, alert=name)
    assert web.ask_for("genuine", people.alerts(live), dossier)
    wait_until(lambda: name in sounded(box), timeout_s=20)
    assert people.call_off(name).refused is None
    assert web.heartbeat()
    return live, dossier


def said_once_more(web: TakenOverWeb, live: messages.LiveAlert, dossier: Dossier) -> None:
    """What two people stood for and took back a moment ago is signed no more, as it was or as an update or a repeat."""
    again = live.model_copy(update={"alert_id": f"{live.alert_id}.r1", "devices": (DEVICE,)})
    newer = live.model_copy(update={"version": 2, "effective_at": web.now()})
    for said in (live, again, newer):
        web.ask_for("what was called off", web.people.alerts(said), dossier)
    far = web.people.alerts(live, revision=Revision(epoch=1, seq=90_000_000))
    web.ask_for("what was called off", far, dossier)


def with_the_key_itself(web: TakenOverWeb, key: Path) -> None:
    """Sign what nobody stood for with the station's key: it is the signer alone that keeps it from sounding."""
    document = web.people.alerts(web.people.live(brief(web.people, "Không ai duyệt"), name="stolen-key"))
    web.say(seal.seal(document, seal.load_key(key.read_text())), document)


def sounded(box: BoxProcess) -> list[str]:
    """Return which alert, airing or prepared message each stretch of sound was of."""
    told = [json.loads(path.read_text()) for path in sorted(box.sounds.glob("*.json"))] if box.sounds.exists() else []
    return [str(each.get("alert_id") or each.get("airing_id")) for each in told]


def attack(web: TakenOverWeb, when: str) -> None:
    """Try everything once."""
    for number, (what, forge) in enumerate(FORGERIES.items()):
        forge(web, what, f"gia-{when}-{number}")


def alarm(web: TakenOverWeb, what: str, name: str, content: Content, *dossiers: Dossier, **said: object) -> None:
    """Ask for a document in which this is live for everybody."""
    web.ask_for(what, web.people.alerts(web.people.live(content, name=name, **said)), *dossiers)
    web.people.ask(requests.Lodge(station=STATION, dossier=dossiers[0], everywhere=False)) if dossiers else None
    web.ask_for(what, web.people.alerts(web.people.live(content, name=name, **said)))


def nobody(web: TakenOverWeb, what: str, name: str) -> None:
    content = brief(web.people, "Không ai duyệt")
    alarm(web, what, name, content)
    alarm(web, what, name, content, web.people.dossier(content, [], alert=name))


def unknown_key(web: TakenOverWeb, what: str, name: str) -> None:
    """Statements under keys that the web process made up, and one under its own word that a session was opened."""
    people, content = web.people, brief(web.people, "Khóa tự chế")
    secret = f"made up for {name}"
    people.sign_in("minh", secret=secret, password="a guess")
    people.ask(requests.Found(station=STATION, people=(founder(people, secret),)))
    forged = [
        people.says("lan", content, Part.AUTHOR, alert=name, secret=secret),
        people.says("minh", content, Part.APPROVER, alert=name, secret=secret),
    ]
    alarm(web, what, name, content, people.dossier(content, forged, alert=name))


def founder(people: PeopleOf, secret: str) -> requests.Founder:
    verifier = "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43
    return requests.Founder(person="nd-moi", username="moi", roles=BOTH, verifier=verifier)


def one_key_twice(web: TakenOverWeb, what: str, name: str) -> None:
    people, content = web.people, brief(web.people, "Một người hai lần")
    alone = [people.says("dung", content, part, alert=name) for part in (Part.AUTHOR, Part.APPROVER, Part.APPROVER)]
    alarm(web, what, name, content, people.dossier(content, alone, alert=name))
    renamed = [replace(v, statement=replace(v.statement, person="nd-minh")) for v in alone[1:]]  # type: ignore[arg-type] # the id of another person
    alarm(web, what, name, content, people.dossier(content, [*alone, *renamed], alert=name))


def stolen_statement(web: TakenOverWeb, what: str, name: str) -> None:
    """Two people stood for something else: for another content, another alert, another station."""
    people, content = web.people, brief(web.people, "Nội dung khác")
    other = brief(people, "Nội dung hai người đã duyệt")
    said = [people.both(other, alert=name), people.both(content, alert="kc-khac")]
    neighbour = people.both(replace(content, station="xa-khac"), alert=name)  # type: ignore[type-var] # the id of another station
    for dossier in (*said, neighbour):
        alarm(web, what, name, content, people.dossier(content, dossier.vouched, alert=name))


def expired_approval(web: TakenOverWeb, what: str, name: str) -> None:
    people, content = web.people, brief(web.people, "Duyệt từ lâu")
    old = [
        people.says(person, content, part, alert=name, at=people.now - LONG_AGO)
        for person, part in (("lan", Part.AUTHOR), ("minh", Part.APPROVER))
    ]
    alarm(web, what, name, content, people.dossier(content, old, alert=name))
    redated = [replace(v, statement=replace(v.statement, at=people.now)) for v in old]
    alarm(web, what, name, content, people.dossier(content, redated, alert=name))


def glass_too_often(web: TakenOverWeb, what: str, name: str) -> None:
    """Somebody really broke it twice within the hour; what they said is used up, and a third time is not signed."""
    people = web.people
    dossiers = []
    for number in range(3):
        content = brief(people, f"Phát một mình {number}")
        alert = f"glass-{number}" if number < 2 else name
        glass = people.says("minh", content, Part.BREAK_GLASS, alert=alert, reason="không gọi được ai")
        dossiers.append((content, people.dossier(content, [glass], alert=alert)))
        if number < 2:
            people.ask(requests.Lodge(station=STATION, dossier=dossiers[-1][1], everywhere=True))
    alarm(web, what, name, *dossiers[-1])


def drill_made_real(web: TakenOverWeb, what: str, name: str) -> None:
    people = web.people
    drill = brief(people, "Diễn tập", status=Status.EXERCISE, siren=())
    one = people.dossier(drill, [people.says("minh", drill, Part.APPROVER, alert=name)], alert=name)
    real = replace(drill, status=Status.ACTUAL, siren=BRIEF)
    alarm(web, what, name, real, one)
    alarm(web, what, name, real, people.dossier(real, one.vouched, alert=name))
    alarm(web, what, name, drill, one, status=messages.AlertStatus.ACTUAL)


def one_hamlet_made_all(web: TakenOverWeb, what: str, name: str) -> None:
    people = web.people
    near = brief(people, "Một thôn", audience=of_hamlets(["th-1"]))
    one = people.dossier(near, [people.says("minh", near, Part.APPROVER, alert=name)], alert=name)
    alarm(web, what, name, near, one)
    wide = replace(near, audience=people.content().audience)
    alarm(web, what, name, wide, people.dossier(wide, one.vouched, alert=name))


CHANGED: tuple[dict[str, object], ...] = (
    {"text": "Khác"}, {"instruction": "Sơ tán"}, {"audience": of_hamlets(["th-1"])}, {"scope": Scope.PRIVATE},
    {"times": 20}, {"expires_at": datetime(8000, 1, 1, tzinfo=UTC)},
)  # fmt: skip


def said_otherwise(web: TakenOverWeb, what: str, name: str) -> None:
    """Two people stood for it; on the wire it has another siren, other times, other words, another end or beginning."""
    people, content = web.people, brief(web.people, "Hai người đã duyệt")
    dossier = people.both(content, alert=name)
    louder = messages.Burst(on_ms=60_000, off_ms=0, times=9)
    for change in (
        {"siren": (louder,)}, {"siren": (*people.live(content).siren, louder)}, {"times": 9}, {"repeat_every_s": 60},
        {"on_the_hour": True}, {"headline": "Khác"}, {"event": "bão"}, {"status": messages.AlertStatus.EXERCISE},
        {"scope": messages.AlertScope.RESTRICTED}, {"expires_at": content.expires_at + timedelta(hours=1)},
        {"effective_at": people.now + timedelta(hours=1)}, {"alert_id": f"{name}.r1"},
    ):  # fmt: skip
        web.ask_for(what, people.alerts(people.live(content, name=name, **change)), dossier)
    for number, change in enumerate(CHANGED):
        other = replace(content, **change)  # type: ignore[arg-type] # fields by their names
        again = f"{name}-{number}"
        vouched = people.both(content, alert=again).vouched
        alarm(web, what, again, other, people.dossier(other, vouched, alert=again))


def hidden_in_a_plan(web: TakenOverWeb, what: str, name: str) -> None:
    """As an emergency among the airings; and as a prepared message, which sounds by nobody's word but the button's."""
    now, audio = web.now(), audio_ref(b"OggS" * 100, 1000)
    airing = messages.PlannedAiring(
        airing_id=name, start_at=now, not_after=now + timedelta(minutes=5), priority=messages.Priority.EMERGENCY,
        recording=audio,
    )  # fmt: skip
    web.ask_for(what, web.plan(airing))
    prepared = messages.PreparedMessage(
        message_id=name, event="lũ", headline="giả", recording=audio,
        siren=(messages.Burst(on_ms=700, off_ms=100, times=1),),
    )  # fmt: skip
    button = messages.Button(messages=(name,))
    plan = web.plan(prepared=(prepared,), button=button)
    assert web.ask_for("a plan with a prepared message", plan)
    both = plan.model_dump(mode="json") | {"alerts": [web.people.live(brief(web.people, "x"), name=name).model_dump()]}
    web.ask_for("a plan with a prepared message", messages.Plan.model_validate(both))


def program_of_its_own(web: TakenOverWeb, what: str, name: str) -> None:
    """A box that ran the web process's own program would sound what that likes."""
    wheel = messages.FileRef(sha256="e" * 64, size_bytes=10, chunks=1)
    release = messages.AgentRelease(version="99.0", wheel=wheel)
    said = {"version": "99.0", "file_sha256": wheel.sha256}
    for by in ("lan", "minh", "dung"):
        web.people.act(ActKind.RELEASE, by, by=by, **said)  # type: ignore[arg-type] # fields by their names
    web.people.act(ActKind.RELEASE, "hoa", secret="made up", **said)  # type: ignore[arg-type] # as above
    web.ask_for(what, web.plan(settings=messages.WantedSettings(agent=release)))


def person_of_its_own(web: TakenOverWeb, what: str, name: str) -> None:
    """Somebody made up, with a token made up: acts that no administrator signed."""
    people, content = web.people, brief(web.people, "Người tự chế")
    secret = f"token of {name}"
    for by, signs in (("lan", None), ("hoa", "made up"), ("hoa", people.secret("minh"))):
        people.admit("moi", BOTH, by=by, secret=signs)
        people.act(ActKind.CHANGE, "lan", by=by, secret=signs, roles=BOTH)
        people.act(ActKind.GIVE_PASSWORD, "minh", by=by, secret=signs, verifier=people.hashed("mine"))
        key = {"key": public_key_of(secret), "key_name": fingerprint(secret)}
        people.act(ActKind.GIVE_KEY, "minh", by=by, secret=signs, **key)  # type: ignore[arg-type] # fields by their names
    forged = [
        people.says("lan", content, Part.AUTHOR, alert=name, secret=secret),
        people.says("minh", content, Part.APPROVER, alert=name, secret=secret),
        people.says("moi", content, Part.APPROVER, alert=name, secret=secret),
    ]
    alarm(web, what, name, content, people.dossier(content, forged, alert=name))


def another_key(web: TakenOverWeb, what: str, name: str) -> None:
    """Signed with a key of its own, and with the key of a station that it founded itself, with people of its own."""
    people, content = web.people, brief(web.people, "Chữ ký khác")
    document = people.alerts(people.live(content, name=name))
    web.say(seal.seal(document, seal.new_key()), document)
    web.tried += 1
    people.ask(requests.MakeKey(station="xa-gia"))
    foreign = document.model_copy(update={"station": "xa-gia"})
    answer = people.ask(requests.Seal(station="xa-gia", messages=(foreign,), dossiers=()))
    heartbeat = people.ask(requests.Seal(station="xa-gia", messages=(people.alerts(station="xa-gia"),)))
    for sealed in (*answer.sealed, *heartbeat.sealed):
        web.say(sealed.encode(), document)


def highest_number(web: TakenOverWeb, what: str, name: str) -> None:
    """One document with the highest number would have the box refuse whatever comes after it."""
    for epoch, seq in ((2**53 - 1, 1), (1, 2**53 - 1), (2_000_000, 1)):
        number = Revision(epoch=epoch, seq=seq)
        web.ask_for(what, web.people.alerts(revision=number))
        web.ask_for(what, web.plan(revision=number))


def wrong_time(web: TakenOverWeb, what: str, name: str) -> None:
    """A clock set forward would let everything expire, one set back would let what is over begin anew."""
    for off in (timedelta(days=-1), timedelta(days=1), timedelta(minutes=3)):
        web.ask_for(what, web.people.alerts(issued_at=web.now() + off))
        web.ask_for(what, web.plan(issued_at=web.now() + off))


Forgery = Callable[[TakenOverWeb, str, str], None]
_ALL: tuple[Forgery, ...] = (
    nobody, unknown_key, one_key_twice, stolen_statement, expired_approval, glass_too_often, drill_made_real,
    one_hamlet_made_all, said_otherwise, hidden_in_a_plan, program_of_its_own, person_of_its_own, another_key,
    highest_number, wrong_time,
)  # fmt: skip
FORGERIES = {forge.__name__: forge for forge in _ALL}


def attack_what_is_live(web: TakenOverWeb, name: str) -> None:
    """What two people stood for cannot be begun again, made longer, or said to all under a repeat's name."""
    people = web.people
    content = brief(people, f"Lũ quét {name}")
    for change in (
        {"version": 2}, {"effective_at": people.now - timedelta(hours=1)}, {"alert_id": f"{name}.r1"},
        {"expires_at": content.expires_at + timedelta(days=1)}, {"alert_id": f"{name}.r1", "devices": None},
    ):  # fmt: skip
        web.ask_for("what was live", people.alerts(people.live(content, name=name, **change)))
    both = people.both(content, alert=f"{name}-x")
    web.ask_for("what was live", people.alerts(people.live(content, name=name, version=2)), both)
