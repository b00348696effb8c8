"""Reading a profile of an area's rules from TOML, with its legal source; every fault names its line."""

from datetime import date, time, timedelta

from broadcaster.domain.errors import N_
from broadcaster.domain.week.regime import EVERY_DAY, Hours, LegalSource, Profile
from broadcaster.domain.week_file.toml_tables import (
    WORDS_MAX,
    FaultyFile,
    NotAmong,
    Table,
    WrongKind,
    parse,
)

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""As in RFC 5545."""
USUAL = (Hours(start=time(5), end=time(20)),)


def read_profile(text: str) -> Profile:
    """Return the profile written in a TOML text. Raises FaultyFile with every fault and its line."""
    whole = parse(text)
    name, title = whole.text("id"), whole.text("name")
    sessions, minutes = whole.number("sessions_a_day"), whole.number("minutes_a_session")
    days, weekdays = whole.number("days_a_week", 7), _weekdays(whole)
    usual = tuple(hours for each in whole.tables("usual_hours") if (hours := _hours(each)) is not None)
    source = _source(whole)
    whole.finish()
    profile = None
    if not whole.faults:
        profile = whole.built(
            lambda: Profile(
                id=name,
                name=title,
                source=source,
                sessions_a_day=sessions,
                session_length=timedelta(minutes=minutes),
                days_a_week=days,
                weekdays=weekdays,
                usual_hours=usual or USUAL,
            ),
            "sessions_a_day",
        )
    if profile is None:
        raise FaultyFile(whole.faults)
    return profile


def _weekdays(table: Table) -> tuple[int, ...]:
    written = table.texts("weekdays")
    for day in written:
        if day not in WEEKDAYS:
            table.note(NotAmong(key="weekdays", value=day[:20], known=", ".join(WEEKDAYS)), "weekdays")
    return tuple(WEEKDAYS.index(day) + 1 for day in written if day in WEEKDAYS) or EVERY_DAY


def _hours(table: Table) -> Hours | None:
    start, end = table.clock("start"), table.clock("end")
    table.finish()
    return table.built(lambda: Hours(start=start, end=end))


def _source(whole: Table) -> LegalSource:
    table = whole.table("source")
    if table is None:
        whole.note(WrongKind(key="source", wanted=N_("một bảng [source] ghi văn bản làm căn cứ")))
        return LegalSource(document="")
    issued: date | None = table.day("issued_on")
    source = LegalSource(
        document=table.text("document", most=WORDS_MAX),
        number=table.text("number", ""),
        issued_on=issued,
        article=table.text("article", "", most=WORDS_MAX),
        note=table.text("note", "", most=WORDS_MAX),
    )
    table.finish()
    return source
