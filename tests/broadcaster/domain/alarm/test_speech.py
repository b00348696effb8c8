"""What loudspeakers say: a drill begins and ends by saying so, and nobody chooses a correction's words."""

from dataclasses import replace

from hypothesis import given

from broadcaster.domain.alarm.speech import EXERCISE_WORDS, TEST_WORDS, correction_of, is_correction, speech_of
from broadcaster.domain.alert import Content, Status
from broadcaster.domain.ids import AlertId
from tests.broadcaster.domain.alert_values import CONTENT, NOW, contents


def test_real_alert_says_headline_text_and_instruction() -> None:
    assert speech_of(CONTENT) == (
        "Thông báo khẩn cấp.\nLũ quét trên suối Ngọt.\nNước suối đang lên rất nhanh.\nBà con lên chỗ cao ngay."
    )


@given(contents())
def test_drill_and_test_begin_and_end_by_saying_what_they_are(content: Content) -> None:
    marks = {Status.EXERCISE: EXERCISE_WORDS, Status.TEST: TEST_WORDS}
    said = speech_of(content)

    for status, words in marks.items():
        marked = said.startswith(words) and said.endswith(words)
        assert marked == (content.status is status)


def test_correction_is_fixed_silent_and_for_the_same_area() -> None:
    correction = correction_of(CONTENT, AlertId("kc-1"), now=NOW)

    assert is_correction(correction)
    assert (correction.audience, correction.siren, correction.references) == (CONTENT.audience, (), "kc-1")
    assert not is_correction(replace(correction, headline="Sơ tán"))
    assert "hủy bỏ" in speech_of(correction)
