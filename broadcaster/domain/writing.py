"""Text as people send it in: composed, without what nobody sees, and refused where it cannot be read at all."""

import unicodedata

from broadcaster.domain.errors import N_, Invalid, refusal

_LINE_ENDS = str.maketrans({"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\u2028": "\n", "\u2029": "\n"})
_SOFT_HYPHEN = "\u00ad"
"""What stands for ư in a text typed with TCVN3 fonts: it stays, or the text could no longer be converted."""


@refusal
class ControlCharacter(Invalid):
    position: int
    message = N_("Ký tự thứ {position} là ký tự điều khiển, không đọc được. Xin xóa ký tự đó rồi lưu lại.")


def visible(raw: str) -> str:
    """Return the text composed (NFC), every kind of line end as `\\n`, without characters that nobody sees.

    Zero-width and direction marks go, since with them a text could look other than it sounds. ControlCharacter names
    the place of what cannot be read.
    """
    plain = raw.replace("\r\n", "\n").translate(_LINE_ENDS)
    for position, letter in enumerate(plain, start=1):
        if letter not in "\n\t" and unicodedata.category(letter) in ("Cc", "Cs"):
            raise ControlCharacter(position=position)
    seen = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf" or letter == _SOFT_HYPHEN)
    return unicodedata.normalize("NFC", seen)
