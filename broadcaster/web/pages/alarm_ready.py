"""What an alarm is made ready with: messages that boxes hold, the hamlet's button, and whom to call in each hamlet."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain.alarm.templates import Template, house_templates, template
from broadcaster.domain.alert import Status
from broadcaster.domain.errors import Conflict, Invalid, Refusal
from broadcaster.domain.permissions import may_administer, may_alert, may_approve, require
from broadcaster.services.alarm import contacts as contact_cases
from broadcaster.services.alarm import preparing
from broadcaster.store import alarm_settings, contacts, devices, prepared, recordings, stations
from broadcaster.store.devices import Device
from broadcaster.store.prepared import Prepared
from broadcaster.web import alert_words
from broadcaster.web.alert_forms import blanks_of
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit

PATH = "/tin-khan/lam-san"
CALLS = "/tin-khan/danh-ba"


def routes(desk: Desk) -> APIRouter:
    """Return the routes of what is made ready."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get(PATH)
    def show(visit: here) -> Response:
        return _page(desk, visit)

    @router.post(PATH)
    def prepare(post: sent) -> Response:
        visit, entered = post.visit, post.entered
        require(may_approve(visit.person))
        chosen = template(entered.one("template"))
        try:
            preparing.prepare(office, actor=visit.person, name=chosen.id, blanks=blanks_of(chosen, entered))
        except (Invalid, Conflict) as exc:
            return _page(desk, visit, entered=entered, refused=exc)
        return go(PATH, done="lam-san")

    @router.post("/tin-khan/lam-san/{message_id}/go")
    def retire(message_id: str, post: sent) -> Response:
        preparing.retire(office, actor=post.visit.person, message=message_id)
        return go(PATH, done="go-lam-san")

    @router.post("/tin-khan/nut-thon")
    def button(post: sent) -> Response:
        visit, entered = post.visit, post.entered
        pin = "" if entered.ticked("no_pin") else entered.one("pin").strip() or None
        minutes = entered.one("minutes")
        interval_s = int(minutes) * 60 if minutes.isascii() and minutes.isdigit() and len(minutes) < 5 else None
        try:
            preparing.set_button(
                office, actor=visit.person, wanted=entered.every("message"), pin=pin, least_interval_s=interval_s
            )
        except (Invalid, Conflict) as exc:
            return _page(desk, visit, entered=entered, refused=exc, at="button")
        return go(PATH, done="nut-thon")

    @router.get(CALLS)
    def whom(visit: here) -> Response:
        return _contacts(desk, visit)

    @router.post(CALLS)
    def keep(post: sent) -> Response:
        visit, entered = post.visit, post.entered
        wanted = {
            name.removeprefix("phone-"): (entered.one(name.replace("phone-", "name-", 1)), entered.one(name))
            for name in entered.fields
            if name.startswith("phone-")
        }
        try:
            contact_cases.keep(office, actor=visit.person, wanted=wanted)
        except Invalid as exc:
            return _contacts(desk, visit, entered=entered, refused=exc)
        return go(CALLS, done="danh-ba")

    return router


def _page(
    desk: Desk, visit: Visit, *, entered: Entered | None = None, refused: Refusal | None = None, at: str = ""
) -> Response:
    require(may_alert(visit.person) or may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        made = prepared.of_station(tx, visit.station.id)
        settings = alarm_settings.get(tx, visit.station.id)
        boxes = devices.of_station(tx, visit.station.id)
        shown = [_message(tx, visit, m, boxes=boxes, button=settings.button) for m in made]
    said = refused.sentence(visit.translate) if refused else ""
    real = [t for t in house_templates().values() if t.status is Status.ACTUAL]
    return desk.show(
        visit,
        "alarm_ready.html",
        status=desk.status_of(refused) if refused else 200,
        problem=said if at != "button" else "",
        button_problem=said if at == "button" else "",
        messages=shown,
        house=[_template(t) for t in real],
        entered=entered or Entered(),
        settings=settings,
        minutes=settings.least_interval_s // 60,
        may_prepare=may_approve(visit.person),
        may_set=may_administer(visit.person),
    )


def _template(of: Template) -> dict[str, object]:
    return {
        "id": of.id,
        "title": of.title,
        "words": f"{of.headline}. {of.text} {of.instruction}",
        "blanks": [(f"blank-{n}", f"{of.id}-{n}", blank) for n, blank in enumerate(of.blanks)],
    }


def _message(
    tx: Connection, visit: Visit, message: Prepared, *, boxes: Collection[Device], button: Collection[str]
) -> dict[str, object]:
    """Return a message with how many boxes hold it: a box says what it lacks."""
    sha256 = message.recording_sha256
    sound = recordings.get(tx, visit.station.id, sha256) if sha256 else None
    holding = [d for d in boxes if d.status and sha256 not in _lacking(d)] if sound else []
    return {
        "key": message.id,
        "headline": message.headline,
        "speech": message.speech.split("\n"),
        "siren": alert_words.siren(message.siren, visit.translate),
        "sound": sound.sha256 if sound else None,
        "failure": message.failure,
        "holding": len(holding),
        "boxes": len(boxes),
        "on_button": message.id in button,
    }


def _lacking(device: Device) -> set[str]:
    return {part["sha256"] for part in device.status.get("audio_missing", ())}


def _contacts(desk: Desk, visit: Visit, *, entered: Entered | None = None, refused: Refusal | None = None) -> Response:
    require(may_alert(visit.person) or may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        hamlets, known = stations.hamlets_of(tx, visit.station.id), contacts.of_station(tx, visit.station.id)
    rows = [
        {
            "id": hamlet.id,
            "hamlet": hamlet.name,
            "name": entered.one(f"name-{hamlet.id}") if entered else kept.name if kept else "",
            "phone": entered.one(f"phone-{hamlet.id}") if entered else kept.phone if kept else "",
        }
        for hamlet in hamlets
        for kept in [known.get(hamlet.id)]
    ]
    return desk.show(
        visit,
        "alarm_contacts.html",
        status=desk.status_of(refused) if refused else 200,
        problem=refused.sentence(visit.translate) if refused else "",
        rows=rows,
    )
