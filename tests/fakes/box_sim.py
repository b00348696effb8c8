"""A box without disk, network and sound card: it does at once what `decide` says and writes down what would be heard.

Time moves only when told to, and stops at every instant at which a real box would wake.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from device_agent.playout.claims import advanced
from device_agent.playout.conclusions import Final, Suspend, lapsed, settle
from device_agent.playout.decide import decide
from device_agent.playout.values import (
    Action,
    Active,
    AlertProgress,
    Conclude,
    Decision,
    Ledger,
    Moment,
    Prepare,
    Release,
    Sound,
    SoundKey,
    Start,
    Stop,
    Suspended,
)
from wire.messages import AudioRef, LiveAlert, Outcome, Plan, PlannedAiring, Reason, Revision

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
    """One stretch of sound that a listener would have heard."""

    sound: Sound
    at: datetime
    trusted: bool
    until: datetime | None = None


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
    active: Active | None = None
    begin_at: datetime | None = None
    held: dict[SoundKey, Sound] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    busy_until: datetime | None = None
    wake_at: datetime = NOON

    def moment(self) -> Moment:
        return Moment(
            now=self.now, up_since=self.up_since, trusted_since=self.trusted_since, zone=ZONE, plan=self.plan,
            alerts=self.alerts, cached=self.cached, active=self.active, held=frozenset(self.held),
            ledger=Ledger(final=frozenset(self.final), suspended=dict(self.suspended), alerts=dict(self.progress)),
            first_seen=dict(self.first_seen), busy_until=self.busy_until,
        )  # fmt: skip

    def obey(self, new: Plan) -> None:
        """Take up a new plan as the agent does."""
        old, self.plan = self.plan, new
        named = {a.airing_id for a in new.airings}
        gone = [a for a in (old.airings if old is not None else ()) if a.airing_id not in named]
        for conclusion in lapsed(gone, self.moment(), issued_at=new.issued_at):
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
            instants = [target, self.wake_at, *([self._next_of_active()] if self.active is not None else [])]
            self.now = max(self.now, min(instants))
            self._pass_instant()
            self.settle_down()

    def power_cut(self, *, off_s: float) -> None:
        """Lose everything that is not on the disk; what was sounding or suspended is reported at the next start."""
        open_airing = self.active.sound.airing if self.active is not None else None
        if self.heard and self.heard[-1].until is None:
            self.heard[-1].until = self.now
        self.active, self.begin_at, self.held, self.busy_until = None, None, {}, None
        if open_airing is not None:
            self.final.setdefault(open_airing.airing_id, []).append((Outcome.INTERRUPTED, Reason.POWER_LOST))
            self.suspended.pop(open_airing.airing_id, None)
        for name in self.suspended:
            self.final.setdefault(name, []).append((Outcome.INTERRUPTED, Reason.POWER_LOST))
        self.suspended, self.first_seen = {}, {}
        self.now += timedelta(seconds=off_s)
        self.up_since, self.trusted_since = self.now, None
        self.settle_down()

    def trust(self, *, trusted: bool = True) -> None:
        self.trusted_since = self.now if trusted else None
        self.settle_down()

    def _next_of_active(self) -> datetime:
        assert self.active is not None
        if self.active.started_at is None:
            assert self.begin_at is not None
            return self.begin_at
        return self.active.started_at + self._length(self.active.sound)

    def _pass_instant(self) -> None:
        if self.active is None or self._next_of_active() > self.now:
            return
        if self.active.started_at is None:
            self.active = replace(self.active, started_at=self.now)
            self.heard.append(Heard(sound=self.active.sound, at=self.now, trusted=self.trusted_since is not None))
        else:
            self._end(finished=True)

    def _end(self, *, finished: bool) -> None:
        active = self.active
        assert active is not None
        position_ms = active.sound.from_ms
        if active.started_at is not None:
            self.heard[-1].until = self.now
            position_ms += int((self.now - active.started_at) / timedelta(milliseconds=1))
        settlement = settle(active, finished=finished, position_ms=position_ms, failure=None)
        self.active, self.begin_at, self.busy_until = None, None, self.now
        airing, alert = active.sound.airing, active.sound.alert
        if airing is not None and isinstance(settlement, Final):
            self.final.setdefault(airing.airing_id, []).append((settlement.outcome, settlement.reason))
            self.suspended.pop(airing.airing_id, None)
        elif airing is not None and isinstance(settlement, Suspend):
            before = self.suspended.get(airing.airing_id)
            self.suspended[airing.airing_id] = Suspended(
                position_ms=position_ms, interruptions=1 + (before.interruptions if before else 0),
                reason=settlement.reason, since=self.now,
            )  # fmt: skip
        elif alert is not None and isinstance(settlement, Final):
            self._end_alert(alert, settlement)

    def _end_alert(self, alert: LiveAlert, final: Final) -> None:
        known = self.progress.get((alert.alert_id, alert.version), AlertProgress())
        if final.outcome is Outcome.PLAYED:
            known = advanced(known, alert, ended_at=self.now)
            self.progress[alert.alert_id, alert.version] = known
            if known.plays:
                return
        self.alert_reports.append((alert.alert_id, final.outcome, final.reason))

    def _perform(self, action: Action) -> None:
        match action:
            case Prepare(sound=sound):
                assert len(self.held) < 2, "there are no more decks"
                self.held[sound.key] = sound
            case Release(key=key):
                self.held.pop(key)
            case Start(sound=sound, at=at):
                assert self.active is None, "two sounds overlap"
                assert sound.key in self.held, "not prepared"
                del self.held[sound.key]
                self.active, self.begin_at = Active(sound=sound), max(at, self.now)
            case Stop(key=key, reason=reason):
                assert self.active is not None
                assert self.active.sound.key == key
                self.active = replace(self.active, stopping=reason)
                self._end(finished=False)
            case Conclude():
                self._conclude(action)

    def _conclude(self, action: Conclude) -> None:
        if action.airing is not None:
            self.suspended.pop(action.airing.airing_id, None)
            self.final.setdefault(action.airing.airing_id, []).append((action.outcome, action.reason))
        elif action.alert is not None:
            key = (action.alert.alert_id, action.alert.version)
            self.progress[key] = replace(self.progress.get(key, AlertProgress()), concluded=True)
            self.alert_reports.append((action.alert.alert_id, action.outcome, action.reason))

    @staticmethod
    def _length(sound: Sound) -> timedelta:
        owner = sound.airing or sound.alert
        assert owner is not None
        assert owner.recording is not None
        return timedelta(milliseconds=owner.recording.duration_ms - sound.from_ms)
