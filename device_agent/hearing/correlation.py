"""How alike one second of what was heard is to what was sent, at every delay at once. Pure.

The generalised cross-correlation with phase transform (Knapp and Carter, IEEE Trans. ASSP 24(4), 1976): each frequency
counts by its phase alone, so neither a horn's response nor a loud tone beside it decides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device_agent.hearing.band import Band, Samples

WINDOW_S = 1.0
EARLIEST_MS, LATEST_MS = -100, 700
"""The delays that are looked at. Capture instants are known to some tens of milliseconds, hence the early side."""

PERFECT = WINDOW_S * 1000 / (WINDOW_S * 1000 + LATEST_MS - EARLIEST_MS)
"""The likeness of the very samples: the reference spans all delays, and what of it lies beside the window is noise."""

_POOL_MS = 1
_QUIET = 1e-5  # power of -50 dBFS: a reference below that proves nothing by not being heard
_PAUSE = 0.1  # of the mean power: next to a word outside the window, what is so much fainter is no evidence
_SOFTNESS = 0.3
_TAPER = 0.25
_TINY = 1e-20


Spectrum = NDArray[np.complexfloating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One window compared.

    `likeness` holds, for each millisecond of delay from EARLIEST_MS, the squared phase coherence (PERFECT: the same).
    `breadth` is how many independent frequencies stood behind it: chance alone gives about 1 / breadth.
    `delay_ms` is the best single delay, `gain` the amplitude there, relative to what was sent. The powers are mean
    squares within the band. `is_void` says that not one sample differed from zero.
    """

    likeness: Samples
    breadth: float
    delay_ms: float
    gain: float
    sent_power: float
    heard_power: float
    is_void: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comb:
    """The sizes that follow from a band."""

    band: Band

    @property
    def window(self) -> int:
        """Captured frames in one window."""
        return round(WINDOW_S * self.band.rate)

    @property
    def bins(self) -> tuple[int, int]:
        """The first frequency of the reference's spectrum that counts, and the first after them that does not."""
        low, high = (hertz - self.band.base_hz for hertz in (self.band.low_hz, self.band.high_hz))
        return round(low * self.span / self.band.rate), round(high * self.span / self.band.rate)

    @property
    def before(self) -> int:
        """Reference frames needed from before the window's first."""
        return LATEST_MS * self.band.rate // 1000

    @property
    def after(self) -> int:
        """Reference frames needed from after the window's last."""
        return -EARLIEST_MS * self.band.rate // 1000

    @property
    def span(self) -> int:
        """Reference frames that belong to one window."""
        return self.before + self.window + self.after


def compare(sent: Samples, captured: Samples, *, comb: Comb) -> Glance | None:
    """Return how alike they are, None when the reference has a pause at any of the delays.

    `captured` is `comb.window` long; `sent` is `comb.span` long and starts `comb.before` frames earlier.
    """
    if _quietest(sent, comb) < max(_QUIET, _PAUSE * float(np.square(sent).mean())):
        return None
    first, last = comb.bins
    heard = (captured - captured.mean()) * _taper(comb.window)
    ours = np.fft.rfft(sent)[first:last]
    theirs = np.fft.rfft(heard, comb.span)[first:last]
    power = ours.real**2 + ours.imag**2
    weight = power / (power + _SOFTNESS * power.mean() + _TINY)
    cross = ours * theirs.conj()
    # Half a spectrum transforms into the envelope: what the horn turns in phase, and half a sample, cost nothing.
    phases = np.zeros(comb.span, dtype=np.complex64)
    phases[first:last] = cross * (weight / (np.abs(cross) + _TINY))
    by_shift = np.fft.ifft(phases)[: comb.before + comb.after] * (comb.span / weight.sum())
    # A shift of `before` is a delay of nothing, so delays grow as shifts fall.
    squared = np.square(np.abs(by_shift[::-1])).astype(np.float32)
    best = int(np.argmax(squared))
    delay = best + 1 - comb.after
    return Glance(
        likeness=_pooled(squared, comb.band.rate * _POOL_MS // 1000),
        breadth=float(weight.sum() ** 2 / np.square(weight).sum()),
        delay_ms=delay * 1000 / comb.band.rate,
        gain=_gain(cross, float(power.sum()), shift=comb.before - delay, first=first, comb=comb),
        sent_power=2 * float(power.sum()) / comb.span**2,
        heard_power=2 * float(np.square(np.abs(theirs)).sum()) / (comb.span * comb.window * (1 - _TAPER * 5 / 8)),
        is_void=not captured.any(),
    )


def _quietest(sent: Samples, comb: Comb) -> float:
    """Return the mean power of the reference in the quietest of the windows that the delays may put beside ours."""
    tenth = comb.window // 10
    powers = np.square(sent[: len(sent) // tenth * tenth]).reshape(-1, tenth).mean(axis=1)
    return float(np.convolve(powers, np.full(10, 0.1), mode="valid").min())


def _gain(cross: Spectrum, power: float, *, shift: int, first: int, comb: Comb) -> float:
    turned = np.exp(2j * np.pi * shift / comb.span * np.arange(first, first + len(cross)))
    coherent = float(abs((cross * turned).sum()))
    # The reference's spectrum spans more time than the window's; the taper takes its share.
    return coherent / (power * (1 - _TAPER / 2) * comb.window / comb.span + _TINY)


def _pooled(squared: Samples, width: int) -> Samples:
    """Return the highest value of each stretch of `width` and its successor: a drifting clock stays in its stretch."""
    highest = squared.reshape(-1, width).max(axis=1)
    return np.asarray(np.maximum(highest, np.append(highest[1:], np.float32(0))), dtype=np.float32)


def _taper(length: int) -> Samples:
    """Return a window with soft ends: what rumbles below the band shall not leak into it."""
    edge = round(length * _TAPER / 2)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    return np.concatenate([rise, np.ones(length - 2 * edge), rise[::-1]]).astype(np.float32)
