"""Posts along a road: Km12+500, Km 35."""

import re
from collections.abc import Iterator

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.numerals import say_literal
from broadcaster.reading.reading import SpanKind

_POST = re.compile(r"[Kk][Mm] ?(?:số )?(\d{1,4}(?:,\d{1,3})?)(?: ?\+ ?(\d{1,3}))?(?!\w|[.,]\d)")

_AT_A_POST = frozenset("tại từ đến ba tư qua cột mốc".split())


def candidates(ctx: Context) -> Iterator[Candidate]:
    """Guesses for the post that starts here."""
    match = _POST.match(ctx.text, ctx.pos)
    if match and match.group() in ("km2", "km3") and ctx.prev not in _AT_A_POST:
        return
    if match:
        spoken = f"ki lô mét {say_literal(match.group(1), ctx.style)}"
        if match.group(2):
            spoken += f" cộng {say_whole(int(match.group(2)), ctx.style)}"
        yield Candidate(end=match.end(), kind=SpanKind.ROAD, spoken=spoken, weight=0.96)
