"""The week made real: planned, stored once however often it is asked, answered, settled, and told to the boxes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from broadcaster.domain.audience import EVERYBODY, of_clusters
from broadcaster.domain.bulletin import Bulletin, Priority
from broadcaster.domain.ids import LibraryItemId
from broadcaster.domain.library import LibraryStateWrong
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.programme import ProgrammeId, SoundName
from broadcaster.domain.timetable import Airing, AiringSource, Clash, InQuietHours
from broadcaster.domain.week.planned import Fate, Verdict
from broadcaster.domain.week.regime import SensitivePlace
from broadcaster.domain.week.requests import (
    AtMinute,
    AtOnce,
    NextSession,
    TheseSessions,
    Wish,
)
from broadcaster.domain.week_file.template import WantedSound
from broadcaster.services import airings as airing_cases
from broadcaster.services import library
from broadcaster.services.week import asking, limits, sounds
from broadcaster.services.week import programmes as programme_cases
from broadcaster.services.week.asking import NotAClash, OrderIncomplete, RequestOver
from broadcaster.services.week.view import look
from broadcaster.store import airings, programmes, requests, settled, stations
from broadcaster.store import library as library_rows
from broadcaster.store.requests import Asked
from tests.fakes.sound_desk import approved_item
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import World
from wire import messages, seal

RELAY = "http://127.0.0.1:8000/vov1"
EVENING: dict[str, Any] = {
    "title": "Buổi chiều",
    "starts": "17:00",
    "minutes": 20,
    "segments": [
        {"kind": "jingle", "id": "mo", "title": "Nhạc hiệu", "sound": "nhac-hieu"},
        {"kind": "relay", "id": "song", "title": "Thời sự", "urls": [RELAY], "minutes": 5},
        {"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 10},
    ],
}
DUE = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""Today at 17:00 in Việt Nam."""


def add_programme(world: World, **changes: Any) -> ProgrammeId:
    edit = programme_cases.adding(EVENING | changes)
    programme_cases.save(world.office, actor=world.person("lan"), edit=edit)
    with world.database.reading() as tx:
        return programmes.of_station(tx, world.station)[-1].programme.id


def ask(world: World, bulletin: Bulletin, wish: Wish | None = None, **more: Any) -> Asked:
    return asking.ask(world.office, actor=world.person("lan"), bulletin=bulletin.id, wish=wish or NextSession(), **more)


def asked(world: World, request: Asked) -> Asked:
    with world.database.reading() as tx:
        found = requests.get(tx, world.station, request.id)
    assert found is not None
    return found


def coming(world: World, *, cancelled: bool = False) -> tuple[Airing, ...]:
    with world.database.reading() as tx:
        start, end = world.clock.now - timedelta(days=1), world.clock.now + timedelta(days=30)
        return airings.between(tx, world.station, start=start, end=end, cancelled=cancelled)


def today(world: World) -> list[str]:
    return [airing.title for airing in coming(world) if airing.start_at < DUE + timedelta(hours=2)]


def test_session_is_stored_with_its_relay_and_bulletin(world: World) -> None:
    add_programme(world)
    request = ask(world, world.approved())

    relay, bulletin = (airing for airing in coming(world) if airing.key is not None and airing.key.due_at == DUE)

    assert (relay.source, relay.bulletin, relay.recording_sha256) == (AiringSource.RELAY, None, None)
    assert relay.relay is not None
    assert relay.relay.urls == (RELAY,)
    assert (bulletin.source, bulletin.bulletin, bulletin.request) == (
        AiringSource.BULLETIN,
        request.bulletin,
        request.id,
    )
    assert (relay.start_at, relay.end_at <= bulletin.start_at) == (DUE, True)
    assert (request.fate, request.airings) == (Fate.PLACED, (bulletin.id,))


def test_recording_that_a_name_means_is_heard(world: World) -> None:
    item = approved_item(world)
    add_programme(world, segments=[*EVENING["segments"][:2]])
    with world.database.writing() as tx:
        programmes.want_sounds(tx, world.station, [wanted("nhac-hieu")])
    assert today(world) == ["Thời sự"]

    sounds.name_sound(world.office, actor=world.person("lan"), name=SoundName("nhac-hieu"), item=item.id)
    world.reconcile()

    (jingle, _) = (airing for airing in coming(world) if airing.start_at < DUE + timedelta(hours=1))
    assert (jingle.source, jingle.library_item, jingle.title) == (AiringSource.LIBRARY, item.id, "Nhạc hiệu")


def wanted(name: str) -> WantedSound:
    return WantedSound(name=SoundName(name), title="Nhạc hiệu của đài")


def test_reconciling_again_and_again_changes_nothing(world: World) -> None:
    add_programme(world)
    ask(world, world.approved())
    first = coming(world)

    for _ in range(3):
        world.clock.advance(seconds=30)
        world.reconcile()

    assert coming(world)[: len(first)] == first


def test_session_is_settled_once_and_nothing_in_it_changes_any_more(world: World) -> None:
    programme = add_programme(world)
    world.clock.now = DUE - timedelta(seconds=90)
    world.reconcile()
    before = today(world)

    late = ask(world, world.approved())
    programme_cases.save(
        world.office,
        actor=world.person("lan"),
        edit=programme_cases.removing(programme),
    )
    world.clock.now = DUE + timedelta(minutes=30)
    world.reconcile()

    assert today(world) == before
    with world.database.reading() as tx:
        (only,) = settled.between(tx, world.station, start=DUE, end=DUE + timedelta(days=1))
    assert (only.verdict, only.key.programme) == (Verdict.SOUNDS, programme)
    assert asked(world, late).fate is Fate.WAITING


def test_server_that_was_off_writes_down_what_it_missed(world: World) -> None:
    add_programme(world)
    world.clock.now = DUE + timedelta(days=9)
    world.reconcile()

    with world.database.reading() as tx:
        kept = settled.between(tx, world.station, start=DUE, end=world.clock.now)
    assert [each.verdict for each in kept] == [Verdict.SOUNDS] * 7 + [Verdict.MISSED] * 2
    assert all(each.left_out or each.verdict is Verdict.SOUNDS for each in kept)


def test_bulletin_on_three_evenings_is_heard_three_times(world: World) -> None:
    programme = add_programme(world)
    request = ask(world, world.approved(), TheseSessions(first_day=date(2026, 3, 2), days=3, programme=programme))

    assert (request.fate, len(request.airings)) == (Fate.PLACED, 3)
    assert {a.start_at.date() for a in coming(world) if a.request} == {date(2026, 3, day) for day in (2, 3, 4)}


def test_request_that_was_heard_is_closed(world: World) -> None:
    add_programme(world)
    request = ask(world, world.approved())

    world.clock.now = DUE + timedelta(minutes=30)
    world.reconcile()

    done = asked(world, request)
    assert (done.fate, done.closed_at) == (Fate.PAST, world.clock.now)


def test_bulletin_at_a_minute_and_now(world: World) -> None:
    at_minute = ask(world, world.approved(), AtMinute(at=DUE))
    at_once = ask(world, world.approved(title="Ngay"), AtOnce(asked_at=DUE))

    first, second = coming(world)
    assert (first.title, first.start_at - world.clock.now) == ("Ngay", timedelta(seconds=4))
    assert (second.id,) == at_minute.airings
    assert (second.start_at, at_once.fate) == (DUE, Fate.PLACED)
    with pytest.raises(InQuietHours):
        ask(world, world.approved(), AtMinute(at=datetime(2026, 3, 2, 20, 0, tzinfo=UTC)))


def test_asking_for_sessions_again_takes_the_earlier_wish_back(world: World) -> None:
    add_programme(world)
    bulletin = world.approved()
    first, second = ask(world, bulletin), ask(world, bulletin)

    assert asked(world, first).closed_at is not None
    assert [a.request for a in coming(world) if a.request] == [second.id]


def test_withdrawn_request_leaves_nothing(world: World) -> None:
    add_programme(world)
    request = ask(world, world.approved())

    asking.withdraw(world.office, actor=world.person("lan"), request=request.id)

    assert not [a for a in coming(world) if a.request]
    with pytest.raises(RequestOver):
        asking.withdraw(world.office, actor=world.person("lan"), request=request.id)


def test_rewritten_bulletin_is_not_heard_and_says_why(world: World) -> None:
    add_programme(world)
    bulletin = world.approved()
    request = ask(world, bulletin)

    world.rewrite(bulletin, text="Lời mới.")
    world.reconcile()

    done = asked(world, request)
    assert done.closed_at is not None
    assert done.reason is not None
    assert "được sửa hoặc rút" in done.reason[1]
    assert not [a for a in coming(world) if a.request]


def test_airing_that_a_person_cancelled_stays_cancelled(world: World) -> None:
    add_programme(world)
    relay = coming(world)[0]

    airing_cases.cancel(world.office, actor=world.person("lan"), airing=relay.id)
    for _ in range(2):
        world.clock.advance(seconds=30)
        world.reconcile()

    assert relay.id not in [airing.id for airing in coming(world)]
    assert relay.id in [airing.id for airing in coming(world, cancelled=True)]


def test_cancelling_its_one_airing_closes_the_request(world: World) -> None:
    add_programme(world)
    request = ask(world, world.approved())

    airing_cases.cancel(world.office, actor=world.person("lan"), airing=request.airings[0])
    world.reconcile()

    assert asked(world, request).closed_at is not None
    assert not [a for a in coming(world) if a.request]


def test_airing_by_hand_and_a_session_keep_off_each_other(world: World) -> None:
    by_hand = world.plan(world.approved(), DUE + timedelta(minutes=2))
    add_programme(world)

    (relay,) = (a for a in coming(world) if a.key is not None and a.key.due_at == DUE)
    assert relay.end_at <= by_hand.start_at or by_hand.end_at <= relay.start_at
    with pytest.raises(Clash, match="Thời sự"):
        world.plan(world.approved(), relay.start_at + timedelta(seconds=1))


def test_urgent_airing_by_hand_makes_a_session_give_way(world: World) -> None:
    add_programme(world)
    urgent = world.plan(world.approved(priority=Priority.PRIORITY), DUE + timedelta(minutes=1))
    world.reconcile()

    assert urgent.start_at == DUE + timedelta(minutes=1)
    for airing in coming(world):
        if airing.id != urgent.id:
            assert airing.end_at <= urgent.start_at or airing.start_at >= urgent.end_at


def test_two_urgent_ones_at_one_minute_want_a_person(world: World) -> None:
    first = ask(world, world.approved(priority=Priority.PRIORITY, title="Bão"), AtMinute(at=DUE))
    second = ask(world, world.approved(priority=Priority.PRIORITY, title="Lũ"), AtMinute(at=DUE))
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        (group,) = asking.clashes(tx, station)
    assert {each.id for each in group} == {first.id, second.id}
    assert coming(world) == ()

    with pytest.raises(OrderIncomplete):
        asking.order(world.office, actor=world.person("lan"), first_to_last=[second.id])
    with pytest.raises(NotAllowed):
        asking.order(world.office, actor=world.person("hoa"), first_to_last=[second.id, first.id])
    asking.order(world.office, actor=world.person("lan"), first_to_last=[second.id, first.id])

    assert [airing.title for airing in coming(world)] == ["Lũ", "Bão"]
    with pytest.raises(NotAClash):
        asking.order(world.office, actor=world.person("lan"), first_to_last=[second.id, first.id])


def test_box_is_told_how_a_session_goes(sqlite_world: World) -> None:
    world = sqlite_world
    box = world.enrol(0)
    school = SensitivePlace(name="Trường học", audience=of_clusters(world.clusters[:1]), gain_db=-9.0)
    limits.set_limits(world.office, actor=world.person("hoa"), profile="quoc-gia", sensitive=(school,))
    add_programme(world)
    ask(world, world.approved())

    told = {plan.device: opened(world, plan.sealed) for plan in world.reconcile()}[box.id]

    relay, bulletin = (each for each in told.airings if each.start_at < DUE + timedelta(hours=1))
    assert relay.relay is not None
    assert (relay.relay.urls, relay.relay.duration_ms, relay.recording) == ((RELAY,), 300_000, None)
    assert {relay.after_interruption, bulletin.after_interruption} == {messages.AfterInterruption.REJOIN}
    assert {relay.together, bulletin.together} == {messages.Together.UNISON}
    assert {each.gain_db for each in told.airings} == {-9.0}
    assert (
        timedelta(0)
        < bulletin.start_at - (relay.start_at + timedelta(milliseconds=300_000))
        <= timedelta(milliseconds=300)
    )


def opened(world: World, sealed: bytes) -> messages.Plan:
    return seal.open_sealed(sealed, seal.load_key(seal.public_pem(world.keys[world.station])), messages.Plan)


def test_recording_of_the_library_is_aired_by_hand(world: World) -> None:
    item = approved_item(world)

    airing = airing_cases.plan_recording(
        world.office, actor=world.person("lan"), item=item.id, start_at=DUE, audience=EVERYBODY
    )

    assert (airing.source, airing.item, airing.start_at) == (AiringSource.LIBRARY, item.id, DUE)
    library.withdraw(world.office, actor=world.person("lan"), item=item.id)
    assert coming(world) == ()
    with pytest.raises(LibraryStateWrong):
        airing_cases.plan_recording(
            world.office, actor=world.person("lan"), item=item.id, start_at=DUE, audience=EVERYBODY
        )


def test_audio_of_a_session_is_published(sqlite_world: World) -> None:
    world, post = sqlite_world, FakePost()
    world.enrol(0)
    add_programme(world)
    ask(world, world.approved())

    world.publisher(post).turn()

    assert post.topics_sent("audio")


def test_jingle_is_found_in_a_library_of_any_size(sqlite_world: World) -> None:
    """It was approved long before five hundred songs were."""
    item = approved_item(sqlite_world, title="Nhạc hiệu cũ")
    add_programme(sqlite_world, segments=[{**EVENING["segments"][0], "sound": item.id}, *EVENING["segments"][1:]])
    with sqlite_world.database.writing() as tx:
        later = item.updated_at + timedelta(days=1)
        for number in range(501):
            library_rows.add(tx, replace(item, id=LibraryItemId(f"am-{number}"), updated_at=later))

    sqlite_world.reconcile()

    assert today(sqlite_world)[0] == "Nhạc hiệu"


def test_recording_that_is_not_approved_any_more_goes_by_its_title(sqlite_world: World) -> None:
    item = approved_item(sqlite_world, title="Nhạc hiệu cũ")
    add_programme(sqlite_world, segments=[{**EVENING["segments"][0], "sound": item.id}, *EVENING["segments"][1:]])

    library.withdraw(sqlite_world.office, actor=sqlite_world.person("minh"), item=item.id)

    with sqlite_world.database.reading() as tx:
        station = stations.get(tx, sqlite_world.station)
        assert station is not None
        seen = look(tx, station, {}, start=DUE, end=DUE + timedelta(hours=1), now=sqlite_world.clock.now)
    assert [said.sentence for said in seen.sessions[0].omitted] == [
        "Mục “Nhạc hiệu” chưa có bản thu “Nhạc hiệu cũ” được duyệt. Xin tải bản thu lên thư viện rồi duyệt."
    ]
