"""The words of dates: days with mồng or mùng, months of both calendars, years, and when `ngày` is said."""

import re

from broadcaster.reading.context import Context
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.style import EarlyDay, Style

DAY_GIVEN = frozenset("ngày mùng mồng rằm".split())
DAY_PARTS = frozenset("sáng trưa chiều tối đêm".split())
_NO_DAY_WORD = DAY_GIVEN | frozenset("lễ dịp tết khánh mừng đường phố tháng".split())
_EARLY_GIVEN = frozenset(("mùng", "mồng"))
_LUNAR = re.compile(r" *[(]?(?:năm \S+ \S+ )?(?:âm lịch|âl\b|al\b|a\.l\b|tết)")
# Ngày Quốc tế Phụ nữ 8/3: the word is there already, a name stands between.
_NAMED_DAY = re.compile(r"(?:^|\W)ngày(?: [^\W\d_]+){1,7} $")
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
# What follows `ngày 5` when it is a day of the month and not five of something.
_AFTER_DAY = frozenset(
    """tháng và đến tới hằng hàng mỗi này âm tết năm sẽ là tại ở vừa trở trong có của thì bà ông ủy trước sau do theo
    hội cuối đầu""".split()
)
_COUNTED_PER_DAY = frozenset("mỗi một hằng hàng trong các những mấy suốt cả".split())
_CENTURY_TURN = 50


def is_valid(day: int, month: int) -> bool:
    """True for a day that some year has."""
    return 1 <= month <= 12 and 1 <= day <= _LONGEST_MONTHS.get(month, 31)


def is_lunar(ctx: Context, end: int) -> bool:
    """True when the words after the date name the lunar calendar."""
    return bool(_LUNAR.match(ctx.text[end : end + 32].lower()))


def say_day(day: int, style: Style, *, early: bool = True) -> str:
    """A day of the month: 5 is mồng năm; `early` false leaves the word before away."""
    word = style.early_day.value if early and day <= 10 else EarlyDay.NONE.value
    return f"{word} {say_whole(day, style)}".strip()


def say_month(month: int, *, lunar: bool = False) -> str:
    """A month with its word: 4 is tháng tư, the first of the lunar year tháng giêng.

    `Tháng một` is avoided for the lunar calendar: to the old it is the eleventh month.
    """
    if month == 4:
        return "tháng tư"
    if lunar and month == 1:
        return "tháng giêng"
    return "tháng " + say_whole(month, Style())


def say_year(year: str, style: Style) -> str:
    """A year with its word; two digits are taken for the century that is nearer."""
    value = int(year)
    if len(year) == 2:
        value += 2000 if value < _CENTURY_TURN else 1900
    return "năm " + say_whole(value, style)


def prefix(ctx: Context) -> str:
    """`ngày ` where a listener needs it: not when it is there already, nor in the name of a holiday."""
    counted = ctx.prev == "ngày" and ctx.words_before[1:2] and ctx.words_before[1].isdigit() and ":" in ctx.before[:1]
    if (ctx.prev in _NO_DAY_WORD and not counted) or _NAMED_DAY.search(ctx.left):
        return ""
    return "ngày "


def say_day_month(ctx: Context, day: int, month: int, *, end: int) -> str:
    """A day and its month, without `ngày`."""
    early = ctx.prev not in _EARLY_GIVEN
    return f"{say_day(day, ctx.style, early=early)} {say_month(month, lunar=is_lunar(ctx, end))}"


def day_is_prefixed(ctx: Context, end: int) -> bool:
    """True when `ngày` before a lone number makes it a day of the month: not mỗi ngày 5 viên."""
    if ctx.prev != "ngày" or (ctx.words_before[1:2] and ctx.words_before[1] in _COUNTED_PER_DAY):
        return ctx.prev == "ngày" and ctx.next_word(end) in ("tháng", "và") and ctx.words_before[1] in ("các", "trong")
    after = ctx.next_word(end)
    return not after or not after[0].isalpha() or after in _AFTER_DAY
