"""The approver's queue: what waits, oldest first."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.bulletin import BulletinState, Priority
from broadcaster.domain.library import LibraryState
from broadcaster.domain.permissions import may_approve, require
from broadcaster.store import accounts, bulletins, library, recordings, stations
from broadcaster.web import library_view, words
from broadcaster.web.desk import Desk
from broadcaster.web.session import Visit


def routes(desk: Desk) -> APIRouter:
    """Return the route of the queue."""
    router = APIRouter()

    @router.get("/cho-duyet")
    def queue(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        require(may_approve(visit.person))
        return desk.show(visit, "approvals.html", rows=_rows(desk, visit), sounds=_sounds(desk, visit))

    return router


def _sounds(desk: Desk, visit: Visit) -> list[dict[str, object]]:
    """Return the fixed recordings that wait, oldest first."""
    with desk.site.office.database.reading() as tx:
        found = library.of_station(tx, visit.station.id, states=[LibraryState.SUBMITTED])
        return library_view.rows(tx, visit, found[::-1])


def _rows(desk: Desk, visit: Visit) -> list[dict[str, object]]:
    """Return what waits: priority bulletins first, then by age."""
    station, translate = visit.station, visit.translate
    with desk.site.office.database.reading() as tx:
        found = bulletins.of_station(tx, station.id, states=[BulletinState.SUBMITTED])
        names = {account.person.id: account.person.name for account in accounts.of_station(tx, station.id)}
        hamlets, clusters = stations.hamlets_of(tx, station.id), stations.clusters_of(tx, station.id)
        sounds = recordings.several(tx, station.id, [b.recording_sha256 for b in found if b.recording_sha256])
    waiting = sorted(found, key=lambda b: (b.priority is not Priority.PRIORITY, b.updated_at))
    return [
        {
            "href": f"/ban-tin/{b.id}",
            "title": b.title,
            "author": names.get(b.author, ""),
            "own": b.author == visit.person.id and not station.rules.self_approval,
            "audience": words.audience(b.audience, hamlets=hamlets, clusters=clusters, translate=translate),
            "urgent": b.priority is Priority.PRIORITY,
            "waiting": words.ago(b.updated_at, visit.now, translate),
            "length": words.length(timedelta(milliseconds=sounds[b.recording_sha256].duration_ms), translate)
            if b.recording_sha256 in sounds
            else None,
        }
        for b in waiting
    ]
