"""Changing the week: every change is shown first with what it would break, and is saved only by a second press."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import N_, Conflict, Invalid, Refusal, refusal
from broadcaster.domain.permissions import may_schedule, require
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.station import NoSuchThing, time_of_day
from broadcaster.domain.week.edits import TimeNotConfirmed, WouldBreak
from broadcaster.services.week import programmes as use_cases
from broadcaster.services.week.foresight import Preview
from broadcaster.services.week.programmes import Edit
from broadcaster.store import programmes
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit
from broadcaster.web.week_view import day_named, session_path

_OURS = frozenset({"csrf", "step", "confirmed"})


@refusal
class DayUnclear(Invalid):
    value: str
    message = N_("“{value}” không phải là một ngày. Xin chọn ngày trên lịch.")


def routes(desk: Desk) -> APIRouter:
    """Return the routes that change single sessions, whole weeks, and take changes back."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.post("/lich-tuan/buoi/{programme}/{day}/doi")
    def move(programme: str, day: str, post: sent) -> Response:
        to = post.entered.one("date", day)
        return _of_session(
            desk, post, programme, day,
            lambda p, d: use_cases.moving(p, d, starts=time_of_day(post.entered.one("time")), to=_day(to)),
            done="buoi-doi", arrives=to, head=N_("Đổi giờ một buổi"),
            lead=N_("Dời buổi ngày {day} sang {time} ngày {to}. Các ngày khác giữ nguyên."),
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
            action="/lich-tuan/chep", back=back, done="tuan-chep",
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
            then=f"/lich-tuan?tuan={first}" if _is_day(first) else None,
        )  # fmt: skip

    @router.post("/lich-tuan/lich-su/{number}/hoan-tac")
    def undo(number: int, post: sent) -> Response:
        with office.database.reading() as tx:
            entry = programmes.change(tx, post.visit.station.id, number)
        if entry is None:
            raise NoSuchThing
        done = post.visit.translate(use_cases.ACTIONS.get(entry.action, entry.action))
        return propose(
            desk, post, lambda: use_cases.undoing(number),
            head=N_("Hoàn tác"), lead=N_("Lấy lại như trước khi {who} làm việc “{what}” với {titles}."),
            named={"who": entry.by, "what": done, "titles": ", ".join(f"“{t}”" for t in entry.titles)},
            action=f"/lich-tuan/lich-su/{number}/hoan-tac", back="/lich-tuan/lich-su", done="hoan-tac",
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
    def come_back_to_the_history(number: int, visit: here) -> Response:
        with office.database.reading() as tx:
            if programmes.change(tx, visit.station.id, number) is None:
                raise NoSuchThing
        return go("/lich-tuan/lich-su")

    return router


def propose(
    desk: Desk,
    post: Post,
    make: Callable[[], Edit],
    *,
    head: str,
    lead: str,
    named: Mapping[str, str],
    action: str,
    back: str,
    done: str,
    then: str | None = None,
    edit_again: bool = False,
    listed: bool = False,
) -> Response:
    """Save a change that was looked at, or show what it would do; what is refused is said where it was asked for.

    `back` leads away without a change, `then` (by default the same) is where one stands when it is saved. With `listed`
    the programmes that come, change and go are named.
    """
    visit, entered = post.visit, post.entered
    require(may_schedule(visit.person))
    problem: Refusal | None = None
    found: Preview | None = None
    try:
        edit = make()
        if entered.one("step") == "save":
            try:
                use_cases.save(desk.site.office, actor=visit.person, edit=edit, confirmed=entered.every("confirmed"))
            except (WouldBreak, TimeNotConfirmed) as exc:
                problem = exc
            else:
                return _go(then or back, done)
        found = use_cases.preview(desk.site.office, actor=visit.person, edit=edit)
    except (Invalid, Conflict) as exc:
        problem = exc
    status = desk.status_of(problem) if problem else 409 if found and found.breaks else 200
    return desk.show(
        visit, "week_change.html", status=status, head=visit.translate(head), lead=visit.sentence(lead, **named),
        action=action, back=back, edit_again=edit_again, hidden=_hidden(entered), typed=entered.every("confirmed"),
        changes=_changes(visit, found) if found and listed else [], **_said(visit, found, problem),
    )  # fmt: skip


def _changes(visit: Visit, found: Preview) -> list[dict[str, str]]:
    """Return the programmes that come, change and go, in this order."""
    look = {"new": ("check", N_("Thêm")), "other": ("clock", N_("Sửa")), "gone": ("cross", N_("Bỏ"))}
    kinds = [
        ("gone", found.titles[name]) if each is None
        else ("other" if name in found.titles else "new", each.title)
        for name, each in found.changed
    ]  # fmt: skip
    order = list(look)
    return [
        {"icon": look[kind][0], "said": visit.translate(look[kind][1]), "title": title}
        for kind, title in sorted(kinds, key=lambda each: order.index(each[0]))
    ]


def _said(visit: Visit, found: Preview | None, problem: Refusal | None) -> dict[str, object]:
    """Return what a preview says, each sentence once; what is said as broken is not said twice."""
    breaks = list(dict.fromkeys(each.sentence(visit.translate) for each in found.breaks)) if found else []
    alone = problem is not None and not (isinstance(problem, WouldBreak) and breaks)
    return {
        "problem": problem.sentence(visit.translate) if problem is not None and alone else None,
        "breaks": breaks,
        "unusual": [
            {"title": u.title, "clock": u.clock, "words": u.words}
            for u in dict.fromkeys(found.unusual if found else ())
        ],
        "bulletins": [each.reason.sentence(visit.translate) for each in found.bulletins] if found else [],
        "nothing": found is not None and not found.changed,
        "may_save": found is not None and found.is_allowed and bool(found.changed),
    }


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
) -> Response:
    day, name = _day(written), ProgrammeId(programme)
    with desk.site.office.database.reading() as tx:
        if name not in {kept.programme.id for kept in programmes.of_station(tx, post.visit.station.id)}:
            raise NoSuchThing
    lands = _day(arrives) if arrives and _is_day(arrives) else None
    step = post.visit.request.url.path.rsplit("/", 1)[-1]
    return propose(
        desk, post, lambda: make(name, day), head=head, lead=lead,
        named={
            "day": f"{day:%d/%m/%Y}", "time": post.entered.one("time"), "to": _shown(post.entered.one("date", written))
        },
        action=f"{session_path(name, day)}/{step}", back=session_path(name, day),
        then=session_path(name, lands) if lands else f"/lich-tuan?tuan={day.isoformat()}", done=done,
    )  # fmt: skip


def _hidden(entered: Entered) -> list[tuple[str, str]]:
    return [(name, value) for name, values in entered.fields.items() if name not in _OURS for value in values]


def _day(written: str) -> date:
    if not _is_day(written):
        raise DayUnclear(value=written[:40])
    return date.fromisoformat(written)


def _is_day(written: str) -> bool:
    return day_named(written, otherwise=date.min) != date.min


def _shown(written: str) -> str:
    return f"{_day(written):%d/%m/%Y}" if _is_day(written) else written[:40]


def _go(path: str, done: str) -> Response:
    address, _, query = path.partition("?")
    return go(f"{address}?{query}&da={done}") if query else go(address, done=done)
