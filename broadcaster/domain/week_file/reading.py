"""Reading a station's week from TOML: every fault is found in one go, and each names its line."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date, timedelta

from broadcaster.domain.audience import EVERYBODY, Audience, EmptyAudience, MixedAudience, of_clusters, of_hamlets
from broadcaster.domain.errors import N_
from broadcaster.domain.programme import (
    BoxSegment,
    FillerSegment,
    FixedSegment,
    Programme,
    ProgrammeId,
    RelaySegment,
    Role,
    Section,
    Segment,
    SegmentId,
    Slot,
    SoundName,
    sounds_of,
)
from broadcaster.domain.week.calendar import BadLunarDay, Holiday, LunarDay
from broadcaster.domain.week.recurrence import Break, LunarBreak, Move, OnHolidays, Recurrence
from broadcaster.domain.week_file.template import (
    GROUP,
    Group,
    NoProgrammes,
    ProgrammeTwice,
    Template,
    UnknownGroup,
    UnknownSound,
    WantedSound,
)
from broadcaster.domain.week_file.toml_tables import FaultyFile, NotAmong, Table, WrongKind, parse

KINDS = ("jingle", "recording", "sign_off", "relay", "bulletins", "notices", "filler")


def read_template(text: str) -> Template:
    """Return the template written in a TOML text. Raises FaultyFile with every fault and its line."""
    whole = parse(text)
    head = whole.table("station")
    name, description, profile = "", "", ""
    if head is None:
        whole.text("station")
    else:
        name, description, profile = head.text("name"), head.text("description", ""), head.text("profile", "")
        head.finish()
    groups = tuple(_group(each) for each in whole.tables("groups"))
    sounds = tuple(_sound(each) for each in whole.tables("sounds"))
    known = _Known(groups=frozenset(g.id for g in groups), sounds=frozenset(s.name for s in sounds))
    programmes = _programmes(whole, known)
    whole.finish()
    if whole.faults:
        raise FaultyFile(whole.faults)
    return Template(
        name=name, description=description, profile=profile, programmes=programmes, sounds=sounds, groups=groups
    )


def programme_of(table: Table, *, sounds: Container[SoundName]) -> Programme | None:
    """Return the programme written in one table; what is wrong is noted there. Groups are nothing to a station."""
    return _programme(table, _Known(groups=frozenset(), sounds=sounds))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    groups: frozenset[str]
    sounds: Container[SoundName]


def _group(table: Table) -> Group:
    group = Group(id=table.text("id"), title=table.text("title"))
    table.finish()
    return group


def _sound(table: Table) -> WantedSound:
    sound = WantedSound(
        name=SoundName(table.text("name")),
        title=table.text("title"),
        language=table.text("language", "vi"),
        text=table.text("text", ""),
    )
    table.finish()
    return sound


def _programmes(whole: Table, known: _Known) -> tuple[Programme, ...]:
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


def _programme(table: Table, known: _Known) -> Programme | None:
    before = len(table.faults)
    name, title = table.text("id"), table.text("title")
    starts, length = table.clock("starts"), table.length()
    days, moves = _days(table), tuple(_move(each) for each in table.tables("moves"))
    audience = _audience(table, known) or EVERYBODY
    special, active = table.text("special", ""), table.flag("active", default=True)
    segments = tuple(s for each in table.tables("segments") if (s := _segment(each, known)) is not None)
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
    rule = table.text("days", "" if lunar_days or extra_days else "FREQ=DAILY")
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
    )


def _lunar(table: Table, key: str, written: str) -> LunarDay | None:
    """Return a lunar day written 10/3, or 15/* for every month."""
    day, _, month = written.partition("/")
    if not (day.isdecimal() and (month.isdecimal() or month == "*")):
        table.note(BadLunarDay(value=written[:20]), key)
        return None
    return table.built(lambda: LunarDay(day=int(day), month=0 if month == "*" else int(month)), key)


def _break(table: Table) -> Break | None:
    first, reason = _needed_day(table, "first_day"), table.text("reason", "")
    last = table.day("last_day") or first
    table.finish()
    return table.built(lambda: Break(first_day=first, last_day=last, reason=reason))


def _lunar_break(table: Table) -> LunarBreak | None:
    first, last = (_lunar(table, key, table.text(key)) for key in ("first", "last"))
    reason = table.text("reason", "")
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


def _audience(table: Table, known: _Known) -> Audience | None:
    """Return the audience of a table, or None when it names none."""
    inner = table.table("audience")
    if inner is None:
        return None
    everybody = inner.flag("all", default=False)
    hamlets, groups, clusters = inner.texts("hamlets"), inner.texts("groups"), inner.texts("clusters")
    inner.finish()
    for group in groups:
        if group not in known.groups:
            inner.note(UnknownGroup(name=group[:40]), "groups")
    ways = everybody + bool(hamlets) + bool(groups) + bool(clusters)
    if ways != 1 or len(groups) > 1:
        inner.note(MixedAudience() if ways else EmptyAudience())
        return None
    if everybody:
        return EVERYBODY
    named = hamlets or tuple(GROUP + group for group in groups)
    return of_hamlets(named) if named else of_clusters(clusters)


def _segment(table: Table, known: _Known) -> Segment | None:
    kind = table.text("kind")
    if kind not in KINDS:
        if kind:
            table.note(NotAmong(key="kind", value=kind[:40], known=", ".join(KINDS)), "kind")
        return None
    segment = _SEGMENTS[kind](table, known)
    table.finish()
    for name in sounds_of(segment) if segment else ():
        if name not in known.sounds:
            table.note(UnknownSound(name=name[:40]))
    return segment


def _fixed(table: Table, known: _Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    sound, role = SoundName(table.text("sound")), Role(table.text("kind"))
    return table.built(lambda: FixedSegment(id=id_, title=title, audience=audience, sound=sound, role=role))


def _relay(table: Table, known: _Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    urls, length, filler = table.texts("urls"), table.length(), table.text("filler", "")
    silence_seconds = table.number("silence_seconds", 10)
    return table.built(
        lambda: RelaySegment(
            id=id_,
            title=title,
            audience=audience,
            urls=urls,
            length=length,
            silence=timedelta(seconds=silence_seconds),
            filler=SoundName(filler) if filler else None,
        )
    )


def _box(table: Table, known: _Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    own = Section.NOTICES if table.text("kind") == "notices" else Section.BULLETINS
    length, sections = table.length(), table.choices("sections", Section, (own,))
    return table.built(lambda: BoxSegment(id=id_, title=title, audience=audience, length=length, sections=sections))


def _filler(table: Table, known: _Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    sounds, length = tuple(SoundName(name) for name in table.texts("sounds")), table.length()
    return table.built(lambda: FillerSegment(id=id_, title=title, audience=audience, sounds=sounds, length=length))


def _named(table: Table, known: _Known) -> tuple[SegmentId, str, Audience | None]:
    return SegmentId(table.text("id")), table.text("title"), _audience(table, known)


_SEGMENTS: dict[str, Callable[[Table, _Known], Segment | None]] = {
    "jingle": _fixed,
    "recording": _fixed,
    "sign_off": _fixed,
    "relay": _relay,
    "bulletins": _box,
    "notices": _box,
    "filler": _filler,
}
