"""The life of an alert by its use cases: who may, what follows what, what is told, and what becomes of its speech."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcaster.domain.alarm import rules
from broadcaster.domain.alarm.approval import (
    AlertChanged,
    ApprovalTooLate,
    GlassBrokenTooOften,
    OwnAlert,
    SecondPersonMissing,
    WrongPhrase,
)
from broadcaster.domain.alert import Alert, AlertState, MsgType, Status
from broadcaster.domain.audience import EVERYBODY, of_hamlets
from broadcaster.domain.ids import AlertId
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.alarm import alerts
from broadcaster.services.rendering import StudioFailed
from broadcaster.store import alerts as rows
from broadcaster.store import audit, notices
from tests.fakes.station_alerts import FLOOD, AlertDesk, vouch_as
from tests.fakes.station_world import World, open_neighbour


@pytest.fixture
def desk(world: World) -> AlertDesk:
    """People at work with alerts, on both databases."""
    return AlertDesk(world=world)


def kinds_of(world: World) -> list[str]:
    """Return what was told, oldest first."""
    with world.database.reading() as tx:
        return [notice.kind for notice in reversed(notices.latest(tx, world.station))]


def test_two_people_let_an_area_wide_alert_go(world: World, desk: AlertDesk) -> None:
    draft = desk.draft()
    assert isinstance(desk.standing(draft).missing, SecondPersonMissing)
    assert world.rung.alarms == []

    live = desk.approve(draft)

    assert (live.state, live.live_at) == (AlertState.LIVE, world.clock.now)
    assert world.rung.alarms == [world.station]
    assert kinds_of(world) == ["alert_live"]
    assert [v.vouched.statement.part.value for v in desk.standing(live).voices] == ["author", "one_of_two"]


def test_the_author_alone_is_refused_and_may_break_the_glass(world: World, desk: AlertDesk) -> None:
    draft = desk.draft(actor="dung")
    with pytest.raises(OwnAlert):
        desk.approve(draft, actor="dung")
    with pytest.raises(OwnAlert):
        desk.approve(draft, actor="dung", break_glass=" ")
    assert desk.find(draft.id).state is AlertState.DRAFT

    live = desk.approve(draft, actor="dung", break_glass="không gọi được ai")

    assert live.state is AlertState.LIVE
    assert kinds_of(world) == ["alert_glass", "alert_live"]
    with world.database.reading() as tx:
        assert "alert.glass" in [line.action for line in audit.latest(tx, world.station, subject=draft.id)]


def test_glass_is_broken_twice_an_hour_at_most(world: World, desk: AlertDesk) -> None:
    for _ in range(2):
        alert = desk.approve(desk.draft(actor="dung"), actor="dung", break_glass="một mình")
        desk.cancel(alert)
    with pytest.raises(GlassBrokenTooOften):
        desk.approve(desk.draft(actor="dung"), actor="dung", break_glass="một mình")
    world.clock.advance(minutes=61)
    assert desk.approve(desk.draft(actor="dung"), actor="dung", break_glass="một mình").state is AlertState.LIVE


def test_a_reason_is_no_glass_where_a_second_person_stands(world: World, desk: AlertDesk) -> None:
    desk.approve(desk.draft(), break_glass="vội")

    assert "alert_glass" not in kinds_of(world)


def test_one_approver_is_enough_for_one_hamlet_and_for_a_drill(desk: AlertDesk) -> None:
    hamlet = of_hamlets([desk.world.hamlets[0]])

    assert desk.approve(desk.draft(actor="dung", audience=hamlet), actor="dung").state is AlertState.LIVE
    assert desk.approve(desk.draft(actor="dung", status=Status.EXERCISE), actor="dung").state is AlertState.LIVE


def test_slices_of_the_area_need_two_people_together(desk: AlertDesk) -> None:
    first, second = (of_hamlets([hamlet]) for hamlet in desk.world.hamlets)
    desk.approve(desk.draft(actor="dung", audience=first), actor="dung")

    with pytest.raises(OwnAlert):
        desk.approve(desk.draft(actor="dung", audience=second), actor="dung")


def test_phrase_hash_and_time_are_checked(world: World, desk: AlertDesk) -> None:
    draft = desk.draft()
    with pytest.raises(WrongPhrase):
        desk.approve(draft, phrase="diễn tập lũ quét toàn xã")
    with pytest.raises(AlertChanged):
        desk.approve(draft, content_sha256="0" * 64)
    world.clock.advance(minutes=31)
    with pytest.raises(ApprovalTooLate):
        desk.approve(draft)
    assert desk.find(draft.id).state is AlertState.DRAFT


def test_editing_voids_what_was_said_and_makes_the_editor_the_author(world: World, desk: AlertDesk) -> None:
    draft = desk.draft()
    wanted = replace(FLOOD, text="Nước đã tràn qua đập.")
    changed = alerts.redraft(
        world.office, actor=world.person("dung"), alert=draft.id, wanted=wanted, vouch=vouch_as("dung")
    )

    with pytest.raises(AlertChanged):
        desk.approve(draft, content_sha256=draft.content_sha256)
    with pytest.raises(OwnAlert):
        desk.approve(changed, actor="dung")
    assert desk.approve(changed).state is AlertState.LIVE


def test_a_second_click_changes_nothing(world: World, desk: AlertDesk) -> None:
    live = desk.live()

    assert desk.approve(live) == live
    assert desk.cancel(live) == desk.cancel(live)
    assert kinds_of(world) == ["alert_live", "alert_cancelled"]


def test_an_approval_of_what_is_over_is_refused(desk: AlertDesk) -> None:
    cancelled = desk.cancel(desk.live())

    with pytest.raises(rules.AlertWrongState):
        desk.approve(cancelled)


def test_status_never_changes(world: World, desk: AlertDesk) -> None:
    draft = desk.draft(status=Status.EXERCISE)
    with pytest.raises(rules.StatusFixed):
        alerts.redraft(world.office, actor=world.person("lan"), alert=draft.id, wanted=FLOOD, vouch=vouch_as("lan"))
    with pytest.raises(rules.StatusFixed):
        desk.update(desk.approve(draft), status=Status.ACTUAL)


def test_who_may_do_what(world: World, desk: AlertDesk) -> None:
    draft = desk.draft()
    with pytest.raises(NotAllowed):
        desk.draft(actor="hoa")
    with pytest.raises(NotAllowed):
        desk.approve(draft, actor="lan")
    with pytest.raises(NotAllowed):
        desk.cancel(draft, actor="hoa")
    with pytest.raises(NotAllowed):
        alerts.cancel_all(world.office, actor=world.person("lan"))
    live = desk.approve(draft)
    assert desk.cancel(live, actor="lan").state is AlertState.CANCELLED


def test_another_station_knows_nothing_of_it(world: World, desk: AlertDesk) -> None:
    live, neighbour = desk.live(), open_neighbour(world)
    for step in (
        lambda actor: alerts.cancel(world.office, actor=actor, alert=live.id),
        lambda actor: alerts.update(world.office, actor=actor, alert=live.id, wanted=FLOOD, vouch=vouch_as("x")),
        lambda actor: alerts.correct(world.office, actor=actor, alert=live.id, vouch=vouch_as("x")),
    ):
        with pytest.raises(NoSuchThing):
            step(neighbour.person("minh"))
    assert alerts.cancel_all(world.office, actor=neighbour.person("minh")) == ()
    assert desk.find(live.id).state is AlertState.LIVE


def test_update_takes_the_place_of_the_version_before(world: World, desk: AlertDesk) -> None:
    live = desk.live()
    draft = desk.update(live, text="Nước đã rút.")
    assert (draft.version, draft.thread, draft.content.msg_type) == (2, live.thread, MsgType.UPDATE)
    assert desk.find(live.id).state is AlertState.LIVE

    new = desk.approve(draft)

    assert [desk.find(a.id).state for a in (live, new)] == [AlertState.UPDATED, AlertState.LIVE]
    assert new.content.references == live.id


def test_an_update_cannot_bring_back_what_was_cancelled_or_updated_further(desk: AlertDesk) -> None:
    live = desk.live()
    second, third = desk.update(live), desk.update(live, text="Nước đã rút.")
    desk.approve(third)
    with pytest.raises(rules.ThreadOver):
        desk.approve(second)

    fourth = desk.update(desk.find(third.id))
    desk.cancel(third)

    assert desk.find(fourth.id).state is AlertState.DISCARDED
    with pytest.raises(rules.AlertWrongState):
        desk.approve(fourth)
    with pytest.raises(rules.AlertWrongState):
        desk.update(desk.find(third.id))


def test_one_call_silences_everything(world: World, desk: AlertDesk) -> None:
    live, drill = desk.live(), desk.live(status=Status.EXERCISE)
    waiting = desk.live(status=Status.TEST, effective_at=world.clock.now + timedelta(hours=1))
    draft = desk.draft()

    stopped = alerts.cancel_all(world.office, actor=world.person("minh"), reason="nhầm")

    assert {a.id for a in stopped} == {live.id, drill.id, waiting.id}
    assert {desk.find(a.id).state for a in stopped} == {AlertState.CANCELLED}
    assert desk.find(draft.id).state is AlertState.DRAFT
    assert alerts.cancel_all(world.office, actor=world.person("minh")) == ()


def test_correction_goes_out_on_one_word_after_a_cancel(world: World, desk: AlertDesk) -> None:
    live = desk.live()
    with pytest.raises(rules.AlertWrongState):
        alerts.correct(world.office, actor=world.person("minh"), alert=live.id, vouch=vouch_as("minh"))
    desk.cancel(live)

    correction = alerts.correct(world.office, actor=world.person("minh"), alert=live.id, vouch=vouch_as("minh"))

    assert (correction.state, correction.content.siren) == (AlertState.LIVE, ())
    assert (correction.content.references, correction.content.audience) == (live.id, EVERYBODY)


def test_a_correction_asked_for_twice_is_one_correction(world: World, desk: AlertDesk) -> None:
    """Two people press at once, and one of them twice; even after it has had its time there is no second one."""
    live = desk.live()
    desk.cancel(live)

    def correct(name: str) -> Alert:
        return alerts.correct(world.office, actor=world.person(name), alert=live.id, vouch=vouch_as(name))

    with ThreadPoolExecutor(4) as people:
        said = list(people.map(correct, ["minh", "dung", "minh", "dung"]))
    world.clock.advance(hours=2)
    said.append(correct("minh"))

    assert len({one.id for one in said}) == 1
    with world.database.reading() as tx:
        assert [a.id for a in rows.of_station(tx, world.station) if a.content.references == live.id] == [said[0].id]


def test_a_correction_that_was_stopped_may_be_said_anew(world: World, desk: AlertDesk) -> None:
    live = desk.live()
    desk.cancel(live)
    first = alerts.correct(world.office, actor=world.person("minh"), alert=live.id, vouch=vouch_as("minh"))
    desk.cancel(first)

    second = alerts.correct(world.office, actor=world.person("minh"), alert=live.id, vouch=vouch_as("minh"))

    assert second.id != first.id
    assert second.state is AlertState.LIVE


def test_a_station_has_at_most_so_many_live(world: World, desk: AlertDesk) -> None:
    for _ in range(rules.LIVE_MOST):
        desk.live(status=Status.TEST)
    with pytest.raises(rules.TooManyLive):
        desk.live(status=Status.TEST)


def test_a_draft_of_what_is_unknown_or_empty_is_refused(desk: AlertDesk) -> None:
    for changes, refused in (
        ({"headline": " "}, rules.PartMissing), ({"event": ""}, rules.PartMissing), ({"text": ""}, rules.PartMissing),
        ({"msg_type": MsgType.UPDATE}, rules.UpdateNeedsAlert), ({"times": 0}, rules.BadRepeat),
        ({"expires_at": desk.world.clock.now}, rules.ExpiryInThePast),
    ):  # fmt: skip
        with pytest.raises(refused):
            desk.draft(**changes)


def test_usual_siren_and_rhythm_come_with_the_event(desk: AlertDesk) -> None:
    storm, drill = desk.draft(event="bão số 10").content, desk.draft(status=Status.EXERCISE).content

    assert ([s.times for s in storm.siren], storm.repeat_every_s, storm.on_the_hour) == ([3], 7200, True)
    assert (drill.siren, drill.repeat_every_s, drill.on_the_hour) == ((), None, False)


def test_speech_is_begun_with_the_draft_and_rings_the_alarm_when_it_is_live(world: World, desk: AlertDesk) -> None:
    draft = desk.draft()
    assert world.rung.speaker == 1
    live = desk.approve(draft)
    world.rung.alarms.clear()

    desk.speak()

    assert desk.find(live.id).recording_sha256 in world.studio.files
    assert world.rung.alarms == [world.station]


def test_speech_of_old_words_is_not_taken(world: World, desk: AlertDesk) -> None:
    draft = desk.draft()

    def edit() -> None:
        world.studio.meanwhile = None
        wanted = replace(FLOOD, text="Khác hẳn.")
        alerts.redraft(world.office, actor=world.person("lan"), alert=draft.id, wanted=wanted, vouch=vouch_as("lan"))

    world.studio.meanwhile = edit
    desk.speak()

    recording = desk.find(draft.id).recording_sha256
    assert recording is not None
    assert "Khác hẳn" in world.studio.files[recording].decode() or "khác hẳn" in world.studio.files[recording].decode()


def test_failed_speech_is_told_once_tried_again_and_stops_nothing(world: World, desk: AlertDesk) -> None:
    world.studio.failure = StudioFailed("Không giọng nào đọc được.")
    live = desk.live()
    for _ in range(3):
        desk.speak()
        world.clock.advance(seconds=61)
    assert desk.find(live.id).state is AlertState.LIVE
    assert kinds_of(world).count("alert_speech") == 1
    with world.database.reading() as tx:
        work = rows.rendering_of(tx, live.id)
    assert work is not None
    assert (work.state, work.tries) == ("failed", 3)

    world.studio.failure = None
    desk.speak()

    assert desk.find(live.id).recording_sha256 is not None


def test_a_studio_that_breaks_takes_nobody_with_it(world: World, desk: AlertDesk) -> None:
    world.studio.failure = RuntimeError("broken")
    desk.draft()

    desk.speak()

    assert "alert_speech" in kinds_of(world)


def test_what_is_live_is_spoken_before_any_draft(world: World, desk: AlertDesk) -> None:
    live, draft = desk.live(text="Tin thứ nhất."), desk.draft(text="Tin thứ hai.")
    with world.database.reading() as tx:
        first = rows.next_rendering(tx, now=world.clock.now)
    assert first is not None
    assert (first.alert, draft.id) == (live.id, draft.id)


def test_warning_from_outside_has_no_author_and_waits_for_two(world: World, desk: AlertDesk) -> None:
    draft = alerts.draft(world.office, actor=None, wanted=FLOOD, vouch=None, source="cap:nchmf", station=world.station)
    world.clock.advance(minutes=45)

    first = desk.approve(draft)
    assert (first.state, first.author) == (AlertState.DRAFT, None)
    assert desk.approve(draft).state is AlertState.DRAFT, "one person twice is one person"
    assert desk.approve(draft, actor="dung").state is AlertState.LIVE


def test_unknown_alert(world: World) -> None:
    with pytest.raises(NoSuchThing):
        alerts.cancel(world.office, actor=world.person("minh"), alert=AlertId("kc-nowhere"))


def test_discarded_draft_stays_in_the_books(world: World, desk: AlertDesk) -> None:
    draft: Alert = desk.draft()

    gone = alerts.discard(world.office, actor=world.person("lan"), alert=draft.id)

    assert (gone.state, kinds_of(world)) == (AlertState.DISCARDED, [])
    with pytest.raises(rules.AlertWrongState):
        desk.approve(draft)
