"""What became of an alert on one box: silent, its siren sounds, its speech sounds, sounded, cut short, failed, missed.

Only what a box said of itself counts as sound. A box that said nothing is silent, and its hamlet is to be called. An
alert has sounded where its siren went to its end, or its words once to theirs; anything less was cut short, and is to
be said there again like one that was missed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from broadcaster.domain.alarm.sirens import sounding_ms
from broadcaster.domain.alert import OVER, Alert
from broadcaster.domain.delivery import Heard, Outcome, Target
from broadcaster.domain.errors import N_
from broadcaster.domain.ids import DeviceId

UNREPORTED_AFTER = timedelta(seconds=45)
ROUNDING_MS = 250
"""A box tells whole milliseconds of parts that it measured one by one."""


class Hearing(StrEnum):
    """Where an alert stands on one cluster."""

    SILENT = "silent"
    SIREN = "sounding_siren"
    SPEECH = "sounding_speech"
    SOUNDED = "sounded"
    PARTIAL = "partial"
    FAILED = "failed"
    MISSED = "missed"
    UNKNOWN = "unknown"


HEARING_NAMES = {
    Hearing.SILENT: N_("Chưa kêu"),
    Hearing.SIREN: N_("Đang hú còi"),
    Hearing.SPEECH: N_("Đang đọc"),
    Hearing.SOUNDED: N_("Đã phát"),
    Hearing.PARTIAL: N_("Phát dở"),
    Hearing.FAILED: N_("Lỗi, không kêu"),
    Hearing.MISSED: N_("Bị lỡ"),
    Hearing.UNKNOWN: N_("Không có báo cáo"),
}
WAS_HEARD = frozenset({Hearing.SIREN, Hearing.SPEECH, Hearing.SOUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """What one box said of one version of an alert: when its siren and its speech first sounded, how it last ended.

    `rounds` went from the siren's begin to the words' end. Of the longest of the others `sounded_ms` is how long it
    sounded at all, `words_ms` how long its words did; None: the box did not say.
    """

    device: DeviceId
    wire_id: str
    version: int
    started_at: datetime | None = None
    siren_at: datetime | None = None
    speech_at: datetime | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    ended_at: datetime | None = None
    rounds: int = 0
    heard: Heard | None = None
    sounded_ms: int | None = None
    words_ms: int | None = None

    @property
    def first_at(self) -> datetime | None:
        """When the first sample of it sounded."""
        return min((at for at in (self.started_at, self.siren_at, self.speech_at) if at is not None), default=None)

    def joined(self, later: "Sounding") -> "Sounding":
        """Return what is known after the box said more: first instants stay first, the last outcome counts."""
        return replace(
            self,
            started_at=_first(self.started_at, later.started_at),
            siren_at=_first(self.siren_at, later.siren_at),
            speech_at=_first(self.speech_at, later.speech_at),
            outcome=later.outcome or self.outcome,
            reason=later.reason if later.outcome else self.reason,
            ended_at=later.ended_at or self.ended_at,
            rounds=self.rounds + later.rounds,
            heard=later.heard or self.heard,
            sounded_ms=_longest(self.sounded_ms, later.sounded_ms),
            words_ms=_longest(self.words_ms, later.words_ms),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What a box's last status says: whether it can be reached, and which alert sounds in which part now."""

    device: DeviceId
    reachable: bool
    last_seen_at: datetime | None
    playing: str | None = None
    part: str | None = None
    holds_audio: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDelivery:
    """What became of an alert on one cluster. `latency_ms` is from going live to the first sample that sounded."""

    target: Target
    hearing: Hearing
    reason: str | None = None
    siren_at: datetime | None = None
    speech_at: datetime | None = None
    ended_at: datetime | None = None
    latency_ms: int | None = None
    rounds: int = 0
    heard: Heard | None = None
    last_seen_at: datetime | None = None

    @property
    def was_heard(self) -> bool:
        """Whether it sounds there now, or sounded enough of it to be understood, as far as the box itself says."""
        return self.hearing in WAS_HEARD


def judge_alert(
    alert: Alert,
    target: Target,
    *,
    box: Box | None,
    soundings: Collection[Sounding],
    now: datetime,
    speech_ms: int | None = None,
) -> AlertDelivery:
    """Return what is known of a live or ended alert on one cluster at `now`; of its repeats the best counts.

    `speech_ms` is how long its words are, None while nobody knows.
    """

    def rank(sounding: Sounding) -> tuple[bool, bool, bool, int]:
        is_whole = _is_whole(sounding, alert, box=box, speech_ms=speech_ms)
        return is_whole, sounding.first_at is not None and sounding.outcome is not Outcome.FAILED, \
            sounding.outcome is not None, sounding.rounds  # fmt: skip

    said = max(soundings, key=rank, default=None)
    is_whole = said is not None and rank(said)[0]
    hearing, reason = _hearing(alert, target, box=box, said=said, is_whole=is_whole, now=now)
    first_at = min((s.first_at for s in soundings if s.first_at), default=None)
    delivery = AlertDelivery(
        target=target, hearing=hearing, reason=reason, last_seen_at=box.last_seen_at if box else None,
        latency_ms=_latency_ms(alert, first_at),
    )  # fmt: skip
    if said is None:
        return delivery
    return replace(
        delivery, siren_at=said.siren_at, speech_at=said.speech_at, ended_at=said.ended_at, rounds=said.rounds,
        heard=said.heard,
    )  # fmt: skip


def missed(deliveries: Iterable[AlertDelivery]) -> tuple[AlertDelivery, ...]:
    """Return those whose box has not sounded it, as far as is known: whom to call, and for whom to repeat."""
    return tuple(delivery for delivery in deliveries if not delivery.was_heard)


def counted(deliveries: Iterable[AlertDelivery]) -> dict[str, int]:
    """Return how many clusters stand where, each state with its number."""
    counts = dict.fromkeys((hearing.value for hearing in Hearing), 0)
    for delivery in deliveries:
        counts[delivery.hearing.value] += 1
    return counts


def _hearing(
    alert: Alert, target: Target, *, box: Box | None, said: Sounding | None, is_whole: bool, now: datetime
) -> tuple[Hearing, str | None]:
    """Return where it stands and why, in a code that delivery.REASONS puts into words."""
    is_over = alert.state in OVER
    if target.device is None:
        return (Hearing.MISSED if is_over else Hearing.SILENT), "not_installed"
    if box is not None and box.reachable and box.playing is not None and not is_over:
        return (Hearing.SIREN if box.part == "siren" else Hearing.SPEECH), None
    if said is None or (said.first_at is None and said.outcome is None):
        return _nothing_said(alert, box=box, is_over=is_over, now=now)
    if said.rounds == 0 and said.outcome is Outcome.FAILED:
        return Hearing.FAILED, said.reason
    if is_whole:
        return Hearing.SOUNDED, said.reason
    if said.first_at is not None:
        return Hearing.PARTIAL, said.reason or "cut_short"
    return Hearing.MISSED, said.reason


def _is_whole(said: Sounding, alert: Alert, *, box: Box | None, speech_ms: int | None) -> bool:
    """Return whether a box sounded the siren to its end, or the words once to theirs.

    Words begin only behind a whole siren. A box that was still there when the siren had to be over, and has not said
    that anything ended it, has sounded it.
    """
    if said.rounds > 0:
        return True
    if said.outcome is Outcome.FAILED:
        return False
    if speech_ms is not None and said.words_ms is not None and said.words_ms >= speech_ms - ROUNDING_MS:
        return True
    if not alert.content.may_wail or not alert.content.siren:
        return False
    whole_ms = sounding_ms(alert.content.siren)
    if said.speech_at is not None or (said.sounded_ms or 0) >= whole_ms - ROUNDING_MS:
        return True
    over_at = said.siren_at + timedelta(milliseconds=whole_ms) if said.siren_at is not None else None
    seen_at = box.last_seen_at if box is not None else None
    return said.outcome is None and over_at is not None and seen_at is not None and seen_at >= over_at


def _nothing_said(alert: Alert, *, box: Box | None, is_over: bool, now: datetime) -> tuple[Hearing, str | None]:
    if box is None:
        return Hearing.UNKNOWN, "box_retired"
    if not is_over:
        if not box.reachable:
            return Hearing.SILENT, "waiting_for_box"
        return Hearing.SILENT, None if box.holds_audio else "waiting_for_audio"
    if not box.reachable:
        return Hearing.UNKNOWN, "no_report_offline"
    is_early = alert.ended_at is not None and now < alert.ended_at + UNREPORTED_AFTER
    return (Hearing.UNKNOWN, "no_report") if is_early else (Hearing.MISSED, "no_report")


def _latency_ms(alert: Alert, first_at: datetime | None) -> int | None:
    if alert.live_at is None or first_at is None:
        return None
    return round((first_at - alert.live_at).total_seconds() * 1000)


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _longest(one: int | None, other: int | None) -> int | None:
    return max((length for length in (one, other) if length is not None), default=None)
