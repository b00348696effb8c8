"""From a text to the values of its TOML, or to the line on which it is none, and what is the matter there."""

import re
import tomllib

from broadcaster.domain.errors import N_, Invalid, Refusal, refusal

TEXT_MAX = 200_000
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@refusal
class NotToml(Invalid):
    message = N_(
        "Chỗ này không đúng cách viết TOML. Xin kiểm tra dấu ngoặc kép, dấu bằng, dấu ngoặc vuông và dấu phẩy."
    )


@refusal
class WrittenTwice(Invalid):
    message = N_("Mục hoặc bảng ở đây đã ghi một lần rồi. Xin bỏ bớt một.")


@refusal
class NoSuchMoment(Invalid):
    message = N_("Ngày hoặc giờ ghi ở đây không có trên lịch. Xin kiểm tra lại, chẳng hạn tháng ấy có bao nhiêu ngày.")


@refusal
class FileTooLong(Invalid):
    limit: int
    message = N_("Tệp dài quá {limit} ký tự nên không được đọc.")


_SAID = {
    "Cannot overwrite a value": WrittenTwice,
    "Cannot declare": WrittenTwice,
    "Cannot mutate": WrittenTwice,
    "Cannot redefine": WrittenTwice,
    "Duplicate inline table key": WrittenTwice,
    "Invalid date or datetime": NoSuchMoment,
}
"""How `tomllib` begins what it says, and what that means. Everything else is a slip of the pen."""


def plain(text: str) -> str:
    """Return the text without the mark that some editors put first, each line ended in the same way."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def values_of(text: str) -> dict[str, object] | tuple[int, Refusal]:
    """Return the values of a plain text, or the line on which it is no TOML and what is wrong there."""
    if len(text) > TEXT_MAX:
        return 1, FileTooLong(limit=TEXT_MAX)
    try:
        return tomllib.loads(text)
    except RecursionError:  # brackets within brackets: the parser goes down with each
        return 1, NotToml()
    except tomllib.TOMLDecodeError as exc:
        at = _AT_LINE.search(str(exc))
        line = int(at[1]) if at else max(1, text.rstrip("\n").count("\n") + 1)
        return line, next((found() for said, found in _SAID.items() if str(exc).startswith(said)), NotToml())
