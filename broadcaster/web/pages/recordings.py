"""The recordings themselves, for those of the station: the very file that the loudspeakers will play."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import FileResponse, Response

from broadcaster.domain.errors import N_, Missing, refusal
from broadcaster.domain.station import NoSuchThing
from broadcaster.store import recordings
from broadcaster.web.desk import Desk
from broadcaster.web.session import Visit


@refusal
class RecordingGone(Missing):
    message = N_("Tệp bản thu không còn trên máy chủ. Xin mở bản tin và bấm “Đọc lại”.")


def routes(desk: Desk) -> APIRouter:
    """Return the route of recordings; byte ranges are served, so that one can jump within the sound."""
    router = APIRouter()

    @router.get("/ban-thu/{sha256}")
    def sound(sha256: str, visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        with desk.site.office.database.reading() as tx:
            known = recordings.get(tx, visit.station.id, sha256)
        if known is None:
            raise NoSuchThing
        path = desk.site.recording_path(known.sha256)
        if not path.is_file():
            raise RecordingGone
        return FileResponse(path, media_type="audio/ogg")

    return router
