"""How the station reads, as fields of its form: each switch with an example that can be heard in the head."""

from dataclasses import replace
from enum import StrEnum
from typing import Any

from broadcaster.domain.errors import N_
from broadcaster.reading.style import EarlyDay, Four, Letters, Odd, Style, Thousand
from broadcaster.web.forms import Entered

SWITCHES: dict[str, tuple[str, dict[StrEnum, str]]] = {
    "thousand": (
        N_("Số 1.000"),
        {Thousand.NGHIN: N_("một nghìn"), Thousand.NGAN: N_("một ngàn")},
    ),
    "odd": (
        N_("Số 105"),
        {Odd.LINH: N_("một trăm linh năm"), Odd.LE: N_("một trăm lẻ năm")},
    ),
    "four": (
        N_("Số 24"),
        {Four.TU: N_("hai mươi tư"), Four.BON: N_("hai mươi bốn")},
    ),
    "early_day": (
        N_("Ngày 5"),
        {EarlyDay.MONG: N_("ngày mồng năm"), EarlyDay.MUNG: N_("ngày mùng năm"), EarlyDay.NONE: N_("ngày năm")},
    ),
    "letters": (
        N_("Tên chữ cái"),
        {
            Letters.NORTHERN: N_("Miền Bắc (R: rờ, S: ét, X: ích)"),
            Letters.CENTRAL: N_("Miền Trung (R: e rờ, S: ét xì, X: ích xì)"),
            Letters.SOUTHERN: N_("Miền Nam (G: gờ, H: hắc, Q: cu)"),
        },
    ),
}
"""For each field of `Style` what it is about, and its values as a person of the station would say them."""


def fields_of(style: Style) -> dict[str, list[str]]:
    """Return a style as the form holds it."""
    switches = {name: [str(getattr(style, name))] for name in SWITCHES}
    return switches | {"say_minutes": ["1"] if style.say_minutes else []}


def style_of(entered: Entered, *, before: Style) -> Style:
    """Return the style that was entered; what is no value of a switch leaves it as it was, since no page offers it."""
    chosen: dict[str, Any] = {
        name: value
        for name, (_, values) in SWITCHES.items()
        for value in values
        if entered.every(name) and value == entered.one(name)
    }
    return replace(before, say_minutes=entered.ticked("say_minutes"), **chosen)
