"""Bulletins and airings under any order of steps, against a model of a few lines. A known-bad station fails it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from broadcaster.domain.audience import EVERYBODY, Audience, of_clusters
from broadcaster.domain.bulletin import Bulletin, BulletinState
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import BulletinId, DeviceId
from broadcaster.domain.timetable import Airing, InQuietHours, quiet_hours_touched
from broadcaster.services import airings, bulletins, intake
from broadcaster.store import airings as airing_rows
from broadcaster.store import bulletins as bulletin_rows
from broadcaster.store import documents, stations
from broadcaster.store import targets as target_rows
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_world import World
from wire import messages, seal

BULLETINS = 3
PICKS = st.integers(0, BULLETINS - 1)
TEXTS = st.sampled_from(["Tối nay họp.", "Mai cắt điện.", "Tiêm chủng sáng thứ hai."])
STEPS = settings(
    max_examples=6, stateful_step_count=20, deadline=None, print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Known:
    """What the model believes of a bulletin: a handful of facts."""

    state: str = "draft"
    recorded: bool = False
    heard: tuple[str, str] | None = None


class Station:
    """The steps as the real station takes them."""

    def __init__(self, world: World, boxes: list[FakeBox]) -> None:
        self.world, self.boxes = world, boxes

    def rewrite(self, bulletin: BulletinId, text: str) -> Bulletin:
        """Change a bulletin's text."""
        return self.world.rewrite(self.world.find(bulletin), text=text)

    def approve(self, bulletin: BulletinId, heard: tuple[str, str]) -> Bulletin:
        """Approve what was heard."""
        return bulletins.approve(
            self.world.office, actor=self.world.person("minh"), bulletin=bulletin,
            text_sha256=heard[0], recording_sha256=heard[1],
        )  # fmt: skip


class ForgetfulStation(Station):
    """Known to be bad: what was planned before a change is aired all the same."""

    def rewrite(self, bulletin: BulletinId, text: str) -> Bulletin:
        with self.world.database.reading() as tx:
            live = [a for a in airing_rows.of_bulletin(tx, self.world.station, bulletin) if a.cancelled_at is None]
        after = super().rewrite(bulletin, text)
        with self.world.database.writing() as tx:
            for airing in live:
                again = replace(airing, id=type(airing.id)(airing.id + "x"))
                airing_rows.add(tx, again, created_by=self.world.person("lan").id)
                airings.set_targets(tx, self.world.station, [again])
        return after


class CarelessStation(Station):
    """Known to be bad: approves whatever there is, not what was heard."""

    def approve(self, bulletin: BulletinId, heard: tuple[str, str]) -> Bulletin:
        present = self.world.find(bulletin)
        return super().approve(bulletin, (present.text_sha256, present.recording_sha256 or heard[1]))


class Life(RuleBasedStateMachine):
    """One day of a station for each example: the night between them keeps the examples apart."""

    station: Station

    def __init__(self) -> None:
        super().__init__()
        self.world = self.station.world
        self.known: dict[BulletinId, Known] = {}
        self.reported: dict[tuple[str, DeviceId], str] = {}
        self.number = 0

    @initialize()
    def morning(self) -> None:
        clock = self.world.clock
        clock.now = clock.now.replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=1)

    def _one(self, pick: int) -> BulletinId | None:
        return list(self.known)[pick % len(self.known)] if self.known else None

    def _try(self, allowed: bool, step):  # type: ignore[no-untyped-def] # any step
        """Take a step; it must be refused exactly when the model does not allow it."""
        try:
            result = step()
        except Refusal as exc:
            refused, result = exc.code, None
        else:
            refused = ""
        assert allowed == (not refused), refused or "allowed what the model does not allow"
        return result

    @rule(text=TEXTS)
    def write(self, text: str) -> None:
        if len(self.known) < BULLETINS:
            self.known[self.world.write(text=text).id] = Known()

    @rule(pick=PICKS, text=TEXTS, steps=st.integers(1, 7))
    def go_on(self, pick: int, text: str, steps: int) -> None:
        """Take the natural next steps, so that most days see something on the air."""
        for _ in range(steps):
            self._go_on(pick, text)

    def _go_on(self, pick: int, text: str) -> None:
        name = self._one(pick)
        if name is None:
            self.write(text)
        elif not self.known[name].recorded:
            self.render()
        elif self.known[name].state == "submitted":
            self.hear(pick)
            self.approve_what_was_heard(pick)
        elif self.known[name].state == "approved":
            self.air(pick, None, None)
        else:
            self.submit(pick)

    @rule(pick=PICKS, text=TEXTS)
    def change_while_somebody_listens(self, pick: int, text: str) -> None:
        """Two tabs: what was heard in the one is not what the other has submitted since."""
        self.hear(pick)
        self.rewrite(pick, text)
        self.render()
        self.submit(pick)
        self.approve_what_was_heard(pick)

    @rule()
    def render(self) -> None:
        self.world.render()
        for bulletin in self.known.values():
            bulletin.recorded = True

    @rule(pick=PICKS)
    def submit(self, pick: int) -> None:
        if name := self._one(pick):
            model = self.known[name]
            if self._try(
                model.state in ("draft", "returned"),
                lambda: bulletins.submit(self.world.office, actor=self.world.person("lan"), bulletin=name),
            ):
                model.state = "submitted"

    @rule(pick=PICKS)
    def hear(self, pick: int) -> None:
        if (name := self._one(pick)) and self.known[name].recorded:
            found = self.world.find(name)
            self.known[name].heard = (found.text_sha256, str(found.recording_sha256))

    @rule(pick=PICKS)
    def approve_what_was_heard(self, pick: int) -> None:
        name = self._one(pick)
        if name is None or self.known[name].heard is None:
            return
        model, found = self.known[name], self.world.find(name)
        same = model.heard == (found.text_sha256, found.recording_sha256)
        if self._try(model.state == "submitted" and same, lambda: self.station.approve(name, model.heard)):  # type: ignore[arg-type] # checked above
            model.state = "approved"

    @rule(pick=PICKS, text=TEXTS)
    def rewrite(self, pick: int, text: str) -> None:
        if name := self._one(pick):
            model = self.known[name]
            if self._try(model.state != "withdrawn", lambda: self.station.rewrite(name, text)):
                model.state, model.recorded = "draft", False

    @rule(pick=PICKS)
    def send_back(self, pick: int) -> None:
        name = self._one(pick)
        if name and self._try(
            self.known[name].state == "submitted",
            lambda: bulletins.send_back(self.world.office, actor=self.world.person("minh"), bulletin=name, note="Sửa."),
        ):
            self.known[name].state = "returned"

    @rule(pick=PICKS)
    def withdraw(self, pick: int) -> None:
        name = self._one(pick)
        if name and self._try(
            self.known[name].state != "withdrawn",
            lambda: bulletins.withdraw(self.world.office, actor=self.world.person("lan"), bulletin=name),
        ):
            self.known[name].state = "withdrawn"

    @rule(pick=PICKS, ahead=st.none() | st.integers(0, 20 * 60), where=st.sampled_from([None, 0, 1]))
    def air(self, pick: int, ahead: int | None, where: int | None) -> None:
        """Which times are refused is the timetable's own test; here only that nothing unapproved is ever planned."""
        if name := self._one(pick):
            audience: Audience = EVERYBODY if where is None else of_clusters([self.world.clusters[where]])
            start = None if ahead is None else self.world.clock.now + timedelta(minutes=ahead)
            try:
                airings.plan(
                    self.world.office, actor=self.world.person("lan"), bulletin=name, start_at=start, audience=audience
                )  # fmt: skip
            except InQuietHours:
                assert self.known[name].state == "approved"
            except Refusal:
                return
            assert self.known[name].state == "approved"

    @rule(pick=st.integers(0, 9))
    def cancel(self, pick: int) -> None:
        live = self._live()
        if live:
            airing = live[pick % len(live)]
            self._try(
                airing.over_at > self.world.clock.now,
                lambda: airings.cancel(self.world.office, actor=self.world.person("minh"), airing=airing.id),
            )

    @rule(minutes=st.sampled_from([1, 5, 60]))
    def wait(self, minutes: int) -> None:
        self.world.clock.advance(minutes=minutes)

    @rule(box=st.sampled_from([0, 1]))
    def report(self, box: int) -> None:
        """The box plays what its plan says and reports it, each airing once."""
        reporter = self.station.boxes[box]
        for planned in self._plan(reporter).airings:
            key = (planned.airing_id, reporter.id)
            if planned.start_at <= self.world.clock.now and key not in self.reported:
                self.number += 1
                self.reported[key] = "played"
                known = intake.box(self.world.office, reporter.id)
                assert known is not None
                batch = reporter.reports(
                    played(self.number, planned.airing_id, at=planned.start_at), journal=f"{id(self):032x}"
                )
                assert intake.note_reports(self.world.office, known, batch).up_to == self.number

    @invariant()
    def states_are_the_models(self) -> None:
        for name, model in self.known.items():
            assert self.world.find(name).state is BulletinState(model.state)

    @invariant()
    def plans_hold_only_what_was_approved_as_it_is(self) -> None:
        self.world.reconcile()
        assert self.world.reconcile() == ()
        with self.world.database.reading() as tx:
            approved = {name: {a.recording_sha256 for a in bulletin_rows.approvals_of(tx, name)} for name in self.known}
        for airing in self._live():
            if airing.bulletin in self.known and airing.over_at > self.world.clock.now:
                assert self.known[airing.bulletin].state == "approved"
                assert airing.recording_sha256 in approved[airing.bulletin]
        cancelled = {a.id for a in self._today() if a.cancelled_at is not None}
        for box in self.station.boxes:
            assert not cancelled & {a.airing_id for a in self._plan(box).airings}

    @invariant()
    def what_was_approved_was_heard(self) -> None:
        with self.world.database.reading() as tx:
            for name, model in self.known.items():
                if model.state == "approved":
                    newest = bulletin_rows.approvals_of(tx, name)[0]
                    assert model.heard == (newest.text_sha256, newest.recording_sha256)

    @invariant()
    def nothing_sounds_over_anything_or_at_night(self) -> None:
        with self.world.database.reading() as tx:
            rules = stations.get(tx, self.world.station).rules  # type: ignore[union-attr] # it is there
            on = [(a, {t.cluster for t in target_rows.of_airings(tx, [a.id])[a.id]}) for a in self._live()]
        for n, (one, here) in enumerate(on):
            assert quiet_hours_touched(one.start_at, duration=one.duration, rules=rules) is None
            for other, there in on[n + 1 :]:
                assert not (here & there) or one.end_at <= other.start_at or other.end_at <= one.start_at

    @invariant()
    def only_what_was_reported_was_played(self) -> None:
        with self.world.database.reading() as tx:
            for airing in self._today():
                for found in airings.deliveries(tx, airing, now=self.world.clock.now):
                    said = found.target.device and self.reported.get((airing.id, found.target.device))
                    assert (found.outcome.value == "played") == (said == "played")

    def _today(self) -> tuple[Airing, ...]:
        midnight = self.world.clock.now.replace(hour=0, minute=0)
        with self.world.database.reading() as tx:
            return airing_rows.between(
                tx, self.world.station, start=midnight, end=midnight + timedelta(days=3), cancelled=True
            )  # fmt: skip

    def _live(self) -> list[Airing]:
        return [a for a in self._today() if a.cancelled_at is None]

    def _plan(self, box: FakeBox) -> messages.Plan:
        self.world.reconcile()
        with self.world.database.reading() as tx:
            kept = documents.get(tx, box.id)
        assert kept is not None
        return seal.open_sealed(kept.sealed, self.world.keys[self.world.station], messages.Plan)


def machine_of(kind: type[Station], world: World) -> type[Life]:
    """Return the machine that drives such a station; one world serves all examples."""
    boxes = [world.enrol(0), world.enrol(1)]
    return type("LifeOf" + kind.__name__, (Life,), {"station": kind(world, boxes)})


def test_any_day_of_a_station(sqlite_world: World) -> None:
    run_state_machine_as_test(machine_of(Station, sqlite_world), settings=STEPS)  # type: ignore[no-untyped-call] # Hypothesis' own


def one_day(machine: Life) -> None:
    """Take the steps on which the known-bad stations stumble, and look at every invariant after each."""
    for step in (
        machine.morning,
        lambda: machine.go_on(0, "Tối nay họp.", 2),
        lambda: machine.change_while_somebody_listens(0, "Mai cắt điện."),
        lambda: machine.go_on(0, "", 2),
        lambda: machine.rewrite(0, "Tiêm chủng sáng thứ hai."),
    ):
        step()
        machine.states_are_the_models()
        machine.what_was_approved_was_heard()
        machine.plans_hold_only_what_was_approved_as_it_is()


def test_known_bad_stations_are_caught(sqlite_world: World) -> None:
    """Negative control: the same day passes at the real station and fails at each of the others."""
    one_day(machine_of(Station, sqlite_world)())
    for bad in (ForgetfulStation, CarelessStation):
        with pytest.raises(AssertionError):
            one_day(machine_of(bad, sqlite_world)())
