"""pydub, brought in quietly: it warns when no ffmpeg is on the PATH, which we neither need nor use through it."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of ffmpeg, of `audioop`, and of its own escape sequences
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

__all__ = ["AudioSegment", "detect_leading_silence", "mono"]


def mono(pcm: bytes, rate: int) -> AudioSegment:
    """Return mono, signed 16 bit `pcm` as a segment."""
    return AudioSegment(data=pcm, sample_width=2, frame_rate=rate, channels=1)
