"""A station's week written as TOML, in the order in which people read it; `read_template` reads the same back."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time, timedelta

import tomlkit
from tomlkit.items import AoT, InlineTable, Table

from broadcaster.domain.audience import Audience, of_hamlets
from broadcaster.domain.ids import HamletId
from broadcaster.domain.programme import (
    BoxSegment,
    FillerSegment,
    FixedSegment,
    Programme,
    RelaySegment,
    Section,
    Segment,
    SoundName,
    sounds_needed,
)
from broadcaster.domain.week.calendar import LunarDay
from broadcaster.domain.week.recurrence import OnHolidays, Recurrence
from broadcaster.domain.week_file.template import GROUP, Template, WantedSound

_MINUTE = timedelta(minutes=1)


def write_template(template: Template) -> str:
    """Return the template as a TOML text."""
    document = tomlkit.document()
    document["station"] = _table(name=template.name, description=template.description, profile=template.profile)
    groups = [_table(id=group.id, title=group.title) for group in template.groups]
    sounds = [
        _table(name=s.name, title=s.title, language=None if s.language == "vi" else s.language, text=s.text)
        for s in template.sounds
    ]
    for key, tables in (("groups", groups), ("sounds", sounds), ("programmes", map(_programme, template.programmes))):
        _append(document, key, tables)
    return tomlkit.dumps(document)


def as_template(
    programmes: Iterable[Programme],
    *,
    name: str,
    profile: str,
    hamlets: Mapping[HamletId, str],
    sounds: Mapping[SoundName, WantedSound],
    description: str = "",
) -> Template:
    """Return a station's programmes as a template: hamlets by their names, and the recordings that are needed."""
    ordered = tuple(programmes)

    def place(audience: Audience) -> Audience:
        return of_hamlets(hamlets.get(h, h) for h in audience.hamlets) if audience.hamlets else audience

    named = tuple(
        replace(
            each,
            in_force_from=None,
            audience=place(each.audience),
            segments=tuple(
                replace(s, audience=place(s.audience)) if s.audience is not None else s for s in each.segments
            ),
        )
        for each in ordered
    )
    needed = tuple(sounds.get(n) or WantedSound(name=n, title=n) for n in sounds_needed(ordered))
    return Template(name=name, description=description, profile=profile, programmes=named, sounds=needed)


def programme_as_data(programme: Programme) -> dict[str, object]:
    """Return one programme as plain data with the keys of a file; dates are dates."""
    return dict(_programme(programme).unwrap())


def _programme(programme: Programme) -> Table:
    slot = programme.slot
    table = _table(id=programme.id, title=programme.title, starts=_clock(slot.starts))
    _put(table, **_length(slot.length), **_days(slot.days))
    if slot.moves:
        table["moves"] = _inline_list({"day": m.day, "starts": _clock(m.starts)} for m in slot.moves)
    _put(table, special=programme.special, active=None if programme.active else False)
    if not programme.audience.everybody:
        table["audience"] = _audience(programme.audience)
    _append(table, "segments", [_segment(each) for each in programme.segments])
    return table


def _days(days: Recurrence) -> dict[str, object]:
    return {
        "days": days.rule,
        "lunar_days": [_lunar(day) for day in days.lunar_days],
        "extra_days": list(days.extra_days),
        "first_day": days.first_day,
        "last_day": days.last_day,
        "on_holidays": None if days.on_holidays is OnHolidays.AS_USUAL else days.on_holidays.value,
        "holidays": [holiday.value for holiday in days.holidays],
        "breaks": _inline_list(
            {"first_day": b.first_day, "last_day": b.last_day, "reason": b.reason} for b in days.breaks
        ),
        "lunar_breaks": _inline_list(
            {"first": _lunar(b.first), "last": _lunar(b.last), "reason": b.reason} for b in days.lunar_breaks
        ),
    }


def _segment(segment: Segment) -> Table:
    table = _table(kind=_kind(segment), id=segment.id, title=segment.title)
    match segment:
        case FixedSegment():
            _put(table, sound=segment.sound)
        case RelaySegment():
            seconds = segment.silence // timedelta(seconds=1)
            _put(table, urls=list(segment.urls), **_length(segment.length), filler=segment.filler)
            _put(table, silence_seconds=None if seconds == 10 else seconds)
        case BoxSegment():
            usual = segment.sections in ((Section.BULLETINS,), (Section.NOTICES,))
            _put(table, **_length(segment.length), sections=[] if usual else [s.value for s in segment.sections])
        case FillerSegment():
            _put(table, sounds=list(segment.sounds), **_length(segment.length))
    if segment.audience is not None:
        table["audience"] = _audience(segment.audience)
    return table


def _kind(segment: Segment) -> str:
    match segment:
        case FixedSegment():
            return segment.role.value
        case RelaySegment():
            return "relay"
        case FillerSegment():
            return "filler"
        case BoxSegment():
            return "notices" if segment.sections == (Section.NOTICES,) else "bulletins"


def _audience(audience: Audience) -> InlineTable:
    if audience.everybody:
        return _inline({"all": True})
    groups = [h.removeprefix(GROUP) for h in audience.hamlets if h.startswith(GROUP)]
    if groups:
        return _inline({"groups": groups})
    return _inline({"hamlets": list(audience.hamlets)} if audience.hamlets else {"clusters": list(audience.clusters)})


def _length(length: timedelta) -> dict[str, object]:
    minutes, rest = divmod(length, _MINUTE)
    return {"minutes": minutes or None, "seconds": rest // timedelta(seconds=1) or None}


def _lunar(day: LunarDay) -> str:
    return f"{day.day}/{day.month or '*'}"


def _clock(clock: time) -> str:
    return f"{clock:%H:%M}"


def _table(**values: object) -> Table:
    table = tomlkit.table()
    _put(table, **values)
    return table


def _put(table: Table, **values: object) -> None:
    """Put in what is there: what is None or empty is left unsaid."""
    for key, value in values.items():
        if value is not None and value not in ("", []):
            table[key] = value


def _inline(values: Mapping[str, object]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update({key: value for key, value in values.items() if value != ""})
    return table


def _inline_list(rows: Iterable[Mapping[str, object]]) -> object:
    array = tomlkit.array()
    for row in rows:
        array.append(_inline(row))
    return array.multiline(len(array) > 1) if len(array) else []


def _append(parent: Table | tomlkit.TOMLDocument, key: str, tables: Iterable[Table]) -> None:
    listed = list(tables)
    if listed:
        array: AoT = tomlkit.aot()
        for table in listed:
            array.append(table)
        parent[key] = array
