"""Random alerts, updates, cancellations, expiries and power cuts against the rules; and proof that they can be broken.

No siren but for what is real, no words before their siren, nothing past its expiry or its cancellation, no finished
round twice, nothing over anything else, and no live alert kept waiting.
"""

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
from device_agent.playout.values import AlertProgress, Decision, Moment, Part
from tests.fakes.box_sim import BoxSim, Heard, airing, alert, plan, recording
from wire.messages import AlertStatus, Burst, LiveAlert, Outcome

Version = tuple[str, int]
SIRENS = st.sampled_from(
    [
        (Burst(on_ms=2000, off_ms=1000, times=2),),
        (Burst(on_ms=500, off_ms=0, times=1),),
        (Burst(on_ms=20_000, off_ms=10_000, times=3),),
        (Burst(on_ms=300, off_ms=200, times=2), Burst(on_ms=4000, off_ms=3000, times=1)),
    ]
)
WORDS = {n: recording(n, duration_ms=ms) for n, ms in {6: 3000, 7: 12_000, 8: 40_000}.items()}
SENTENCES = st.sampled_from([(), (0, 1000, 2500), (0, 15_000)])


class AlertMachine(RuleBasedStateMachine):
    decide: ClassVar[Callable[[Moment], Decision]] = staticmethod(decide)

    def __init__(self) -> None:
        super().__init__()
        self.box = BoxSim(decide=type(self).decide)
        self.counter = 0
        self.first: dict[Version, LiveAlert] = {}
        self.gone_at: dict[Version, datetime] = {}
        self.done_at: dict[Version, datetime] = {}
        self.boots: list[int] = []
        """How many sounds had begun when the power failed."""
        self.reports_seen = 0

    @initialize(held=st.sets(st.sampled_from([6, 7, 8])))
    def begin_with_some_words(self, held: set[int]) -> None:
        self.box.cached = frozenset(WORDS[words].sha256 for words in held)

    # -- what may happen ---------------------------------------------------------------------------------------------

    @rule(status=st.sampled_from(AlertStatus), siren=SIRENS, words=st.sampled_from([None, 6, 7, 8]),
          times=st.integers(1, 3), repeat=st.sampled_from([None, None, 5, 45]), hourly=st.booleans(),
          lasts_s=st.sampled_from([5, 40, 600]), sentences=SENTENCES, in_s=st.sampled_from([0, 0, 20]))  # fmt: skip
    def an_alert_goes_live(
        self, status: AlertStatus, siren: tuple[Burst, ...], words: int | None, times: int, repeat: int | None,
        hourly: bool, lasts_s: int, sentences: tuple[int, ...], in_s: int,
    ) -> None:  # fmt: skip
        self.counter += 1
        begins = self.box.now + timedelta(seconds=in_s)
        live = alert(
            f"alert{self.counter}", begins, status=status, siren=siren, times=times, repeat_every_s=repeat,
            on_the_hour=hourly, recording=WORDS[words] if words else None, sentence_offsets_ms=sentences,
            expires_at=begins + timedelta(seconds=lasts_s),
        )  # fmt: skip
        self._hear_of(*self.box.alerts, live)

    @precondition(lambda self: self.box.alerts)
    @rule(data=st.data(), words=st.sampled_from([6, 7, 8]))
    def its_words_come(self, data: st.DataObject, words: int) -> None:
        spoken = data.draw(st.sampled_from(self.box.alerts))
        self._replace(spoken, recording=spoken.recording or WORDS[words])

    @precondition(lambda self: self.box.alerts)
    @rule(data=st.data(), siren=SIRENS, words=st.sampled_from([None, 6, 7]))
    def it_is_updated(self, data: st.DataObject, siren: tuple[Burst, ...], words: int | None) -> None:
        old = data.draw(st.sampled_from(self.box.alerts))
        self._replace(old, version=old.version + 1, siren=siren, recording=WORDS[words] if words else None)

    @precondition(lambda self: self.box.alerts)
    @rule(data=st.data())
    def it_is_cancelled(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.box.alerts))
        self._hear_of(*(a for a in self.box.alerts if a is not gone))

    @rule(words=st.sampled_from([6, 7, 8]))
    def audio_arrives(self, words: int) -> None:
        self.box.cached |= {WORDS[words].sha256}
        self.box.settle_down()

    @rule(seconds=st.one_of(st.floats(0.001, 3), st.integers(1, 60)))
    def time_passes(self, seconds: float) -> None:
        self._advance(seconds)

    @rule(off_s=st.integers(0, 40))
    def the_power_fails(self, off_s: int) -> None:
        self.boots.append(len(self.box.heard))
        self.box.power_cut(off_s=off_s)
        self._note_reports()

    @rule(trusted=st.booleans())
    def the_clock_is_trusted_or_not(self, trusted: bool) -> None:
        self.box.trust(trusted=trusted)

    @rule(in_s=st.integers(0, 10), seconds=st.integers(1, 20))
    def something_is_planned(self, in_s: int, seconds: int) -> None:
        self.counter += 1
        self.box.cached |= {recording(1).sha256}
        new = airing(
            f"a{self.counter}", self.box.now + timedelta(seconds=in_s),
            recording=recording(1, duration_ms=seconds * 1000),
        )  # fmt: skip
        self.box.obey(plan(*(self.box.plan.airings if self.box.plan else ()), new, issued_at=self.box.now))

    def _replace(self, old: LiveAlert, **fields: object) -> None:
        new = old.model_copy(update=fields)
        self._hear_of(*(new if a is old else a for a in self.box.alerts))

    def _hear_of(self, *alerts: LiveAlert) -> None:
        named = {(a.alert_id, a.version) for a in alerts}
        ids = {a.alert_id for a in alerts}
        for live in self.box.alerts:
            if (live.alert_id, live.version) not in named:
                patience = timedelta(seconds=8) if live.alert_id in ids else timedelta(0)
                self.gone_at[live.alert_id, live.version] = self.box.now + patience
        for live in alerts:
            self.first.setdefault((live.alert_id, live.version), live)
        self.box.hear_of(*alerts)
        self._note_reports()

    def _advance(self, seconds: float) -> None:
        """Let time pass in small steps, so that the instant of each report is known."""
        until = self.box.now + timedelta(seconds=seconds)
        while self.box.now < until:
            self.box.advance(min(1.0, (until - self.box.now).total_seconds()))
            self._note_reports()

    def _note_reports(self) -> None:
        for name, outcome, _ in self.box.alert_reports[self.reports_seen :]:
            played = [(i, v) for (i, v), p in self.box.progress.items() if i == name and p.rounds > 0]
            if outcome is Outcome.PLAYED:
                for version in played:
                    self.done_at.setdefault(version, self.box.now)
        self.reports_seen = len(self.box.alert_reports)

    # -- what must always hold ---------------------------------------------------------------------------------------

    def _of_alerts(self) -> list[tuple[Version, Heard]]:
        return [((h.sound.alert.alert_id, h.sound.alert.version), h) for h in self.box.heard if h.sound.alert]

    @invariant()
    def only_what_is_real_has_a_siren(self) -> None:
        for version, h in self._of_alerts():
            if h.sound.part is Part.SIREN:
                assert self.first[version].status is AlertStatus.ACTUAL

    @invariant()
    def words_come_behind_their_siren(self) -> None:
        begun: set[Version] = set()
        for index, h in enumerate(self.box.heard):
            if index in self.boots:
                begun.clear()
            if h.sound.alert is None:
                continue
            version = h.sound.alert.alert_id, h.sound.alert.version
            if h.sound.part is Part.SPEECH and self.first[version].bursts:
                assert version in begun, f"{version} spoke before its siren"
            begun.add(version)

    @invariant()
    def nothing_sounds_past_its_expiry(self) -> None:
        for version, h in self._of_alerts():
            expires_at = self.first[version].expires_at
            assert h.at < expires_at
            assert (h.until or self.box.now) <= expires_at + timedelta(seconds=2)

    @invariant()
    def nothing_sounds_that_was_cancelled_or_replaced(self) -> None:
        for version, h in self._of_alerts():
            if version in self.gone_at:
                assert (h.until or self.box.now) <= self.gone_at[version], f"{version} goes on"

    @invariant()
    def no_finished_round_sounds_twice(self) -> None:
        for version, h in self._of_alerts():
            if version in self.done_at and self.first[version].repeat_every_s is None:
                assert h.at <= self.done_at[version], f"{version} sounds again"

    @invariant()
    def sounds_never_overlap(self) -> None:
        for earlier, later in zip(self.box.heard, self.box.heard[1:], strict=False):
            assert earlier.until is not None
            assert earlier.until <= later.at

    @invariant()
    def a_real_alert_is_never_kept_waiting(self) -> None:
        waiting = [
            a for a in self.box.alerts
            if a.bursts and a.effective_at <= self.box.now < a.expires_at
            and (a.alert_id, a.version) not in self.box.progress
        ]  # fmt: skip
        last = self.box.heard[-1] if self.box.heard else None
        breathes = last is not None and last.until is not None and self.box.now - last.until <= timedelta(seconds=1)
        if waiting and not breathes:
            assert self.box.active is not None
            assert self.box.active.sound.alert is not None
            assert self.first[self._version_now()].status is AlertStatus.ACTUAL

    def _version_now(self) -> Version:
        assert self.box.active is not None
        live = self.box.active.sound.alert
        assert live is not None
        return live.alert_id, live.version

    def teardown(self) -> None:
        self.box.trust()
        self._advance(30)
        self.no_finished_round_sounds_twice()
        self.nothing_sounds_past_its_expiry()
        self.nothing_sounds_that_was_cancelled_or_replaced()


SETTINGS = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


def test_alerts_keep_their_rules_whatever_happens() -> None:
    run_state_machine_as_test(AlertMachine, settings=SETTINGS)


@pytest.mark.slow
def test_alerts_keep_their_rules_whatever_happens_at_length() -> None:
    run_state_machine_as_test(
        AlertMachine, settings=settings(SETTINGS, max_examples=150, stateful_step_count=50, derandomize=False)
    )


# -- boxes that break them ---------------------------------------------------------------------------------------------


def _with(moment: Moment, **fields: object) -> Decision:
    changed = tuple(a.model_copy(update=fields) for a in moment.alerts)
    return decide(replace(moment, alerts=changed))


def _wails_for_a_drill(moment: Moment) -> Decision:
    return _with(moment, status=AlertStatus.ACTUAL)


def _speaks_before_its_siren(moment: Moment) -> Decision:
    spoken = tuple(
        a.model_copy(update={"siren": ()}) if a.recording and a.recording.sha256 in moment.cached else a
        for a in moment.alerts
    )
    return decide(replace(moment, alerts=spoken))


def _knows_no_expiry(moment: Moment) -> Decision:
    return _with(moment, expires_at=moment.now + timedelta(hours=1))


def _forgets_what_it_finished(moment: Moment) -> Decision:
    known = {
        version: AlertProgress(concluded=True) if progress.rounds else progress
        for version, progress in moment.ledger.alerts.items()
    }
    return decide(replace(moment, ledger=replace(moment.ledger, alerts=known)))


class _CannotBeCancelled(AlertMachine):
    def _hear_of(self, *alerts: LiveAlert) -> None:
        kept = [a for a in self.box.alerts if a.alert_id not in {live.alert_id for live in alerts}]
        super()._hear_of(*alerts)
        self.box.hear_of(*alerts, *kept)


@pytest.mark.parametrize(
    ("bad", "broken"),
    [
        (_wails_for_a_drill, "only_what_is_real_has_a_siren a_real_alert_is_never_kept_waiting"),
        (_speaks_before_its_siren, "words_come_behind_their_siren"),
        (_knows_no_expiry, "nothing_sounds_past_its_expiry"),
        (_forgets_what_it_finished, "no_finished_round_sounds_twice"),
    ],
)
def test_the_rules_catch_a_box_that_breaks_them(bad: Callable[[Moment], Decision], broken: str) -> None:
    class BadMachine(AlertMachine):
        decide = staticmethod(bad)

    _assert_caught(BadMachine, broken)


def test_the_rules_catch_a_box_that_cannot_be_cancelled() -> None:
    _assert_caught(_CannotBeCancelled, "nothing_sounds_that_was_cancelled_or_replaced")


def _assert_caught(machine: type[AlertMachine], broken: str) -> None:
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(
            machine, settings=settings(SETTINGS, max_examples=300, report_multiple_bugs=False, phases=(Phase.generate,))
        )
    assert any(entry.name in broken.split() for entry in caught.traceback), caught.getrepr()
