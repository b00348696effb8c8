"""What an alarm is made ready with, under `/api/v1/alerts`: prepared messages, the button, own sirens, drills."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from broadcaster.domain.alarm.sirens import Siren
from broadcaster.domain.alert import Stroke
from broadcaster.domain.permissions import Person
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.alarm import drilling, preparing
from broadcaster.store import alarm_settings, prepared, stations
from broadcaster.store.alarm_settings import AlarmSettings
from broadcaster.web.api import alert_shapes as shapes
from broadcaster.web.api.alert_bodies import (
    ButtonBody,
    ButtonShape,
    DrillsShape,
    PreparedBody,
    PreparedShape,
    SirenBody,
    SirenShape,
)
from broadcaster.web.site import Site


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of what is made ready. They stand before those of one alert, whose id could be any name."""
    router = APIRouter(tags=["alerts"])
    who = Annotated[Person, Depends(asking)]

    @router.get("/alerts/prepared")
    def messages(actor: who) -> list[PreparedShape]:
        """Messages that boxes hold ready, and how many of them do."""
        with site.office.database.reading() as tx:
            button = alarm_settings.get(tx, actor.station).button
            return [shapes.prepared(each, button=button) for each in prepared.of_station(tx, actor.station)]

    @router.post("/alerts/prepared", status_code=201)
    def prepare(body: PreparedBody, actor: who) -> PreparedShape:
        """Have a filled template spoken and held by every box."""
        made = preparing.prepare(site.office, actor=actor, name=body.template, blanks=body.blanks)
        return shapes.prepared(made, button=())

    @router.delete("/alerts/prepared/{message_id}", status_code=204)
    def retire(message_id: str, actor: who) -> None:
        """Have a prepared message held no more."""
        preparing.retire(site.office, actor=actor, message=message_id)

    @router.get("/alerts/button")
    def button(actor: who) -> ButtonShape:
        """What somebody on the spot may start with no network."""
        with site.office.database.reading() as tx:
            return _button(alarm_settings.get(tx, actor.station))

    @router.put("/alerts/button")
    def set_button(body: ButtonBody, actor: who) -> ButtonShape:
        """Choose what somebody on the spot may start with no network."""
        kept = preparing.set_button(
            site.office, actor=actor, wanted=body.messages, pin=body.pin, least_interval_s=body.least_interval_s
        )
        return _button(kept)

    @router.put("/alerts/sirens")
    def set_siren(body: SirenBody, actor: who) -> SirenShape:
        """Keep a siren pattern of the station's own."""
        strokes = tuple(Stroke(on_ms=on_ms, off_ms=off_ms, times=times) for on_ms, off_ms, times in body.strokes)
        siren = Siren(name=body.name, title=body.title, strokes=strokes, source=body.source)
        preparing.set_siren(site.office, actor=actor, siren=siren)
        return shapes.siren(siren)

    @router.get("/alerts/drills")
    def drills(actor: who, month: str) -> DrillsShape:
        """A month's drills, `month` as 2026-11: who sounded, how fast, who did not, and the score."""
        with site.office.database.reading() as tx:
            station = stations.get(tx, actor.station)
            if station is None:
                raise NoSuchThing
            scored, reports = drilling.month(tx, station, wanted=month, now=site.office.now())
        return shapes.drills(month, scored, reports)

    return router


def _button(kept: AlarmSettings) -> ButtonShape:
    return ButtonShape(
        messages=list(kept.button), has_pin=kept.pin_scrypt is not None, least_interval_s=kept.least_interval_s
    )
