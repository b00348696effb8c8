"""The text as it will be read: composed Unicode, one kind of space, nothing invisible; old encodings converted."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from broadcaster.reading.encodings import Encoding, convert, detect
from broadcaster.reading.reading import Notice, NoticeKind

# Everything but Latin letters, ASCII, and the marks that bulletins use is looked at one by one.
_ODD = re.compile(r"[^\t\n -~À-ɏḀ-ỿ–—‘’“”…•→°²³½¼¾±×÷≥≤≈€£§′″·]")
# Direction marks and joiners may stand between a letter and its tone mark: they go before composing.
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_SOFT_WRAP = re.compile(r"(?<=[^\W\d_]) ?\n(?=([^\W\d_])[^\W\d_])")
_MESSAGES = {
    Encoding.TCVN3: "Văn bản gõ bằng phông TCVN3 (.VnTime) đã được chuyển sang Unicode; xin kiểm tra lại chữ.",
    Encoding.VNI: "Văn bản gõ bằng phông VNI đã được chuyển sang Unicode; xin kiểm tra lại chữ.",
    Encoding.TELEX: "Văn bản gõ kiểu Telex chưa ghép dấu đã được ghép dấu; xin kiểm tra lại chữ.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A text ready to be read and what the officer must know about how it came to be."""

    text: str
    notices: tuple[Notice, ...]


def prepare(text: str) -> Prepared:
    """Composed, cleaned and, where an old encoding is found, converted."""
    encoding = detect(text)
    converted = convert(text, encoding)
    composed = _INVISIBLE.sub("", converted.replace("\r\n", "\n").replace("\r", "\n"))
    if not unicodedata.is_normalized("NFC", composed):
        composed = unicodedata.normalize("NFC", composed)
    clean = _ODD.sub(lambda match: _plain_form(match.group()), composed)
    joined = _SOFT_WRAP.sub(_unwrapped, clean)
    message = _MESSAGES.get(encoding)
    if message is None:
        return Prepared(text=joined, notices=())
    notice = Notice(kind=NoticeKind.CONVERTED, start=0, end=len(joined), message=message)
    return Prepared(text=joined, notices=(notice,))


def _unwrapped(match: re.Match[str]) -> str:
    """A line that goes on in lower case belongs to the line before."""
    return " " if match.group(1).islower() else match.group()


@lru_cache(maxsize=4096)
def _plain_form(letter: str) -> str:
    """One unusual character as the reader wants it: a plain space, a plain digit, nothing, or itself."""
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    if letter in "\u2028\u2029\x0b\x0c\x85":
        return "\n"
    if category == "Zs":
        return " "
    if category in ("Cf", "Cc", "Cs", "Cn", "Co", "Mn", "Me", "Mc"):
        return "•" if category == "Co" else ""
    folded = unicodedata.normalize("NFKC", letter)
    return folded if folded.isascii() and folded.isprintable() else letter
