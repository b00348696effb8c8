"""What somebody entered of an alert, as a draft: a template with its blanks, or words of their own."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from broadcaster.domain.alarm.sirens import NO_SIREN, Siren, name_of
from broadcaster.domain.alarm.templates import Template, fill
from broadcaster.domain.alert import Alert, AlertState, Content, MsgType, Scope, Severity, Status
from broadcaster.domain.audience import EVERYBODY, Audience, MixedAudience, of_clusters, of_hamlets
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.permissions import Person
from broadcaster.services.alarm.contents import AlertDraft, from_template
from broadcaster.store import alerts
from broadcaster.web.forms import Entered, moment_of

LIVES_H = (1, 3, 6, 12, 24, 48, 72)
TWICE_WITHIN = timedelta(seconds=30)
KEPT_REPEAT = "usual"
REPEATS = {
    KEPT_REPEAT: N_("Theo loại sự việc"),
    "0": N_("Không nhắc lại"),
    "300": N_("Mỗi 5 phút"),
    "900": N_("Mỗi 15 phút"),
    "1800": N_("Mỗi 30 phút"),
    "3600": N_("Mỗi giờ"),
    "7200": N_("Mỗi 2 giờ"),
}


@refusal
class BadLife(Invalid):
    message = N_("Xin chọn tin có hiệu lực trong bao lâu.")


@refusal
class UnknownKind(Invalid):
    message = N_("Loại tin này không có trong CAP 1.2. Xin mở lại trang rồi soạn lại.")


def kind_of(entered: Entered) -> tuple[MsgType, Scope]:
    """Return what kind of message a form sends: the page's own is a public alert, whatever else is sent is judged."""
    try:
        return MsgType(entered.one("msg_type") or MsgType.ALERT), Scope(entered.one("scope") or Scope.PUBLIC)
    except ValueError as exc:
        raise UnknownKind from exc


def audience_of(entered: Entered) -> Audience:
    """Return where it is said. Raises EmptyAudience, or MixedAudience: what is unclear is never widened."""
    if entered.ticked("everywhere"):
        if entered.every("hamlet") or entered.every("cluster"):
            raise MixedAudience
        return EVERYBODY
    if entered.every("cluster"):
        if entered.every("hamlet"):
            raise MixedAudience
        return of_clusters(entered.every("cluster"))
    return of_hamlets(entered.every("hamlet")) if entered.every("hamlet") else Audience()


def filled_template(of: Template, entered: Entered, *, status: Status, now: datetime, zone: ZoneInfo) -> AlertDraft:
    """Return the draft of a template. Raises Invalid for the first thing that is not right."""
    blanks = blanks_of(of, entered)
    msg_type, scope = kind_of(entered)
    fill(of, blanks)  # a blank that is missing is asked for before a place that is
    wanted = AlertDraft(
        status=status, event="", headline="", text="", audience=audience_of(entered), msg_type=msg_type, scope=scope,
        effective_at=begins_of(entered, zone),
    )  # fmt: skip
    return from_template(of.id, blanks, wanted=wanted, now=now)


def blanks_of(of: Template, entered: Entered) -> Mapping[str, str]:
    """Return what was entered for each blank."""
    return {blank.name: entered.one(f"blank-{number}") for number, blank in enumerate(of.blanks)}


def begins_of(entered: Entered, zone: ZoneInfo) -> datetime | None:
    """Return when it shall begin by itself, None for as soon as it is approved. Raises TimeUnclear."""
    if not (entered.one("date").strip() or entered.one("time").strip()):
        return None
    return moment_of(entered, zone)


def own_words(entered: Entered, *, status: Status, now: datetime, zone: ZoneInfo) -> AlertDraft:
    """Return the draft in somebody's own words. Raises Invalid."""
    begins = begins_of(entered, zone)
    hours = entered.one("life")
    if hours not in {str(h) for h in LIVES_H}:
        raise BadLife
    repeat = entered.one("repeat", KEPT_REPEAT)
    msg_type, scope = kind_of(entered)
    return AlertDraft(
        status=status,
        msg_type=msg_type,
        scope=scope,
        event=entered.one("event"),
        headline=entered.one("headline"),
        text=entered.one("text"),
        instruction=entered.one("instruction"),
        audience=audience_of(entered),
        severity=Severity.SEVERE if status is Status.ACTUAL else Severity.MINOR,
        siren=entered.one("siren") or None,
        repeat_every_s=None if repeat not in REPEATS or repeat == KEPT_REPEAT else int(repeat),
        effective_at=begins,
        expires_at=max(now, begins or now) + timedelta(hours=int(hours)),
    )


def fields_of(content: Content, own: Mapping[str, Siren]) -> Entered:
    """Return a content as the form of own words holds it."""
    audience = content.audience
    known = str(content.repeat_every_s or 0)
    return Entered(
        fields={
            "event": [content.event],
            "headline": [content.headline],
            "text": [content.text],
            "instruction": [content.instruction],
            "hamlet": list(audience.hamlets),
            "cluster": list(audience.clusters),
            "everywhere": ["1"] if audience.everybody else [],
            "siren": [name_of(content, own) or "" if content.siren else NO_SIREN],
            "repeat": [known if known in REPEATS else KEPT_REPEAT],
            "life": ["6"],
        }
    )


def renewed(alert: Alert, own: Mapping[str, Siren], *, now: datetime) -> AlertDraft:
    """Return a stale draft as it is, to be saved once more by whoever looked at it."""
    content = alert.content
    begins = content.effective_at if content.effective_at and content.effective_at > now else None
    life = content.expires_at - (content.effective_at or alert.drafted_at)
    return AlertDraft(
        status=content.status, event=content.event, headline=content.headline, text=content.text,
        instruction=content.instruction, audience=content.audience, scope=content.scope, urgency=content.urgency,
        severity=content.severity, certainty=content.certainty, times=content.times,
        siren=(name_of(content, own) if content.siren else NO_SIREN if content.status is Status.ACTUAL else None),
        repeat_every_s=content.repeat_every_s or 0, on_the_hour=content.on_the_hour, effective_at=begins,
        expires_at=max(now, begins or now) + life,
    )  # fmt: skip


def same_just_now(tx: Connection, actor: Person, wanted: AlertDraft, *, now: datetime) -> Alert | None:
    """Return the draft that a double click has just made, or None."""
    fresh = alerts.of_station(tx, actor.station, states=(AlertState.DRAFT,), limit=20)
    return next(
        (
            alert
            for alert in fresh
            if alert.author == actor.id
            and now - alert.created_at < TWICE_WITHIN
            and (alert.content.status, alert.content.audience) == (wanted.status, wanted.audience)
            and (alert.content.msg_type, alert.content.scope) == (wanted.msg_type, wanted.scope)
            and (alert.content.headline, alert.content.text) == (wanted.headline, wanted.text)
        ),
        None,
    )
