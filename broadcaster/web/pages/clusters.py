"""One cluster: added, its box looked at, its one-time enrolment code given out as text and as a QR picture."""

import io
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.domain.permissions import may_keep_devices, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.devices import CODE_FAILURES, issue_code, shown_code
from broadcaster.services.stations import add_cluster
from broadcaster.store import devices, stations
from broadcaster.store.devices import EnrolmentCode
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.pages.device_view import card
from broadcaster.web.session import Post, Visit

_FIELDS = {"name_missing": "name", "name_too_long": "name", "name_taken": "name", "no_such_thing": "hamlet"}


def routes(desk: Desk) -> APIRouter:
    """Return the routes of one cluster."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/cum-loa/moi")
    def ask(visit: here) -> Response:
        require(may_keep_devices(visit.person))
        return _form(desk, visit, Entered())

    @router.post("/cum-loa")
    def add(post: sent) -> Response:
        entered = post.entered
        try:
            added = add_cluster(
                office, actor=post.visit.person, hamlet=HamletId(entered.one("hamlet")), name=entered.one("name")
            )
        except (Invalid, Conflict, NoSuchThing) as exc:
            errors = {_FIELDS.get(exc.code, "name"): exc.sentence(post.visit.translate)}
            return _form(desk, post.visit, entered, errors=errors, status=desk.status_of(exc))
        return go(f"/cum-loa/{added.id}", done="cum-loa")

    @router.get("/cum-loa/{cluster_id}")
    def show(cluster_id: str, visit: here) -> Response:
        return desk.show(visit, "cluster.html", **_values(desk, visit, ClusterId(cluster_id)))

    @router.post("/cum-loa/{cluster_id}/ma")
    def new_code(cluster_id: str, post: sent) -> Response:
        issue_code(office, actor=post.visit.person, cluster=ClusterId(cluster_id))
        return go(f"/cum-loa/{cluster_id}", done="ma")

    @router.get("/cum-loa/{cluster_id}/ma.svg")
    def picture(cluster_id: str, visit: here) -> Response:
        require(may_keep_devices(visit.person))
        code = _open_code(desk, visit, ClusterId(cluster_id))
        if code is None:
            raise NoSuchThing
        return Response(_qr(f"loa:{desk.site.public_url}?code={shown_code(code)}"), media_type="image/svg+xml")

    return router


def _form(
    desk: Desk, visit: Visit, entered: Entered, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    with desk.site.office.database.reading() as tx:
        hamlets = stations.hamlets_of(tx, visit.station.id)
    return desk.show(visit, "cluster_form.html", status=status, entered=entered, errors=errors or {}, hamlets=hamlets)


def _values(desk: Desk, visit: Visit, cluster: ClusterId) -> dict[str, Any]:
    """Return what the page shows of a cluster; its code only to those who may give it out."""
    zone, translate = visit.station.rules.zone, visit.translate
    with desk.site.office.database.reading() as tx:
        known = {c.id: c for c in stations.clusters_of(tx, visit.station.id)}
        if cluster not in known:
            raise NoSuchThing
        hamlets = {h.id: h.name for h in stations.hamlets_of(tx, visit.station.id)}
        box = next((d for d in devices.of_station(tx, visit.station.id) if d.cluster == cluster), None)
        shown = card(tx, box, now=visit.now, translate=translate) if box else None
    may_keep = may_keep_devices(visit.person)
    code = _open_code(desk, visit, cluster) if may_keep else None
    text = shown_code(code) if code else ""
    return {
        "cluster": known[cluster],
        "hamlet": hamlets[known[cluster].hamlet],
        "box": shown,
        "enrolled": words.moment(box.enrolled_at, zone, translate) if box else None,
        "may_keep": may_keep,
        "code": text,
        "code_groups": text.split("-"),
        "command": f"device-agent enrol {desk.site.public_url} {text}",
        "expires": words.moment(code.expires_at, zone, translate) if code else "",
    }


def _open_code(desk: Desk, visit: Visit, cluster: ClusterId) -> EnrolmentCode | None:
    with desk.site.office.database.reading() as tx:
        code = devices.open_code_of(tx, cluster, now=visit.now)
    usable = code is not None and code.station == visit.station.id and code.failures < CODE_FAILURES
    return code if usable else None


def _qr(text: str) -> bytes:
    """Return a QR picture of the text."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="svg", scale=6, border=4, xmldecl=True, light="#fff")
    return picture.getvalue()
