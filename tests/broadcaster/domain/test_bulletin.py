"""What a bulletin may say, and what may follow what."""

import hashlib
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.bulletin import (
    NOTE_MAX,
    TEXT_MAX,
    TITLE_MAX,
    Bulletin,
    BulletinState,
    ContentChanged,
    EmptyText,
    EmptyTitle,
    NoteMissing,
    NoteTooLong,
    Priority,
    RecordingNotReady,
    TextTooLong,
    TitleTooLong,
    WrongState,
    check_approved_content,
    clean_note,
    clean_text,
    clean_title,
    may,
    require_state,
    text_hash,
)
from broadcaster.domain.errors import Invalid
from broadcaster.domain.ids import BulletinId, StationId, UserId
from broadcaster.domain.writing import ControlCharacter, visible

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
D, S, A, R, W = BulletinState
MAY = {
    "edit": {D, S, A, R},
    "submit": {D, R},
    "approve": {S},
    "return": {S},
    "withdraw": {D, S, A, R},
    "air": {A},
}


@pytest.mark.parametrize("action", MAY)
@pytest.mark.parametrize("state", BulletinState)
def test_action_may_follow_state(action: str, state: BulletinState) -> None:
    assert may(action, state) == (state in MAY[action])


def test_wrong_state_is_named_in_vietnamese() -> None:
    with pytest.raises(WrongState, match="Chờ duyệt"):
        require_state("submit", BulletinState.SUBMITTED)


def test_text_of_the_greatest_length_is_taken() -> None:
    assert clean_text("á" * TEXT_MAX) == "á" * TEXT_MAX


def test_text_one_longer_is_refused() -> None:
    with pytest.raises(TextTooLong, match=r"10001 ký tự, nhiều nhất là 10000"):
        clean_text("á" * (TEXT_MAX + 1))


def test_decomposed_text_is_counted_composed() -> None:
    assert clean_text(unicodedata.normalize("NFD", "ế" * TEXT_MAX)) == "ế" * TEXT_MAX


@pytest.mark.parametrize("raw", ["", "   ", "\n\t\r\n", "\u200b\ufeff", "\u202e"])
def test_text_without_a_letter_is_refused(raw: str) -> None:
    with pytest.raises(EmptyText):
        clean_text(raw)
    with pytest.raises(EmptyTitle):
        clean_title(raw)


@pytest.mark.parametrize("letter", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_character_is_named_by_its_place(letter: str) -> None:
    with pytest.raises(ControlCharacter) as refused:
        clean_text(f"Họp{letter}")

    assert refused.value.position == 4


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\u2028", "\u2029"])
def test_every_line_end_becomes_one(end: str) -> None:
    assert clean_text(f"Một {end}hai") == "Một\nhai"


@pytest.mark.parametrize("mark", ["\u200b", "\u200d", "\u2060", "\ufeff", "\u200f", "\u202e", "\u2066", "\U000e0041"])
def test_marks_that_nobody_sees_go(mark: str) -> None:
    """With a direction mark a text could look to its approver other than it sounds."""
    assert clean_text(f"Giá {mark}100 đồng") == "Giá 100 đồng"


def test_tcvn3_keeps_its_soft_hyphens() -> None:
    """They stand for ư there: without them the text could not be converted any more."""
    assert clean_text("\u00adu tiªn") == "\u00adu tiªn"


@given(st.text(max_size=300))
def test_cleaning_is_done_once_and_for_all(raw: str) -> None:
    try:
        once = clean_text(raw)
    except Invalid:
        return

    assert clean_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in once if letter not in "\n\t")


@given(st.text(max_size=100))
def test_visible_never_fails_otherwise(raw: str) -> None:
    try:
        visible(raw)
    except ControlCharacter as refused:
        assert 1 <= refused.position <= len(raw)  # noqa: PT017 - either outcome is right, and each is checked


def test_title_stands_on_one_line() -> None:
    assert clean_title("  Họp \r\n thôn\t ") == "Họp thôn"


def test_title_is_limited() -> None:
    assert clean_title("a" * TITLE_MAX) == "a" * TITLE_MAX
    with pytest.raises(TitleTooLong):
        clean_title("a" * (TITLE_MAX + 1))


def test_note_says_something_of_reasonable_length() -> None:
    assert clean_note(" Sửa ngày họp. ") == "Sửa ngày họp."
    with pytest.raises(NoteMissing):
        clean_note(" \n")
    with pytest.raises(NoteTooLong):
        clean_note("a" * (NOTE_MAX + 1))


def test_hash_is_of_the_text_alone_when_nothing_was_chosen() -> None:
    assert text_hash("Họp thôn") == hashlib.sha256("Họp thôn".encode()).hexdigest()


choices = st.lists(
    st.tuples(st.text("ab0", max_size=3), st.integers(0, 3), st.text("xy", min_size=1, max_size=3)), max_size=3
)


@given(choices, choices)
def test_other_choices_make_another_hash(some: list[tuple[str, int, str]], others: list[tuple[str, int, str]]) -> None:
    same = sorted(some) == sorted(others)

    assert (text_hash("t", some) == text_hash("t", others)) == same


def test_approval_names_exactly_what_there_is() -> None:
    bulletin = bulletin_with("a" * 64)

    check_approved_content(bulletin, text_sha256=bulletin.text_sha256, recording_sha256="a" * 64)
    for text, recording in (("", "a" * 64), (bulletin.text_sha256, "b" * 64), ("a" * 64, bulletin.text_sha256)):
        with pytest.raises(ContentChanged):
            check_approved_content(bulletin, text_sha256=text, recording_sha256=recording)


def test_nothing_is_approved_before_it_can_be_heard() -> None:
    with pytest.raises(RecordingNotReady):
        check_approved_content(bulletin_with(None), text_sha256=text_hash("Họp"), recording_sha256="")


def bulletin_with(recording: str | None) -> Bulletin:
    """Return a submitted bulletin with that recording."""
    return Bulletin(
        id=BulletinId("bt-1"), station=StationId("xa"), title="Họp", text="Họp", audience=EVERYBODY, voice="espeak",
        read_twice=False, repeat_key_fact=False, priority=Priority.ORDINARY, state=BulletinState.SUBMITTED,
            author=UserId("nd-1"),
        text_sha256=text_hash("Họp"), recording_sha256=recording, note=None, created_at=NOON, updated_at=NOON,
    )  # fmt: skip
