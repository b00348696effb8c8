"""Clusters and their boxes: the list, and taking a box out of service."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.ids import DeviceId
from broadcaster.domain.permissions import may_keep_devices, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import devices as use_cases
from broadcaster.store import devices, stations
from broadcaster.store.devices import Device
from broadcaster.web.desk import Desk, go
from broadcaster.web.live import live
from broadcaster.web.pages.device_view import card
from broadcaster.web.session import Post, Visit


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the list and of retiring."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]

    @router.get("/thiet-bi")
    def several(visit: here) -> Response:
        return desk.show(visit, "devices.html", hamlets=_hamlets(desk, visit), may_add=may_keep_devices(visit.person))

    @router.get("/thiet-bi/dien-bien")
    def follow(visit: here) -> Response:
        def render() -> str:
            return desk.fragment(visit, "_devices_now.html", hamlets=_hamlets(desk, visit))

        return live(desk.while_signed_in(visit.request, render))

    @router.get("/bo-thu/{device_id}/go")
    def confirm(device_id: str, visit: here) -> Response:
        require(may_keep_devices(visit.person))
        return desk.show(visit, "device_retire.html", device=_find(desk, visit, DeviceId(device_id)))

    @router.post("/bo-thu/{device_id}/go")
    def retire(device_id: str, post: Annotated[Post, Depends(desk.door.posted)]) -> Response:
        use_cases.retire(office, actor=post.visit.person, device=DeviceId(device_id))
        return go("/thiet-bi", done="go")

    return router


def _hamlets(desk: Desk, visit: Visit) -> list[dict[str, object]]:
    """Return every hamlet with its clusters and their boxes."""
    now = desk.site.office.now()
    with desk.site.office.database.reading() as tx:
        boxes = {d.cluster: card(tx, d, now=now, translate=visit.translate)
                 for d in devices.of_station(tx, visit.station.id)}  # fmt: skip
        clusters = stations.clusters_of(tx, visit.station.id)
        return [
            {
                "name": hamlet.name,
                "clusters": [
                    {"id": c.id, "name": c.name, "href": f"/cum-loa/{c.id}", "box": boxes.get(c.id)}
                    for c in clusters
                    if c.hamlet == hamlet.id
                ],
            }
            for hamlet in stations.hamlets_of(tx, visit.station.id)
        ]


def _find(desk: Desk, visit: Visit, device: DeviceId) -> Device:
    with desk.site.office.database.reading() as tx:
        found = devices.get(tx, device)
    if found is None or found.station != visit.station.id or found.retired_at is not None:
        raise NoSuchThing
    return found
