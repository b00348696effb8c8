"""The station itself under `/api/v1`: its rules and places, and how its parts are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends

from broadcaster.domain.permissions import Person
from broadcaster.domain.station import QuietHours, Rules, time_of_day
from broadcaster.services import stations as use_cases
from broadcaster.store import stations
from broadcaster.web.api import shapes
from broadcaster.web.api.bodies import HealthShape, RulesBody, StationShape
from broadcaster.web.site import Site


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of the station and its health."""
    router = APIRouter(tags=["station"])
    who = Annotated[Person, Depends(asking)]

    @router.get("/station")
    def one(actor: who) -> StationShape:
        """The station, its hamlets, its clusters and its rules."""
        with site.office.database.reading() as tx:
            return shapes.station(tx, actor.station, site)

    @router.patch("/station")
    def change(body: RulesBody, actor: who) -> StationShape:
        """Change rules of the station; what is left out stays."""
        with site.office.database.reading() as tx:
            found = stations.get(tx, actor.station)
        assert found is not None  # noqa: S101 - the person who asks belongs to it
        rules = changed_rules(found.rules, body)
        use_cases.change_rules(site.office, actor=actor, rules=rules, voices=site.voice_names)
        return one(actor)

    @router.get("/health")
    def health() -> HealthShape:
        """Open to everybody: it says nothing about content."""
        now = site.health()
        return HealthShape(
            status="ok" if now.database and now.broker_connected and now.signer else "degraded",
            version=now.version,
            broker_connected=now.broker_connected,
            database=now.database,
            signer=now.signer,
            disk_free_bytes=now.disk_free_bytes,
        )

    return router


def changed_rules(rules: Rules, body: RulesBody) -> Rules:
    """Return the rules with what the program sent put in. Raises BadTimeOfDay or EmptyQuietHours."""
    if body.quiet_hours is not None:
        spans = (QuietHours(start=time_of_day(start), end=time_of_day(end)) for start, end in body.quiet_hours)
        rules = replace(rules, quiet_hours=tuple(spans))
    if body.self_approval is not None:
        rules = replace(rules, self_approval=body.self_approval)
    if body.voices is not None:
        rules = replace(rules, voices=tuple(body.voices))
    if body.self_test_at is not None:
        rules = replace(rules, self_test_at=time_of_day(body.self_test_at) if body.self_test_at else None)
    if body.stagger_ms is not None:
        rules = replace(rules, stagger_ms=body.stagger_ms)
    if body.style is not None:
        given = {name: value for name, value in body.style.model_dump().items() if value is not None}
        rules = replace(rules, style=stations.style_from_json(stations.style_as_json(rules.style) | given))
    return rules
