"""Boxes and clusters under `/api/v1`: look, add, give out codes, enrol, retire."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from broadcaster.domain.ids import ClusterId, DeviceId, HamletId
from broadcaster.domain.permissions import Person
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import devices as use_cases
from broadcaster.services import stations as station_cases
from broadcaster.services.releasing import standing
from broadcaster.store import devices
from broadcaster.web.api import shapes
from broadcaster.web.api.bodies import ClusterBody, ClusterShape, CodeShape, DeviceShape
from broadcaster.web.site import Site


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of boxes."""
    router = APIRouter(tags=["devices"])
    who = Annotated[Person, Depends(asking)]

    @router.get("/devices")
    def several(actor: who) -> list[DeviceShape]:
        """The station's boxes, with what each last said of itself."""
        with site.office.database.reading() as tx:
            now = site.office.now()
            return [
                shapes.device(device, now=now, agent=standing(tx, device))
                for device in devices.of_station(tx, actor.station)
            ]

    @router.get("/devices/{device_id}")
    def one(device_id: str, actor: who) -> DeviceShape:
        """One box."""
        with site.office.database.reading() as tx:
            found = devices.get(tx, DeviceId(device_id))
            if found is None or found.station != actor.station:
                raise NoSuchThing
            return shapes.device(found, now=site.office.now(), agent=standing(tx, found))

    @router.delete("/devices/{device_id}", status_code=204)
    def retire(device_id: str, actor: who) -> None:
        """Retire a box: it is told nothing more, and its account ends once its reports are in."""
        use_cases.retire(site.office, actor=actor, device=DeviceId(device_id))

    @router.post("/clusters", status_code=201)
    def add_cluster(body: ClusterBody, actor: who) -> ClusterShape:
        """Add a cluster of loudspeakers to a hamlet."""
        added = station_cases.add_cluster(site.office, actor=actor, hamlet=HamletId(body.hamlet_id), name=body.name)
        return ClusterShape(id=added.id, name=added.name, hamlet_id=added.hamlet, device_id=None)

    @router.post("/clusters/{cluster_id}/code", status_code=201)
    def issue_code(cluster_id: str, actor: who) -> CodeShape:
        """Give out a one-time code by which a box is put up here; an earlier one is void."""
        code = use_cases.issue_code(site.office, actor=actor, cluster=ClusterId(cluster_id))
        shown = use_cases.shown_code(code)
        return CodeShape(
            code=shown, expires_at=code.expires_at, command=f"device-agent enrol {site.public_url} {shown}"
        )

    @router.post("/enrol")
    def enrol(body: dict[str, Any], request: Request) -> Mapping[str, object]:
        """A box's half of the handshake and the station's answer, both sealed with the one-time code."""
        return site.enrol(body, request.client.host if request.client else "")

    return router
