"""A programme as its form holds it, and back: everything that a programme can say has its place in the form."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from broadcaster.domain.errors import N_, Refusal
from broadcaster.domain.programme import BadLength, BadSilence, BadSource, RelayWithoutSource, Section, TooManySources
from broadcaster.domain.week.recurrence import BadRule, DaysReversed
from broadcaster.domain.week_file.toml_tables import AT_LINE, KeyMissing, WordsTooLong, WordsUnreadable, WrongKind
from broadcaster.web.forms import Entered
from broadcaster.web.i18n import Translate
from broadcaster.web.programme_days import DAYS, fields_of_days, in_order, put_days

KINDS = {
    "jingle": N_("Nhạc hiệu, lời chào"),
    "recording": N_("Bản thu sẵn"),
    "relay": N_("Tiếp sóng"),
    "bulletins": N_("Bản tin trong ngày"),
    "notices": N_("Thông báo"),
    "filler": N_("Nhạc lấp chỗ trống"),
    "sign_off": N_("Lời kết"),
}
SEGMENTS_MOST = 40
_ONE_SOUND = frozenset({"jingle", "recording", "sign_off"})
_WITH_MINUTES = frozenset({"relay", "bulletins", "notices", "filler"})
_BOXES = frozenset({"bulletins", "notices"})
_FIELDS = (
    "kind", "id", "title", "sound", "sounds", "minutes", "seconds", "urls", "silence", "filler", "both", "all",
    "hamlet", "cluster",
)  # fmt: skip
_BESIDE = {
    "days": "weekday", "lunar_days": "lunar_other", "extra_days": "extra_day", "breaks": "break",
    "lunar_breaks": "lunar", "moves": "move", "holidays": "holiday", "audience": "hamlet",
}  # fmt: skip
_ITSELF = frozenset({"title", "starts", "minutes", "seconds", "first_day", "last_day", "on_holidays", "special"})
_DATES = frozenset({"first_day", "last_day", "extra_day", "break"})
NEW = Entered(
    fields={
        "starts": ["17:00"], "minutes": ["30"], "which_days": ["weekdays"], "weekday": list(DAYS), "active": ["1"],
        "kind-0": ["bulletins"], "id-0": ["ban-tin"], "title-0": ["Bản tin của xã"], "minutes-0": ["15"],
    }
)  # fmt: skip
"""A session with nothing but a box for bulletins: the least that airs something."""


def entered_of(data: Mapping[str, Any]) -> Entered:
    """Return a programme, as `as_data` writes it, as its form holds it."""
    fields: dict[str, list[str]] = {
        "title": [str(data["title"])],
        "starts": [str(data["starts"])],
        "active": [] if data.get("active") is False else ["1"],
        **fields_of_days(data),
        **_length_and_place(data, ""),
    }
    for number, segment in enumerate(data["segments"]):
        for name in ("kind", "id", "title", "sound", "filler"):
            fields[f"{name}-{number}"] = [str(segment.get(name, ""))]
        fields[f"sounds-{number}"] = list(segment.get("sounds", ()))
        fields[f"urls-{number}"] = ["\n".join(segment.get("urls", ()))]
        fields[f"silence-{number}"] = [str(segment.get("silence_seconds", ""))]
        fields[f"both-{number}"] = ["1"] if len(segment.get("sections", ())) > 1 else []
        fields[f"all-{number}"] = ["1"] if segment.get("audience", {}).get("all") else []
        fields |= _length_and_place(segment, f"-{number}")
    return Entered(fields=fields)


def data_of(entered: Entered, *, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what was entered with the keys of a file; what cannot be read stays as typed, to be found fault with.

    `before` is the programme as it was: what is ticked keeps the order in which it stood there.
    """
    data = dict(before or {})
    data |= {"title": entered.one("title").strip(), "starts": entered.one("starts").strip()}
    _put_length(data, entered, "")
    put_days(data, entered)
    _place(data, entered, "")
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


def open_segments(entered: Entered, errors: Collection[str]) -> frozenset[int]:
    """Return the numbers of the segments whose details say something, or something wrong."""
    folded = ("hamlet", "cluster", "all", "seconds", "silence")
    return frozenset(
        n
        for n in numbers(entered)
        if any(f"{name}-{n}" in errors or any(entered.every(f"{name}-{n}")) for name in folded)
    )


def beside(place: str, fault: Refusal, translate: Translate) -> tuple[str, str]:
    """Return the field that a fault stands beside, and its sentence: a form has no keys, unlike a file."""
    field = field_of(place)
    number = field.partition("-")[2]
    said = fault.sentence(translate)
    match fault:
        case KeyMissing(key=key):
            said = translate(N_("Xin điền ô này."))
            if key == "minutes":
                field = f"minutes-{number}" if number else "minutes"
        case WrongKind() if field in _DATES:
            said = translate(N_("Ô này không phải là một ngày. Xin chọn ngày trên lịch."))
        case WrongKind(wanted=wanted):
            said = translate(N_("Ô này ghi chưa đúng: cần {wanted}.")).format(wanted=translate(wanted))
        case WordsTooLong(limit=limit):
            said = translate(N_("Ô này dài quá {limit} ký tự. Xin rút ngắn.")).format(limit=limit)
        case WordsUnreadable():
            said = translate(N_("Ô này có ký tự không đọc được. Xin gõ lại."))
        case BadLength(minutes=minutes):
            said = translate(N_("Thời lượng phải dài hơn 0 và không quá {minutes} phút.")).format(minutes=minutes)
            field = f"minutes-{number}" if number else "minutes"
        case BadSource() | RelayWithoutSource() | TooManySources():
            field = f"urls-{number}"
        case BadSilence():
            field = f"silence-{number}"
        case BadRule(rule=rule) if rule.startswith("FREQ=MONTHLY;BYMONTHDAY="):
            field, said = "month_days", translate(N_("Xin ghi các ngày trong tháng, từ 1 đến 31, như: 1, 15."))
        case BadRule():
            field = "rule"
        case DaysReversed() if place == "days":
            field = "last_day"
    line = place.split(".")[1] if place.startswith(("breaks.", "lunar_breaks.", "moves.")) else ""
    if line.isdigit():
        said = translate(AT_LINE).format(line=int(line) + 1, problem=said)
    return field, said


def field_of(place: str) -> str:
    """Return the form's field that a fault's place means, e.g. `urls-1` for `segments.1.urls.0`."""
    parts = place.split(".")
    if parts[0] == "segments" and len(parts) > 1:
        named = {"silence_seconds": "silence", "audience": "hamlet", "sections": "both"}
        name = named.get(parts[2], parts[2]) if len(parts) > 2 else "title"
        return f"{name if name in _FIELDS else 'title'}-{parts[1]}"
    return parts[0] if parts[0] in _ITSELF else _BESIDE.get(parts[0], "form")


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
        _put_length(segment, entered, f"-{number}")
    if kind == "relay":
        segment["urls"] = entered.one(f"urls-{number}").split()
        _put(segment, "filler", entered.one(f"filler-{number}"))
        _put(segment, "silence_seconds", _number(entered.one(f"silence-{number}")))
    if kind == "filler":
        segment["sounds"] = in_order(entered.every(f"sounds-{number}"), before.get("sounds"))
    if kind in _BOXES:
        both = [each.value for each in Section] if entered.ticked(f"both-{number}") else []
        _put(segment, "sections", in_order(both, before.get("sections")))
    _place(segment, entered, f"-{number}")
    return segment


def _length_and_place(data: Mapping[str, Any], suffix: str) -> dict[str, list[str]]:
    audience = data.get("audience", {})
    return {
        f"minutes{suffix}": [str(data.get("minutes", ""))],
        f"seconds{suffix}": [str(data.get("seconds", ""))],
        f"hamlet{suffix}": list(audience.get("hamlets", ())),
        f"cluster{suffix}": list(audience.get("clusters", ())),
    }


def _put_length(data: dict[str, Any], entered: Entered, suffix: str) -> None:
    for key in ("minutes", "seconds"):
        _put(data, key, _number(entered.one(f"{key}{suffix}")))


def _place(data: dict[str, Any], entered: Entered, suffix: str) -> None:
    """Say who hears it: the hamlets or the clusters ticked, and with none of them everybody that the rest means."""
    was = data.pop("audience", {})
    ticked = {
        key: in_order(entered.every(f"{name}{suffix}"), was.get(key))
        for key, name in (("hamlets", "hamlet"), ("clusters", "cluster"))
    }
    audience: dict[str, Any] = {key: chosen for key, chosen in ticked.items() if chosen}
    if entered.ticked(f"all{suffix}"):
        audience["all"] = True
    if audience:
        data["audience"] = audience


def _put(data: dict[str, Any], key: str, value: object) -> None:
    data.pop(key, None)
    if value not in ("", []):
        data[key] = value


def _number(written: str) -> int | str:
    digits = written.strip()
    return int(digits) if re.fullmatch(r"-?[0-9]{1,5}", digits) else digits
