"""From what somebody entered to the exact content of an alert, with the usual siren and rhythm for its event."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.alarm import rules
from broadcaster.domain.alarm.claims import check_claims
from broadcaster.domain.alarm.sirens import EventKind, Siren, choose_siren, kind_of
from broadcaster.domain.alarm.templates import Filled, Template, fill, graded, template
from broadcaster.domain.alert import Certainty, Content, MsgType, Scope, Severity, Status, Stroke, Urgency
from broadcaster.domain.audience import EVERYBODY, Audience, check_known, clusters_of
from broadcaster.domain.bulletin import NothingToSay
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.domain.station import NoSuchThing
from broadcaster.domain.timetable import NobodyToHear
from broadcaster.services.alarm.life import check_hour
from broadcaster.services.reader import station_reader
from broadcaster.store import alarm_settings, stations

USUAL_TIMES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDraft:
    """An alert as its author entered it, in CAP's names. What is None is chosen by the kind of event.

    `siren` names a pattern, `none` means silence; `repeat_every_s` 0 means that it is said once and not again.
    """

    status: Status
    event: str
    headline: str
    text: str
    audience: Audience
    instruction: str = ""
    msg_type: MsgType = MsgType.ALERT
    scope: Scope = Scope.PUBLIC
    urgency: Urgency = Urgency.UNKNOWN
    severity: Severity = Severity.UNKNOWN
    certainty: Certainty = Certainty.UNKNOWN
    siren: str | None = None
    template: str | None = None
    times: int | None = None
    repeat_every_s: int | None = None
    on_the_hour: bool | None = None
    effective_at: datetime | None = None
    expires_at: datetime | None = None


def content_of(
    tx: Connection,
    station: StationId,
    wanted: AlertDraft,
    *,
    now: datetime,
    references: AlertId | None = None,
    before: Content | None = None,
) -> Content:
    """Return the content that is approved. `before` is the draft's older one, whose references stay. Raises Invalid."""
    # An update is made from the alert that it updates: as such it may be one.
    rules.check_kind(wanted.status, MsgType.ALERT if references else wanted.msg_type, wanted.scope)
    _check_audience(tx, station, wanted.audience)
    words = _words(tx, station, wanted)
    kind = kind_of(words.event, words.headline)
    times, repeat_every_s, on_the_hour = _rhythm(wanted, kind)
    content = Content(
        station=station,
        status=wanted.status,
        msg_type=before.msg_type if before else wanted.msg_type,
        scope=wanted.scope,
        event=words.event,
        headline=words.headline,
        text=words.text,
        instruction=words.instruction,
        urgency=wanted.urgency,
        severity=wanted.severity,
        certainty=wanted.certainty,
        audience=wanted.audience,
        siren=_siren(tx, station, wanted, kind=kind),
        times=times,
        repeat_every_s=repeat_every_s,
        on_the_hour=on_the_hour,
        effective_at=wanted.effective_at if wanted.effective_at and wanted.effective_at > now else None,
        expires_at=rules.life_of(wanted.effective_at, wanted.expires_at, now=now),
        references=before.references if before else references,
    )
    if rules.begins_later(content, now):
        check_hour(tx, content, now=now)  # one for at once is looked at when it is approved
    return content


def draft_from(of: Template, blanks: Mapping[str, str]) -> AlertDraft:
    """Return a draft of a template for the whole station. Raises Invalid."""
    words, of = fill(of, blanks), graded(of, blanks)
    return AlertDraft(
        status=of.status, event=words.event, headline=words.headline, text=words.text,
        instruction=words.instruction, audience=EVERYBODY, severity=of.severity, urgency=of.urgency,
        certainty=of.certainty, siren=of.siren, times=of.times, template=of.id,
    )  # fmt: skip


def from_template(name: str, blanks: Mapping[str, str], *, wanted: AlertDraft, now: datetime) -> AlertDraft:
    """Return `wanted` with the template's words and rhythm for what it leaves out. Raises Invalid."""
    of = template(name)
    base = draft_from(of, blanks)
    is_real = wanted.status is Status.ACTUAL
    return replace(
        wanted,
        event=wanted.event or base.event,
        headline=wanted.headline or base.headline,
        text=wanted.text or base.text,
        instruction=wanted.instruction or base.instruction,
        severity=base.severity if wanted.severity is Severity.UNKNOWN else wanted.severity,
        urgency=base.urgency if wanted.urgency is Urgency.UNKNOWN else wanted.urgency,
        certainty=base.certainty if wanted.certainty is Certainty.UNKNOWN else wanted.certainty,
        siren=wanted.siren or (base.siren if is_real else None),
        times=wanted.times or base.times,
        expires_at=wanted.expires_at or max(now, wanted.effective_at or now) + of.life,
        template=of.id,
    )


def sirens_of(tx: Connection, station: StationId) -> Mapping[str, Siren]:
    """Return the station's own patterns."""
    return alarm_settings.get(tx, station).sirens


def _siren(tx: Connection, station: StationId, wanted: AlertDraft, *, kind: EventKind) -> tuple[Stroke, ...]:
    own = sirens_of(tx, station)
    return choose_siren(wanted.siren, status=wanted.status, kind=kind, severity=wanted.severity, own=own)


def _rhythm(wanted: AlertDraft, kind: EventKind) -> tuple[int, int | None, bool]:
    """Return how often it is said, how often again, and whether then on the hour.

    A drill and a test are said and done; a real alert again by the usual rhythm of its event.
    """
    times = USUAL_TIMES if wanted.times is None else wanted.times
    usual = kind.repeat_every_s if wanted.status is Status.ACTUAL else None
    repeat_every_s = usual if wanted.repeat_every_s is None else wanted.repeat_every_s or None
    rules.check_repeat(times, repeat_every_s)
    usual_hour = kind.on_the_hour and wanted.repeat_every_s is None
    on_the_hour = usual_hour if wanted.on_the_hour is None else wanted.on_the_hour
    return times, repeat_every_s, on_the_hour and repeat_every_s is not None


def _check_audience(tx: Connection, station: StationId, audience: Audience) -> None:
    check_known(
        audience,
        hamlets=[h.id for h in stations.hamlets_of(tx, station)],
        clusters=[c.id for c in stations.clusters_of(tx, station)],
    )
    if not audience.everybody and not clusters_of(audience, stations.places_of(tx, station)):
        raise NobodyToHear


def _words(tx: Connection, station: StationId, wanted: AlertDraft) -> Filled:
    """Return the draft's words as they are kept. Raises Invalid."""
    words = Filled(
        headline=rules.clean_part("headline", wanted.headline),
        event=rules.clean_part("event", wanted.event),
        text=rules.clean_part("text", wanted.text),
        instruction=rules.clean_part("instruction", wanted.instruction, needed=False),
    )
    check_claims(wanted.status, event=words.event, parts=(words.headline, words.text, words.instruction))
    _check_speakable(tx, station, words.text)
    return words


def _check_speakable(tx: Connection, station: StationId, text: str) -> None:
    found = stations.get(tx, station)
    if found is None:
        raise NoSuchThing
    if not station_reader(tx, found).read(text).sentences:
        raise NothingToSay
