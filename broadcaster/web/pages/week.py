"""The week: the grid of its sessions, what is in one and why, the notice board's sheet, and who changed what."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain.errors import N_
from broadcaster.domain.permissions import may_air, may_schedule
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.records.logbook import SOURCE_NAMES, Source
from broadcaster.domain.station import NoSuchThing
from broadcaster.domain.timetable import Airing
from broadcaster.services.week import asking
from broadcaster.services.week.view import SessionView
from broadcaster.store import programmes, requests
from broadcaster.store.programmes import Change, Kept
from broadcaster.web import words
from broadcaster.web.change_words import action_name, what_changed
from broadcaster.web.desk import Desk
from broadcaster.web.session import Visit
from broadcaster.web.week_view import (
    DAY,
    Known,
    Places,
    day_columns,
    day_named,
    known_of,
    look_at,
    monday_of,
    rest_of,
    rests_alone,
    state_of,
    summary_of,
)

_ROWS_IN_SIGHT = 12
"""In more rows than this a session is told whole only in its first one: the page would grow by megabytes."""


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the week."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get("/lich-tuan")
    def week(visit: here) -> Response:
        return desk.show(visit, "week.html", **_week(desk, visit))

    @router.get("/lich-tuan/ban-in")
    def sheet(visit: here) -> Response:
        values = _week(desk, visit)
        return desk.show(visit, "week_sheet.html", **values, **_sheet(values))

    @router.get("/lich-tuan/lich-su")
    def history(visit: here) -> Response:
        with office.database.reading() as tx:
            undone = programmes.undone(tx, visit.station.id)
            lines = [_change(visit, each, undone) for each in programmes.history(tx, visit.station.id)]
        return desk.show(visit, "week_history.html", lines=lines, may_schedule=may_schedule(visit.person))

    @router.get("/lich-tuan/buoi/{programme}/{day}")
    def session(programme: str, day: str, visit: here) -> Response:
        return session_page(desk, visit, ProgrammeId(programme), day)

    return router


def today_of(visit: Visit) -> date:
    """Return the station's own today."""
    return visit.now.astimezone(visit.station.rules.zone).date()


def session_page(desk: Desk, visit: Visit, programme: ProgrammeId, written: str) -> Response:
    """Return the page of a programme's session of one day, or of its rest on that day."""
    day = day_named(written, otherwise=date.min)
    if day == date.min:
        raise NoSuchThing
    with desk.site.office.database.reading() as tx:
        kept = next((k for k in programmes.of_station(tx, visit.station.id) if k.programme.id == programme), None)
        sessions = [s for s in look_at(tx, desk.site, visit, first=day, days=1).sessions if s.programme == programme]
        view = sessions[-1] if sessions else None
        rest = rest_of(kept.programme, day) if kept else None
        if view is None and rest is None:
            raise NoSuchThing
        values = _session(tx, visit, view, kept, day=day)
    return desk.show(visit, "week_session.html", rest=rest, **values)


def _week(desk: Desk, visit: Visit) -> dict[str, Any]:
    today = today_of(visit)
    first = monday_of(day_named(visit.request.query_params.get("tuan", ""), otherwise=today))
    with desk.site.office.database.reading() as tx:
        places = Places.of(tx, visit)
        kept = programmes.of_station(tx, visit.station.id)
        view = look_at(tx, desk.site, visit, first=first)
        columns, rows = day_columns(tx, visit, view, kept, first=first, places=places)
        missing = [n for n, s in programmes.sounds_of(tx, visit.station.id).items() if s.item is None] if kept else []
        clashes = len(asking.clashes(tx, visit.station))
        contents = {k.programme.id: [s.title for s in k.programme.segments] for k in kept}
    return {
        "columns": columns,
        "row_names": rows,
        "many_rows": len(rows) > _ROWS_IN_SIGHT,
        "contents": contents,
        "is_empty": not kept,
        "programmes": [{"id": k.programme.id, "title": k.programme.title} for k in kept if k.programme.active],
        "today": today.isoformat(),
        "first": f"{first:%d/%m/%Y}",
        "last": f"{first + 6 * DAY:%d/%m/%Y}",
        "this_week": first == monday_of(today),
        "week_of": first.isoformat(),
        "before": (first - 7 * DAY).isoformat(),
        "after": (first + 7 * DAY).isoformat(),
        "missing_sounds": len(missing),
        "clashes": clashes,
        "may_schedule": may_schedule(visit.person),
        "may_air": may_air(visit.person),
    }


def _sheet(week: dict[str, Any]) -> dict[str, Any]:
    """Return the week as the notice board shows it: each day's sessions by their hour, and what is in each once."""
    days: list[dict[str, Any]] = []
    titles: dict[str, str] = {}
    for column in week["columns"]:
        slots = {slot["href"]: slot for cell in column["cells"] for slot in cell if slot["kind"] != "outside"}
        listed = sorted(slots.values(), key=lambda slot: (slot["clock"], slot["title"]))
        titles |= {slot["programme"]: slot["title"] for slot in listed}
        days.append({"name": column["name"], "date": column["date"], "slots": listed})
    contents = week["contents"]
    inside = [{"title": title, "items": contents[name]} for name, title in titles.items() if contents.get(name)]
    return {"days": days, "inside": inside}


def _session(tx: Connection, visit: Visit, view: SessionView | None, kept: Kept | None, *, day: date) -> dict[str, Any]:
    zone, translate = visit.station.rules.zone, visit.translate
    programme = kept.programme if kept else None
    audience = view.session.audience if view and view.session else programme.audience if programme else None
    due = view.key.due_at.astimezone(zone) if view else None
    known = known_of(tx, visit, view.airings) if view else {}
    name = view.programme if view else programme.id if programme else ""
    title = view.title if view else programme.title if programme else ""
    open_yet = (view is None or not view.is_settled) and (due is None or due > visit.now) and day >= today_of(visit)
    moved = programme is not None and any(move.day == day for move in programme.slot.moves)
    return {
        "title": title,
        "programme": name,
        "day": day.isoformat(),
        "day_name": f"{translate(words.WEEKDAYS[day.weekday()])} {day:%d/%m/%Y}",
        "week_of": monday_of(day).isoformat(),
        "starts": f"{due:%H:%M}" if due else "",
        "ends": words.clock(view.ends_by, zone) if view else "",
        "audience": Places.of(tx, visit).named(audience, visit) if audience else "",
        "state": state_of(visit, view, known) if view else None,
        "is_far": view is not None and view.verdict is None,
        "planned_titles": [s.title for s in programme.segments] if programme else [],
        "airings": _lines(tx, visit, view, known),
        "left_out": _once([s.sentence for s in view.left_out]) if view else [],
        "omitted": _once([s.sentence for s in view.omitted]) if view else [],
        "changes": [
            _change(visit, each, frozenset())
            for each in programmes.history(tx, visit.station.id)
            if name in each.before or name in each.after
        ],
        "may_change": may_schedule(visit.person) and kept is not None and open_yet,
        "rests_alone": programme is not None and rests_alone(programme, day),
        "has_exception": moved or (programme is not None and day in programme.slot.days.extra_days),
        "today": today_of(visit).isoformat(),
    }


def _lines(tx: Connection, visit: Visit, view: SessionView | None, known: Known) -> list[dict[str, object]]:
    """Return what sounds in a session, each with why it stands there."""
    if view is None:
        return []
    asked = requests.several(tx, visit.station.id, {a.request for a in view.airings if a.request is not None})
    why = {name: each.reason[1] for name, each in asked.items() if each.reason is not None}
    places = Places.of(tx, visit)
    return [
        _line(visit, view, airing, places, known, why=why.get(airing.request, "") if airing.request else "")
        for airing in view.airings
    ]


def _line(
    visit: Visit, view: SessionView, airing: Airing, places: Places, known: Known, *, why: str
) -> dict[str, object]:
    said = summary_of(visit, airing, known)
    source = airing.source.value
    fixed = visit.sentence(
        N_("Mục “{item}” có trong chương trình “{title}” nên buổi nào cũng phát."), item=airing.title, title=view.title
    )
    return {
        "clock": words.clock_to_the_second(airing.start_at, visit.station.rules.zone),
        "title": airing.title,
        "href": f"/luot-phat/{airing.id}",
        "source": source,
        "source_name": visit.translate(SOURCE_NAMES[Source(source)]),
        "length": words.length(airing.duration, visit.translate),
        "where": "" if airing.audience.everybody else places.named(airing.audience, visit),
        "why": why or fixed,
        "cancelled": airing.cancelled_at is not None,
        "summary": said.sentence,
        "look": said.look,
    }


def _change(visit: Visit, each: Change, undone: frozenset[int]) -> dict[str, object]:
    several = {name: what_changed(each.before.get(name), after, visit.translate) for name, after in each.after.items()}
    return {
        "what": "; ".join(dict.fromkeys(said for name in several for said in several[name])),
        "id": each.id,
        "at": words.moment(each.at, visit.station.rules.zone, visit.translate),
        "by": each.by,
        "action": action_name(each.action, visit.translate),
        "titles": ", ".join(each.titles),
        "undone": each.id in undone,
        "may_undo": each.id not in undone,
    }


def _once(sentences: list[str]) -> list[str]:
    return list(dict.fromkeys(sentences))
