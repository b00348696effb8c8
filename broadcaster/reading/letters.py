"""The names of letters, by region, and the digits of codes."""

from functools import cache

from broadcaster.reading.style import Letters

_NORTHERN = {
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "dê", "đ": "đê", "e": "e", "ê": "ê", "f": "ép",
    "g": "giê", "h": "hát", "i": "i", "j": "gi", "k": "ca", "l": "lờ", "m": "mờ", "n": "nờ", "o": "o", "ô": "ô",
    "ơ": "ơ", "p": "pê", "q": "quy", "r": "rờ", "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê", "w": "vê kép",
    "x": "ích", "y": "y", "z": "dét",
}  # fmt: skip
_CENTRAL = {**_NORTHERN, "l": "e lờ", "m": "em mờ", "n": "en nờ", "r": "e rờ", "s": "ét xì", "x": "ích xì"}
_SOUTHERN = {**_NORTHERN, "b": "bê", "f": "ép", "g": "gờ", "h": "hắc", "l": "lờ", "q": "cu", "s": "ét", "y": "y dài"}

_BY_REGION = {Letters.NORTHERN: _NORTHERN, Letters.CENTRAL: _CENTRAL, Letters.SOUTHERN: _SOUTHERN}


@cache
def letter_name(letter: str, region: Letters) -> str:
    """The name of one letter (`Đ` is đê); a letter outside the alphabet gives an empty string."""
    names = _BY_REGION[region]
    return names.get(letter.lower(), "")


def spell(word: str, region: Letters) -> str:
    """The names of the letters of a word, with spaces between: `VTV` is vê tê vê."""
    names = (letter_name(letter, region) for letter in word)
    return " ".join(name for name in names if name)
