"""Changing the week: every change is shown first with what it would break, and is saved only by a second press."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.programme import Programme, ProgrammeId, starts_on
from broadcaster.domain.station import BadTimeOfDay, NoSuchThing, time_of_day
from broadcaster.domain.week.edits import AlreadyPast, SameWeek, takes_place
from broadcaster.domain.week.recurrence import DaysReversed
from broadcaster.services.week import programmes as use_cases
from broadcaster.services.week.programmes import Edit
from broadcaster.store import programmes
from broadcaster.store.programmes import Change
from broadcaster.web.change_words import action_name
from broadcaster.web.desk import Desk, go
from broadcaster.web.session import Post, Visit
from broadcaster.web.week_proposal import Ask, propose
from broadcaster.web.week_view import day_named, session_path


@refusal
class DayUnclear(Invalid):
    value: str
    message = N_("“{value}” không phải là một ngày. Xin chọn ngày trên lịch.")


_WHEN = (
    Ask(name="date", label=N_("Ngày"), kind="date", faults=(DayUnclear,)),
    Ask(name="time", label=N_("Giờ"), kind="time", faults=(BadTimeOfDay, AlreadyPast)),
)
_REST = (
    Ask(name="first_day", label=N_("Từ ngày"), kind="date", faults=(DayUnclear,)),
    Ask(name="last_day", label=N_("đến hết ngày"), kind="date", faults=(DayUnclear, DaysReversed)),
    Ask(name="reason", label=N_("lý do")),
)
_TARGET = (Ask(name="target", label=N_("Tuần có ngày"), kind="date", faults=(DayUnclear, SameWeek)),)


def routes(desk: Desk) -> APIRouter:
    """Return the routes that change single sessions, whole weeks, and take changes back."""
    router = APIRouter()
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.post("/lich-tuan/buoi/{programme}/{day}/doi")
    def move(programme: str, day: str, post: sent) -> Response:
        to = post.entered.one("date", day)
        return _of_session(
            desk, post, programme, day,
            lambda p, d: use_cases.moving(p, d, starts=time_of_day(post.entered.one("time")), to=_day(to)),
            done="buoi-doi", arrives=to, head=N_("Đổi giờ một buổi"),
            lead=N_("Dời buổi ngày {day} sang {time} ngày {to}. Các ngày khác giữ nguyên."), asks=_WHEN,
        )  # fmt: skip

    @router.post("/lich-tuan/buoi/{programme}/{day}/nghi")
    def skip(programme: str, day: str, post: sent) -> Response:
        reason = post.entered.one("reason").strip()
        return _of_session(
            desk, post, programme, day, lambda p, d: use_cases.skipping(p, d, reason=reason),
            done="buoi-nghi", arrives=day, head=N_("Nghỉ một buổi"),
            lead=N_("Buổi ngày {day} sẽ không phát. Các ngày khác giữ nguyên."),
        )  # fmt: skip

    @router.post("/lich-tuan/buoi/{programme}/{day}/nhu-cu")
    def restore(programme: str, day: str, post: sent) -> Response:
        return _of_session(
            desk, post, programme, day, use_cases.restoring,
            done="buoi-cu", arrives="", head=N_("Phát như thường lệ"),
            lead=N_("Ngày {day} lại theo đúng lịch thường lệ của chương trình."),
        )  # fmt: skip

    @router.post("/lich-tuan/chep")
    def copy_week(post: sent) -> Response:
        target = post.entered.one("target")
        back = f"/lich-tuan?tuan={target}" if _is_day(target) else "/lich-tuan"
        return propose(
            desk, post,
            lambda: use_cases.copying_week(source=_day(post.entered.one("source")), target=_day(target)),
            head=N_("Chép một tuần"), lead=N_("Tuần có ngày {to} sẽ giống hệt tuần có ngày {day}."),
            named={"day": _shown(post.entered.one("source")), "to": _shown(target)},
            action="/lich-tuan/chep", back=back, done="tuan-chep", asks=_TARGET,
        )  # fmt: skip

    @router.post("/lich-tuan/nghi-dot")
    def rest(post: sent) -> Response:
        entered = post.entered
        first, last = entered.one("first_day"), entered.one("last_day") or entered.one("first_day")
        meant = [ProgrammeId(name) for name in entered.every("programme")]
        return propose(
            desk, post,
            lambda: use_cases.resting(
                meant, first_day=_day(first), last_day=_day(last), reason=entered.one("reason").strip()
            ),
            head=N_("Cho nghỉ một đợt"), lead=N_("Từ {day} đến hết {to} các chương trình này không phát."),
            named={"day": _shown(first), "to": _shown(last)},
            action="/lich-tuan/nghi-dot", back="/lich-tuan", done="nghi-dot", listed=True,
            then=f"/lich-tuan?tuan={first}" if _is_day(first) else None, asks=_REST,
        )  # fmt: skip

    @router.post("/lich-tuan/lich-su/{number}/hoan-tac")
    def undo(number: str, post: sent) -> Response:
        entry = _entry(desk, post.visit, number)
        done = action_name(entry.action, post.visit.translate)
        return propose(
            desk, post, lambda: use_cases.undoing(entry.id),
            head=N_("Hoàn tác"), lead=N_("Lấy lại như trước khi {who} làm việc “{what}” với {titles}."),
            named={"who": entry.by, "what": done, "titles": ", ".join(f"“{t}”" for t in entry.titles)},
            action=f"/lich-tuan/lich-su/{entry.id}/hoan-tac", back="/lich-tuan/lich-su", done="hoan-tac",
        )  # fmt: skip

    @router.get("/lich-tuan/buoi/{programme}/{day}/{step}")
    def come_back(programme: str, day: str, step: str, _visit: here) -> Response:
        """After a preview the address is the step's own; opening it again shows the session."""
        if step not in ("doi", "nghi", "nhu-cu") or not _is_day(day):
            raise NoSuchThing
        return go(session_path(ProgrammeId(programme), _day(day)))

    @router.get("/lich-tuan/nghi-dot")
    @router.get("/lich-tuan/chep")
    def come_back_to_the_week(_visit: here) -> Response:
        return go("/lich-tuan")

    @router.get("/lich-tuan/lich-su/{number}/hoan-tac")
    def come_back_to_the_history(number: str, visit: here) -> Response:
        _entry(desk, visit, number)
        return go("/lich-tuan/lich-su")

    return router


def _entry(desk: Desk, visit: Visit, number: str) -> Change:
    """Return the change that an address names. Raises NoSuchThing, for what is no number too."""
    named = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0
    with desk.site.office.database.reading() as tx:
        entry = programmes.change(tx, visit.station.id, named)
    if entry is None:
        raise NoSuchThing
    return entry


def _of_session(
    desk: Desk,
    post: Post,
    programme: str,
    written: str,
    make: Callable[[ProgrammeId, date], Edit],
    *,
    done: str,
    arrives: str,
    head: str,
    lead: str,
    asks: Sequence[Ask] = (),
) -> Response:
    day, name = _day(written), ProgrammeId(programme)
    with desk.site.office.database.reading() as tx:
        every = {kept.programme.id: kept.programme for kept in programmes.of_station(tx, post.visit.station.id)}
    if name not in every:
        raise NoSuchThing
    lands = _day(arrives) if arrives and _is_day(arrives) else None
    step = post.visit.request.url.path.rsplit("/", 1)[-1]
    return propose(
        desk, post, lambda: make(name, day), head=head, lead=lead,
        named={
            "day": f"{day:%d/%m/%Y}", "time": post.entered.one("time"), "to": _shown(post.entered.one("date", written))
        },
        action=f"{session_path(name, day)}/{step}", back=session_path(name, day),
        then=session_path(name, lands) if lands else f"/lich-tuan?tuan={day.isoformat()}", done=done, asks=asks,
        warns=_lost(post.visit, every[name], day, lands) if lands else (),
    )  # fmt: skip


def _lost(visit: Visit, programme: Programme, day: date, lands: date) -> tuple[str, ...]:
    """Return that a session goes where its programme has one already: then two become one, which is easily missed."""
    if day == lands or not takes_place(programme, lands):
        return ()
    told = N_(
        "Ngày {to} “{title}” đã có một buổi lúc {there}. Mỗi ngày chương trình này chỉ có một buổi, nên dời sang thì "
        "bớt đi một: ngày {day} không còn buổi nào."
    )
    there = f"{starts_on(programme.slot, lands):%H:%M}"
    named = {"to": f"{lands:%d/%m/%Y}", "day": f"{day:%d/%m/%Y}", "title": programme.title, "there": there}
    return (visit.sentence(told, **named),)


def _day(written: str) -> date:
    if not _is_day(written):
        raise DayUnclear(value=written[:40])
    return date.fromisoformat(written)


def _is_day(written: str) -> bool:
    return day_named(written, otherwise=date.min) != date.min


def _shown(written: str) -> str:
    return f"{_day(written):%d/%m/%Y}" if _is_day(written) else written[:40]
