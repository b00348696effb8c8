"""Ready-made alerts: each one can be filled, and a blank filled wrongly is refused with its name."""

import re

import pytest

from broadcaster.domain.alarm import sirens
from broadcaster.domain.alarm.templates import (
    BlankKind,
    BlankMissing,
    BlankTooLong,
    NotAChoice,
    NotANumber,
    Template,
    UnknownBlank,
    UnknownTemplate,
    fill,
    graded,
    house_templates,
    template,
)
from broadcaster.domain.alert import Severity, Status
from broadcaster.domain.station import BadTimeOfDay

TEMPLATES = list(house_templates().values())


def usual(of: Template) -> dict[str, str]:
    """Return the examples of a template's blanks."""
    return {b.name: b.choices[0] if b.kind is BlankKind.CHOICE else b.example for b in of.blanks}


def test_the_usual_emergencies_have_templates() -> None:
    assert {"bao", "lu", "xa-lu", "chay-rung", "sat-lo", "dich-benh", "mat-tich", "dien-tap", "thu-loa"} <= {
        each.id for each in TEMPLATES
    }


@pytest.mark.parametrize("of", TEMPLATES, ids=lambda of: of.id)
def test_template_can_be_filled_with_its_examples(of: Template) -> None:
    filled = fill(of, usual(of))

    assert not re.search(r"[{}]", " ".join((filled.event, filled.headline, filled.text, filled.instruction)))
    assert of.siren in {None, "none", *sirens.house_sirens()}
    assert (of.status is Status.ACTUAL) or of.siren is None


def test_blank_filled_wrongly_is_named() -> None:
    lu, bao = template("lu"), template("bao")
    for values, of, refused in (
        ({}, lu, BlankMissing),
        (usual(lu) | {"cấp báo động": "bốn"}, lu, NotAChoice),
        (usual(lu) | {"màu": "đỏ"}, lu, UnknownBlank),
        (usual(lu) | {"tên sông": "a" * 201}, lu, BlankTooLong),
        (usual(bao) | {"số cơn bão": "mười"}, bao, NotANumber),
        (usual(template("xa-lu")) | {"giờ xả": "25:00"}, template("xa-lu"), BadTimeOfDay),
    ):
        with pytest.raises(refused):
            fill(of, values)
    with pytest.raises(UnknownTemplate):
        template("nhà tôi")


def test_braces_in_a_value_are_only_text() -> None:
    assert "{giờ xả}" in fill(template("xa-lu"), {"tên hồ": "hồ {giờ xả}", "giờ xả": "7:05"}).text
    assert fill(template("xa-lu"), {"tên hồ": "hồ Cấm Sơn", "giờ xả": "7:05"}).headline == "Hồ Cấm Sơn xả lũ lúc 07:05"


@pytest.mark.parametrize(
    ("level", "severity", "siren"),
    [
        ("một", Severity.MODERATE, "general"),
        ("hai", Severity.SEVERE, "flood"),
        ("ba", Severity.EXTREME, "extreme"),
        (" ba ", Severity.EXTREME, "extreme"),
    ],
)
def test_each_alarm_level_of_a_flood_has_its_own_siren(level: str, severity: Severity, siren: str) -> None:
    """Level III sounded the two short strokes of level II."""
    lu = template("lu")

    found = graded(lu, usual(lu) | {"cấp báo động": level})

    assert (found.severity, found.siren) == (severity, siren)


@pytest.mark.parametrize("of", TEMPLATES, ids=lambda of: of.id)
def test_grades_are_of_choices_and_sirens_that_there_are(of: Template) -> None:
    for blank in of.blanks:
        assert set(blank.grades) <= set(blank.choices)
        assert {grade.siren for grade in blank.grades.values()} <= {"none", *sirens.house_sirens()}


@pytest.mark.parametrize("written", ["7:05", "07h05", "7 giờ 05", "7 giờ 05 phút", "7G05"])
def test_time_may_be_written_as_people_write_it(written: str) -> None:
    filled = fill(template("xa-lu"), {"tên hồ": "hồ Cấm Sơn", "giờ xả": written})

    assert filled.headline == "Hồ Cấm Sơn xả lũ lúc 07:05"


def test_full_hour_may_be_written_without_minutes() -> None:
    assert fill(template("xa-lu"), {"tên hồ": "x", "giờ xả": "14h"}).headline.endswith("lúc 14:00")


def test_full_stop_in_a_blank_ends_no_sentence_too_early() -> None:
    lu = template("lu")

    assert fill(lu, usual(lu) | {"tên sông": "sông Thương."}).headline == "Lũ trên sông Thương đang lên"
