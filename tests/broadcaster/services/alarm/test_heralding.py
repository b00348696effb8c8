"""The alarm's thread: what is live is on the broker at once, what is over is gone, and nothing waits for the rest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.alert import AlertState, Status
from broadcaster.domain.audience import of_hamlets
from broadcaster.domain.ids import AlertId
from broadcaster.services import intake
from broadcaster.services.alarm import alerts
from broadcaster.services.alarm import following as alert_following
from broadcaster.services.alarm.heralding import AudioUnreadable, Herald
from broadcaster.services.planning import SealRefused
from broadcaster.store import notices
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_box import FakeBox
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import World, open_neighbour
from wire import chunks, messages, topics


@pytest.fixture
def desk(sqlite_world: World) -> AlertDesk:
    """People at work with alerts."""
    return AlertDesk(world=sqlite_world)


@pytest.fixture
def post() -> FakePost:
    """A broker in memory."""
    return FakePost()


@pytest.fixture
def herald(desk: AlertDesk, post: FakePost) -> Herald:
    """The alarm's thread, which has published its first heartbeat."""
    herald = desk.herald(post)
    herald.turn(["heartbeat"])
    return herald


def ring(desk: AlertDesk, herald: Herald) -> None:
    """Let the herald look, as the bells that were rung would."""
    rung, desk.world.rung.alarms = list(desk.world.rung.alarms), []
    herald.turn(rung)


def test_an_approved_alert_is_published_with_its_siren_before_its_speech(
    desk: AlertDesk, herald: Herald, post: FakePost
) -> None:
    live = desk.live()
    ring(desk, herald)

    (told,) = desk.document(post).alerts
    assert (told.alert_id, told.version, told.devices, told.recording) == (live.thread, 1, None, None)
    assert [(b.on_ms, b.off_ms, b.times) for b in told.siren] == [(10_000, 10_000, 2)]
    assert told.effective_at == live.live_at

    desk.speak()
    ring(desk, herald)

    (spoken,) = desk.document(post).alerts
    assert spoken.version == 1
    assert spoken.recording is not None
    assert topics.chunk(desk.world.station, spoken.recording.sha256, 0) in post.retained


def test_speech_that_was_ready_is_in_the_first_document(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    draft = desk.draft()
    desk.speak()
    desk.approve(draft)
    ring(desk, herald)

    assert desk.document(post).alerts[0].recording is not None


def test_each_document_has_the_dossiers_of_what_is_in_it(desk: AlertDesk, herald: Herald) -> None:
    live = desk.live()
    ring(desk, herald)

    (dossier,) = desk.world.dossiers
    assert (dossier.alert, dossier.content["headline"]) == (live.id, live.content.headline)
    assert len(dossier.vouched) == 2


def test_drill_and_test_never_carry_a_siren(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    for status in (Status.EXERCISE, Status.TEST):
        desk.live(status=status)
    ring(desk, herald)

    told = desk.document(post).alerts
    assert {(a.status.value, a.siren) for a in told} == {("Exercise", ()), ("Test", ())}


def test_cancelled_and_expired_alerts_vanish(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    first, second = desk.live(), desk.live(expires_at=desk.world.clock.now + timedelta(minutes=1))
    desk.cancel(first)
    ring(desk, herald)
    assert [a.alert_id for a in desk.document(post).alerts] == [second.thread]

    assert herald.wait_s(longest_s=1000.0) == 60.0
    desk.world.clock.advance(minutes=1)
    herald.turn([])

    assert desk.document(post).alerts == ()
    assert desk.find(second.id).state is AlertState.EXPIRED


def test_update_is_the_same_thread_under_the_next_version(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    live = desk.live()
    desk.approve(desk.update(live, headline="Nước đã rút"))
    ring(desk, herald)

    (told,) = desk.document(post).alerts
    assert (told.alert_id, told.version, told.headline) == (live.thread, 2, "Nước đã rút")


def test_scheduled_drill_begins_at_its_minute(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    at = desk.world.clock.now + timedelta(hours=2)
    drill = desk.live(status=Status.EXERCISE, effective_at=at)
    ring(desk, herald)
    assert (drill.state, desk.document(post).alerts) == (AlertState.APPROVED, ())

    desk.world.clock.now = at
    herald.turn([])

    assert [a.effective_at for a in desk.document(post).alerts] == [at]
    assert desk.find(drill.id).state is AlertState.LIVE


def test_some_hamlets_are_told_by_their_boxes(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    box, _other = desk.world.enrol(0), desk.world.enrol(1)
    desk.live(audience=of_hamlets([desk.world.hamlets[0]]))
    ring(desk, herald)

    assert desk.document(post).alerts[0].devices == (box.id,)


def test_nothing_is_published_without_a_connection_and_everything_after_it(
    desk: AlertDesk, herald: Herald, post: FakePost
) -> None:
    post.connected = False
    desk.live()
    ring(desk, herald)
    assert desk.document(post).alerts == ()

    post.connected = True
    post.forget_everything()
    herald.turn([])

    assert len(desk.document(post).alerts) == 1


def test_a_refused_alert_is_left_out_told_and_tried_again(desk: AlertDesk, post: FakePost) -> None:
    refused: set[AlertId] = set()

    def seal(document: messages.Alerts, dossiers: tuple[Dossier, ...]) -> bytes:
        if bad := {d.alert for d in dossiers} & refused:
            raise SealRefused("chữ ký không đúng.", alerts=bad)
        return desk.world.seal_alerts(document, dossiers)

    herald = Herald(desk.world.office, post, seal=seal, read_audio=desk.world.studio.read)  # type: ignore[arg-type] # a tuple is what it gets
    good, bad = desk.live(), desk.live()
    refused.add(bad.id)
    herald.turn([desk.world.station])
    assert [a.alert_id for a in desk.document(post).alerts] == [good.thread]
    with desk.world.database.reading() as tx:
        assert "alert_unsigned" in [n.kind for n in notices.latest(tx, desk.world.station)]

    refused.clear()
    desk.world.clock.advance(seconds=11)
    herald.turn([desk.world.station])

    assert len(desk.document(post).alerts) == 2


def test_lost_speech_is_made_again(desk: AlertDesk, post: FakePost) -> None:
    live = desk.live()
    desk.speak()
    lost = desk.find(live.id).recording_sha256

    def read(sha256: str) -> bytes:
        raise AudioUnreadable(sha256)

    Herald(desk.world.office, post, seal=desk.world.seal_alerts, read_audio=read).turn(["heartbeat"])
    assert desk.find(live.id).recording_sha256 is None

    desk.speak()
    herald = desk.herald(post)
    herald.turn(["heartbeat"])

    chunk = topics.chunk(desk.world.station, str(lost), 0)
    assert post.retained[chunk] == chunks.split(desk.world.studio.read(str(lost)))[0]


def sounding(box: FakeBox, alert: str, *, part: str, version: int = 1, **more: object) -> messages.Status:
    """Return a status that says which part of an alert sounds since now."""
    playing = messages.Playing(
        alert_id=alert, alert_version=version, part=part, started_at=box.now(), start_error_ms=0.0  # type: ignore[arg-type] # a literal
    )  # fmt: skip
    return box.status(playing=playing, **more)


def deliveries(desk: AlertDesk, alert: AlertId) -> list[tuple[str, int | None]]:
    """Return (state, latency) on each cluster."""
    with desk.world.database.reading() as tx:
        found = alert_following.alert_deliveries(tx, desk.find(alert), now=desk.world.clock.now)
    return [(d.hearing.value, d.latency_ms) for d in found]


def test_what_boxes_say_is_followed(desk: AlertDesk) -> None:
    world = desk.world
    first, second = world.enrol(0), world.enrol(1)
    intake.note(world.office, [first.status(), second.status()])
    live = desk.live()
    assert deliveries(desk, live.id) == [("silent", None), ("silent", None)]

    world.clock.advance(milliseconds=300)
    intake.note(world.office, [sounding(first, live.thread, part="siren")])
    assert deliveries(desk, live.id) == [("sounding_siren", 300), ("silent", None)]

    world.clock.advance(seconds=40)
    report = messages.PlaybackReport(
        number=1, alert_id=live.thread, alert_version=1, outcome=messages.Outcome.FAILED,
        reason=messages.Reason.SOUND_DEVICE,
    )  # fmt: skip
    intake.note(world.office, [
        sounding(first, live.thread, part="speech"), first.status(), second.reports(report),
    ])  # fmt: skip
    assert deliveries(desk, live.id) == [("sounded", 300), ("failed", None)]
    with world.database.reading() as tx:
        assert notices.latest(tx, world.station)[0].kind == "alert_failed"


def test_repeat_is_for_those_alone_who_missed_it(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    world = desk.world
    first, second = world.enrol(0), world.enrol(1)
    live = desk.live()
    intake.note(world.office, [sounding(first, live.thread, part="speech"), first.status(), second.status()])
    world.clock.advance(seconds=10)

    told = alert_following.repeat(world.office, actor=world.person("minh"), alert=live.id)
    ring(desk, herald)

    assert told == (second.id,)
    assert [(a.alert_id, a.devices) for a in desk.document(post).alerts] == [
        (live.thread, (first.id,)), (f"{live.thread}.r1", (second.id,)),
    ]  # fmt: skip

    intake.note(world.office, [sounding(second, f"{live.thread}.r1", part="siren"), second.status()])
    assert [state for state, _ in deliveries(desk, live.id)] == ["sounded", "partial"]
    world.clock.advance(minutes=4)
    intake.note(world.office, [second.status()])
    assert [state for state, _ in deliveries(desk, live.id)] == ["sounded", "sounded"]
    with pytest.raises(alert_following.NobodyMissedIt):
        alert_following.repeat(world.office, actor=world.person("minh"), alert=live.id)
    alerts.cancel(world.office, actor=world.person("minh"), alert=live.id)
    ring(desk, herald)
    assert desk.document(post).alerts == ()


def test_a_siren_of_two_seconds_is_no_sound_and_is_said_again_there(
    desk: AlertDesk, herald: Herald, post: FakePost
) -> None:
    """The page and the ledger say that it was cut short, and a repeat is for that box alone."""
    world = desk.world
    first, second = world.enrol(0), world.enrol(1)
    live = desk.live()
    begun = world.clock.now
    intake.note(world.office, [sounding(first, live.thread, part="siren"), sounding(second, live.thread, part="siren")])
    world.clock.advance(seconds=2)
    cut = messages.PlaybackReport(
        number=1, alert_id=live.thread, alert_version=1, outcome=messages.Outcome.INTERRUPTED,
        reason=messages.Reason.POWER_LOST, started_at=begun, ended_at=world.clock.now,
    )  # fmt: skip
    whole = messages.PlaybackReport(
        number=1, alert_id=live.thread, alert_version=1, outcome=messages.Outcome.PLAYED, started_at=begun,
        ended_at=world.clock.now + timedelta(minutes=5),
    )  # fmt: skip
    intake.note(world.office, [first.status(), second.status(), first.reports(cut), second.reports(whole)])

    assert [state for state, _ in deliveries(desk, live.id)] == ["partial", "sounded"]
    with world.database.reading() as tx:
        (line,) = alert_following.ledger(tx, world.station, now=world.clock.now)
    assert (line.delivery.hearing.value, line.delivery.reason) == ("partial", "power_lost")
    world.clock.advance(seconds=8)
    assert alert_following.repeat(world.office, actor=world.person("minh"), alert=live.id) == (first.id,)
    ring(desk, herald)
    assert {a.alert_id: a.devices for a in desk.document(post).alerts} == {
        live.thread: (second.id,), f"{live.thread}.r1": (first.id,),
    }  # fmt: skip


def test_stretches_tell_how_long_it_sounded_in_one_go(desk: AlertDesk) -> None:
    """Twice twenty seconds of a siren with a power cut between them are not the thirty of a whole one."""
    world = desk.world
    box, _ = world.enrol(0), world.enrol(1)
    live = desk.live()
    begun = world.clock.now

    def stretch(from_s: float, to_s: float) -> messages.Stretch:
        return messages.Stretch(
            started_at=begun + timedelta(seconds=from_s), ended_at=begun + timedelta(seconds=to_s)
        )  # fmt: skip

    def told(number: int, *stretches: messages.Stretch) -> messages.PlaybackReport:
        return messages.PlaybackReport(
            number=number, alert_id=live.thread, alert_version=1, outcome=messages.Outcome.INTERRUPTED,
            reason=messages.Reason.WITHDRAWN, started_at=begun, ended_at=begun + timedelta(minutes=9),
            stretches=stretches,
        )  # fmt: skip

    intake.note(world.office, [box.reports(told(1, stretch(0, 20), stretch(30, 50)))])
    assert deliveries(desk, live.id)[0][0] == "partial"
    intake.note(world.office, [box.reports(told(2, stretch(200, 215), stretch(215.2, 231)))])
    assert deliveries(desk, live.id)[0][0] == "sounded"


def test_silence_is_told_once(desk: AlertDesk, herald: Herald) -> None:
    desk.world.enrol(0)
    desk.live()
    for _ in range(4):
        desk.world.clock.advance(seconds=30)
        herald.turn(["heartbeat"])

    with desk.world.database.reading() as tx:
        told = [n for n in notices.latest(tx, desk.world.station) if n.kind == "alert_silent"]
    assert len(told) == 1
    assert "2 cụm loa" in told[0].sentence


def test_ledger_names_who_missed_what(desk: AlertDesk) -> None:
    desk.world.enrol(0)
    live = desk.live()
    desk.world.clock.advance(minutes=5)
    desk.cancel(live)
    desk.world.clock.advance(minutes=5)
    with desk.world.database.reading() as tx:
        found = alert_following.ledger(tx, desk.world.station, now=desk.world.clock.now)

    assert [(m.alert.id, m.delivery.hearing.value) for m in found] == [(live.id, "unknown"), (live.id, "missed")]


def test_many_stations_each_have_their_own_document(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    neighbour = AlertDesk(world=open_neighbour(desk.world))
    live = neighbour.live()
    herald.turn([neighbour.world.station, desk.world.station])

    assert desk.document(post).alerts == ()
    assert [a.alert_id for a in neighbour.document(post).alerts] == [live.thread]
    assert replace(live) == neighbour.find(live.id)


def test_a_button_pressed_on_the_spot_is_told(desk: AlertDesk) -> None:
    box = desk.world.enrol(0)
    report = messages.PlaybackReport(
        number=1, alert_id="own-1", pressed="ms-1", outcome=messages.Outcome.PLAYED, started_at=box.now()
    )
    for _ in range(2):
        intake.note(desk.world.office, [box.reports(report)])

    with desk.world.database.reading() as tx:
        told = [n.sentence for n in notices.latest(tx, desk.world.station) if n.kind == "button_pressed"]
    assert len(told) == 1
    assert "Thôn Kép đã bấm nút báo động tại Cụm 1" in told[0]


def test_a_replaced_box_takes_the_place_of_the_old_one(desk: AlertDesk, herald: Herald, post: FakePost) -> None:
    desk.world.enrol(0)
    desk.live(audience=of_hamlets([desk.world.hamlets[0]]))
    new = desk.world.enrol(0)
    herald.turn(["heartbeat"])
    herald.turn(["heartbeat"])

    assert desk.document(post).alerts[0].devices == (new.id,)
