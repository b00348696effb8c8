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
    house_templates,
    template,
)
from broadcaster.domain.alert import Status
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
