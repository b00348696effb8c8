"""Alerts under `/api/v1`: draft, approve, cancel, update, repeat, correct; silence everywhere; who missed what."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from broadcaster.domain.alarm.sirens import NO_SIREN, house_sirens, name_of
from broadcaster.domain.alarm.templates import house_templates
from broadcaster.domain.alarm.vouching import Vouch
from broadcaster.domain.alert import Alert, AlertState, Certainty, Content, Severity, Urgency
from broadcaster.domain.audience import Audience, from_json
from broadcaster.domain.ids import AlertId
from broadcaster.domain.permissions import Person
from broadcaster.services.alarm import alerts as use_cases
from broadcaster.services.alarm import following
from broadcaster.services.alarm.contents import AlertDraft, from_template, sirens_of
from broadcaster.store import alerts, reports
from broadcaster.web.api import alert_shapes as shapes
from broadcaster.web.api.alert_bodies import (
    AlertBody,
    AlertShape,
    ApproveAlertBody,
    CancelBody,
    MissedShape,
    PressedShape,
    RepeatShape,
    SirenShape,
    TemplateShape,
    UpdateBody,
)
from broadcaster.web.site import Site


def routes(site: Site, asking: Callable[..., Person], vouching: Callable[..., Vouch]) -> APIRouter:
    """Return the routes of alerts."""
    router = APIRouter(tags=["alerts"])
    who = Annotated[Person, Depends(asking)]
    voucher = Annotated[Vouch, Depends(vouching)]

    def shown(found: Alert) -> AlertShape:
        with site.office.database.reading() as tx:
            return shapes.alert(tx, found, now=site.office.now())

    @router.post("/alerts", status_code=201)
    def draft(body: AlertBody, actor: who, vouch: voucher) -> AlertShape:
        """Draft an alert. Nothing sounds before enough people have approved it."""
        wanted = draft_of(body, now=site.office.now())
        return shown(use_cases.draft(site.office, actor=actor, wanted=wanted, vouch=vouch))

    @router.get("/alerts")
    def several(
        actor: who, state: AlertState | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
    ) -> list[AlertShape]:
        """The station's alerts, newest first."""
        with site.office.database.reading() as tx:
            states = [state] if state else list(AlertState)
            found = alerts.of_station(tx, actor.station, states=states, limit=limit)
            boxes = following.boxes_of(tx, actor.station)
            return [shapes.alert(tx, each, now=site.office.now(), boxes=boxes) for each in found]

    @router.post("/alerts/cancel-all")
    def cancel_all(body: CancelBody, actor: who) -> list[AlertShape]:
        """Silence everything everywhere in one call."""
        return [shown(each) for each in use_cases.cancel_all(site.office, actor=actor, reason=body.reason)]

    @router.get("/alerts/sirens")
    def sirens(actor: who) -> list[SirenShape]:
        """The siren patterns that the station may use."""
        with site.office.database.reading() as tx:
            known = {**house_sirens(), **sirens_of(tx, actor.station)}
        return [shapes.siren(siren) for siren in known.values()]

    @router.get("/alerts/missed")
    def missed(actor: who) -> list[MissedShape]:
        """The ledger: which clusters never said that they sounded which alert, newest first."""
        with site.office.database.reading() as tx:
            zone = shapes.zone_of(tx, actor.station)
            found = following.ledger(tx, actor.station, now=site.office.now())
            return [shapes.missed(each, zone=zone) for each in found]

    @router.get("/alerts/pressed")
    def pressed(actor: who) -> list[PressedShape]:
        """What somebody on the spot has started with a box's button, newest first."""
        with site.office.database.reading() as tx:
            return [shapes.pressed(each) for each in reports.pressed(tx, actor.station)]

    @router.get("/alerts/templates")
    def templates(actor: who) -> list[TemplateShape]:
        """Ready-made alerts with their blanks."""
        return [shapes.template(each) for each in house_templates().values()]

    _of_one(router, site, shown, asking, vouching)
    return router


def _of_one(
    router: APIRouter,
    site: Site,
    shown: Callable[[Alert], AlertShape],
    asking: Callable[..., Person],
    vouching: Callable[..., Vouch],
) -> None:
    """Add the routes of one alert."""
    who = Annotated[Person, Depends(asking)]
    voucher = Annotated[Vouch, Depends(vouching)]

    def found(actor: Person, alert_id: str) -> Alert:
        with site.office.database.reading() as tx:
            return use_cases.find(tx, actor.station, AlertId(alert_id))

    @router.get("/alerts/{alert_id}")
    def one(alert_id: str, actor: who) -> AlertShape:
        """One alert: what is missing before it may sound, and what became of it where."""
        return shown(found(actor, alert_id))

    @router.put("/alerts/{alert_id}")
    def redraft(alert_id: str, body: AlertBody, actor: who, vouch: voucher) -> AlertShape:
        """Write a draft anew; what was said for it before is void."""
        wanted = draft_of(body, now=site.office.now())
        return shown(use_cases.redraft(site.office, actor=actor, alert=AlertId(alert_id), wanted=wanted, vouch=vouch))

    @router.post("/alerts/{alert_id}/approve")
    def approve(alert_id: str, body: ApproveAlertBody, actor: who, vouch: voucher) -> AlertShape:
        """Stand for exactly this content, with its hash and its phrase typed again; it goes out when enough people
        do."""
        approved = use_cases.approve(
            site.office, actor=actor, alert=AlertId(alert_id), content_sha256=body.content_sha256, phrase=body.phrase,
            vouch=vouch, break_glass=body.break_glass,
        )  # fmt: skip
        return shown(approved)

    @router.post("/alerts/{alert_id}/cancel")
    def cancel(alert_id: str, actor: who, body: CancelBody | None = None) -> AlertShape:
        """Silence an alert everywhere, with a reason; boxes that were off never sound it."""
        reason = body.reason if body else ""
        return shown(use_cases.cancel(site.office, actor=actor, alert=AlertId(alert_id), reason=reason))

    @router.post("/alerts/{alert_id}/discard")
    def discard(alert_id: str, actor: who) -> AlertShape:
        """Throw a draft away."""
        return shown(use_cases.discard(site.office, actor=actor, alert=AlertId(alert_id)))

    @router.post("/alerts/{alert_id}/update", status_code=201)
    def update(alert_id: str, body: UpdateBody, actor: who, vouch: voucher) -> AlertShape:
        """A new version, to be approved by the same rules; then it takes the place of the present one."""
        before = found(actor, alert_id)
        wanted = changed_draft(before.content, body, siren=_siren_name(site, before.content))
        new = use_cases.update(site.office, actor=actor, alert=before.id, wanted=wanted, vouch=vouch)
        return shown(new)

    @router.post("/alerts/{alert_id}/correct", status_code=201)
    def correct(alert_id: str, actor: who, vouch: voucher) -> AlertShape:
        """Say at once, where a cancelled alert was for, that it was called off; the words are fixed."""
        return shown(use_cases.correct(site.office, actor=actor, alert=AlertId(alert_id), vouch=vouch))

    @router.post("/alerts/{alert_id}/repeat")
    def repeat(alert_id: str, actor: who) -> RepeatShape:
        """Say it once more for those alone that have not sounded it."""
        return RepeatShape(devices=list(following.repeat(site.office, actor=actor, alert=AlertId(alert_id))))


def draft_of(body: AlertBody, *, now: datetime) -> AlertDraft:
    """Return the draft that a program sent; a template stands for what it left out. Raises Invalid."""
    audience = from_json(body.audience)
    if body.template is not None:
        return from_template(body.template, body.blanks, wanted=_sent(body, audience), now=now)
    return _sent(body, audience)


def _sent(body: AlertBody, audience: Audience) -> AlertDraft:
    return AlertDraft(
        status=body.status,
        event=body.event,
        headline=body.headline,
        text=body.text,
        instruction=body.instruction,
        audience=audience,
        scope=body.scope,
        msg_type=body.msg_type,
        urgency=body.urgency or Urgency.UNKNOWN,
        severity=body.severity or Severity.UNKNOWN,
        certainty=body.certainty or Certainty.UNKNOWN,
        siren=body.siren,
        times=body.times,
        repeat_every_s=body.repeat_every_s,
        on_the_hour=body.on_the_hour,
        effective_at=body.effective_at,
        expires_at=body.expires_at,
        template=body.template,
    )


def changed_draft(content: Content, body: UpdateBody, *, siren: str | None) -> AlertDraft:
    """Return a live alert's content with what the program sent put in; `siren` is the pattern that it has."""

    def kept(name: str, value: object) -> object:
        sent = getattr(body, name)
        return value if sent is None else sent

    fields = ("status", "event", "headline", "text", "instruction", "scope", "urgency", "severity", "certainty",
              "times", "on_the_hour", "expires_at")  # fmt: skip
    values = {name: kept(name, getattr(content, name)) for name in fields}
    return AlertDraft(
        audience=from_json(body.audience) if body.audience is not None else content.audience,
        siren=body.siren or siren,
        repeat_every_s=content.repeat_every_s or 0 if body.repeat_every_s is None else body.repeat_every_s,
        **values,  # type: ignore[arg-type] # each is the body's or the content's own, of the same type
    )


def _siren_name(site: Site, content: Content) -> str | None:
    with site.office.database.reading() as tx:
        name = name_of(content, sirens_of(tx, content.station))
    return name if content.siren else NO_SIREN
