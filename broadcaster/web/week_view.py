"""The station's week as its pages show it: a column for each day, a row for each place that hears something else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from broadcaster.domain.audience import EVERYBODY, Audience
from broadcaster.domain.delivery import Delivery
from broadcaster.domain.errors import N_
from broadcaster.domain.ids import AiringId, HamletId
from broadcaster.domain.programme import Programme, ProgrammeId
from broadcaster.domain.records.logbook import SOURCE_NAMES, Source
from broadcaster.domain.station import Cluster, Hamlet
from broadcaster.domain.timetable import Airing
from broadcaster.domain.week.planned import Verdict
from broadcaster.domain.week.recurrence import rest_on
from broadcaster.services.airings import deliveries_of
from broadcaster.services.week.view import SessionView, WeekView, look
from broadcaster.store import stations
from broadcaster.store.programmes import Kept
from broadcaster.web import outcomes, words
from broadcaster.web.session import Visit
from broadcaster.web.site import Site

Known = Mapping[AiringId, Sequence[Delivery]]
"""What is known of airings on each of their clusters."""
DAY = timedelta(days=1)
_WEEK = 7
_NAMED = 3
VERDICTS = {
    Verdict.SOUNDS: ("clock", "waiting", N_("Sẽ phát")),
    Verdict.REFUSED: ("stop", "bad", N_("Không được phát")),
    Verdict.EMPTY: ("question", "warn", N_("Chưa có gì để phát")),
    Verdict.MISSED: ("cross", "bad", N_("Đã lỡ giờ")),
}
"""What is said of a session that has not begun, or never sounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The station's places by name, for rows of the grid and for saying who hears a session."""

    hamlets: Sequence[Hamlet]
    clusters: Sequence[Cluster]

    @classmethod
    def of(cls, tx: Connection, visit: Visit) -> "Places":
        """Return the places of the visitor's station."""
        station = visit.station.id
        return cls(hamlets=stations.hamlets_of(tx, station), clusters=stations.clusters_of(tx, station))

    def named(self, audience: Audience, visit: Visit) -> str:
        """Return who hears it, in words."""
        return words.audience(audience, hamlets=self.hamlets, clusters=self.clusters, translate=visit.translate)

    def briefly(self, audience: Audience, visit: Visit) -> str:
        """Return who hears it in the room that a cell has; nothing where everybody does."""
        if audience.everybody:
            return ""
        translate = visit.translate
        return words.audience(
            audience, hamlets=self.hamlets, clusters=self.clusters, translate=translate, most=_NAMED
        )  # fmt: skip

    def rows_of(self, audience: Audience) -> frozenset[HamletId | None]:
        """Return the rows in which it stands: None is everybody's, else each hamlet that hears it."""
        if audience.everybody:
            return frozenset({None})
        single = {c.hamlet for c in self.clusters if c.id in audience.clusters} if audience.clusters else set()
        return frozenset(h.id for h in self.hamlets if h.id in audience.hamlets or h.id in single)


def monday_of(day: date) -> date:
    """Return the Monday of the week that a day is in."""
    return day - day.weekday() * DAY


def day_named(written: str, *, otherwise: date) -> date:
    """Return the day written as `2026-03-02`, or the other one: an address may hold anything."""
    try:
        named = date.fromisoformat(written)
    except ValueError:
        return otherwise
    return named if 2000 <= named.year <= 2200 else otherwise


def start_of(day: date, visit: Visit) -> datetime:
    """Return the instant at which a day of the station begins."""
    return datetime.combine(day, time(), visit.station.rules.zone)


def look_at(tx: Connection, site: Site, visit: Visit, *, first: date, days: int = _WEEK) -> WeekView:
    """Return what stands on some days of the visitor's station."""
    return look(
        tx, visit.station, site.office.profiles,
        start=start_of(first, visit), end=start_of(first + days * DAY, visit), now=visit.now,
    )  # fmt: skip


def day_columns(
    tx: Connection, visit: Visit, view: WeekView, kept: Sequence[Kept], *, first: date, places: Places
) -> tuple[list[dict[str, object]], list[str]]:
    """Return the days with their cells, and the names of the rows: everybody first, then hamlets with their own."""
    by_id = {each.programme.id: each.programme for each in kept}
    begun = [airing for each in view.sessions if each.key.due_at <= visit.now for airing in each.airings]
    known = known_of(tx, visit, [*view.outside, *begun])
    slots = [slot(visit, each, by_id.get(each.programme), places, known) for each in view.sessions]
    slots += [_outside(visit, airing, places, known) for airing in view.outside]
    slots += _rests(visit, kept, first, places)
    rows: list[HamletId | None] = [None]
    rows += [h.id for h in places.hamlets if any(h.id in _rows(one) for one in slots)]
    names = {h.id: h.name for h in places.hamlets}
    today = visit.now.astimezone(visit.station.rules.zone).date()
    columns = []
    for day in (first + n * DAY for n in range(_WEEK)):
        here = sorted((one for one in slots if one["day"] == day), key=lambda one: str(one["clock"]))
        columns.append(
            {
                "day": day.isoformat(),
                "name": visit.translate(words.WEEKDAYS[day.weekday()]),
                "date": f"{day:%d/%m}",
                "today": day == today,
                "past": day < today,
                "cells": _cells(here, rows),
                "empty": not here,
            }
        )
    return columns, [visit.translate(N_("Toàn xã")) if row is None else names[row] for row in rows]


def _cells(here: Sequence[dict[str, object]], rows: Sequence[HamletId | None]) -> list[list[dict[str, object]]]:
    """Return a day's slots row by row; one that stands in several rows is marked as said `again` in all but the first,
    since a phone shows a day as one list."""
    first = {id(one): next((row for row in rows if row in _rows(one)), None) for one in here}
    return [[{**one, "again": row != first[id(one)]} for one in here if row in _rows(one)] for row in rows]


def known_of(tx: Connection, visit: Visit, several: Sequence[Airing]) -> Known:
    """Return what is known of these airings by now, however many they are in the same few queries."""
    return deliveries_of(tx, visit.station.id, several, now=visit.now)


def summary_of(visit: Visit, airing: Airing, known: Known) -> outcomes.Summary:
    """Return what became of an airing, in one sentence with its look."""
    return outcomes.summary(airing, known.get(airing.id, ()), now=visit.now, translate=visit.translate)


def slot(
    visit: Visit, view: SessionView, programme: Programme | None, places: Places, known: Known
) -> dict[str, object]:
    """Return one session as the grid shows it."""
    zone = visit.station.rules.zone
    due = view.key.due_at.astimezone(zone)
    audience = view.session.audience if view.session else programme.audience if programme else EVERYBODY
    icon, colour, said = state_of(visit, view, known)
    return {
        "kind": "session",
        "programme": view.programme,
        "title": view.title,
        "day": due.date(),
        "clock": f"{due:%H:%M}",
        "hour": f"{due:%H}",
        "ends": words.clock(view.ends_by, zone),
        "href": session_path(view.programme, due.date()),
        "where": places.briefly(audience, visit),
        "everywhere": places.named(audience, visit),
        "rows": places.rows_of(audience),
        "icon": icon,
        "colour": colour,
        "said": said,
        "moveable": not view.is_settled and view.key.due_at > visit.now and programme is not None,
        "items": [item(visit, airing, places) for airing in view.airings if airing.cancelled_at is None],
    }


def item(visit: Visit, airing: Airing, places: Places) -> dict[str, object]:
    """Return what is aired in a session, and who hears it; where it comes from is a colour and words."""
    source = airing.source.value
    return {
        "clock": words.clock(airing.start_at, visit.station.rules.zone),
        "title": airing.title,
        "where": places.briefly(airing.audience, visit),
        "source": source,
        "source_name": visit.translate(SOURCE_NAMES[Source(source)]),
        "href": f"/luot-phat/{airing.id}",
    }


def state_of(visit: Visit, view: SessionView, known: Known) -> tuple[str, str, str]:
    """Return the icon, the colour and the words of what became, or will become, of a session."""
    if view.verdict is None:
        return "clock", "waiting", visit.translate(N_("Chưa lập chi tiết"))
    if view.verdict is not Verdict.SOUNDS or view.key.due_at > visit.now:
        icon, colour, said = VERDICTS[view.verdict]
        return icon, colour, visit.translate(said)
    said_of_each = [summary_of(visit, a, known) for a in view.airings if a.cancelled_at is None]
    rank = {"bad": 0, "playing": 1, "warn": 2, "waiting": 3, "ready": 4, "good": 5}
    worst = min(said_of_each, key=lambda s: rank.get(s.look[1], 3), default=None)
    if worst is None:
        return "question", "warn", visit.translate(N_("Không có mục nào được phát"))
    return worst.look[0], worst.look[1], worst.sentence


def session_path(programme: ProgrammeId, day: date) -> str:
    """Return the address of the page of one session: a programme has one a day."""
    return f"/lich-tuan/buoi/{programme}/{day.isoformat()}"


def rest_of(programme: Programme, day: date) -> str | None:
    """Return why there is no session on one of its usual days ("" when nobody said why), or None when there is one."""
    return rest_on(programme.slot.days, day)


def rests_alone(programme: Programme, day: date) -> bool:
    """Return whether that day alone was left out, so that it alone can be brought back."""
    return any(each.first_day == each.last_day == day for each in programme.slot.days.breaks)


def _rests(visit: Visit, kept: Iterable[Kept], first: date, places: Places) -> list[dict[str, object]]:
    """Return the sessions that somebody left out in this week, so that they can be brought back."""
    found: list[dict[str, object]] = []
    for programme in (each.programme for each in kept if each.programme.active):
        for day in (first + n * DAY for n in range(_WEEK)):
            why = rest_of(programme, day)
            if why is None:
                continue
            found.append(
                {
                    "kind": "rest",
                    "programme": programme.id,
                    "title": programme.title,
                    "day": day,
                    "clock": f"{programme.slot.starts:%H:%M}",
                    "hour": f"{programme.slot.starts:%H}",
                    "ends": "",
                    "href": session_path(programme.id, day),
                    "where": places.briefly(programme.audience, visit),
                    "everywhere": places.named(programme.audience, visit),
                    "rows": places.rows_of(programme.audience),
                    "icon": "stop",
                    "colour": "waiting",
                    "said": visit.sentence(N_("Nghỉ: {reason}"), reason=why) if why else visit.translate(N_("Nghỉ")),
                    "moveable": False,
                    "items": [],
                }
            )
    return found


def _outside(visit: Visit, airing: Airing, places: Places, known: Known) -> dict[str, object]:
    """Return what is aired outside the sessions as the grid shows it."""
    zone = visit.station.rules.zone
    said = summary_of(visit, airing, known)
    return {
        "kind": "outside",
        "programme": "",
        "title": airing.title,
        "day": airing.start_at.astimezone(zone).date(),
        "clock": words.clock(airing.start_at, zone),
        "hour": f"{airing.start_at.astimezone(zone):%H}",
        "ends": "",
        "href": f"/luot-phat/{airing.id}",
        "where": places.briefly(airing.audience, visit),
        "rows": places.rows_of(airing.audience),
        "icon": said.look[0],
        "colour": said.look[1],
        "said": said.sentence,
        "moveable": False,
        "items": [item(visit, airing, places)],
    }


def _rows(one: Mapping[str, object]) -> frozenset[HamletId | None]:
    rows = one["rows"]
    assert isinstance(rows, frozenset)  # noqa: S101 - every slot is made above
    return rows
