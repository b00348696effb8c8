"""Today: what is on now and next, what waits, which boxes are silent, and the one thing to do next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain import permissions
from broadcaster.domain.alert import Status
from broadcaster.domain.bulletin import Bulletin, BulletinState
from broadcaster.domain.errors import N_
from broadcaster.services.week.asking import clashes
from broadcaster.store import airings, bulletins, devices, notices, requests, stations
from broadcaster.web import words
from broadcaster.web.alert_view import strip_values
from broadcaster.web.asking_view import waiting_lines
from broadcaster.web.desk import Desk
from broadcaster.web.live import live
from broadcaster.web.pages.airings import lines
from broadcaster.web.pages.alarm import chooser_values
from broadcaster.web.session import Visit

_SHOWN, _LATELY = 5, 60
_LOOK_BACK = timedelta(hours=12)
_NEWS_LAST = timedelta(days=1)
_GRAVE = frozenset({"alert_failed", "alert_silent", "alert_glass", "alert_unsigned", "alert_speech", "button_pressed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAction:
    """The one obvious thing to do: a sentence that says why, and where the button leads."""

    why: str
    button: str
    href: str


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the first page."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get("/")
    def show(visit: here) -> Response:
        with office.database.reading() as tx:
            values = _now_values(desk, tx, visit)
            action = next_action(tx, visit)
        today = words.day(visit.now, visit.station.rules.zone, visit.translate)
        may_write = permissions.may_edit(visit.person)
        panel = chooser_values(desk, visit, Status.ACTUAL) if permissions.may_alert(visit.person) else None
        return desk.show(visit, "home.html", action=action, today=today, may_write=may_write, panel=panel, **values)

    @router.get("/dien-bien")
    def follow(visit: here) -> Response:
        def render() -> str:
            with office.database.reading() as tx:
                return desk.fragment(visit, "_home_now.html", **_now_values(desk, tx, visit))

        return live(desk.while_signed_in(visit.request, render))

    return router


def next_action(tx: Connection, visit: Visit) -> NextAction:
    """Return what this person had best do now, by their roles and by what waits."""
    person, station, say = visit.person, visit.station.id, visit.sentence
    if permissions.may_keep_devices(person) and not stations.clusters_of(tx, station):
        return NextAction(
            why=say(N_("Đài chưa có cụm loa nào, bản tin chưa thể phát ra.")),
            button=say(N_("Thêm cụm loa đầu tiên")),
            href="/cum-loa/moi",
        )
    if permissions.may_approve(person) and (waiting := _may_be_approved(tx, visit)):
        return NextAction(
            why=say(N_("Có {n} bản tin đang chờ bạn nghe và duyệt."), n=len(waiting)),
            button=say(N_("Nghe và duyệt")),
            href=f"/ban-tin/{waiting[-1].id}" if len(waiting) == 1 else "/cho-duyet",
        )
    if permissions.may_edit(person) and (returned := _own(tx, visit, BulletinState.RETURNED)):
        return NextAction(
            why=say(N_("Bản tin “{title}” bị trả lại, cần sửa."), title=returned[0].title),
            button=say(N_("Xem lý do và sửa")),
            href=f"/ban-tin/{returned[0].id}",
        )
    if permissions.may_air(person) and (fighting := clashes(tx, visit.station)):
        return NextAction(
            why=say(N_("Có {n} chỗ tin ưu tiên tranh nhau, đang chờ một người xếp thứ tự."), n=len(fighting)),
            button=say(N_("Xếp thứ tự")),
            href="/lich-tuan/tranh-cho",
        )
    if permissions.may_air(person) and (ready := _unasked(tx, visit)):
        return NextAction(
            why=say(N_("Bản tin “{title}” đã duyệt nhưng chưa có giờ phát."), title=ready[0].title),
            button=say(N_("Chọn giờ phát")),
            href=f"/ban-tin/{ready[0].id}",
        )
    return _everyday_action(visit)


def _unasked(tx: Connection, visit: Visit) -> list[Bulletin]:
    """Return the approved bulletins that nobody has asked a place for: one that waits for its place is no task."""
    asked = {each.bulletin for each in requests.open_ones(tx, visit.station.id)}
    return [each for each in bulletins.approved_without_airing(tx, visit.station.id) if each.id not in asked]


def _everyday_action(visit: Visit) -> NextAction:
    say = visit.sentence
    if permissions.may_edit(visit.person):
        return NextAction(
            why=say(N_("Không có việc nào đang chờ bạn.")), button=say(N_("Soạn bản tin mới")), href="/ban-tin/moi"
        )
    if permissions.may_keep_devices(visit.person):
        return NextAction(
            why=say(N_("Không có việc nào đang chờ bạn.")), button=say(N_("Xem các cụm loa")), href="/thiet-bi"
        )
    return NextAction(
        why=say(N_("Không có bản tin nào chờ duyệt.")), button=say(N_("Xem các lượt phát")), href="/luot-phat"
    )


def _may_be_approved(tx: Connection, visit: Visit) -> list[Bulletin]:
    found = bulletins.of_station(tx, visit.station.id, states=[BulletinState.SUBMITTED])
    own_too = visit.station.rules.self_approval
    return [b for b in found if own_too or b.author != visit.person.id]


def _own(tx: Connection, visit: Visit, state: BulletinState) -> list[Bulletin]:
    found = bulletins.of_station(tx, visit.station.id, states=[state])
    return [b for b in found if b.author == visit.person.id]


def _now_values(desk: Desk, tx: Connection, visit: Visit) -> dict[str, Any]:
    """Return what changes while somebody looks."""
    now, station = desk.site.office.now(), visit.station.id
    week = now + timedelta(days=7)
    begun = airings.begun(tx, station, start=now - _LOOK_BACK, until=now, limit=_LATELY, cancelled=False)
    on = [a for a in reversed(begun) if a.end_at > now]
    coming = airings.between(tx, station, start=now, end=week, limit=_SHOWN)
    over = [a for a in begun if a.end_at <= now][:_SHOWN]
    boxes = devices.of_station(tx, station)
    silent = [d for d in boxes if not d.state.reachable(now)]
    return {
        "on": lines(tx, visit, on),
        "coming": lines(tx, visit, coming),
        "over": lines(tx, visit, over),
        "waiting": waiting_lines(tx, visit),
        "silent": [
            {
                "key": d.id,
                "href": f"/cum-loa/{d.cluster}",
                "name": d.cluster_name,
                "hamlet": d.hamlet_name,
                "last_seen": words.ago(d.last_seen_at, now, visit.translate),
            }
            for d in silent
        ],
        "box_count": len(boxes),
        "reachable_count": len(boxes) - len(silent),
        "waiting_count": len(bulletins.of_station(tx, station, states=[BulletinState.SUBMITTED])),
        "may_approve": permissions.may_approve(visit.person),
        "listening": bool(desk.site.loudspeakers()),
        "health": desk.site.health(),
        "alarm": strip_values(tx, visit),
        "news": _news(tx, visit, now=now),
    }


def _news(tx: Connection, visit: Visit, *, now: datetime) -> list[dict[str, object]]:
    """Return what the station told its people lately, newest first."""
    zone = visit.station.rules.zone
    return [
        {
            "when": words.clock(n.at, zone),
            "ago": words.ago(n.at, now, visit.translate),
            "sentence": n.sentence,
            "grave": n.kind in _GRAVE,
            "href": f"/tin-khan/{n.subject}" if n.subject.startswith("kc-") else None,
        }
        for n in notices.latest(tx, visit.station.id, limit=_SHOWN)
        if n.at > now - _NEWS_LAST
    ]  # fmt: skip
