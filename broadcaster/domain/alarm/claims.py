"""What an alert's own words claim: a drill never says that it is real, a real alert never that it is a drill.

In Hawaii, on 13 January 2018, the recording of a drill ended with "this is not a drill" (FCC report, April 2018).
"""

import re
from collections.abc import Iterable

from broadcaster.domain.alert import Status
from broadcaster.domain.errors import N_, Invalid, refusal

_PRACTICE = r"(?:diễn tập|thử loa|thử nghiệm|thử hệ thống|tin thử|drill|exercise|test)"
_ONE = r"(?:(?:một|buổi|cuộc|đợt|tin|bài|chỉ|a|an|only|just) )*"
_SAYS_REAL = (
    rf"(?:không phải|đâu phải|chẳng phải|not) (?:là )?{_ONE}{_PRACTICE}",
    r"(?<!không phải )(?<!không phải là )(?<!không có )báo động thật",
    r"(?:đây|này) là (?:tin )?thật",
    r"khong phai (?:la )?(?:buoi |cuoc |dot |tin )?dien tap",
)
_SAYS_PRACTICE = (
    rf"(?:đây|này|this) (?:chỉ )?(?:là|is) {_ONE}{_PRACTICE}",
    r"đang (?:diễn tập|thử loa)",
    r"day (?:chi )?la (?:buoi |cuoc |dot |tin )?dien tap",
)
_CALLED_PRACTICE = ("diễn tập", "thử loa", "dien tap")
"""No event is called so but a drill or a test; elsewhere a real alert may well speak of one that is put off."""


@refusal
class PracticeSaysReal(Invalid):
    words: str
    message = N_(
        "Tin diễn tập, tin thử không được nói “{words}”: bà con sẽ tưởng là thật. "
        "Xin bỏ câu ấy, hoặc soạn báo động thật."
    )


@refusal
class RealSaysPractice(Invalid):
    words: str
    message = N_(
        "Báo động thật không được nói “{words}”: bà con sẽ không làm theo. Xin bỏ câu ấy, hoặc chọn diễn tập, thử loa."
    )


def check_claims(status: Status, *, event: str, parts: Iterable[str]) -> None:
    """Raise PracticeSaysReal or RealSaysPractice when an alert says that it is not what it is.

    `parts` are its other words. They were made visible before, so that no mark inside a word hides what it says.
    """
    said = [_words(event), *map(_words, parts)]
    if status is not Status.ACTUAL:
        if (words := _first(_SAYS_REAL, said)) is not None:
            raise PracticeSaysReal(words=words)
    elif (words := _first(_SAYS_PRACTICE, said) or _first(_CALLED_PRACTICE, said[:1])) is not None:
        raise RealSaysPractice(words=words)


def _first(patterns: Iterable[str], said: Iterable[str]) -> str | None:
    every = re.compile("|".join(rf"\b(?:{pattern})\b" for pattern in patterns))
    return next((match[0] for part in said if (match := every.search(part))), None)


def _words(text: str) -> str:
    """Return the words alone, small and one space apart: no sign or line between them parts a sentence."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())
