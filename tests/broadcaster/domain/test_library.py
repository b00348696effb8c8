"""What may be said of a fixed recording, what may follow what, and when its rights have run out."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain import library
from broadcaster.domain.ids import LibraryItemId, StationId, UserId
from broadcaster.domain.library import Details, LibraryItem, LibraryKind, LibraryState

MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
DETAILS = Details(
    title="Nhạc hiệu", kind=LibraryKind.JINGLE, language="zxx", rights_holder="Đài tự thu", rights_source="",
    expires_on=date(2026, 3, 31),
)  # fmt: skip
ITEM = LibraryItem(
    id=LibraryItemId("am-1"), station=StationId("x"), details=DETAILS, state=LibraryState.APPROVED,
    uploader=UserId("lan"), recording_sha256="a" * 64, file_name="x.mp3", note=None, created_at=MORNING,
    updated_at=MORNING,
)  # fmt: skip
ENTERED = {"title": "Lời chào", "kind": "greeting", "language": "hmn", "rights_holder": "Đài tự thu"}


def test_details_are_cleaned() -> None:
    clean = library.clean_details(
        title="  Lời   chào\n", kind="greeting", language="hmn", rights_holder=" Đài ", expires_on=" 2026-12-31 "
    )

    assert (clean.title, clean.kind, clean.rights_holder) == ("Lời chào", LibraryKind.GREETING, "Đài")
    assert clean.expires_on == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"title": " \u200b "}, library.RecordingUntitled),
        ({"title": "x" * 201}, library.DetailTooLong),
        ({"kind": "podcast"}, library.KindUnknown),
        ({"language": "tiếng Việt"}, library.LanguageUnknown),
        ({"rights_holder": ""}, library.RightsMissing),
        ({"expires_on": "31/12/2026"}, library.ExpiryUnclear),
        ({"expires_on": "2026-02-30"}, library.ExpiryUnclear),
    ],
)
def test_what_cannot_stand_is_refused(changed: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        library.clean_details(**(ENTERED | changed))


def test_rights_end_with_their_last_day() -> None:
    assert not ITEM.expired(date(2026, 3, 31))
    assert ITEM.expired(date(2026, 4, 1))
    assert not replace(ITEM, details=replace(DETAILS, expires_on=None)).expired(date(9999, 1, 1))


def test_only_what_is_approved_and_covered_may_be_aired() -> None:
    library.require_airable(ITEM, on=date(2026, 3, 31))
    with pytest.raises(library.RightsExpired, match=r"Nhạc hiệu.*31/03/2026"):
        library.require_airable(ITEM, on=date(2026, 4, 1))
    for state in set(LibraryState) - {LibraryState.APPROVED}:
        with pytest.raises(library.LibraryStateWrong):
            library.require_airable(replace(ITEM, state=state), on=date(2026, 3, 1))


def test_approval_names_the_sound_and_may_name_the_details() -> None:
    library.check_approved_sound(ITEM, recording_sha256="a" * 64, details_sha256=None)
    library.check_approved_sound(ITEM, recording_sha256="a" * 64, details_sha256=ITEM.details_sha256)
    with pytest.raises(library.SoundChanged):
        library.check_approved_sound(ITEM, recording_sha256="b" * 64, details_sha256=None)
    with pytest.raises(library.SoundChanged):
        library.check_approved_sound(ITEM, recording_sha256="a" * 64, details_sha256="b" * 64)


@pytest.mark.parametrize("changed", [{"title": "Khác"}, {"expires_on": None}, {"rights_holder": "Ai đó"}])
def test_every_detail_is_in_the_hash(changed: dict[str, object]) -> None:
    other = replace(ITEM, details=replace(DETAILS, **changed))  # type: ignore[arg-type] # one of its fields

    assert other.details_sha256 != ITEM.details_sha256


@given(st.text(max_size=300))
def test_a_file_name_is_only_ever_a_name(raw: str) -> None:
    name = library.clean_file_name(raw)

    assert len(name) <= 120
    assert not {"/", "\\", "\n", "\0"} & set(name)
