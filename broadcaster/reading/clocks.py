"""Times of day and lengths of time: 7h30, 17 giờ 05, 8.30 sáng, 7h-11h30, 24/24h."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.numbers import say_leading_zeros, say_whole
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.style import Style

# A clock time as bulletins write it. The hour's mark decides how the minutes may look.
_HOUR_MARK = r"(?:h|H|g|G| [hH](?![^\W\d_])| ?giờ(?!\w)| ?Giờ(?!\w)| ?GIỜ(?!\w))"
_MINUTE_MARK = r"(?: ?(?:['’′`´]|phút\b|ph\b|p\b))"
_CLOCK = re.compile(
    rf"(?P<h>\d{{1,3}}){_HOUR_MARK}(?:(?P<m>[0-5]?\d| [0-5]\d| \d(?= ?(?:'|phút\b)))"
    rf"(?!\d|[.,/:]\d| ?%| ?[-–] ?\d| ?(?:h|giờ)\b)(?P<mark>{_MINUTE_MARK})?"
    rf"(?: ?(?P<s>[0-5]?\d)(?:''|\"|″|s| ?giây)(?!\w))?)?(?![^\W_])"
)
_CLOCK_IN_RANGE = re.compile(rf"(?P<h>\d{{1,2}}){_HOUR_MARK} ?(?P<m>[0-5]?\d)?(?P<mark>{_MINUTE_MARK})?(?= ?[-–—÷])")
_COLON = re.compile(r"(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?![\d:/])")
_DOT = re.compile(r"(?P<h>[01]?\d|2[0-4])\.(?P<m>[0-5]\d)(?![\d.,/:%])")
_DASH = re.compile(r" ?[-–—÷] ?(?=\d)| ?-> ?(?=\d)")
_SHARED_HOUR = re.compile(rf"(?P<h>\d{{1,2}}) ?[-–—÷] ?(?=(?P<to>\d{{1,2}}){_HOUR_MARK}(?![^\W\d_]))")
_LESS = re.compile(rf"(?P<h>\d{{1,2}}){_HOUR_MARK} ?kém (?P<m>\d{{1,2}})(?:'| phút)?(?!\w)")
_ALL_DAY = re.compile(r"24(?: ?(?:h|giờ))? ?/ ?24(?: ?(h|giờ))?(?!\w)(?: ?/ ?7(?!\d))?|24 ?[/x] ?7(?![\d/])")
_MINUTES = re.compile(r"(\d{1,3})(?:['’′](?!['’′])| ?(?:ph)\b)(?: ?(\d{1,2})(?:''|\"|″|s\b))?(?!\w)")
_TIMED = re.compile(r"\d{1,3} ?(?:[hHgGpx:./÷'’′–—-]|giờ|Giờ|GIỜ)")
_DAY_PARTS = frozenset("sáng trưa chiều tối đêm khuya".split())
_CLOCK_WORDS = frozenset("lúc hồi vào từ đến trước sau giờ khoảng sáng trưa chiều tối đêm tới quá bắt".split())
_BEFORE_A_DAY = _DAY_PARTS | frozenset("ngày từ đến thứ hôm nay trước sau vào mùng tới tức kể tư sáu bảy".split())
_SCORE_WORDS = frozenset("thắng thua hòa hoà số dẫn lệ tỉ tỷ".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    hour: int
    minute: str | None
    second: str | None = None

    def say(self, style: Style, *, minute_word: bool) -> str:
        parts = [say_whole(self.hour, style), "giờ"]
        if self.minute is not None and int(self.minute):
            parts.append(say_leading_zeros(self.minute, style))
            if minute_word or style.say_minutes:
                parts.append("phút")
        if self.second is not None and int(self.second):
            parts += [say_whole(int(self.second), style), "giây"]
        return " ".join(parts)


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the time that starts here."""
    if not _TIMED.match(ctx.text, ctx.pos):
        return
    yield from _all_day(ctx)
    yield from _hour_less_minutes(ctx)
    yield from _shared_hour(ctx)
    for clock_match, weight in _clocks_at(ctx, ctx.pos):
        clock = _clock(clock_match)
        spoken = clock.say(ctx.style, minute_word=_says_minute(clock_match))
        yield Candidate(end=clock_match.end(), kind=SpanKind.TIME, spoken=spoken, weight=weight)
    yield from _ranges(ctx)
    match = _MINUTES.match(ctx.text, ctx.pos)
    if match:
        spoken = f"{say_whole(int(match.group(1)), ctx.style)} phút"
        if match.group(2):
            spoken += f" {say_whole(int(match.group(2)), ctx.style)} giây"
        yield Candidate(end=match.end(), kind=SpanKind.TIME, spoken=spoken, weight=0.91)


def _clocks_at(ctx: Context, pos: int) -> Iterator[tuple[re.Match[str], float]]:
    match = _CLOCK.match(ctx.text, pos)
    if match and _is_hour(ctx, match):
        yield match, 0.94
    match = _COLON.match(ctx.text, pos)
    if match:
        score = ctx.words_before[:1] != ("lúc",) and ctx.near(_SCORE_WORDS, 3)
        padded = len(match.group("h")) == 2
        yield match, 0.3 if score else 0.94 if padded or ctx.near(_CLOCK_WORDS, 3) else 0.8
    match = _DOT.match(ctx.text, pos)
    if match:
        after = ctx.next_word(match.end())
        told = after in _DAY_PARTS or after == "giờ" or ctx.prev in ("lúc", "hồi")
        if told:
            yield match, 0.92


def _is_hour(ctx: Context, match: re.Match[str]) -> bool:
    """5g is five grams unless minutes follow or the words speak of time."""
    if "g" not in match.group().lower().replace("giờ", "")[:4]:
        return True
    return int(match.group("h")) <= 24 and (bool(match.group("m")) or ctx.near(_CLOCK_WORDS, 2))


def _clock(match: re.Match[str]) -> _Clock:
    groups = match.groupdict()
    minute = (groups.get("m") or "").strip() or None
    return _Clock(hour=int(groups["h"]), minute=minute, second=groups.get("s"))


def _says_minute(match: re.Match[str]) -> bool:
    return bool(match.groupdict().get("mark"))


def _all_day(ctx: Context) -> Iterator[Candidate]:
    match = _ALL_DAY.match(ctx.text, ctx.pos)
    if not match:
        return
    day = say_whole(24, ctx.style)
    if match.group().replace(" ", "") in ("24/7", "24x7"):
        weight = 0.3 if ctx.prev in _BEFORE_A_DAY else 0.96
        every = f"{day} giờ một ngày bảy ngày một tuần"
        yield Candidate(
            end=match.end(), kind=SpanKind.TIME, spoken=f"{day} trên bảy", weight=weight, alternatives=(every,)
        )
        return
    spoken = f"{day} trên {day}" + (" giờ" if match.group(1) else "")
    if match.group().endswith("7"):
        spoken += " giờ bảy ngày trong tuần"
    yield Candidate(end=match.end(), kind=SpanKind.TIME, spoken=spoken, weight=0.97)


def _hour_less_minutes(ctx: Context) -> Iterator[Candidate]:
    match = _LESS.match(ctx.text, ctx.pos)
    if match:
        hour, minutes = (say_whole(int(match.group(name)), ctx.style) for name in ("h", "m"))
        spoken = f"{hour} giờ kém {minutes}" + (" phút" if ctx.style.say_minutes else "")
        yield Candidate(end=match.end(), kind=SpanKind.TIME, spoken=spoken, weight=0.96)


def _shared_hour(ctx: Context) -> Iterator[Candidate]:
    """7-8h and 7 - 11h30: the hour's mark stands at the end for both."""
    match = _SHARED_HOUR.match(ctx.text, ctx.pos)
    if not match or int(match.group("h")) >= int(match.group("to")):
        return
    last = _CLOCK.match(ctx.text, match.end())
    if last:
        end = _clock(last).say(ctx.style, minute_word=_says_minute(last))
        start = say_whole(int(match.group("h")), ctx.style)
        spoken = f"{start} giờ đến {end}" if last.group("m") else f"{start} đến {end}"
        yield Candidate(end=last.end(), kind=SpanKind.TIME_RANGE, spoken=spoken, weight=0.95)


def _ranges(ctx: Context) -> Iterator[Candidate]:
    first = _first_of_range(ctx)
    dash = _DASH.match(ctx.text, first.end()) if first else None
    if not first or not dash:
        return
    dotted = _DOT.match(ctx.text, dash.end()) if first.re is _DOT else None
    for last, weight in [(dotted, 0.92)] if dotted else _clocks_at(ctx, dash.end()):
        minute_word = _says_minute(first) or _says_minute(last)
        start, end = (_clock(match).say(ctx.style, minute_word=minute_word) for match in (first, last))
        yield Candidate(end=last.end(), kind=SpanKind.TIME_RANGE, spoken=f"{start} đến {end}", weight=weight + 0.02)


def _first_of_range(ctx: Context) -> re.Match[str] | None:
    match = _CLOCK_IN_RANGE.match(ctx.text, ctx.pos) or _COLON.match(ctx.text, ctx.pos)
    if match:
        return match
    match = _DOT.match(ctx.text, ctx.pos)
    dash = _DASH.match(ctx.text, match.end()) if match else None
    last = _DOT.match(ctx.text, dash.end()) if dash else None
    sure = bool(last) and (ctx.near(_CLOCK_WORDS, 2) or ctx.next_word(last.end() if last else 0) in _DAY_PARTS)
    return match if sure else None
