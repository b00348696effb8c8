"""A parser of spoken numbers, dates and times that shares nothing with the reader: it hears as a person does."""

from dataclasses import dataclass

_ONES = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6, "bảy": 7,
    "tám": 8, "chín": 9,
}  # fmt: skip


def hear_number(spoken: str) -> int:
    """The whole number somebody said; ValueError for words that are none."""
    return _billions(spoken.split())


def _billions(words: list[str]) -> int:
    if "tỷ" in words:
        at = len(words) - 1 - words[::-1].index("tỷ")
        return _billions(words[:at]) * 10**9 + (_below_billion(words[at + 1 :]) if words[at + 1 :] else 0)
    return _below_billion(words)


def _below_billion(words: list[str]) -> int:
    total = 0
    for name, worth in (("triệu", 10**6), ("nghìn", 10**3), ("ngàn", 10**3)):
        if name in words:
            at = words.index(name)
            total += _below_thousand(words[:at]) * worth
            words = words[at + 1 :]
    return total + (_below_thousand(words) if words else 0)


def _below_thousand(words: list[str]) -> int:
    if "trăm" in words:
        at = words.index("trăm")
        if at != 1:
            raise ValueError(words)
        return _ONES[words[0]] * 100 + (_below_hundred(words[2:], after_hundred=True) if words[2:] else 0)
    return _below_hundred(words, after_hundred=False)


def _below_hundred(words: list[str], *, after_hundred: bool) -> int:
    if words[0] in ("linh", "lẻ"):
        if not after_hundred or len(words) != 2:
            raise ValueError(words)
        return _ones(words[1], after="linh")
    if words[0] == "mười":
        return 10 + (_ones(words[1], after="mười") if len(words) > 1 else 0)
    if len(words) > 1 and words[1] == "mươi":
        return _ONES[words[0]] * 10 + (_ones(words[2], after="mươi") if len(words) > 2 else 0)
    if len(words) != 1 or after_hundred:
        raise ValueError(words)
    return _ones(words[0], after="")


def _ones(word: str, *, after: str) -> int:
    """A last digit in the form that its place asks for: mười lăm but not mười năm, hai mươi mốt but not một."""
    allowed = {
        "": {"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"},
        "linh": {"một", "hai", "ba", "bốn", "tư", "năm", "sáu", "bảy", "tám", "chín"},
        "mười": {"một", "hai", "ba", "bốn", "lăm", "sáu", "bảy", "tám", "chín"},
        "mươi": {"mốt", "hai", "ba", "tư", "bốn", "lăm", "sáu", "bảy", "tám", "chín"},
    }
    if word not in allowed[after]:
        raise ValueError(f"{word} after {after}")
    return _ONES[word]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A day as heard."""

    day: int
    month: int
    year: int


def hear_date(spoken: str) -> Heard:
    """`ngày mồng năm tháng tư năm hai nghìn…` as day, month, year."""
    day_words, _, rest = spoken.partition(" tháng ")
    month_words, _, year_words = rest.partition(" năm hai nghìn")
    year_words = "hai nghìn" + year_words
    if " năm một nghìn" in rest:
        month_words, _, tail = rest.partition(" năm một nghìn")
        year_words = "một nghìn" + tail
    day_words = day_words.removeprefix("ngày ").removeprefix("mồng ").removeprefix("mùng ")
    month = 4 if month_words == "tư" else hear_number(month_words)
    return Heard(day=hear_number(day_words), month=month, year=hear_number(year_words))


def hear_time(spoken: str) -> tuple[int, int]:
    """`bảy giờ không năm phút` as hour and minute."""
    hour, _, rest = spoken.partition(" giờ")
    minutes = rest.removesuffix(" phút").strip()
    return hear_number(hour), hear_number(minutes.removeprefix("không ")) if minutes else 0
