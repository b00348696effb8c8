"""The box's belief of the station's time, and how wrong it can be at most.

Station time is the monotonic clock plus an offset, so a stepped system clock never tears sound. Three witnesses give
the offset: four-timestamp samples over MQTT (RFC 5905 section 8), signed and tied to a nonce, so that nobody on the
way can shift them by more than half their round trip; the system clock while the kernel says that it is synchronised;
and the `issued_at` of signed documents, which is a lower bound that nobody can forge.
"""

import ctypes
import functools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wire.messages import ClockBelief, ClockReply

ACQUIRE_MS = 500.0
"""A bound this small makes the clock trusted."""
HOLD_MS = 15_000.0
"""Once acquired it stays trusted up to this bound: at 20 ppm that is eight days without any network, and a programme
some seconds off is better than a silent village. The bound itself is reported all the while."""
DRIFT_PPM = 20.0
SAMPLES_KEPT = 16
ANCHOR_EVERY_S = 1800.0
ANCHORS_KEPT = 48
"""A day of anchors: the longer the line between the first and the last, the better the crystal's error is known."""
SLOPE_KNOWN_PPM = 3.0
NONCES_KEPT = 16
PLAUSIBLE_MS = 1000.0
PLAUSIBLE_AHEAD_S = 14 * 86_400.0
"""No plan reaches so far: a system clock that is further ahead of the station's last signed word has nothing to play by
it, and could only call everything missed."""
_CLOCK_GRAIN_S = 0.0005
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemClock:
    """What the kernel says: unix seconds, and its own bound when it is synchronised (None: it is not)."""

    unix_s: float
    error_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One exchange: station time minus monotonic time, how wrong that can be, when it was taken (monotonic)."""

    offset_s: float
    error_ms: float
    at_monotonic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Witness:
    source: str
    offset_s: float
    error_ms: float


class Timekeeper:
    """All clocks are handed in; every answer is for the instant at which it is asked.

    One thread takes samples; `now` and `instant_at` may be asked from others.
    """

    def __init__(self, *, monotonic: Callable[[], float], system: Callable[[], SystemClock]) -> None:
        self._monotonic = monotonic
        self._system = system
        self._samples: deque[Sample] = deque(maxlen=SAMPLES_KEPT)
        self._anchors: deque[Sample] = deque(maxlen=ANCHORS_KEPT)
        self._best: tuple[Sample | None, float] = (None, 0.0)
        self._pending: dict[str, tuple[float, datetime]] = {}
        self._least_offset_s: float | None = None
        self._answered_monotonic: float | None = None
        self._trusted_since: float | None = None

    def now(self) -> datetime:
        """Return the station's time as believed; while it is not trusted, the latest lower bound if there is one."""
        return self.instant_at(self._monotonic())

    def instant_at(self, monotonic_s: float) -> datetime:
        """Return the station's time at an instant of the monotonic clock."""
        return _EPOCH + timedelta(seconds=self._offset_s() + monotonic_s)

    def monotonic_at(self, instant: datetime) -> float:
        """Return the instant of the monotonic clock at which it is that time at the station."""
        return (instant - _EPOCH).total_seconds() - self._offset_s()

    def belief(self) -> ClockBelief:
        """Return what goes into the status; `offset_ms` is station time minus the system's own clock."""
        witness, trusted = self._witness(), self.trusted_since() is not None
        if witness is None:
            return ClockBelief(trusted=False, source="none" if self._least_offset_s is None else "heartbeat")
        system_offset_s = self._system().unix_s - self._monotonic()
        return ClockBelief(
            trusted=trusted,
            source="samples" if witness.source == "samples" else "system",
            offset_ms=round((witness.offset_s - system_offset_s) * 1000, 3),
            error_ms=round(witness.error_ms, 3),
        )

    def error_ms(self) -> float | None:
        """Return how wrong the belief can be at most, None while nobody vouches for it."""
        witness = self._witness()
        return witness.error_ms if witness is not None else None

    def trusted_since(self) -> float | None:
        """Return since when (monotonic) the time is trusted, None while it is not."""
        witness = self._witness()
        limit_ms = ACQUIRE_MS if self._trusted_since is None else HOLD_MS
        if witness is None or witness.error_ms > limit_ms:
            self._trusted_since = None
        elif self._trusted_since is None:
            self._trusted_since = self._monotonic()
        return self._trusted_since

    def samples_taken(self) -> int:
        """Return how many samples stand behind the belief."""
        return len(self._samples)

    def answered_monotonic(self) -> float | None:
        """Return when the station last answered a question of ours, None when it has not since the box was started."""
        return self._answered_monotonic  # a sample remembered from an earlier run is no answer to this one

    def round_trip_ms(self) -> float | None:
        """Return the shortest of the latest round trips to the station, None before the first."""
        return min((round(2 * sample.error_ms, 1) for sample in tuple(self._samples)), default=None)

    def ask(self, nonce: str) -> datetime:
        """Note that a sample is asked for now under this nonce; return the instant to write into the request."""
        while len(self._pending) >= NONCES_KEPT:
            del self._pending[next(iter(self._pending))]
        asked_at = self._monotonic()
        sent_at = self.instant_at(asked_at)
        self._pending[nonce] = (asked_at, sent_at)
        return sent_at

    def take(self, reply: ClockReply, *, received_monotonic: float) -> Sample | None:
        """Use a signed reply; None when nobody asked for it (a replay, one already used) or it contradicts itself."""
        asked = self._pending.pop(reply.nonce, None)
        if asked is None or reply.request_sent_at != asked[1] or reply.sent_at < reply.received_at:
            return None
        sample = _sample(reply, asked_monotonic=asked[0], received_monotonic=received_monotonic)
        if sample is not None:
            self._drop_contradicted(sample)
            self._samples.append(sample)
            self._answered_monotonic = received_monotonic
            self._anchor(sample)
            self._weigh()
        return sample

    def drift_ppm(self) -> float:
        """Return how fast the station's time gains on the box's crystal; 0 until a long line of anchors tells."""
        return self._best[1]

    def _slope_ppm(self) -> float:
        if len(self._anchors) < 2:
            return 0.0
        first, last = self._anchors[0], self._anchors[-1]
        span_s = last.at_monotonic - first.at_monotonic
        if span_s <= 0 or (first.error_ms + last.error_ms) * 1000 / span_s > SLOPE_KNOWN_PPM:
            return 0.0
        slope_ppm = (last.offset_s - first.offset_s) / span_s * 1e6
        return max(-DRIFT_PPM, min(DRIFT_PPM, slope_ppm))

    def hear(self, issued_at: datetime, *, received_monotonic: float) -> None:
        """Use the `issued_at` of a signed document: the station's time is not before it."""
        offset_s = (issued_at - _EPOCH).total_seconds() - received_monotonic
        if self._least_offset_s is None or offset_s > self._least_offset_s:
            self._least_offset_s = offset_s

    def remembered(self) -> Sample | None:
        """Return the sample worth keeping over a restart of the agent within the same boot."""
        return self._best[0]

    def remember(self, sample: Sample) -> None:
        """Take up a sample of an earlier run on the same monotonic clock, and the trust it had won then."""
        if sample.at_monotonic > self._monotonic():
            return
        self._samples.append(sample)
        self._weigh()
        if self._error_now_ms(sample) <= HOLD_MS:
            self._trusted_since = self._monotonic()

    def _offset_s(self) -> float:
        witness = self._witness()
        if witness is not None:
            return witness.offset_s
        if self._least_offset_s is not None:
            return self._least_offset_s
        return self._system().unix_s - self._monotonic()

    def _witness(self) -> _Witness | None:
        """Return the best witness. The station's own samples win while they are good: its plan is in its own time."""
        best = self._best[0]
        error_ms = self._error_now_ms(best) if best is not None else 0.0
        # The system is asked only where its word could count: a decision looks at the clock a dozen times.
        system = self._system_witness(best) if best is None or error_ms > ACQUIRE_MS else None
        if best is not None and (system is None or error_ms <= system.error_ms):
            return _Witness(source="samples", offset_s=self._offset_by(best), error_ms=error_ms)
        return system

    def _system_witness(self, best: Sample | None) -> _Witness | None:
        """Return the system clock's word, unless a signed one contradicts it."""
        clock = self._system()
        if clock.error_ms is None:
            return None
        offset_s = clock.unix_s - self._monotonic()
        slack_s = (clock.error_ms + PLAUSIBLE_MS) / 1000
        least_s = self._least_offset_s
        if least_s is not None and not -slack_s <= offset_s - least_s <= PLAUSIBLE_AHEAD_S:
            return None
        if best is not None and abs(offset_s - self._offset_by(best)) > slack_s + self._error_now_ms(best) / 1000:
            return None
        return _Witness(source="system", offset_s=offset_s, error_ms=clock.error_ms)

    def _weigh(self) -> None:
        """Choose the best sample, and see how the crystal drifts. All samples age alike, so until the next one comes
        neither changes; a decision looks at the clock dozens of times, and other threads ask the time too."""
        drift_ppm = self._slope_ppm()
        per_s = (DRIFT_PPM + abs(drift_ppm)) / 1000
        best = min(self._samples, key=lambda sample: sample.error_ms - sample.at_monotonic * per_s, default=None)
        self._best = (best, drift_ppm)

    def _offset_by(self, sample: Sample) -> float:
        """Return the offset now as this sample gives it, drift taken into account."""
        return sample.offset_s + (self._monotonic() - sample.at_monotonic) * self.drift_ppm() / 1e6

    def _error_now_ms(self, sample: Sample) -> float:
        """Return the bound now. The crystal may turn from the estimated drift to the assumed limit on either side."""
        age_s = max(0.0, self._monotonic() - sample.at_monotonic)
        return sample.error_ms + age_s * (DRIFT_PPM + abs(self.drift_ppm())) / 1000

    def _anchor(self, sample: Sample) -> None:
        """Keep the best sample of each half hour."""
        if not self._anchors or sample.at_monotonic - self._anchors[-1].at_monotonic >= ANCHOR_EVERY_S:
            self._anchors.append(sample)
        elif len(self._anchors) > 1 and sample.error_ms < self._anchors[-1].error_ms:
            self._anchors[-1] = sample

    def _drop_contradicted(self, sample: Sample) -> None:
        """Forget older samples that cannot be true if this one is: the station's own clock was set."""
        kept = [
            old
            for old in self._samples
            if abs(old.offset_s - sample.offset_s) * 1000 <= self._error_now_ms(old) + sample.error_ms
        ]
        if len(kept) < len(self._samples):
            self._anchors.clear()
        self._samples = deque(kept, maxlen=SAMPLES_KEPT)


def _sample(reply: ClockReply, *, asked_monotonic: float, received_monotonic: float) -> Sample | None:
    """Return the sample of RFC 5905 section 8; None when its four timestamps cannot all be right."""
    received_s = (reply.received_at - _EPOCH).total_seconds()
    sent_s = (reply.sent_at - _EPOCH).total_seconds()
    delay_s = (received_monotonic - asked_monotonic) - (sent_s - received_s)
    if not delay_s > -_CLOCK_GRAIN_S:
        return None
    offset_s = ((received_s - asked_monotonic) + (sent_s - received_monotonic)) / 2
    return Sample(offset_s=offset_s, error_ms=max(delay_s, _CLOCK_GRAIN_S) * 500, at_monotonic=received_monotonic)


class _Timex(ctypes.Structure):
    """The head of the kernel's `struct timex` (adjtimex(2)); the rest is only room for it to write into."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 512),
    )


def read_system_clock() -> SystemClock:
    """Return the system clock with the kernel's bound, which is None while nobody disciplines it."""
    timex = _Timex(modes=0)
    state = _adjtimex()(ctypes.byref(timex))
    unsynchronised = state < 0 or state == _TIME_ERROR or bool(timex.status & _STA_UNSYNC)
    return SystemClock(unix_s=time.time(), error_ms=None if unsynchronised else timex.maxerror / 1000)


@functools.cache
def _adjtimex() -> Callable[..., int]:
    """Return adjtimex(2). Looking it up takes longer than the call, and a box asks hundreds of times in an airing."""
    return ctypes.CDLL(None).adjtimex
