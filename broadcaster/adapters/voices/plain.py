"""What every voice asks of its words and of its sound. Pure."""

import sys
import unicodedata
from array import array

from broadcaster.adapters.voices.port import NothingToSay, Speech, VoiceBroken, VoiceTruncated

SHORTEST_SYLLABLE_MS = 90
"""No voice speaks Vietnamese faster: hurried speech has 150 ms a syllable, our voices 200 and more."""
SILENCE_PEAK = 200
"""Of 32,767: about -44 dBFS. A sentence that never gets louder was not spoken."""

_ZERO_WIDTH_SPACE = "\u200b"


def plain(text: str) -> str:
    """Return `text` as voices expect it: composed letters, single spaces, nothing that a terminal would obey.

    Decomposed letters are read as letter names by espeak, a NUL ends its text in silence, and U+0001 begins a command.
    Raises NothingToSay when no letter or digit is left.
    """
    composed = unicodedata.normalize("NFKC", text)
    words = " ".join("".join(map(_visible, composed)).split())
    if not any(sign.isalnum() for sign in words):
        raise NothingToSay
    return words


def _visible(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Cf", "Cs") and sign != _ZERO_WIDTH_SPACE:
        return ""  # soft hyphens and joiners stand inside words
    return " " if category[0] in "CZ" else sign


def syllables(text: str) -> int:
    """Return how many written syllables `text` has: Vietnamese puts a space between them."""
    return sum(any(sign.isalnum() for sign in token) for token in text.split())


def whole(speech: Speech, text: str, *, title: str) -> Speech:
    """Return `speech` if it can hold every word of `text`. Raises VoiceTruncated, or VoiceBroken for silence."""
    wanted = syllables(text)
    if speech.duration_ms < wanted * SHORTEST_SYLLABLE_MS:
        raise VoiceTruncated(title, duration_ms=speech.duration_ms, syllables=wanted)
    if peak(speech.pcm) < SILENCE_PEAK:
        raise VoiceBroken(title, detail="chỉ có khoảng lặng")
    return speech


def peak(pcm: bytes) -> int:
    """Return the greatest magnitude among the samples, 0 for none."""
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return max(max(samples, default=0), -min(samples, default=0))
