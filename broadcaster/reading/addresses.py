"""Addresses of the web and of e-mail, with names for their signs."""

import re

from broadcaster.reading.candidates import Candidate
from broadcaster.reading.context import Context
from broadcaster.reading.letters import spell
from broadcaster.reading.numbers import say_digits, say_whole
from broadcaster.reading.reading import SpanKind
from broadcaster.reading.style import Letters, Style

_SCHEME = re.compile(r"(?:https?|htpps?|htps?|htttps?|ftp):?/{1,2}", re.IGNORECASE)
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w]|_")
_SIGNS = {
    ".": "chấm", "@": "a còng", "/": "gạch chéo", "-": "gạch ngang", "_": "gạch dưới", ":": "hai chấm",
    "?": "hỏi chấm", "=": "bằng", "&": "và", "#": "thăng", "+": "cộng", "%": "phần trăm",
}  # fmt: skip
_NAMED = {
    "vn": "vê nờ", "www": "vê kép vê kép vê kép", "com": "com", "gov": "gov", "edu": "edu", "org": "org", "net": "net",
    "gmail": "gmail", "html": "hát tê mờ lờ", "php": "pê hát pê", "qr": "quy rờ",
}  # fmt: skip
_VOWEL = re.compile(r"[aeiouyàáảãạăâđêôơư]", re.IGNORECASE)
_TRAILING = ".,;:!?)\"'”’…"


def trim(written: str) -> str:
    """An address without the marks that belong to the sentence around it."""
    return written.rstrip(_TRAILING)


def candidate(ctx: Context, written: str, *, email: bool) -> Candidate:
    """The reading of an address found by the tokeniser."""
    kind = SpanKind.EMAIL if email else SpanKind.URL
    bare = _SCHEME.sub("", written).strip("/")
    words = [_say_piece(piece, ctx.style.letters) for piece in _PIECE.findall(bare)]
    spoken = " ".join(word for word in words if word)
    return Candidate(end=ctx.pos + len(written), kind=kind, spoken=spoken, weight=0.9)


def _say_piece(piece: str, letters: Letters) -> str:
    if piece in _SIGNS:
        return _SIGNS[piece]
    if piece.isdigit():
        return _say_number(piece)
    if not piece.isalpha():
        return ""
    known = _NAMED.get(piece.lower())
    if known:
        return known
    if piece.isascii() and (not _VOWEL.search(piece) or len(piece) == 1):
        return spell(piece, letters)
    return piece.lower()


def _say_number(digits: str) -> str:
    """Short numbers as numbers (vov1, vtv24), longer ones digit by digit, as one would type them."""
    if len(digits) <= 2 and not digits.startswith("0"):
        return say_whole(int(digits), Style())
    return say_digits(digits)
