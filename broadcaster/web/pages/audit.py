"""The audit trail, for administrators: every change in a sentence, newest first."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.permissions import may_administer, require
from broadcaster.store import audit
from broadcaster.web import trail, words
from broadcaster.web.desk import Desk
from broadcaster.web.pages.bulletin_view import voice_titles
from broadcaster.web.session import Visit

PAGE = 100
_PAGES_MAX = 10_000


def routes(desk: Desk) -> APIRouter:
    """Return the route of the trail."""
    router = APIRouter()

    @router.get("/nhat-ky")
    def show(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        require(may_administer(visit.person))
        number = _page_number(visit.request.query_params.get("trang", ""))
        with desk.site.office.database.reading() as tx:
            found = audit.latest(tx, visit.station.id, offset=(number - 1) * PAGE, limit=PAGE + 1)
            lines = trail.lines(
                tx, visit.station.id, found[:PAGE], translate=visit.translate, voices=voice_titles(desk)
            )
        zone, translate = visit.station.rules.zone, visit.translate
        days = [
            {
                "day": day,
                "lines": [
                    {"clock": words.clock_to_the_second(line.entry.at, zone), "text": line.sentence, "href": line.href}
                    for line in group
                ],
            }
            for day, group in groupby(lines, key=lambda line: words.day(line.entry.at, zone, translate))
        ]
        newer = f"/nhat-ky?trang={number - 1}" if number > 1 else None
        older = f"/nhat-ky?trang={number + 1}" if len(found) > PAGE else None
        return desk.show(visit, "audit.html", days=days, newer=newer, older=older)

    return router


def _page_number(raw: str) -> int:
    return min(int(raw), _PAGES_MAX) if raw.isascii() and raw.isdecimal() and 0 < len(raw) < 6 and int(raw) > 0 else 1
