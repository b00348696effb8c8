"""Asking for a bulletin's place in the week, taking that back, and saying who goes first where two collide."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.ids import BulletinId, RequestId
from broadcaster.domain.permissions import may_air
from broadcaster.domain.programme import ProgrammeId, Section
from broadcaster.domain.week.requests import DAYS_MAX, AtMinute, BadDays, NextSession, TheseSessions, Wish
from broadcaster.services import bulletins as bulletin_cases
from broadcaster.services.week import asking
from broadcaster.web.asking_view import clash_groups
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, moment_of
from broadcaster.web.pages.bulletin_steps import page
from broadcaster.web.pages.week_changes import DayUnclear
from broadcaster.web.session import Post, Visit
from broadcaster.web.week_view import DAY, day_named, start_of


@refusal
class LastDayOver(Invalid):
    day: str
    message = N_("Hạn cuối {day} đã qua. Xin chọn một ngày từ hôm nay trở đi, hoặc để trống.")


def routes(desk: Desk) -> APIRouter:
    """Return the routes of requests and clashes."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.post("/ban-tin/{bulletin_id}/xep-lich")
    def ask(bulletin_id: str, post: sent) -> Response:
        bulletin = BulletinId(bulletin_id)
        with office.database.reading() as tx:
            bulletin_cases.find(tx, post.visit.station.id, bulletin)
        try:
            asking.ask(
                office, actor=post.visit.person, bulletin=bulletin, wish=_wish(post.entered),
                section=Section.NOTICES if post.entered.one("section") == "notices" else Section.BULLETINS,
                expires_at=_until(post.visit, post.entered.one("until")),
            )  # fmt: skip
        except (Invalid, Conflict) as exc:
            return page(desk, post.visit, bulletin, refused=exc, problem_at="ask", entered=post.entered)
        return go(f"/ban-tin/{bulletin}", done="xep-lich")

    @router.post("/ban-tin/{bulletin_id}/rut-yeu-cau")
    def withdraw(bulletin_id: str, post: sent) -> Response:
        bulletin, request = BulletinId(bulletin_id), RequestId(post.entered.one("request"))
        with office.database.reading() as tx:
            bulletin_cases.find(tx, post.visit.station.id, bulletin)
        try:
            asking.withdraw(office, actor=post.visit.person, request=request)
        except Conflict as exc:
            return page(desk, post.visit, bulletin, refused=exc, problem_at="ask")
        return go(f"/ban-tin/{bulletin}", done="rut-yeu-cau")

    @router.get("/lich-tuan/tranh-cho")
    def clashing(visit: here) -> Response:
        return _clashes(desk, visit)

    @router.post("/lich-tuan/tranh-cho")
    def order(post: sent) -> Response:
        wanted = [RequestId(name) for name in post.entered.one("order").split(",") if name]
        try:
            asking.order(office, actor=post.visit.person, first_to_last=wanted)
        except (Invalid, Conflict) as exc:
            return _clashes(desk, post.visit, refused=exc)
        return go("/lich-tuan/tranh-cho", done="xep-thu-tu")

    @router.post("/lich-tuan/tranh-cho/gio-khac")
    def another_time(post: sent) -> Response:
        visit, request = post.visit, RequestId(post.entered.one("request"))
        try:
            wish = AtMinute(at=moment_of(post.entered, visit.station.rules.zone))
            asking.ask_otherwise(office, actor=visit.person, request=request, wish=wish)
        except (Invalid, Conflict) as exc:
            return _clashes(desk, visit, refused=exc, entered=post.entered)
        return go("/lich-tuan/tranh-cho", done="gio-khac")

    @router.get("/lich-tuan/tranh-cho/gio-khac")
    def come_back(_visit: here) -> Response:
        return go("/lich-tuan/tranh-cho")

    return router


def _clashes(
    desk: Desk, visit: Visit, *, refused: Invalid | Conflict | None = None, entered: Entered | None = None
) -> Response:
    with desk.site.office.database.reading() as tx:
        groups = clash_groups(tx, visit, entered=entered)
    return desk.show(
        visit, "week_clashes.html", status=desk.status_of(refused) if refused else 200, groups=groups,
        may_air=may_air(visit.person), just_asked=bool(groups) and visit.request.query_params.get("vua") == "1",
        problem=refused.sentence(visit.translate) if refused else None,
    )  # fmt: skip


def _until(visit: Visit, written: str) -> datetime | None:
    """Return the end of the last day on which it may be aired, None for no last day. Raises DayUnclear."""
    if not written:
        return None
    day = day_named(written, otherwise=date.min)
    if day == date.min:
        raise DayUnclear(value=written[:40])
    end = start_of(day + DAY, visit)
    if end <= visit.now:
        raise LastDayOver(day=f"{day:%d/%m/%Y}")
    return end


def _wish(entered: Entered) -> Wish:
    if entered.one("wish") != "days":
        return NextSession()
    written, days = entered.one("first_day"), entered.one("days").strip()
    first = day_named(written, otherwise=date.min)
    if first == date.min:
        raise DayUnclear(value=written[:40])
    if not (days.isascii() and days.isdigit() and len(days) < 4):
        raise BadDays(days=0, limit=DAYS_MAX)
    programme = entered.one("programme")
    return TheseSessions(first_day=first, days=int(days), programme=ProgrammeId(programme) if programme else None)
