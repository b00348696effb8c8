"""Twenty kinds of writing, at least sixty cases of each, and a field of mixed ones, as a hamlet should hear them."""

from pathlib import Path

import pytest

from broadcaster.reading.reader import read
from tests.reading.folding import fold

KINDS = """abbreviation cardinal date date_range decimal document_number field fraction_or_ratio measure mixed money
ordinal percent phone plain road_address roman sport_or_score time time_range url_email""".split()


def cases(kind: str) -> list[tuple[str, tuple[str, ...]]]:
    lines = (Path(__file__).parent / f"{kind}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(written, tuple(spoken.split("|"))) for _, written, spoken in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_every_case_of_a_kind_is_read_rightly(kind: str) -> None:
    heard = {written: (read(written, document=False).spoken, right) for written, right in cases(kind)}
    wrong = {
        written: said for written, (said, right) in heard.items() if fold(said) not in {fold(one) for one in right}
    }
    assert wrong == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_sixty_cases_of_its_own(kind: str) -> None:
    assert len({written for written, _ in cases(kind)}) >= 60


@pytest.mark.parametrize("kind", KINDS)
def test_reading_what_was_read_changes_nothing(kind: str) -> None:
    for written, _ in cases(kind):
        once = read(written, document=False).spoken
        assert fold(read(once, document=False).spoken) == fold(once)


@pytest.mark.parametrize("kind", KINDS)
def test_no_digit_and_no_sign_reaches_the_voice(kind: str) -> None:
    for written, _ in cases(kind):
        said = read(written, document=False).spoken
        assert all(letter.isalpha() or letter == " " for letter in said), said


def test_a_wrong_reading_is_noticed_by_these_cases() -> None:
    """Negative control: the folding forgives what cannot be heard, and nothing more."""
    assert fold("năm trên năm thôn") != fold("ngày mồng năm tháng năm thôn")
    assert fold("còn một hộ") != fold("còn không một hộ")
    assert fold("hai mươi lăm") != fold("hai mươi năm")
    assert fold("Hoà, 3 tỉ.") == fold("hòa 3 tỷ")
