"""Random plans, ticks, clock steps, losses, restarts and alerts against the rules; and proof that they can be broken.

Each airing starts once unless it was interrupted, nothing scheduled sounds in quiet hours or before the clock is
trusted or after its last chance, nothing overlaps, a relay ends with its slot, who comes in late in unison is in step,
and each airing has exactly one final outcome.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from device_agent.playout.decide import decide
from device_agent.playout.values import Action, Decision, Ledger, Moment, Start
from tests.fakes.box_sim import ZONE, BoxSim, Heard, airing, alert, plan, recording
from wire.messages import AfterInterruption, AlertStatus, Plan, PlannedAiring, Priority, QuietHours, Relay, Together

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
# The machine's noon lies 90 seconds before the quiet window, so that airings fall before it, into it and across it.
_NO_SHRINKING = (Phase.generate,)
QUIET = (QuietHours(start="12:02", end="12:04"),)


class PlayoutMachine(RuleBasedStateMachine):
    decide: ClassVar[Callable[[Moment], Decision]] = staticmethod(decide)

    def __init__(self) -> None:
        super().__init__()
        self.box = BoxSim(decide=type(self).decide)
        self.ever: dict[str, PlannedAiring] = {}
        self.counter = 0
        self.quiet: tuple[QuietHours, ...] = QUIET
        self.drills_looked_at = 0
        self.looked_at: datetime = self.box.now
        """Up to when, by the clock of then, it was seen that nothing sounded in quiet hours."""
        self.begun: set[int] = set()
        self.ended: set[int] = set()
        """The stretches of sound, by their place, that had begun and ended by then."""

    @initialize(files=st.sets(st.sampled_from([1, 2, 3, 9])), trusted=st.sampled_from([True, True, True, False]))
    def begin_with_some_audio(self, files: set[int], trusted: bool) -> None:
        self.box.cached = frozenset(recording(file).sha256 for file in {1, 2, 3, 9} - files)
        self.box.trust(trusted=trusted)

    @rule(name=NAMES, in_s=st.integers(-40, 100), late_s=st.integers(0, 90), seconds=st.integers(1, 30),
          priority=st.sampled_from(Priority), after=st.sampled_from(AfterInterruption),
          file=st.integers(1, 3), kind=st.sampled_from(["file", "file", "relay", "unison"]))  # fmt: skip
    def plan_an_airing(
        self, name: str, in_s: int, late_s: int, seconds: int, priority: Priority, after: AfterInterruption, file: int,
        kind: str,
    ) -> None:  # fmt: skip
        self.counter += 1
        stream = Relay(urls=("http://dai.vn/song",), duration_ms=seconds * 2000)
        new = airing(
            f"{name}{self.counter}", self.box.now + timedelta(seconds=in_s), late_s=late_s, priority=priority,
            recording=recording(file, duration_ms=seconds * 1000) if kind != "relay" else None,
            relay=stream if kind == "relay" else None, after_interruption=after,
            together=Together.UNISON if kind == "unison" else Together.ALONE,
        )  # fmt: skip
        self.ever[new.airing_id] = new
        self._obey((*(self.box.plan.airings if self.box.plan else ()), new))

    @precondition(lambda self: self.box.plan is not None and self.box.plan.airings)
    @rule(data=st.data())
    def withdraw_one(self, data: st.DataObject) -> None:
        assert self.box.plan is not None
        gone = data.draw(st.sampled_from(self.box.plan.airings))
        self._obey(tuple(a for a in self.box.plan.airings if a != gone))

    @rule(seconds=st.one_of(st.floats(0.001, 5), st.integers(1, 60)))
    def let_time_pass(self, seconds: float) -> None:
        self.box.advance(seconds)

    @rule(file=st.integers(1, 9))
    def audio_arrives(self, file: int) -> None:
        self.box.cached |= {recording(file).sha256}
        self.box.settle_down()

    @rule(trusted=st.booleans())
    def the_clock_is_trusted_or_not(self, trusted: bool) -> None:
        self.box.trust(trusted=trusted)

    @rule(by_s=st.one_of(st.floats(-2, 2), st.sampled_from([-60, -20, 20, 60])))
    def the_clock_is_set(self, by_s: float) -> None:
        self.looked_at += timedelta(seconds=by_s)
        self.box.set_clock(by_s=by_s)

    @precondition(lambda self: self.box.plan is not None and self.box.plan.airings)
    @rule(data=st.data(), in_s=st.integers(-20, 60), file=st.integers(1, 3))
    def change_one(self, data: st.DataObject, in_s: int, file: int) -> None:
        """Its time and its recording are others from here on."""
        assert self.box.plan is not None
        old = data.draw(st.sampled_from(self.box.plan.airings))
        start_at = self.box.now + timedelta(seconds=in_s)
        update: dict[str, object] = {"start_at": start_at, "not_after": start_at + (old.not_after - old.start_at)}
        if old.relay is None:
            update["recording"] = recording(file, duration_ms=1000 * file)
        new = old.model_copy(update=update)
        self.ever[new.airing_id] = new
        self._obey(tuple(new if a == old else a for a in self.box.plan.airings))

    @rule(quiet=st.booleans())
    def the_quiet_hours_are_changed(self, quiet: bool) -> None:
        self.quiet = QUIET if quiet else ()
        self._obey(self.box.plan.airings if self.box.plan is not None else ())

    @rule(off_s=st.integers(0, 90), comes_back_trusted=st.booleans())
    def the_power_fails(self, off_s: int, comes_back_trusted: bool) -> None:
        self.box.power_cut(off_s=off_s)
        self.box.trust(trusted=comes_back_trusted)

    @rule(
        times=st.integers(1, 3), status=st.sampled_from(["Actual", "Exercise"]), repeat=st.sampled_from([None, 5, 30])
    )
    def an_alert_goes_live(self, times: int, status: str, repeat: int | None) -> None:
        self.counter += 1
        live = alert(
            f"alert{self.counter}", self.box.now, times=times, status=status, repeat_every_s=repeat,
            expires_at=self.box.now + timedelta(seconds=60),
        )  # fmt: skip
        self.box.alerts = (*self.box.alerts, live)
        self.box.settle_down()

    @rule()
    def all_alerts_end(self) -> None:
        self.box.alerts = ()
        self.box.settle_down()

    def _obey(self, airings: tuple[PlannedAiring, ...]) -> None:
        self.box.obey(plan(*airings, issued_at=self.box.now, quiet_hours=self.quiet))

    # -- what must always hold ---------------------------------------------------------------------------------------

    @invariant()
    def an_airing_starts_once_unless_it_was_interrupted(self) -> None:
        starts = Counter(h.sound.airing.airing_id for h in self.box.heard if h.sound.airing is not None)
        for h in self.box.heard:
            if h.sound.airing is not None and starts[h.sound.airing.airing_id] > 1:
                assert h.sound.airing.after_interruption is not AfterInterruption.DROP
        before: dict[str, Heard] = {}
        for h in self.box.heard:
            if h.sound.airing is None:
                continue
            name = h.sound.airing.airing_id
            if name in before:  # what it gave way to need not have sounded: it may be cancelled before its first sample
                cut_by = before[name].gave_way_to
                assert cut_by is not None, f"{name} began twice"
                assert cut_by > h.sound.rank, f"{name} began twice"
            before[name] = h

    @invariant()
    def sounds_never_overlap(self) -> None:
        for earlier, later in zip(self.box.heard, self.box.heard[1:], strict=False):
            assert earlier.really_until is not None
            assert earlier.really_until <= later.really_at

    @invariant()
    def nothing_scheduled_sounds_untimely(self) -> None:
        for h in self.box.heard:
            if h.sound.airing is None:
                continue
            assert h.trusted, "the clock was not trusted"
            if h.was_told_by_this_clock:
                assert h.sound.airing.start_at <= h.at <= h.sound.airing.not_after

    @invariant()
    def nothing_scheduled_sounds_in_quiet_hours(self) -> None:
        """Looked at after every step: the hours are those of the step, and so is the clock."""
        for place, h in enumerate(self.box.heard):
            if h.sound.airing is None or place in self.ended:
                continue
            begin = self.looked_at if place in self.begun else h.at
            self.begun.add(place)
            assert not (self.quiet and _is_quiet(begin, h.until or self.box.now)), h.sound.airing.airing_id
            if h.until is not None:
                self.ended.add(place)
        self.looked_at = self.box.now

    @invariant()
    def no_drill_begins_in_quiet_hours(self) -> None:
        for h in self.box.heard[self.drills_looked_at :]:
            if h.sound.alert is not None and h.sound.alert.status is AlertStatus.EXERCISE and h.was_told_by_this_clock:
                assert not (self.quiet and _is_quiet(h.at, h.at + timedelta(seconds=1))), h.sound.alert.alert_id
        self.drills_looked_at = len(self.box.heard)

    @invariant()
    def a_relay_ends_with_its_slot(self) -> None:
        for h in self.box.heard:
            planned = h.sound.airing
            if planned is not None and planned.relay is not None and h.was_told_by_this_clock and not h.steps:
                slot_end = planned.start_at + timedelta(milliseconds=planned.relay.duration_ms)
                assert (h.until or self.box.now) <= slot_end, f"{planned.airing_id} sounded beyond its slot"

    @invariant()
    def who_is_in_unison_is_in_step(self) -> None:
        for h in self.box.heard:
            planned = h.sound.airing
            together = self.ever[planned.airing_id].together if planned is not None else None
            if planned is not None and together is Together.UNISON and h.was_told_by_this_clock:
                where_the_others_are = (h.at - planned.start_at) / timedelta(milliseconds=1)
                assert abs(where_the_others_are - h.sound.from_ms) <= 1, f"{planned.airing_id} sounded with an echo"

    @invariant()
    def nothing_has_two_outcomes(self) -> None:
        assert all(len(outcomes) == 1 for outcomes in self.box.final.values()), self.box.final

    @invariant()
    def what_sounded_to_its_end_was_not_called_missed(self) -> None:
        for h in self.box.heard:
            if h.sound.airing is not None and h.until is not None:
                outcomes = self.box.final.get(h.sound.airing.airing_id, [])
                assert all(outcome.value in {"played", "interrupted", "failed"} for outcome, _ in outcomes)

    @invariant()
    def a_live_alert_with_its_words_here_is_never_kept_waiting(self) -> None:
        waiting = [
            a for a in self.box.alerts
            if a.status == "Actual" and a.effective_at <= self.box.now < a.expires_at
            and recording(9).sha256 in self.box.cached and (a.alert_id, a.version) not in self.box.progress
        ]  # fmt: skip
        if waiting and not self._breathes_between_alerts():
            assert self.box.active is not None
            assert self.box.active.sound.alert is not None

    def _breathes_between_alerts(self) -> bool:
        last = self.box.heard[-1] if self.box.heard else None
        really_now = self.box.now - self.box.clock_set
        until = last.really_until if last is not None and last.sound.alert is not None else None
        return until is not None and really_now - until < timedelta(seconds=1)

    def teardown(self) -> None:
        """In the end, with everything in order, each airing still planned has its one outcome."""
        box = self.box
        box.alerts = ()
        box.trust()
        planned = box.plan.airings if box.plan is not None else ()
        box.advance(400 + max(((a.not_after - box.now).total_seconds() for a in planned), default=0))
        for a in planned:
            assert len(box.final.get(a.airing_id, [])) == 1, a.airing_id
        for h in box.heard:
            assert h.sound.airing is None or h.sound.airing.airing_id in box.final, "it sounded, and nothing was said"
        self.nothing_has_two_outcomes()
        self.sounds_never_overlap()
        self.nothing_scheduled_sounds_untimely()
        self.nothing_scheduled_sounds_in_quiet_hours()
        self.a_relay_ends_with_its_slot()
        self.who_is_in_unison_is_in_step()


def _is_quiet(begin: object, end: object) -> bool:
    """Look at every second: slow, obvious, and nothing of the code under test."""
    at = begin.astimezone(ZONE)  # type: ignore[attr-defined]  # a datetime
    last = end.astimezone(ZONE)  # type: ignore[attr-defined]  # a datetime
    while at < last:
        if at.hour == 12 and at.minute in {2, 3}:
            return True
        at += timedelta(seconds=1)
    return False


SETTINGS = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


def test_playout_keeps_its_rules_whatever_happens() -> None:
    run_state_machine_as_test(PlayoutMachine, settings=SETTINGS)


@pytest.mark.slow
def test_playout_keeps_its_rules_whatever_happens_at_length() -> None:
    run_state_machine_as_test(
        PlayoutMachine, settings=settings(SETTINGS, max_examples=400, stateful_step_count=50, derandomize=False)
    )


def _forgets_what_was_final(moment: Moment) -> Decision:
    return decide(replace(moment, ledger=Ledger(alerts=moment.ledger.alerts)))


def _knows_no_quiet_hours(moment: Moment) -> Decision:
    loud: Plan | None = moment.plan.model_copy(update={"quiet_hours": ()}) if moment.plan is not None else None
    return decide(replace(moment, plan=loud))


def _trusts_any_clock(moment: Moment) -> Decision:
    return decide(replace(moment, trusted_since=moment.trusted_since or moment.now))


def _never_lets_alerts_interrupt(moment: Moment) -> Decision:
    return decide(replace(moment, alerts=()) if moment.active is not None else moment)


def _replanned(moment: Moment, **fields: object) -> Moment:
    if moment.plan is None:
        return moment
    airings = tuple(airing.model_copy(update=fields) for airing in moment.plan.airings)
    return replace(moment, plan=moment.plan.model_copy(update={"airings": airings}))


def _begins_late_from_the_beginning(moment: Moment) -> Decision:
    return decide(_replanned(moment, together=Together.ALONE))


def _gives_a_late_relay_its_whole_length(moment: Moment) -> Decision:
    decision = decide(moment)
    return replace(decision, actions=tuple(_from_its_start(action) for action in decision.actions))


def _from_its_start(action: Action) -> Action:
    is_relay = isinstance(action, Start) and action.sound.airing is not None and action.sound.airing.relay is not None
    return replace(action, sound=replace(action.sound, from_ms=0)) if isinstance(action, Start) and is_relay else action


@pytest.mark.parametrize(
    "bad",
    [
        _forgets_what_was_final, _knows_no_quiet_hours, _trusts_any_clock, _never_lets_alerts_interrupt,
        _begins_late_from_the_beginning, _gives_a_late_relay_its_whole_length,
    ],
)  # fmt: skip
def test_the_rules_catch_a_box_that_breaks_them(bad: Callable[[Moment], Decision]) -> None:
    class BadMachine(PlayoutMachine):
        decide = staticmethod(bad)

    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            BadMachine, settings=settings(SETTINGS, max_examples=400, report_multiple_bugs=False, phases=_NO_SHRINKING)
        )
