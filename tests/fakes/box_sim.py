"""A box without disk, network and sound card: it does at once what `decide` says and writes down what would be heard.

Time moves only when told to, and stops at every instant at which a real box would wake.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from device_agent.playout.alert_ends import after_end, vanished
from device_agent.playout.conclusions import Final, NeverBegan, Suspend, lapsed, settle, still_to_end
from device_agent.playout.decide import decide
from device_agent.playout.relaying import Sounded
from device_agent.playout.values import (
    Action,
    Active,
    AlertProgress,
    Conclude,
    Decision,
    Ledger,
    Moment,
    Prepare,
    Rank,
    Release,
    Sound,
    SoundKey,
    Start,
    Stop,
    Suspended,
)
from wire.messages import AudioRef, LiveAlert, Outcome, Plan, PlannedAiring, Reason, Revision

FADE = timedelta(milliseconds=300)
"""How long what something else came over is still being booked; it is taken to be silent at once."""
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)  # noon in Vietnam


def recording(name: int = 1, *, duration_ms: int = 10_000) -> AudioRef:
    return AudioRef(sha256=f"{name:064x}", size_bytes=1000, chunks=1, duration_ms=duration_ms)


def airing(name: str, start_at: datetime, *, late_s: float = 60, **fields: object) -> PlannedAiring:
    values: dict[str, object] = {"recording": recording(), "not_after": start_at + timedelta(seconds=late_s), **fields}
    return PlannedAiring(airing_id=name, start_at=start_at, **values)  # type: ignore[arg-type]  # the test's own fields


def alert(name: str, now: datetime, **fields: object) -> LiveAlert:
    values: dict[str, object] = {
        "version": 1, "status": "Actual", "event": "Lũ", "headline": "Lũ về", "recording": recording(9),
        "effective_at": now, "expires_at": now + timedelta(hours=1), **fields,
    }  # fmt: skip
    return LiveAlert(alert_id=name, **values)  # type: ignore[arg-type]  # the test's own fields


def plan(*airings: PlannedAiring, issued_at: datetime = NOON, **fields: object) -> Plan:
    values: dict[str, object] = {"revision": Revision(epoch=1, seq=1), "issued_at": issued_at, **fields}
    return Plan(station="xa", device="loa", airings=airings, **values)  # type: ignore[arg-type]  # the test's own fields


@dataclass(slots=True)
class Heard:
    """One stretch of sound that a listener would have heard; `gave_way_to` is the rank of what cut it off, even when
    that was called off before its first sample. Everything is by the clock of its moment: `set_before` is how far that
    had been set when it was told to begin and when it began, `steps` from and to which instants it was set since."""

    sound: Sound
    at: datetime
    trusted: bool
    until: datetime | None = None
    gave_way_to: Rank | None = None
    set_before: tuple[timedelta, timedelta] = (timedelta(0), timedelta(0))
    steps: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def was_told_by_this_clock(self) -> bool:
        return self.set_before[0] == self.set_before[1]

    @property
    def really_at(self) -> datetime:
        """When it began, by a clock that nobody sets."""
        return self.at - self.set_before[1]

    @property
    def really_until(self) -> datetime | None:
        steps = sum((to - since for since, to in self.steps), self.set_before[1])
        return self.until - steps if self.until is not None else None


@dataclass(slots=True)
class Going:
    """One sound from its start to its booking; `cut_at` is when it was told to stop."""

    run: Active
    begin_at: datetime
    set_before: timedelta = timedelta(0)
    heard: Heard | None = None
    cut_at: datetime | None = None

    @property
    def next_at(self) -> datetime:
        if self.cut_at is not None:
            return self.cut_at + FADE
        if self.run.started_at is None:
            return self.begin_at
        return self.run.started_at + _length(self.run.sound)


@dataclass(slots=True)
class BoxSim:
    """Everything a test may turn is an attribute; `settle_down` must follow."""

    decide: Callable[[Moment], Decision] = decide
    now: datetime = NOON
    up_since: datetime = NOON
    trusted_since: datetime | None = NOON
    plan: Plan | None = None
    alerts: tuple[LiveAlert, ...] = ()
    cached: frozenset[str] = frozenset()
    final: dict[str, list[tuple[Outcome, Reason | None]]] = field(default_factory=dict)
    alert_reports: list[tuple[str, Outcome, Reason | None]] = field(default_factory=list)
    suspended: dict[str, Suspended] = field(default_factory=dict)
    progress: dict[tuple[str, int], AlertProgress] = field(default_factory=dict)
    first_seen: dict[str, datetime] = field(default_factory=dict)
    current: Going | None = None
    next: Going | None = None
    leaving: list[Going] = field(default_factory=list)
    held: dict[SoundKey, Sound] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    busy_until: datetime | None = None
    wake_at: datetime = NOON
    alerts_confirmed: bool = True
    withdrawn: tuple[PlannedAiring, ...] = ()
    clock_set: timedelta = timedelta(0)
    """How far the clock has been set in all."""

    @property
    def active(self) -> Active | None:
        return self.current.run if self.current is not None else None

    def moment(self) -> Moment:
        return Moment(
            now=self.now, up_since=self.up_since, trusted_since=self.trusted_since, zone=ZONE, plan=self.plan,
            alerts=self.alerts, cached=self.cached, active=self.active, held=frozenset(self.held),
            ledger=Ledger(final=frozenset(self.final), suspended=dict(self.suspended), alerts=dict(self.progress)),
            first_seen=dict(self.first_seen), busy_until=self.busy_until, alerts_confirmed=self.alerts_confirmed,
            following=self.next.run if self.next is not None else None,
            leaving=tuple(going.run for going in self.leaving), withdrawn=self.withdrawn,
        )  # fmt: skip

    def hear_of(self, *alerts: LiveAlert) -> None:
        """Take up a new document of alerts as the agent does."""
        old, self.alerts = self.alerts, alerts
        for conclusion in vanished(old, self.moment(), issued_at=self.now):
            self._conclude(conclusion)
        self.settle_down()

    def obey(self, new: Plan) -> None:
        """Take up a new plan as the agent does."""
        old, self.plan = self.plan, new
        named = {a.airing_id for a in new.airings}
        gone = [a for a in (old.airings if old is not None else ()) if a.airing_id not in named]
        moment = self.moment()
        self.withdrawn = still_to_end(gone, moment)
        for conclusion in lapsed(gone, moment, issued_at=new.issued_at):
            self._conclude(conclusion)
        for name in named:
            self.first_seen.setdefault(name, self.now)
        self.settle_down()

    def settle_down(self) -> None:
        """Do what is to be done at this instant until nothing is."""
        for _ in range(20):
            decision = self.decide(self.moment())
            assert decision.wake_at > self.now
            self.wake_at = decision.wake_at
            if not decision.actions:
                return
            for action in decision.actions:
                self._perform(action)
        raise AssertionError(f"playout never comes to rest: {decision.actions}")

    def advance(self, seconds: float) -> None:
        """Let time pass, waking whenever a real box would."""
        target = self.now + timedelta(seconds=seconds)
        self.settle_down()
        while self.now < target:
            instants = [target, self.wake_at, *(going.next_at for going in self._going())]
            self.now = max(self.now, min(instants))
            self._pass_instant()
            self.settle_down()

    def power_cut(self, *, off_s: float) -> None:
        """Lose everything that is not on the disk; what was sounding or suspended is reported at the next start."""
        for going in self._going():
            if going.heard is not None and going.heard.until is None:
                going.heard.until = self.now
            airing = going.run.sound.airing
            if airing is not None and going.run.started_at is not None:
                self.final.setdefault(airing.airing_id, []).append((Outcome.INTERRUPTED, Reason.POWER_LOST))
                self.suspended.pop(airing.airing_id, None)
        self.current, self.next, self.leaving, self.held, self.busy_until = None, None, [], {}, None
        self.progress = {
            key: AlertProgress(rounds=known.rounds, ended_at=known.ended_at, concluded=known.concluded)
            for key, known in self.progress.items()
        }
        for name in self.suspended:
            self.final.setdefault(name, []).append((Outcome.INTERRUPTED, Reason.POWER_LOST))
        self.suspended, self.first_seen, self.withdrawn = {}, {}, ()
        self.now += timedelta(seconds=off_s)
        self.up_since, self.trusted_since = self.now, None
        self.settle_down()

    def set_clock(self, *, by_s: float) -> None:
        """Have the box believe another time from here on. What is under way goes on by its monotonic clock."""
        by, before = timedelta(seconds=by_s), self.now
        self.now, self.clock_set = self.now + by, self.clock_set + by
        for going in self._going():
            going.begin_at += by
            going.cut_at = going.cut_at + by if going.cut_at is not None else None
            if going.run.started_at is not None:
                going.run = replace(going.run, started_at=going.run.started_at + by)
            if going.heard is not None and going.heard.until is None:
                going.heard.steps.append((before, self.now))
        self.up_since += by
        self.trusted_since = self.trusted_since + by if self.trusted_since is not None else None
        self.first_seen = {name: seen + by for name, seen in self.first_seen.items()}
        self.settle_down()

    def trust(self, *, trusted: bool = True) -> None:
        self.trusted_since = self.now if trusted else None
        self.settle_down()

    def _going(self) -> list[Going]:
        return [going for going in (self.current, self.next, *self.leaving) if going is not None]

    def _pass_instant(self) -> None:
        for going in self._going():
            if going.next_at > self.now:
                continue
            if going.cut_at is not None or going.run.started_at is not None:
                self._end(going)
                continue
            going.run = replace(going.run, started_at=self.now)
            going.heard = Heard(
                sound=going.run.sound, at=self.now, trusted=self.trusted_since is not None,
                set_before=(going.set_before, self.clock_set),
            )  # fmt: skip
            self.heard.append(going.heard)
            if going is self.next:
                before, self.current, self.next = self.current, going, None
                if before is not None:
                    self._end(before)

    def _cut(self, going: Going, reason: Reason, *, over: Rank | None, yielded: bool = False) -> None:
        if going.cut_at is None:
            going.cut_at = self.now
            going.run = replace(going.run, stopping=reason, yielded=yielded)
            if going.heard is not None:
                going.heard.until, going.heard.gave_way_to = self.now, over

    def _end(self, going: Going) -> None:
        run, sound, until = going.run, going.run.sound, going.cut_at or self.now
        if going.heard is not None and going.heard.until is None:
            going.heard.until = until
        if going is self.current:
            self.current, self.next = self.next, None
        elif going is self.next:
            self.next = None
        self.leaving = [other for other in self.leaving if other is not going]
        self.busy_until = self.now
        position_ms = sound.from_ms
        if run.started_at is not None:
            position_ms += int((until - run.started_at) / timedelta(milliseconds=1))
        airing, alert = sound.airing, sound.alert
        relayed: Sounded | None = None
        if airing is not None and airing.relay is not None:  # its stream sounds whenever it is on the air
            before = self.suspended.get(airing.airing_id)
            position_ms += (before.position_ms if before is not None else 0) - sound.from_ms
            relayed = Sounded(stream_ms=position_ms, interrupted_by=before.reason if before is not None else None)
        settlement = settle(
            run, finished=going.cut_at is None, position_ms=position_ms, failure=None, sounded=relayed,
            before=self.suspended.get(airing.airing_id) if airing is not None else None,
        )  # fmt: skip
        if airing is not None and isinstance(settlement, Final):
            self.final.setdefault(airing.airing_id, []).append((settlement.outcome, settlement.reason))
            self.suspended.pop(airing.airing_id, None)
        elif airing is not None and isinstance(settlement, Suspend):
            before = self.suspended.get(airing.airing_id)
            self.suspended[airing.airing_id] = Suspended(
                position_ms=position_ms, recording=sound.recording, reason=settlement.reason, since=until,
                interruptions=1 + (before.interruptions if before else 0),
            )  # fmt: skip
        elif alert is not None and not isinstance(settlement, NeverBegan):
            key = (alert.alert_id, alert.version)
            known = self.progress.get(key, AlertProgress())
            self.progress[key], report = after_end(known, sound, settlement, ended_at=until)
            if report is not None:
                self.alert_reports.append((alert.alert_id, report.outcome, report.reason))

    def _perform(self, action: Action) -> None:
        match action:
            case Prepare(sound=sound):
                assert len(self.held) < 2, "there are no more decks"
                self.held[sound.key] = sound
            case Release(key=key):
                self.held.pop(key)
            case Start(sound=sound, at=at):
                assert sound.key in self.held, "not prepared"
                del self.held[sound.key]
                begin_at = max(at, self.now)
                self._start(Going(run=Active(sound=sound), begin_at=begin_at, set_before=self.clock_set), action)
            case Stop(key=key, reason=reason):
                assert self.current is not None
                assert self.current.run.sound.key == key
                ready = max((held.rank for held in self.held.values()), default=None)
                for going in (self.next, self.current):
                    if going is not None:
                        self._cut(going, reason, over=ready if reason is Reason.HIGHER_PRIORITY else None)
                        self._end(going)
            case Conclude():
                self._conclude(action)

    def _start(self, going: Going, start: Start) -> None:
        if self.current is None:
            self.current = going
        elif start.over is not None or start.continues:
            for other in (self.current, self.next):
                if other is not None:
                    reason, over = start.over or Reason.ALERT, start.sound.rank
                    self._cut(other, reason, over=over, yielded=start.continues)
                    self.leaving.append(other)
            self.current, self.next = going, None
        else:
            assert start.sound.alert is not None, "two sounds overlap"
            assert self.next is None, "two sounds follow"
            self.next = going

    def _conclude(self, action: Conclude) -> None:
        if action.airing is not None:
            self.suspended.pop(action.airing.airing_id, None)
            self.final.setdefault(action.airing.airing_id, []).append((action.outcome, action.reason))
        elif action.alert is not None:
            key = (action.alert.alert_id, action.alert.version)
            self.progress[key] = replace(self.progress.get(key, AlertProgress()), concluded=True)
            self.alert_reports.append((action.alert.alert_id, action.outcome, action.reason))


def _length(sound: Sound) -> timedelta:
    return timedelta(milliseconds=sound.duration_ms - sound.from_ms)
