"""What a string of digits, dots and commas is worth: 1.250,5 and 1,250,000 and 05."""

import re
from dataclasses import dataclass
from functools import lru_cache

from broadcaster.reading.numbers import say_decimal, say_digits, say_leading_zeros, say_whole
from broadcaster.reading.style import Style

LITERAL = re.compile(r"\d+(?:[.,]\d+)*")
_DOT_GROUPS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,(\d+))?")
_COMMA_GROUPS = re.compile(r"[1-9]\d{0,2}(?:,\d{3}){2,}(?:\.(\d+))?|[1-9]\d{0,2}(?:,\d{3})+\.(\d+)")
_COMMA_DECIMAL = re.compile(r"(\d+),(\d+)")
_DOT_DECIMAL = re.compile(r"(\d+)\.(\d+)")
_LONGEST_NUMBER = 16
_CACHED_NUMERALS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """A number as digit strings: `whole`, and `fraction` after the decimal mark or None.

    `dotted` is a lone dot that is no thousands mark (4.0, 13.10): a version, a date, a clock time, a foreign decimal.
    """

    whole: str
    fraction: str | None = None
    dotted: bool = False

    @property
    def value(self) -> float:
        """Its size, for comparing the ends of a range."""
        return float(f"{self.whole[:18]}.{(self.fraction or '0')[:18]}")

    def say(self, style: Style) -> str:
        """The number in words; a lone dot is `chấm`."""
        if len(self.whole) > _LONGEST_NUMBER:
            return say_digits(self.whole + (self.fraction or ""))
        if self.fraction is None:
            return say_whole(int(self.whole), style)
        if self.dotted:
            return f"{say_whole(int(self.whole), style)} chấm {say_leading_zeros(self.fraction[:4], style)}"
        return say_decimal(self.whole, self.fraction, style)


@lru_cache(maxsize=_CACHED_NUMERALS)
def parse_numeral(literal: str) -> Numeral | None:
    """The number that a literal writes, or None for what is no number (1.2.3)."""
    if literal.isdigit():
        return Numeral(whole=literal)
    for grouped in (_DOT_GROUPS, _COMMA_GROUPS):
        match = grouped.fullmatch(literal)
        if match:
            fraction = next((part for part in match.groups() if part), None)
            kept = literal[: len(literal) - len(fraction) - 1] if fraction else literal
            return Numeral(whole=re.sub(r"\D", "", kept), fraction=fraction)
    match = _COMMA_DECIMAL.fullmatch(literal)
    if match:
        return Numeral(whole=match.group(1), fraction=match.group(2))
    match = _DOT_DECIMAL.fullmatch(literal)
    return Numeral(whole=match.group(1), fraction=match.group(2), dotted=True) if match else None


def say_literal(literal: str, style: Style) -> str:
    """A literal in words whatever it is: what is no number is said part by part with `chấm` between."""
    numeral = parse_numeral(literal)
    if numeral is not None:
        return numeral.say(style)
    parts = re.findall(r"\d+", literal)
    if len(parts) > 4 or any(len(part) > 6 for part in parts):
        return ", ".join(say_digits(part) for part in parts)
    return " chấm ".join(say_leading_zeros(part, style) for part in parts)
