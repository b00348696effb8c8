"""Warnings made beforehand and held by every box, and what somebody on the spot may start with a button."""

import hashlib
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from broadcaster.domain.alarm.rules import clean_part
from broadcaster.domain.alarm.sirens import NO_SIREN, NameMeansSilence, Siren, checked
from broadcaster.domain.alarm.speech import speech_hash, speech_of
from broadcaster.domain.alarm.templates import template
from broadcaster.domain.alert import Status
from broadcaster.domain.errors import N_, Conflict, Invalid, Refusal, refusal
from broadcaster.domain.ids import StationId
from broadcaster.domain.permissions import Person, may_administer, may_approve, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.alarm import document as alert_document
from broadcaster.services.alarm.contents import content_of, draft_from
from broadcaster.services.alarm.rendering import speak
from broadcaster.services.office import Office, new_id
from broadcaster.services.on_the_wire import audio_ref
from broadcaster.services.rendering import Studio, StudioFailed
from broadcaster.store import alarm_settings, audit, prepared, recordings
from broadcaster.store.alarm_settings import AlarmSettings
from broadcaster.store.prepared import Prepared
from wire import messages

log = logging.getLogger(__name__)

Held = tuple[tuple[messages.PreparedMessage, ...], messages.Button | None]
"""What a box holds for the day it is needed, and what its button may start."""
MOST = 30
BUTTON_MOST = 8
PIN_DIGITS = range(4, 13)
TRY_AGAIN = timedelta(minutes=1)


@refusal
class TooManyPrepared(Conflict):
    limit: int
    message = N_("Đài đã có {limit} tin làm sẵn, nhiều hơn thì bộ thu không giữ hết. Xin gỡ bớt tin cũ.")


@refusal
class NotARealWarning(Invalid):
    message = N_("Chỉ làm sẵn được mẫu báo động thật; diễn tập và thử loa thì soạn khi cần.")


@refusal
class TooManyOnButton(Invalid):
    limit: int
    message = N_("Nút bấm của thôn chỉ chọn được nhiều nhất {limit} tin làm sẵn. Xin bỏ bớt.")


@refusal
class BadPin(Invalid):
    message = N_("Mã số của nút bấm phải gồm 4 đến 12 chữ số. Xin đặt lại.")


def prepare(office: Office, *, actor: Person, name: str, blanks: Mapping[str, str]) -> Prepared:
    """Keep a filled template for the boxes to hold, and have it spoken. Raises Invalid."""
    require(may_approve(actor))
    now, of = office.now(), template(name)
    if of.status is not Status.ACTUAL:
        raise NotARealWarning
    with office.database.writing() as tx:
        if len(prepared.of_station(tx, actor.station)) >= MOST:
            raise TooManyPrepared(limit=MOST)
        content = content_of(tx, actor.station, draft_from(of, blanks), now=now)
        message = Prepared(
            id=new_id("ms"), station=actor.station, template=of.id, blanks=dict(blanks), event=content.event,
            headline=content.headline, speech=speech_of(content), speech_sha256=speech_hash(content),
            siren=content.siren, times=content.times, recording_sha256=None, failure=None, tries=0, not_before=now,
            created_by=actor.id, created_at=now,
        )  # fmt: skip
        prepared.add(tx, message)
        audit.record(
            tx, actor.station, user=actor.id, action="prepared.add", subject=message.id, now=now,
            headline=content.headline,
        )  # fmt: skip
    office.ring_speaker()
    return message


def retire(office: Office, *, actor: Person, message: str) -> None:
    """Take a message off the boxes, and off the button."""
    require(may_approve(actor))
    with office.database.writing() as tx:
        if message not in (m.id for m in prepared.of_station(tx, actor.station)):
            raise NoSuchThing
        prepared.change(tx, message, retired=True)
        before = alarm_settings.get(tx, actor.station)
        button = tuple(name for name in before.button if name != message)
        alarm_settings.put(tx, actor.station, replace(before, button=button))
        audit.record(tx, actor.station, user=actor.id, action="prepared.retire", subject=message, now=office.now())
    office.ring_planner()


def set_button(
    office: Office, *, actor: Person, wanted: Sequence[str], pin: str | None, least_interval_s: int | None = None
) -> AlarmSettings:
    """Choose which prepared messages somebody on the spot may start, in their order; without any there is no button.

    `pin` is digits for the box's own page, empty for none, None for the one that there is. Raises Invalid.
    """
    require(may_administer(actor))
    if len(wanted) > BUTTON_MOST:
        raise TooManyOnButton(limit=BUTTON_MOST)
    with office.database.writing() as tx:
        known = {m.id for m in prepared.of_station(tx, actor.station)}
        if not set(wanted) <= known:
            raise NoSuchThing
        before = alarm_settings.get(tx, actor.station)
        interval_s = max(10, min(86_400, least_interval_s or before.least_interval_s))
        after = replace(
            before, button=tuple(dict.fromkeys(wanted)), least_interval_s=interval_s,
            pin_scrypt=before.pin_scrypt if pin is None else _scrypt(pin) if pin else None,
        )  # fmt: skip
        alarm_settings.put(tx, actor.station, after)
        audit.record(
            tx, actor.station, user=actor.id, action="button.set", subject=actor.station, now=office.now(),
            messages=list(after.button),
        )  # fmt: skip
    office.ring_planner()
    return after


def set_siren(office: Office, *, actor: Person, siren: Siren) -> None:
    """Keep a siren pattern of the station's own; one of the same name goes. Raises BadSiren or NameMeansSilence."""
    require(may_administer(actor))
    if siren.name == NO_SIREN:
        raise NameMeansSilence
    checked(siren.strokes)
    with office.database.writing() as tx:
        before = alarm_settings.get(tx, actor.station)
        named = replace(siren, name=" ".join(siren.name.split())[:40], title=clean_part("headline", siren.title))
        alarm_settings.put(tx, actor.station, replace(before, sirens={**before.sirens, named.name: named}))
        audit.record(tx, actor.station, user=actor.id, action="siren.set", subject=named.name, now=office.now())


def speak_next(office: Office, studio: Studio, *, voices: Sequence[str]) -> bool:
    """Make the recording of the prepared message that waits longest; False when none waits."""
    with office.database.reading() as tx:
        message = prepared.next_to_speak(tx, now=office.now())
    if message is None:
        return False
    try:
        sound = speak(office, studio, station=message.station, text=message.speech, voices=voices)
    except (StudioFailed, Refusal) as exc:
        log.warning("prepared message %s was not spoken: %s", message.id, exc)
        with office.database.writing() as tx:
            again = office.now() + TRY_AGAIN
            prepared.change(tx, message.id, failure=str(exc), tries=message.tries + 1, not_before=again)
        return True
    with office.database.writing() as tx:
        prepared.change(tx, message.id, recording_sha256=sound.sha256, failure=None)
    office.ring_planner()
    return True


def held_by_boxes(tx: Connection, station: StationId) -> Held:
    """Return what every box of the station holds for the day it is needed, and what its button may start."""
    made = [message for message in prepared.of_station(tx, station) if message.recording_sha256]
    sounds = recordings.several(tx, station, {str(m.recording_sha256) for m in made})
    held = tuple(
        messages.PreparedMessage(
            message_id=message.id,
            event=message.event,
            headline=message.headline,
            siren=tuple(alert_document.burst((s.on_ms, s.off_ms, s.times)) for s in message.siren),
            recording=audio_ref(sounds[str(message.recording_sha256)]),
            times=message.times,
        )
        for message in made
        if message.recording_sha256 in sounds
    )
    settings = alarm_settings.get(tx, station)
    names = tuple(name for name in settings.button if name in {m.message_id for m in held})
    if not names:
        return held, None
    return held, messages.Button(
        messages=names, pin_scrypt=settings.pin_scrypt, least_interval_s=settings.least_interval_s
    )


def _scrypt(pin: str) -> str:
    """Return `salt$key`, as a box checks a PIN (scrypt n=16384 r=8 p=1, 32 bytes). Raises BadPin."""
    if len(pin) not in PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise BadPin
    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(pin.encode(), salt=salt, n=16384, r=8, p=1, dklen=32)
    return f"{salt.hex()}${key.hex()}"
