"""Ramps on PCM (mono, signed 16 bit), so that nothing clicks where one sound gives way to another."""

import array

_BYTES = 2


def risen(pcm: bytes, frames: int) -> bytes:
    """Return it rising from silence over its first frames."""
    count = min(frames, len(pcm) // _BYTES)
    head = array.array("h", pcm[: count * _BYTES])
    return array.array("h", (sample * n // count for n, sample in enumerate(head))).tobytes() + pcm[count * _BYTES :]


def fallen(pcm: bytes, frames: int) -> bytes:
    """Return it falling to silence over its last frames."""
    count = min(frames, len(pcm) // _BYTES)
    return ended(pcm, left=len(pcm) // _BYTES, ramp=count)


def ended(pcm: bytes, *, left: int | None, ramp: int) -> bytes:
    """Return it with the last `ramp` frames before the end falling; `left` frames remain from its first on."""
    if left is None or left - len(pcm) // _BYTES >= ramp or ramp == 0:
        return pcm
    samples = array.array("h", pcm)
    for n in range(max(0, left - ramp), len(samples)):
        samples[n] = samples[n] * max(0, left - n - 1) // ramp
    return samples.tobytes()


def mixed(pcm: bytes, tail: bytes) -> bytes:
    """Return it with the end of another sound laid over its beginning."""
    count = min(len(pcm), len(tail)) // _BYTES
    if not count:
        return pcm
    pairs = zip(array.array("h", pcm[: count * _BYTES]), array.array("h", tail[: count * _BYTES]), strict=True)
    head = array.array("h", (max(-32_768, min(32_767, one + other)) for one, other in pairs))
    return head.tobytes() + pcm[count * _BYTES :]
