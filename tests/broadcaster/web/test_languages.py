"""English is complete: every message that the pages can show has its translation, with the same values in it."""

import re
from pathlib import Path

from broadcaster.web import i18n
from broadcaster.web.i18n import catalogues, messages
from tests.broadcaster.web.messages import extracted

LOCALE = Path(i18n.__file__).parent / "locale"


def test_every_message_has_its_english() -> None:
    english = messages(LOCALE, "en")

    assert {message: where for message, where in extracted().items() if message not in english} == {}


def test_translation_uses_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    wrong = {vi: en for vi, en in messages(LOCALE, "en").items() if values(vi) != values(en)}

    assert wrong == {}


def test_no_translation_is_left_over() -> None:
    assert set(messages(LOCALE, "en")) - set(extracted()) == set()


def test_extraction_sees_code_templates_and_domain() -> None:
    """Negative control: an empty extraction would satisfy everything above."""
    found = extracted()

    assert {"Hôm nay", "Lưu và đọc thử", "Đã lên lịch", "thứ Hai", "Bản nháp"} <= set(found)
    assert len(found) > 400


def test_missing_message_is_shown_in_vietnamese() -> None:
    assert catalogues()["en"]("Câu chưa dịch") == "Câu chưa dịch"
