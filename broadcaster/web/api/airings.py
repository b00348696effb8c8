"""Airings under `/api/v1`: plan, look, cancel."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from broadcaster.domain.audience import EVERYBODY, from_json
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import AiringId, BulletinId, LibraryItemId
from broadcaster.domain.permissions import Person
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import airings as use_cases
from broadcaster.store import airings
from broadcaster.web.api import shapes
from broadcaster.web.api.bodies import AiringBody, AiringShape
from broadcaster.web.site import Site


@refusal
class OneItemWanted(Invalid):
    message = N_("Xin ghi đúng một trong hai: bulletin_id (bản tin) hoặc library_item_id (âm thanh thu sẵn).")


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of airings."""
    router = APIRouter(tags=["airings"])
    who = Annotated[Person, Depends(asking)]

    def shown(actor: Person, airing: AiringId) -> AiringShape:
        with site.office.database.reading() as tx:
            found = airings.get(tx, actor.station, airing)
            if found is None:
                raise NoSuchThing
            return shapes.airing(tx, found, now=site.office.now())

    @router.post("/airings", status_code=201)
    def plan(body: AiringBody, actor: who) -> AiringShape:
        """Plan an airing of an approved bulletin or recording, at `start_at` or as soon as its clusters are free."""
        start_at = body.start_at if isinstance(body.start_at, datetime) else None
        audience = from_json(body.audience) if body.audience is not None else None
        if body.bulletin_id is not None and body.library_item_id is None:
            bulletin = BulletinId(body.bulletin_id)
            planned = use_cases.plan(site.office, actor=actor, bulletin=bulletin, start_at=start_at, audience=audience)
            return shown(actor, planned.id)
        if body.library_item_id is None or body.bulletin_id is not None:
            raise OneItemWanted
        item = LibraryItemId(body.library_item_id)
        recorded = use_cases.plan_recording(
            site.office, actor=actor, item=item, start_at=start_at, audience=audience or EVERYBODY
        )
        return shown(actor, recorded.id)

    @router.get("/airings")
    def several(
        actor: who,
        start: AwareDatetime | None = None,
        end: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> list[AiringShape]:
        """The airings that start in [start, end), by default from a day ago to a week ahead, the cancelled ones too:
        `limit` of them after the first `offset`. Fewer than `limit` are the last."""
        now = site.office.now()
        with site.office.database.reading() as tx:
            found = airings.between(
                tx,
                actor.station,
                start=start or now - timedelta(days=1),
                end=end or now + timedelta(days=7),
                cancelled=True,
                limit=limit,
                offset=offset,
            )
            shown = shapes.airings(tx, actor.station, found, now=now)
            return [shown[airing.id] for airing in found]

    @router.get("/airings/{airing_id}")
    def one(airing_id: str, actor: who) -> AiringShape:
        """One airing, with what became of it on each cluster."""
        return shown(actor, AiringId(airing_id))

    @router.delete("/airings/{airing_id}")
    def cancel(airing_id: str, actor: who) -> AiringShape:
        """Cancel an airing; one that sounds now is stopped."""
        return shown(actor, use_cases.cancel(site.office, actor=actor, airing=AiringId(airing_id)).id)

    return router
