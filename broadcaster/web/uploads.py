"""Forms that bring a sound file: nothing of the body is read before it is known who sends it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from broadcaster.domain.sound_files import UPLOAD_MAX_BYTES, NoSoundFile, SoundFileTooBig
from broadcaster.web.forms import Entered, NotAForm, read_form
from broadcaster.web.session import Door, Visit, check_csrf, check_origin

_PARTS = "multipart/form-data"
_FIELDS_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The fields of a form and its file, if one was chosen."""

    entered: Entered
    part: UploadFile | None

    @property
    def file(self) -> BinaryIO:
        """Return the file. Raises NoSoundFile."""
        if self.part is None or not (self.part.filename or self.part.size):
            raise NoSoundFile
        return self.part.file

    @property
    def file_name(self) -> str:
        return (self.part.filename if self.part else "") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPost:
    """A form with a file that somebody signed in sent from one of our pages."""

    visit: Visit
    upload: Upload


def posted_upload(door: Door) -> Callable[[Request], AsyncIterator[UploadPost]]:
    """Return what takes such forms in. It raises NobodyKnown, or FormTooOld when the form is not from our page."""

    async def posted(request: Request) -> AsyncIterator[UploadPost]:
        check_origin(request)
        visit = await run_in_threadpool(door.visit, request)
        async with uploaded(request) as upload:
            request.state.entered = upload.entered
            check_csrf(upload.entered, visit.csrf)
            yield UploadPost(visit=visit, upload=upload)

    return posted


@asynccontextmanager
async def uploaded(request: Request) -> AsyncIterator[Upload]:
    """Yield the form in a request's body; its file is gone afterwards. Raises NotAForm, SoundFileTooBig."""
    upload = await _read(request)
    try:
        yield upload
    finally:
        if upload.part is not None:
            await upload.part.close()


async def _read(request: Request) -> Upload:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _PARTS:
        return Upload(entered=await read_form(request), part=None)
    try:
        form = await request.form(max_files=1, max_fields=_FIELDS_MAX)
    except HTTPException as exc:
        if exc.status_code == 413:
            raise SoundFileTooBig(limit_mb=UPLOAD_MAX_BYTES // 1024 // 1024) from exc
        raise NotAForm from exc
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    parts = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    return Upload(entered=Entered(fields=fields), part=parts[0] if parts else None)
