"""Reading a station's week from TOML: every fault is found in one go, and each names its line."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.errors import N_, Refusal
from broadcaster.domain.library import language_code
from broadcaster.domain.programme import Programme, ProgrammeId, Slot, SoundName
from broadcaster.domain.week.calendar import BadLunarDay, BeyondCalendar, Holiday, LunarDay
from broadcaster.domain.week.recurrence import Break, DaysReversed, LunarBreak, Move, OnHolidays, Recurrence
from broadcaster.domain.week_file.segments import Known, audience_of, name_at, segments_of
from broadcaster.domain.week_file.template import (
    Group,
    NoProgrammes,
    ProgrammeTwice,
    Template,
    WantedSound,
    WrittenBefore,
)
from broadcaster.domain.week_file.toml_tables import (
    WORDS_MAX,
    FaultyFile,
    KeyMissing,
    NotAmong,
    Table,
    WrongKind,
    parse,
)

D = TypeVar("D", Group, WantedSound, Move)
REASON_MAX = 200
_LUNAR = re.compile(r"(\d{1,2})/(\d{1,2}|\*)", re.ASCII)
_BESIDE: Mapping[type[Refusal], str] = MappingProxyType({DaysReversed: "last_day", BeyondCalendar: "first_day"})
"""The key that a refusal of the days is about."""


def read_template(
    text: str, *, hamlets: Container[str] | None = None, profiles: Iterable[str] | None = None
) -> Template:
    """Return the template written in a TOML text. Raises FaultyFile with every fault and its line.

    Where the hamlets of a station are given, or the profiles that there are, the file may name no others.
    """
    whole = parse(text)
    head = whole.table("station")
    name, description, profile = "", "", ""
    if head is not None:
        name, description = head.text("name"), head.text("description", "", most=WORDS_MAX)
        profile = _profile(head, profiles)
        head.finish()
    elif "station" not in whole.data:
        whole.note(KeyMissing(key="station"))
    groups = tuple(_each_once((_group(each), each, "id") for each in whole.tables("groups")))
    sounds = tuple(_each_once((_sound(each), each, "name") for each in whole.tables("sounds")))
    known = Known(
        groups=frozenset(g.id for g in groups), sounds=frozenset(s.name for s in sounds), hamlets=hamlets
    )  # fmt: skip
    programmes = _programmes(whole, known)
    whole.finish()
    if whole.faults:
        raise FaultyFile(whole.faults)
    return Template(
        name=name, description=description, profile=profile, programmes=programmes, sounds=sounds, groups=groups
    )


def programme_of(table: Table, *, sounds: Container[SoundName]) -> Programme | None:
    """Return the programme written in one table; what is wrong is noted there. Groups are nothing to a station."""
    return _programme(table, Known(groups=frozenset(), sounds=sounds))


def _profile(head: Table, profiles: Iterable[str] | None) -> str:
    profile = head.text("profile", "")
    known = sorted(profiles or ())
    if profile and profiles is not None and profile not in known:
        head.note(NotAmong(key="profile", value=profile[:40], known=", ".join(known)), "profile")
    return profile


def _group(table: Table) -> Group:
    group = Group(id=name_at(table, "id"), title=table.text("title"))
    table.finish()
    return group


def _sound(table: Table) -> WantedSound:
    name, title = SoundName(name_at(table, "name")), table.text("title")
    language, text = table.text("language", "vi"), table.text("text", "", most=WORDS_MAX)
    table.built(lambda: language_code(language), "language")
    table.finish()
    return WantedSound(name=name, title=title, language=language, text=text)


def _each_once(found: Iterable[tuple[D, Table, str]]) -> Iterator[D]:
    """Yield what was declared; what has the name of an earlier one is noted at its key."""
    seen: set[str] = set()
    for each, table, key in found:
        name = str(table.data.get(key))
        if name in seen:
            table.note(WrittenBefore(name=name[:40]), key)
        seen.add(name)
        yield each


def _programmes(whole: Table, known: Known) -> tuple[Programme, ...]:
    found: dict[str, Programme] = {}
    for table in whole.tables("programmes"):
        programme = _programme(table, known)
        if programme is None:
            continue
        if programme.id in found:
            table.note(ProgrammeTwice(name=programme.id), "id")
        found[programme.id] = programme
    if not found and not whole.faults:
        whole.note(NoProgrammes())
    return tuple(found.values())


def _programme(table: Table, known: Known) -> Programme | None:
    before = len(table.faults)
    name, title = name_at(table, "id"), table.text("title")
    starts, length = table.clock("starts"), table.length()
    days, moves = _days(table), tuple(_each_once((_move(each), each, "day") for each in table.tables("moves")))
    audience = audience_of(table, known) or EVERYBODY
    special, active = table.text("special", "", most=REASON_MAX), table.flag("active", default=True)
    segments = segments_of(table, known)
    table.finish()
    if len(table.faults) > before or days is None:
        return None
    slot = table.built(lambda: Slot(starts=starts, length=length, days=days, moves=moves), "minutes")
    if slot is None:
        return None
    return table.built(
        lambda: Programme(
            id=ProgrammeId(name),
            title=title,
            slot=slot,
            segments=segments,
            audience=audience,
            special=special,
            active=active,
        )
    )


def _days(table: Table) -> Recurrence | None:
    lunar_days = tuple(day for written in table.texts("lunar_days") if (day := _lunar(table, "lunar_days", written)))
    extra_days = table.days("extra_days")
    rule = table.text("days", "" if lunar_days or extra_days else "FREQ=DAILY", most=REASON_MAX)
    first_day, last_day = table.day("first_day"), table.day("last_day")
    on_holidays = table.choice("on_holidays", OnHolidays, OnHolidays.AS_USUAL)
    holidays = table.choices("holidays", Holiday)
    breaks = tuple(found for each in table.tables("breaks") if (found := _break(each)))
    lunar_breaks = tuple(span for each in table.tables("lunar_breaks") if (span := _lunar_break(each)))
    return table.built(
        lambda: Recurrence(
            rule=rule,
            first_day=first_day,
            last_day=last_day,
            lunar_days=lunar_days,
            extra_days=extra_days,
            on_holidays=on_holidays,
            holidays=holidays,
            breaks=breaks,
            lunar_breaks=lunar_breaks,
        ),
        "days",
        at=_BESIDE,
    )


def _lunar(table: Table, key: str, written: str) -> LunarDay | None:
    """Return a lunar day written 10/3, or 15/* for every month."""
    found = _LUNAR.fullmatch(written)
    if found is None:
        table.note(BadLunarDay(value=written[:20]), key)
        return None
    day, month = found.groups()
    return table.built(lambda: LunarDay(day=int(day), month=0 if month == "*" else int(month)), key)


def _break(table: Table) -> Break | None:
    first, reason = _needed_day(table, "first_day"), table.text("reason", "", most=REASON_MAX)
    last = table.day("last_day") or first
    table.finish()
    return table.built(lambda: Break(first_day=first, last_day=last, reason=reason))


def _lunar_break(table: Table) -> LunarBreak | None:
    first, last = (_lunar(table, key, written) if (written := table.text(key)) else None for key in ("first", "last"))
    reason = table.text("reason", "", most=REASON_MAX)
    table.finish()
    return LunarBreak(first=first, last=last, reason=reason) if first and last else None


def _move(table: Table) -> Move:
    move = Move(day=_needed_day(table, "day"), starts=table.clock("starts"))
    table.finish()
    return move


def _needed_day(table: Table, key: str) -> date:
    found = table.day(key)
    if found is None and key not in table.data:
        table.note(WrongKind(key=key, wanted=N_("một ngày, như 2026-02-17")))
    return found or date(2000, 1, 1)
