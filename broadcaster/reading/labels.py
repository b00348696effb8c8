"""Marks of lists: 1. and 2) and a) and 1.2. at the start of a line or after a colon; said, then a pause."""

import re

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.letters import letter_name
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.reading import SpanKind

_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})(?:\.|\)|/)(?=[ \t]|[^\W\d_]|$)(?!\.)")
_LETTERED = re.compile(r"([a-zđA-HJ-UWYZĐ])(?:\)|\.(?= )|/(?= ))")
_LINE_START = ' \t-–+*•(["“'


def label_at(ctx: Context) -> Candidate | None:
    """The label of a list item that starts here, with the mark behind it as a pause."""
    begins_line = not ctx.left.strip(_LINE_START)
    inline = bool(ctx.before) and ctx.before[0] in (":", ";")
    if not (begins_line or inline):
        return None
    match = _NUMBERED.match(ctx.text, ctx.pos)
    if match:
        parts = [say_whole(int(part), ctx.style) for part in match.group(1).split(".")]
        return Candidate(end=match.end(), kind=SpanKind.CARDINAL, spoken=" chấm ".join(parts) + ",", weight=0.9)
    match = _LETTERED.match(ctx.text, ctx.pos)
    if match:
        name = letter_name(match.group(1), ctx.style.letters)
        return Candidate(end=match.end(), kind=SpanKind.LETTERS, spoken=f"{name},", weight=0.84) if name else None
    return None
