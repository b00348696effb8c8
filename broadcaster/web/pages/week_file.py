"""The week as a file: given out as TOML, taken in again after a look at every fault and at what would change."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import N_, Refusal
from broadcaster.domain.permissions import may_schedule, require
from broadcaster.domain.week_file.reading import read_template
from broadcaster.domain.week_file.template import Group
from broadcaster.domain.week_file.toml_tables import FaultyFile
from broadcaster.services.week import programmes as use_cases
from broadcaster.store import programmes, stations
from broadcaster.web.desk import Desk
from broadcaster.web.forms import Entered, NotUnicode
from broadcaster.web.session import Post, Visit
from broadcaster.web.uploads import Upload, UploadPost, posted_upload
from broadcaster.web.week_groups import ASKED, chosen
from broadcaster.web.week_proposal import propose

PATH = "/lich-tuan/tep"
_READ_MOST = 1_000_000


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the week's file."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get(PATH)
    def show(visit: here) -> Response:
        return _page(desk, visit)

    @router.get(f"{PATH}/lich.toml")
    def give(visit: here) -> Response:
        with office.database.reading() as tx:
            text = use_cases.export(tx, visit.station)
        name = f"lich-{visit.station.id}.toml"
        return Response(
            text, media_type="application/toml; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    @router.post(PATH)
    def take(post: Annotated[UploadPost, Depends(posted_upload(desk.door))]) -> Response:
        visit = post.visit
        require(may_schedule(visit.person))
        try:
            text = _text(post.upload)
        except NotUnicode as exc:
            return _page(desk, visit, problems=[exc.sentence(visit.translate)])
        if not text.strip():
            return _page(desk, visit, problems=[visit.translate(N_("Chưa chọn tệp nào. Xin chọn tệp lịch *.toml."))])
        if post.upload.entered.one("step") == "edit":
            return _page(desk, visit, text=text)
        try:
            edit = use_cases.from_file(office, text, groups=chosen(post.upload.entered))
            groups = read_template(text).groups
        except FaultyFile as exc:
            return _page(desk, visit, text=text, problems=[each.sentence(visit.translate) for each in exc.faults])
        except Refusal as exc:
            return _page(desk, visit, text=text, problems=[exc.sentence(visit.translate)])
        if groups and not post.upload.entered.one(ASKED):
            return _page(desk, visit, text=text, groups=groups)
        typed = Entered(fields={**post.upload.entered.fields, "toml": [text]})
        return propose(
            desk, Post(visit=visit, entered=typed), lambda: edit,
            head=N_("Nhận lịch từ tệp"),
            lead=N_("Lịch của đài sẽ đúng như tệp; chương trình không có trong tệp thì bỏ. Hoàn tác được."),
            named={}, action=PATH, back=PATH, then="/lich-tuan", done="lich-tep", edit_again=True, listed=True,
        )  # fmt: skip

    return router


def _text(upload: Upload) -> str:
    """Return the file that was chosen, or the text that was mended on the page. Raises NotUnicode."""
    if upload.part is None or not upload.part.size:
        return upload.entered.one("toml")
    try:
        return upload.part.file.read(_READ_MOST).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise NotUnicode from exc


def _page(
    desk: Desk, visit: Visit, *, text: str = "", problems: list[str] | None = None, groups: Sequence[Group] = ()
) -> Response:
    with desk.site.office.database.reading() as tx:
        there = bool(programmes.of_station(tx, visit.station.id))
        hamlets = stations.hamlets_of(tx, visit.station.id)
    return desk.show(
        visit, "week_file.html", status=422 if problems else 200, text=text, problems=problems or [], there=there,
        may_schedule=may_schedule(visit.person), action=PATH, groups=groups, hamlets=hamlets, asked=ASKED,
    )  # fmt: skip
