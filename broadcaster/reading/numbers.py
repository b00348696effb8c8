"""Numbers as words: whole numbers of any length, decimals, and digits one by one."""

from functools import lru_cache

from broadcaster.reading.style import Style

DIGIT_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_CACHED_NUMBERS = 8192


@lru_cache(maxsize=_CACHED_NUMBERS)
def say_whole(value: int, style: Style) -> str:
    """A whole number from zero up: 1005 is một nghìn không trăm linh năm."""
    if value < 0:
        return "âm " + say_whole(-value, style)
    if value < 10:
        return DIGIT_WORDS[value]
    return _say_groups(value, style)


def _say_groups(value: int, style: Style) -> str:
    """Groups of nine digits joined by tỷ: there is no word of its own for 10^12."""
    billions, rest = divmod(value, 10**9)
    if not billions:
        return _say_below_billion(rest, style, inside=False)
    head = say_whole(billions, style) + " tỷ"
    return f"{head} {_say_below_billion(rest, style, inside=True)}" if rest else head


def _say_below_billion(value: int, style: Style, *, inside: bool) -> str:
    words: list[str] = []
    names = ("triệu", style.thousand.value, "")
    groups = (value // 10**6, value // 10**3 % 10**3, value % 10**3)
    for group, name in zip(groups, names, strict=True):
        if group:
            words.append(_say_triple(group, style, full=inside or bool(words)))
            if name:
                words.append(name)
    return " ".join(words)


def _say_triple(value: int, style: Style, *, full: bool) -> str:
    """One to three digits; `full` says the empty hundreds too, as inside a longer number."""
    hundreds, rest = divmod(value, 100)
    if not hundreds and not full:
        return _say_pair(rest, style)
    head = f"{DIGIT_WORDS[hundreds]} trăm"
    if not rest:
        return head
    if rest < 10:
        return f"{head} {style.odd.value} {DIGIT_WORDS[rest]}"
    return f"{head} {_say_pair(rest, style)}"


def _say_pair(value: int, style: Style) -> str:
    tens, ones = divmod(value, 10)
    if not tens:
        return DIGIT_WORDS[ones]
    head = "mười" if tens == 1 else f"{DIGIT_WORDS[tens]} mươi"
    if not ones:
        return head
    return f"{head} {_say_ones(tens, ones, style)}"


def _say_ones(tens: int, ones: int, style: Style) -> str:
    if ones == 5:
        return "lăm"
    if tens > 1 and ones == 1:
        return "mốt"
    if tens > 1 and ones == 4:
        return style.four.value
    return DIGIT_WORDS[ones]


def say_digits(digits: str) -> str:
    """Digits one by one: 115 is một một năm."""
    return " ".join(DIGIT_WORDS[int(digit)] for digit in digits if digit in "0123456789")


def say_fraction_part(digits: str, style: Style) -> str:
    """What stands after the decimal comma: leading zeros one by one, then a number; beyond three digits one by one."""
    rest = digits.lstrip("0")
    if len(rest) > 3:
        return say_digits(digits)
    zeros = say_digits(digits[: len(digits) - len(rest)])
    return f"{zeros} {say_whole(int(rest), style)}".strip() if rest else zeros


def say_decimal(whole: str, fraction: str, style: Style) -> str:
    """A decimal by its two digit strings: 2 and 34 are hai phẩy ba mươi tư."""
    return f"{say_whole(int(whole), style)} phẩy {say_fraction_part(fraction, style)}"


def say_code_number(digits: str, style: Style) -> str:
    """A number inside a name or code: leading zeros are heard, short ones are numbers, long ones digits."""
    if len(digits) > 3:
        return say_digits(digits)
    return say_leading_zeros(digits, style)


def say_leading_zeros(digits: str, style: Style) -> str:
    """A number whose leading zeros are heard: 05 is không năm."""
    rest = digits.lstrip("0")
    zeros = say_digits(digits[: len(digits) - len(rest)])
    return f"{zeros} {say_whole(int(rest), style)}".strip() if rest else zeros
