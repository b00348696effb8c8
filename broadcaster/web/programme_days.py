"""On which days a programme takes place, as its form holds it, and back: rules, lunar days, holidays, breaks, moves."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from broadcaster.domain.errors import N_
from broadcaster.domain.week.recurrence import OnHolidays
from broadcaster.web.forms import Entered

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LUNAR_DAYS = {
    "1/*": N_("Mùng Một hằng tháng"),
    "15/*": N_("Ngày rằm hằng tháng"),
    "1/1": N_("Mùng Một Tết"),
    "10/3": N_("Giỗ Tổ Hùng Vương (10/3)"),
    "15/7": N_("Rằm tháng Bảy (15/7)"),
    "15/8": N_("Tết Trung thu (15/8)"),
    "23/12": N_("Ông Công, ông Táo (23/12)"),
    "30/12": N_("Ngày cuối năm âm lịch"),
}
"""The lunar days that people name most; any other is written as day/month."""
ON_HOLIDAYS = {
    OnHolidays.AS_USUAL: N_("Phát như ngày thường"),
    OnHolidays.SKIP: N_("Nghỉ"),
    OnHolidays.ONLY: N_("Chỉ phát vào ngày lễ"),
}
ROWS = {
    "breaks": (("break_first", "first_day"), ("break_last", "last_day"), ("break_reason", "reason")),
    "lunar_breaks": (("lunar_first", "first"), ("lunar_last", "last"), ("lunar_reason", "reason")),
    "moves": (("move_day", "day"), ("move_time", "starts")),
    "extra_days": (("extra_day", ""),),
}
"""What stands in rows of a form: each key of a file with its fields, and what the file calls them."""
PLAIN = ("first_day", "last_day", "special")
PARTS = {
    "repeat": ("which_days", "month_days", "rule", "extra_day", "lunar_day", "lunar_other"),
    "holidays": ("on_holidays", "holiday"),
    "rests": (
        "break_first", "break_last", "break_reason", "lunar_first", "lunar_last", "lunar_reason", "break", "lunar",
    ),
    "span": ("first_day", "last_day", "move_day", "move_time", "move", "special", "seconds"),
}  # fmt: skip
"""The folded parts of the form, and the fields in each."""
_BY_WEEKDAYS = re.compile(r"FREQ=WEEKLY;BYDAY=((?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*)")
_MONTHLY = "FREQ=MONTHLY;BYMONTHDAY="
_BY_MONTH_DAYS = re.compile(rf"{_MONTHLY}(\d{{1,2}}(?:,\d{{1,2}})*)")


def fields_of_days(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the days of a programme, as `as_data` writes it, as its form holds them."""
    which, weekdays, month_days = _repeated(str(data.get("days", "")))
    lunar = [str(day) for day in data.get("lunar_days", ())]
    fields = {
        "which_days": [which],
        "weekday": list(weekdays),
        "month_days": [month_days],
        "rule": [str(data.get("days", "")) if which == "rule" else ""],
        "lunar_day": [day for day in lunar if day in LUNAR_DAYS],
        "lunar_other": [", ".join(day for day in lunar if day not in LUNAR_DAYS)],
        "on_holidays": [str(data.get("on_holidays", OnHolidays.AS_USUAL.value))],
        "holiday": [str(each) for each in data.get("holidays", ())],
    }
    for name in PLAIN:
        fields[name] = [str(data.get(name, ""))]
    for key, columns in ROWS.items():
        for name, inner in columns:
            fields[name] = [str(row.get(inner, "") if inner else row) for row in data.get(key, ())]
    return fields


def weekdays_of(data: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the days of the week on which it recurs, None where it recurs otherwise."""
    rule, named = str(data.get("days", "")), data.get("lunar_days") or data.get("extra_days")
    if rule == "FREQ=DAILY":
        return DAYS
    found = _BY_WEEKDAYS.fullmatch(rule)
    if found:
        return tuple(day for day in DAYS if day in found[1].split(","))
    return None if rule or named else ()


def put_days(data: dict[str, Any], entered: Entered) -> None:
    """Write the days that were entered over those of `data`; what cannot be read stays as typed, to be found fault
    with."""
    data["days"] = _rule(entered)
    common = {day for day in entered.every("lunar_day") if day in LUNAR_DAYS}
    others = [day for day in re.split(r"[\s,;]+", entered.one("lunar_other")) if day]
    _put(data, "lunar_days", in_order([*(day for day in LUNAR_DAYS if day in common), *others], data.get("lunar_days")))
    on_holidays = entered.one("on_holidays", OnHolidays.AS_USUAL.value)
    _put(data, "on_holidays", "" if on_holidays == OnHolidays.AS_USUAL.value else on_holidays)
    _put(data, "holidays", in_order(entered.every("holiday"), data.get("holidays")))
    for name in PLAIN:
        _put(data, name, entered.one(name).strip())
    for key, columns in ROWS.items():
        found = [_row(row, columns) for row in rows(entered, key)]
        _put(data, key, [row.get("", row) for row in found])


def rows(entered: Entered, key: str) -> list[tuple[str, ...]]:
    """Return the rows in which something was written."""
    columns = [entered.every(name) for name, _ in ROWS[key]]
    count = max(map(len, columns))
    filled = [(*column, *[""] * (count - len(column))) for column in columns]
    return [row for row in zip(*filled, strict=True) if any(value.strip() for value in row)]


def rows_with_one_more(entered: Entered) -> dict[str, list[tuple[str, ...]]]:
    """Return every row of a form, and an empty one after them to write in."""
    return {key: [*rows(entered, key), ("",) * len(columns)] for key, columns in ROWS.items()}


def open_parts(entered: Entered, errors: Collection[str]) -> frozenset[str]:
    """Return which folded parts of the form hold something, or something wrong: these are not folded away."""
    usual = {"which_days": ("", "weekdays"), "on_holidays": ("", OnHolidays.AS_USUAL.value)}

    def says(name: str) -> bool:
        quiet = usual.get(name, ("",))
        return name in errors or any(value.strip() not in quiet for value in entered.every(name))

    return frozenset(part for part, names in PARTS.items() if any(says(name) for name in names))


def in_order(chosen: Sequence[str], before: object) -> list[str]:
    """Return what was chosen, in the order in which it stood before; boxes that are ticked know no order."""
    known = [str(each) for each in before] if isinstance(before, list | tuple) else []
    return [each for each in known if each in chosen] + [each for each in chosen if each not in known]


def _repeated(rule: str) -> tuple[str, tuple[str, ...], str]:
    """Return which way of repeating a rule is, its weekdays and its days of the month.

    Only a rule that the form would write letter by letter the same is shown in boxes; any other stays a rule.
    """
    if not rule or rule == "FREQ=DAILY":
        return "weekdays", DAYS if rule else (), ""
    if (found := _BY_WEEKDAYS.fullmatch(rule)) and (chosen := tuple(found[1].split(","))) != DAYS:
        if chosen == tuple(day for day in DAYS if day in chosen):
            return "weekdays", chosen, ""
    elif found := _BY_MONTH_DAYS.fullmatch(rule):
        return "month_days", (), found[1].replace(",", ", ")
    return "rule", (), ""


def _rule(entered: Entered) -> str:
    match entered.one("which_days"):
        case "month_days":
            return _MONTHLY + ",".join(re.split(r"[\s,;]+", entered.one("month_days").strip()))
        case "rule":
            return entered.one("rule").strip()
    chosen = [day for day in DAYS if day in entered.every("weekday")]
    if len(chosen) == len(DAYS):
        return "FREQ=DAILY"
    return f"FREQ=WEEKLY;BYDAY={','.join(chosen)}" if chosen else ""


def _row(row: Sequence[str], columns: Sequence[tuple[str, str]]) -> dict[str, str]:
    written = zip(columns, (value.strip() for value in row), strict=True)
    return {inner: value for (_, inner), value in written if value}


def _put(data: dict[str, Any], key: str, value: object) -> None:
    data.pop(key, None)
    if value not in ("", []):
        data[key] = value
