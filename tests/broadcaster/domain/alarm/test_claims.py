"""A drill does not say that it is real, and a real alert not that it is a drill, however the words are written."""

import pytest

from broadcaster.domain.alarm.claims import PracticeSaysReal, RealSaysPractice, check_claims
from broadcaster.domain.alarm.templates import house_templates
from broadcaster.domain.alert import Status

SAYS_REAL = (
    "Đây không phải diễn tập.",
    "ĐÂY KHÔNG PHẢI LÀ BUỔI DIỄN TẬP!",
    "Xin nhắc lại: không phải,\ndiễn  tập.",
    "Báo động thật, bà con sơ tán ngay.",
    "Đây là tin thật.",
    "Day khong phai la dien tap",
    "THIS IS NOT A DRILL.",
)
SAYS_PRACTICE = (
    "Đây là diễn tập.",
    "Đây chỉ là buổi diễn tập phòng chống lụt bão.",
    "Đài đang diễn tập hệ thống cảnh báo.",
    "Đây là tin thử.",
    "day la dien tap",
    "This is only a test.",
)
SAYS_NEITHER = (
    "Buổi diễn tập chiều nay bị hủy vì nước đang lên.",
    "Trạm đang thử nghiệm cửa xả, nước sẽ lên.",
    "Đây là tin thứ hai trong ngày.",
    "Bà con làm theo như khi diễn tập.",
)


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
@pytest.mark.parametrize("words", SAYS_REAL)
def test_practice_does_not_say_that_it_is_real(status: Status, words: str) -> None:
    with pytest.raises(PracticeSaysReal):
        check_claims(status, event="lũ quét", parts=("Lũ quét", words))


@pytest.mark.parametrize("words", SAYS_PRACTICE)
def test_what_is_real_does_not_say_that_it_is_practice(words: str) -> None:
    with pytest.raises(RealSaysPractice):
        check_claims(Status.ACTUAL, event="lũ quét", parts=("Lũ quét", words))


def test_what_is_real_is_not_called_practice() -> None:
    with pytest.raises(RealSaysPractice, match="“diễn tập”"):
        check_claims(Status.ACTUAL, event="Diễn tập phòng chống thiên tai", parts=("Lũ quét",))


@pytest.mark.parametrize("words", SAYS_NEITHER)
def test_other_words_stand_in_both(words: str) -> None:
    for status in (Status.ACTUAL, Status.EXERCISE, Status.TEST):
        check_claims(status, event="lũ quét", parts=(words,))


def test_each_may_say_what_it_is() -> None:
    for words in SAYS_REAL:
        check_claims(Status.ACTUAL, event="lũ quét", parts=(words,))
    for words in SAYS_PRACTICE:
        check_claims(Status.EXERCISE, event="diễn tập lũ", parts=(words,))
    check_claims(Status.EXERCISE, event="diễn tập lũ", parts=("Đây không phải báo động thật.",))


def test_templates_say_what_they_are() -> None:
    for template in house_templates().values():
        parts = (template.headline, template.text, template.instruction)
        check_claims(template.status, event=template.event, parts=parts)
