"""A programme as its form holds it, and back: what the form does not show is kept as it was."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from broadcaster.domain.errors import N_, Refusal
from broadcaster.domain.programme import BadLength, BadSource, RelayWithoutSource, TooManySources
from broadcaster.domain.week.recurrence import DaysReversed
from broadcaster.domain.week_file.toml_tables import KeyMissing, WrongKind
from broadcaster.web.forms import Entered
from broadcaster.web.i18n import Translate

KINDS = {
    "jingle": N_("Nhạc hiệu, lời chào"),
    "recording": N_("Bản thu sẵn"),
    "relay": N_("Tiếp sóng"),
    "bulletins": N_("Bản tin trong ngày"),
    "notices": N_("Thông báo"),
    "filler": N_("Nhạc lấp chỗ trống"),
    "sign_off": N_("Lời kết"),
}
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SEGMENTS_MOST = 40
_ONE_SOUND = frozenset({"jingle", "recording", "sign_off"})
_WITH_MINUTES = frozenset({"relay", "bulletins", "notices", "filler"})
_BY_WEEKDAYS = re.compile(r"FREQ=WEEKLY;BYDAY=((?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*)")
_FIELDS = ("kind", "id", "title", "sound", "sounds", "minutes", "urls", "filler", "hamlet")
NEW = Entered(
    fields={
        "starts": ["17:00"], "minutes": ["30"], "which_days": ["weekdays"], "weekday": list(DAYS), "active": ["1"],
        "kind-0": ["bulletins"], "id-0": ["ban-tin"], "title-0": ["Bản tin của xã"], "minutes-0": ["15"],
    }
)  # fmt: skip
"""A session with nothing but a box for bulletins: the least that airs something."""


def entered_of(data: Mapping[str, Any]) -> Entered:
    """Return a programme, as `as_data` writes it, as its form holds it."""
    days = weekdays_of(data)
    fields: dict[str, list[str]] = {
        "title": [str(data["title"])],
        "starts": [str(data["starts"])],
        "minutes": [str(data.get("minutes", ""))],
        "which_days": ["weekdays" if days is not None else "as_is"],
        "weekday": list(days or ()),
        "first_day": [str(data.get("first_day", ""))],
        "last_day": [str(data.get("last_day", ""))],
        "hamlet": list(data.get("audience", {}).get("hamlets", ())),
        "active": [] if data.get("active") is False else ["1"],
    }
    for number, segment in enumerate(data["segments"]):
        for name in ("kind", "id", "title", "sound", "minutes", "filler"):
            fields[f"{name}-{number}"] = [str(segment.get(name, ""))]
        fields[f"sounds-{number}"] = list(segment.get("sounds", ()))
        fields[f"urls-{number}"] = ["\n".join(segment.get("urls", ()))]
        fields[f"hamlet-{number}"] = list(segment.get("audience", {}).get("hamlets", ()))
    return Entered(fields=fields)


def weekdays_of(data: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the days of the week on which it recurs, None where it recurs otherwise."""
    rule, named = str(data.get("days", "")), data.get("lunar_days") or data.get("extra_days")
    if rule == "FREQ=DAILY":
        return DAYS
    found = _BY_WEEKDAYS.fullmatch(rule)
    if found:
        return tuple(day for day in DAYS if day in found[1].split(","))
    return None if rule or named else ()


def data_of(entered: Entered, *, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what was entered with the keys of a file; what cannot be read stays as typed, to be found fault with."""
    data = dict(before or {})
    data |= {"title": entered.one("title").strip(), "starts": entered.one("starts").strip()}
    _put(data, "minutes", _number(entered.one("minutes")))
    _put(data, "first_day", entered.one("first_day").strip())
    _put(data, "last_day", entered.one("last_day").strip())
    if entered.one("which_days") != "as_is":
        chosen = [day for day in DAYS if day in entered.every("weekday")]
        data["days"] = "FREQ=DAILY" if len(chosen) == len(DAYS) else _weekly(chosen)
        for key in ("lunar_days", "extra_days") if before and weekdays_of(before) is None else ():
            data.pop(key, None)
    _place(data, entered.every("hamlet"))
    data.pop("active", None)
    if not entered.ticked("active"):
        data["active"] = False
    old = {str(s["id"]): s for s in (before or {}).get("segments", ())}
    data["segments"] = [_segment(entered, number, old) for number in numbers(entered)]
    return data


def numbers(entered: Entered) -> range:
    """Return the numbers of the segments in a form."""
    count = 0
    while count < SEGMENTS_MOST and entered.every(f"kind-{count}"):
        count += 1
    return range(count)


def rearranged(entered: Entered, wish: str) -> Entered:
    """Return the form with a segment more (`add`), one less (`drop-2`), or one moved (`up-2`, `down-2`)."""
    rows = [{name: entered.every(f"{name}-{n}") for name in _FIELDS} for n in numbers(entered)]
    what, _, written = wish.partition("-")
    at = int(written) if written.isascii() and written.isdigit() and len(written) < 4 else -1
    if what == "add" and len(rows) < SEGMENTS_MOST and entered.one("new_kind") in KINDS:
        rows.insert(*_fresh(rows, entered.one("new_kind")))
    elif what == "drop" and 0 <= at < len(rows):
        del rows[at]
    elif what in ("up", "down") and 0 <= at < len(rows):
        to = min(max(at + (1 if what == "down" else -1), 0), len(rows) - 1)
        rows.insert(to, rows.pop(at))
    kept = {name: values for name, values in entered.fields.items() if not re.fullmatch(r"[a-z]+-\d+", name)}
    listed = {f"{name}-{n}": list(values) for n, row in enumerate(rows) for name, values in row.items() if values}
    return Entered(fields={**kept, **listed})


def beside(place: str, fault: Refusal, translate: Translate) -> tuple[str, str]:
    """Return the field that a fault stands beside, and its sentence: a form has no keys, unlike a file."""
    field = field_of(place)
    number = field.partition("-")[2]
    match fault:
        case KeyMissing():
            return field, translate(N_("Xin điền ô này."))
        case WrongKind(wanted=wanted):
            return field, translate(N_("Ô này ghi chưa đúng: cần {wanted}.")).format(wanted=wanted)
        case BadLength(minutes=minutes):
            said = translate(N_("Thời lượng phải dài hơn 0 và không quá {minutes} phút.")).format(minutes=minutes)
            return (f"minutes-{number}" if number else "minutes"), said
        case BadSource() | RelayWithoutSource() | TooManySources():
            return f"urls-{number}", fault.sentence(translate)
        case DaysReversed():
            return "last_day", fault.sentence(translate)
    return field, fault.sentence(translate)


def field_of(place: str) -> str:
    """Return the form's field that a fault's place means, e.g. `urls-1` for `segments.1.urls.0`."""
    parts = place.split(".")
    if parts[0] == "segments" and len(parts) > 1:
        name = parts[2] if len(parts) > 2 else "title"
        return f"{name if name in _FIELDS else 'title'}-{parts[1]}"
    known = {"title", "starts", "minutes", "first_day", "last_day"}
    return parts[0] if parts[0] in known else "weekday" if parts[0] == "days" else "form"


def _fresh(rows: Sequence[Mapping[str, Sequence[str]]], kind: str) -> tuple[int, dict[str, tuple[str, ...]]]:
    """Return where a new segment goes, before the sign-off, and what it holds at first."""
    taken = {row["id"][-1] for row in rows if row["id"]}
    name = next(free for n in range(1, SEGMENTS_MOST + 2) if (free := f"muc-{n}") not in taken)
    row: dict[str, tuple[str, ...]] = dict.fromkeys(_FIELDS, ())
    row |= {"kind": (kind,), "id": (name,), "title": (KINDS[kind],)}
    if kind in _WITH_MINUTES:
        row["minutes"] = ("10",)
    last = bool(rows) and rows[-1]["kind"][-1:] == ("sign_off",) and kind != "sign_off"
    return len(rows) - last, row


def _segment(entered: Entered, number: int, old: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    kind, name = entered.one(f"kind-{number}"), entered.one(f"id-{number}")
    before = old.get(name, {})
    segment: dict[str, Any] = dict(before) if before.get("kind") == kind else {}
    segment |= {"kind": kind, "id": name, "title": entered.one(f"title-{number}").strip()}
    if kind in _ONE_SOUND:
        segment["sound"] = entered.one(f"sound-{number}")
    if kind in _WITH_MINUTES:
        _put(segment, "minutes", _number(entered.one(f"minutes-{number}")))
    if kind == "relay":
        segment["urls"] = entered.one(f"urls-{number}").split()
        _put(segment, "filler", entered.one(f"filler-{number}"))
    if kind == "filler":
        segment["sounds"] = list(entered.every(f"sounds-{number}"))
    _place(segment, entered.every(f"hamlet-{number}"))
    return segment


def _place(data: dict[str, Any], hamlets: Sequence[str]) -> None:
    """Say who hears it: the hamlets ticked; with none ticked everybody, or the clusters that were meant before."""
    if hamlets:
        data["audience"] = {"hamlets": list(hamlets)}
    elif "clusters" not in data.get("audience", {}):
        data.pop("audience", None)


def _put(data: dict[str, Any], key: str, value: object) -> None:
    data.pop(key, None)
    if value != "":
        data[key] = value


def _number(written: str) -> int | str:
    digits = written.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else digits


def _weekly(chosen: Sequence[str]) -> str:
    return f"FREQ=WEEKLY;BYDAY={','.join(chosen)}" if chosen else ""
