"""Texts that were not typed in composed Unicode: which way they were typed, and their conversion."""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from broadcaster.reading.legacy import TELEX_PAIRS, TELEX_TONES, tcvn3_table, vni_pairs
from broadcaster.reading.syllables import VIETNAMESE_LETTERS, is_syllable


class Encoding(StrEnum):
    """How a text came to be typed."""

    UNICODE = "unicode"
    DECOMPOSED = "decomposed"
    TCVN3 = "tcvn3"
    VNI = "vni"
    TELEX = "telex"


_SAMPLE = 20_000
_ENOUGH_WORDS = 3
_MANY_WORDS = 6
_FOREIGN_LETTERS = re.compile(r"[¡-ÿ]")
_ONLY_UNICODE = re.compile(r"[ăđơưĂĐƠƯẠ-ỹ]")
_NOT_LETTERS = " \t.,;:!?()[]{}\"'“”‘’…/|+*=_–—0123456789"
_VNI = re.compile(r"[A-Za-zôöÔÖ][àáâãäåèéêëïøùúûüõÀÁÂÃÄÅÈÉÊËÏØÙÚÛÜÕ]|[æóòîôöñÆÓÒÎÔÖÑ]")
_LOST_U = re.compile(r"(?<=[a-zµ-þ])-(?=[a-zµ-þ])|(?<=[a-z])-(?=[a-z¬-þ])")
_WORD = re.compile(r"[A-Za-z]+")
_VOWELS = "aeiouy"
_TELEX_LETTER = re.compile(r"aa|aw|ee|oo|ow|uw|dd|w", re.IGNORECASE)


def detect(text: str) -> Encoding:
    """How the text was typed, judged by which conversion turns its words into Vietnamese syllables."""
    if text.isascii():
        return Encoding.TELEX if _is_telex(text) else Encoding.UNICODE
    sample = text[:_SAMPLE]
    if not _ONLY_UNICODE.search(sample) and _FOREIGN_LETTERS.search(sample):
        found = _legacy_of(sample)
        if found is not None:
            return found
    return Encoding.UNICODE if unicodedata.is_normalized("NFC", text) else Encoding.DECOMPOSED


def _legacy_of(sample: str) -> Encoding | None:
    marked = list(dict.fromkeys(word for word in _words(sample) if len(word) > 1 and _FOREIGN_LETTERS.search(word)))
    if len(marked) < _ENOUGH_WORDS:
        return None
    ways: dict[Encoding, Callable[[str], str]] = {
        Encoding.UNICODE: str, Encoding.TCVN3: _from_tcvn3, Encoding.VNI: _from_vni,
    }  # fmt: skip
    shares = {way: _share_of_syllables(map(change, marked)) for way, change in ways.items()}
    best = max(shares, key=lambda way: shares[way])
    as_it_is = shares[Encoding.UNICODE]
    surely_not_unicode = (
        as_it_is < 0.5 and shares[best] > as_it_is + 0.25 if len(marked) >= _MANY_WORDS else not as_it_is
    )
    return best if surely_not_unicode and shares[best] >= 0.6 else None


def _words(text: str) -> list[str]:
    return [word for word in (raw.strip(_NOT_LETTERS) for raw in re.split(r"[\s/,.;:()]+", text)) if word]


def _share_of_syllables(words: "map[str]") -> float:
    judged = [is_syllable(word.lower()) for word in words]
    return sum(judged) / len(judged)


def convert(text: str, encoding: Encoding) -> str:
    """The text in composed Unicode."""
    if encoding is Encoding.UNICODE:
        return text
    if encoding is Encoding.TCVN3:
        return _from_tcvn3(text)
    if encoding is Encoding.VNI:
        return _from_vni(text)
    if encoding is Encoding.TELEX:
        return _WORD.sub(lambda match: _from_telex(match.group()) or match.group(), text)
    return unicodedata.normalize("NFC", text)


def _from_tcvn3(text: str) -> str:
    """Soft hyphens stand for ư; some editors showed them as hyphens inside words, or kept them."""
    return _LOST_U.sub("\u00ad", text).translate(tcvn3_table())


def _from_vni(text: str) -> str:
    pairs = vni_pairs()
    return _VNI.sub(lambda match: pairs.get(match.group()) or _vni_parts(match.group(), pairs), text)


def _vni_parts(written: str, pairs: dict[str, str]) -> str:
    """Two letters that make no pair: each may still stand for one letter alone."""
    return "".join(pairs.get(letter, letter) for letter in written)


def _is_telex(text: str) -> bool:
    words = [word for word in _WORD.findall(text[:_SAMPLE]) if len(word) > 1 and not word.isupper()]
    changed = [word for word in words if _from_telex(word)]
    doubled = [word for word in changed if _TELEX_LETTER.search(word)]
    if len(changed) < _ENOUGH_WORDS or len(doubled) < 2:
        return False
    foreign = sum(not is_syllable(word.lower()) and not _from_telex(word) for word in words)
    return 2 * len(changed) >= len(words) and 5 * foreign <= len(words)


@lru_cache(maxsize=8192)
def _from_telex(word: str) -> str:
    """The word that these keystrokes compose, or an empty string when they compose nothing Vietnamese."""
    lower = word.lower()
    tone, keys = _tone_of(lower)
    shaped = _shape(keys)
    composed = unicodedata.normalize("NFC", _with_tone(shaped, tone)) if tone else shaped
    if composed == lower or not is_syllable(composed) or not any(letter in VIETNAMESE_LETTERS for letter in composed):
        return ""
    if word.isupper():
        return composed.upper()
    return composed.capitalize() if word[0].isupper() else composed


def _tone_of(word: str) -> tuple[str, str]:
    """The tone key of a word and the other keys: the last of s f r x j that follows a vowel."""
    for at in range(len(word) - 1, 0, -1):
        if word[at] in TELEX_TONES and any(vowel in word[:at] for vowel in _VOWELS + "w"):
            return TELEX_TONES[word[at]], word[:at] + word[at + 1 :]
    return "", word


def _shape(keys: str) -> str:
    """Double letters and w as the letters they make: dd is đ, uow is ươ."""
    keys = keys.replace("uow", "ươ").replace("uwow", "ươ").replace("uwo", "ươ")
    shaped = _TELEX_LETTER.sub(lambda match: TELEX_PAIRS.get(match.group().lower(), "ư"), keys)
    for vowel, hat in (("a", "â"), ("e", "ê"), ("o", "ô"), ("d", "đ")):
        if shaped.endswith(vowel) and len(shaped) > 2 and vowel in shaped[:-1]:
            shaped = shaped[:-1].replace(vowel, hat, 1)
    return shaped


def _with_tone(shaped: str, tone: str) -> str:
    """The tone on the vowel that carries it: a shaped one first, else the last but one of an open group."""
    at = _tone_place(shaped)
    return shaped[: at + 1] + tone + shaped[at + 1 :] if at >= 0 else shaped


def _tone_place(shaped: str) -> int:
    vowels = [at for at, letter in enumerate(shaped) if letter in "aeiouyăâêôơư"]
    if shaped.startswith(("qu", "gi")) and len(vowels) > 1:
        vowels = vowels[1:]
    if not vowels:
        return -1
    hats = [at for at in vowels if shaped[at] in "ăâêôơư"]
    if hats:
        return hats[-1]
    if len(vowels) == 1:
        return vowels[0]
    return vowels[1] if vowels[-1] < len(shaped) - 1 or len(vowels) == 3 else vowels[0]
