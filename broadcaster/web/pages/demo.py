"""The demonstration's loudspeakers: what each sounds now, and what it has sounded, to be heard in the browser."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response, StreamingResponse

from broadcaster.domain.ids import AiringId
from broadcaster.domain.station import NoSuchThing
from broadcaster.store import airings, devices
from broadcaster.web import words
from broadcaster.web.desk import Desk
from broadcaster.web.live import live
from broadcaster.web.session import Visit
from broadcaster.web.site import Loudspeaker

LIVE_PATTERN = "*.wav.part"
_STRETCH = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z")
_SHOWN = 8
_BLOCK_BYTES = 64 * 1024
_LOOK_EVERY_S = 0.1


def routes(desk: Desk) -> APIRouter:
    """Return the routes of listening. Where there is nothing to listen to, there are no such pages."""
    router = APIRouter()
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get("/nghe")
    def show(visit: here) -> Response:
        if not desk.site.loudspeakers():
            raise NoSuchThing
        return desk.show(visit, "listen.html", loudspeakers=_loudspeakers(desk, visit))

    @router.get("/nghe/dien-bien")
    def follow(visit: here) -> Response:
        def render() -> str:
            return desk.fragment(visit, "_listen_now.html", loudspeakers=_loudspeakers(desk, visit))

        return live(desk.while_signed_in(visit.request, render))

    @router.get("/nghe/{device_id}/truc-tiep.wav")
    def now_sounding(device_id: str, visit: here) -> Response:
        path = _growing(_folder(desk, visit, device_id))
        if path is None:
            raise NoSuchThing
        return StreamingResponse(follow_file(path), media_type="audio/wav", headers={"Accept-Ranges": "none"})

    @router.get("/nghe/{device_id}/{stretch}.wav")
    def sounded(device_id: str, stretch: str, visit: here) -> Response:
        folder = _folder(desk, visit, device_id)
        path = folder / f"{stretch}.wav"
        if not _STRETCH.fullmatch(stretch) or not path.is_file():
            raise NoSuchThing
        return FileResponse(path, media_type="audio/wav")

    return router


async def follow_file(path: Path, *, look_every_s: float = _LOOK_EVERY_S) -> AsyncIterator[bytes]:
    """Yield a growing file from its beginning, and what is added to it, until it is finished and has its own name."""
    try:
        file = await run_in_threadpool(path.open, "rb")
    except FileNotFoundError:
        return
    with file:
        while True:
            growing = await run_in_threadpool(_is_still, file, path)
            while block := await run_in_threadpool(file.read, _BLOCK_BYTES):
                yield block
            if not growing:
                return
            await asyncio.sleep(look_every_s)


def _is_still(file: BinaryIO, path: Path) -> bool:
    """Return whether the path still names the file that was opened: a finished one has another name."""
    try:
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False


def _folder(desk: Desk, visit: Visit, device_id: str) -> Path:
    """Return where a loudspeaker of this station keeps its sound."""
    for loudspeaker in desk.site.loudspeakers():
        if loudspeaker.device == device_id and _is_ours(desk, visit, loudspeaker):
            return loudspeaker.sounds
    raise NoSuchThing


def _is_ours(desk: Desk, visit: Visit, loudspeaker: Loudspeaker) -> bool:
    with desk.site.office.database.reading() as tx:
        device = devices.get(tx, loudspeaker.device)
    return device is not None and device.station == visit.station.id


def _growing(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob(LIVE_PATTERN))), None)


def _loudspeakers(desk: Desk, visit: Visit) -> list[dict[str, object]]:
    """Return each loudspeaker with what it sounds and what it has sounded."""
    shown: list[dict[str, object]] = []
    with desk.site.office.database.reading() as tx:
        for loudspeaker in desk.site.loudspeakers():
            device = devices.get(tx, loudspeaker.device)
            if device is None or device.station != visit.station.id:
                continue
            shown.append(
                {
                    "key": device.id,
                    "name": device.cluster_name,
                    "hamlet": device.hamlet_name,
                    "live": _live(tx, visit, loudspeaker),
                    "stretches": _stretches(tx, visit, loudspeaker),
                }
            )
    return shown


def _live(tx: Connection, visit: Visit, loudspeaker: Loudspeaker) -> dict[str, str] | None:
    path = _growing(loudspeaker.sounds)
    if path is None:
        return None
    meta = _meta(path.with_name(path.name.replace(".wav.part", ".json.part")))
    # The beginning is part of the address, so that the page sees a new stretch as a new player.
    return {
        "src": f"/nghe/{loudspeaker.device}/truc-tiep.wav?tu={_mark(meta)}",
        "title": _title(tx, visit, meta),
        "since": _since(visit, meta),
    }


def _stretches(tx: Connection, visit: Visit, loudspeaker: Loudspeaker) -> list[dict[str, str]]:
    """Return what the loudspeaker has sounded, newest first."""
    files = (path for path in loudspeaker.sounds.glob("*.wav") if _STRETCH.fullmatch(path.stem))
    newest = sorted(files, key=lambda path: path.stem, reverse=True)[:_SHOWN]
    return [_stretch(tx, visit, loudspeaker, path) for path in newest]


def _stretch(tx: Connection, visit: Visit, loudspeaker: Loudspeaker, path: Path) -> dict[str, str]:
    meta = _meta(path.with_suffix(".json"))
    began = datetime.strptime(path.stem, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    span = timedelta(seconds=_number(meta, "frames") / max(1, _number(meta, "rate")))
    zone, translate = visit.station.rules.zone, visit.translate
    return {
        "key": f"{loudspeaker.device}-{path.stem}",
        "src": f"/nghe/{loudspeaker.device}/{path.stem}.wav",
        "title": _title(tx, visit, meta),
        "start": f"{words.clock_to_the_second(began, zone)}, {words.day(began, zone, translate)}",
        "length": words.length(span, translate),
    }


def _title(tx: Connection, visit: Visit, meta: dict[str, object]) -> str:
    """Return what a stretch sounds: the airing's title, or nothing when it is not known."""
    name = str(meta.get("airing_id") or "")
    airing = airings.get(tx, visit.station.id, AiringId(name)) if name else None
    return airing.title if airing else name


def _since(visit: Visit, meta: dict[str, object]) -> str:
    try:
        began = datetime.fromisoformat(str(meta.get("first_frame_at", "")))
    except ValueError:
        return ""  # The description is not written yet; the sound is there all the same.
    return words.clock_to_the_second(began, visit.station.rules.zone)


def _mark(meta: dict[str, object]) -> str:
    return re.sub(r"[^0-9]", "", str(meta.get("first_frame_at", "")))


def _meta(path: Path) -> dict[str, object]:
    """Return the description beside a sound; it is empty for the moment before a box has written it."""
    try:
        meta = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return meta if isinstance(meta, dict) else {}


def _number(meta: dict[str, object], name: str) -> int:
    value = meta.get(name)
    return value if isinstance(value, int) else 0
