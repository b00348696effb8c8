"""The life of an alert: drafted, approved by enough people, live; then updated, cancelled, corrected or expired.

Each call is one transaction; then the bell of the alarm is rung, whose thread publishes the station's document at once.
"""

from dataclasses import replace

from sqlalchemy import Connection

from broadcaster.domain.alarm import rules
from broadcaster.domain.alarm.approval import (
    GLASS_HOUR,
    AlertChanged,
    OwnAlert,
    check_approvable,
    check_glass,
    check_phrase,
    needs_two,
)
from broadcaster.domain.alarm.speech import correction_of, is_correction, speech_hash
from broadcaster.domain.alarm.vouching import Part, Statement, Vouch
from broadcaster.domain.alert import OVER, Alert, AlertState, MsgType
from broadcaster.domain.ids import AlertId, StationId, UserId
from broadcaster.domain.permissions import Person, may_alert, may_approve, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.alarm import life
from broadcaster.services.alarm.contents import AlertDraft, content_of
from broadcaster.services.alarm.document import lodge
from broadcaster.services.alarm.standing import Standing, standing_of
from broadcaster.services.office import Office, new_id
from broadcaster.store import alerts, audit, prepared

PERSON = "person"


def draft(
    office: Office,
    *,
    actor: Person | None,
    wanted: AlertDraft,
    vouch: Vouch | None,
    source: str = PERSON,
    station: StationId | None = None,
) -> Alert:
    """Keep a draft, signed by its author, and have its speech made. Raises Invalid.

    A warning from outside has no author: then `actor` and `vouch` are None, and `station` says whose it is.
    """
    require(actor is None or may_alert(actor))
    whose = actor.station if actor else station
    if whose is None:
        raise NoSuchThing
    now = office.now()
    with office.database.writing() as tx:
        content = content_of(tx, whose, wanted, now=now)
        name = AlertId(new_id("kc"))
        alert = Alert(
            id=name, thread=name, version=1, content=content, state=AlertState.DRAFT,
            author=actor.id if actor else None, recording_sha256=None, template=wanted.template or None,
            source=source, created_at=now, drafted_at=now,
        )  # fmt: skip
        alerts.add(tx, alert)
        _drafted(tx, office, alert, actor=actor, vouch=vouch, action="alert.draft")
    office.ring_speaker()
    return alert


def redraft(office: Office, *, actor: Person, alert: AlertId, wanted: AlertDraft, vouch: Vouch) -> Alert:
    """Change a draft: it has another hash, what was said of the old one no longer counts, and the actor is its author.

    Whoever wrote last is the author: nobody approves their own words by putting them into another's draft.
    """
    require(may_alert(actor))
    now = office.now()
    with office.database.writing() as tx:
        before = find(tx, actor.station, alert)
        rules.require_alert_state("edit", before)
        if wanted.status is not before.content.status:
            raise rules.StatusFixed
        content = content_of(tx, actor.station, wanted, now=now, before=before.content)
        after = replace(before, content=content, author=actor.id, recording_sha256=None, drafted_at=now)
        alerts.save(tx, after)
        _drafted(tx, office, after, actor=actor, vouch=vouch, action="alert.redraft")
    office.ring_speaker()
    return after


def update(office: Office, *, actor: Person, alert: AlertId, wanted: AlertDraft, vouch: Vouch) -> Alert:
    """Draft the next version of a live alert; approved by the same rules, it takes the place of the present one."""
    require(may_alert(actor))
    now = office.now()
    with office.database.writing() as tx:
        before = find(tx, actor.station, alert)
        rules.require_alert_state("update", before)
        if wanted.status is not before.content.status:
            raise rules.StatusFixed
        version = alerts.of_thread(tx, actor.station, before.thread)[-1].version + 1
        wanted = replace(wanted, msg_type=MsgType.UPDATE)
        content = content_of(tx, actor.station, wanted, now=now, references=before.id)
        after = Alert(
            id=AlertId(new_id("kc")), thread=before.thread, version=version, content=content, state=AlertState.DRAFT,
            author=actor.id, recording_sha256=None, template=None, source=PERSON, created_at=now, drafted_at=now,
        )  # fmt: skip
        alerts.add(tx, after)
        _drafted(tx, office, after, actor=actor, vouch=vouch, action="alert.update")
    office.ring_speaker()
    return after


def approve(
    office: Office,
    *,
    actor: Person,
    alert: AlertId,
    content_sha256: str,
    phrase: str,
    vouch: Vouch,
    break_glass: str = "",
) -> Alert:
    """Vouch for exactly this content; when these people are enough it goes live, else it waits for the next one.

    `break_glass` is the reason why one person must be enough for an area-wide real alert. Asking twice is the same as
    asking once. Raises AlertChanged, ApprovalTooLate, WrongPhrase, OwnAlert, ReasonMissing, GlassBrokenTooOften,
    ThreadOver, TooManyLive or DrillInQuietHours.
    """
    require(may_approve(actor))
    now, content_sha256 = office.now(), content_sha256.strip().lower()
    with office.database.writing() as tx:
        before = find(tx, actor.station, alert)
        standing = standing_of(tx, before, now=now)
        if _has_approved(before, standing, actor, content_sha256=content_sha256):
            return before
        rules.require_alert_state("approve", before)
        check_approvable(before, content_sha256=content_sha256, now=now)
        check_phrase(phrase, standing.phrase)
        part = _part_of(tx, before, standing, actor=actor, reason=break_glass, office=office)
        reason = rules.clean_reason(break_glass) if part is Part.BREAK_GLASS else ""
        said = _vouch(tx, before, vouch, person=actor.id, part=part, phrase=phrase, reason=reason, office=office)
        audit.record(
            tx, actor.station, user=actor.id, action=f"alert.{'glass' if reason else 'approve'}", subject=alert,
            now=now, content_sha256=content_sha256, reason=reason,
        )  # fmt: skip
        if standing.missing_with(before, said, now=now) is not None:
            return before
        life.check_may_begin(tx, before, now=now)  # what the signer found enough could be signed, though we refuse it
        lodge(tx, before, office=office, everywhere=standing.area_wide)
        after = life.let_go(tx, before, approved_by=actor, glass=reason, now=now)
    office.ring_alarm(actor.station)
    return after


def cancel(office: Office, *, actor: Person, alert: AlertId, reason: str = "") -> Alert:
    """Silence an alert everywhere, or throw its draft away. One that is over already stays as it is.

    Whoever stops what was updated meanwhile means what sounds now: the newest version of it.
    """
    with office.database.writing() as tx:
        before = life.sounding_now(tx, find(tx, actor.station, alert))
        rules.require_may_stop(actor, author=before.author)
        if before.state in OVER:
            return before
        rules.require_alert_state("cancel", before)
        after = life.stop(tx, before, actor=actor, reason=rules.clean_reason(reason), now=office.now())
    office.ring_alarm(actor.station)
    return after


def cancel_all(office: Office, *, actor: Person, reason: str = "") -> tuple[Alert, ...]:
    """Silence everything that is live or waits for its time, in one transaction; return what was stopped."""
    require(may_approve(actor))
    with office.database.writing() as tx:
        standing = alerts.of_station(tx, actor.station, states=(AlertState.APPROVED, AlertState.LIVE), limit=1000)
        stopped = tuple(
            life.stop(tx, alert, actor=actor, reason=rules.clean_reason(reason), now=office.now())
            for alert in standing
        )  # fmt: skip
        audit.record(
            tx, actor.station, user=actor.id, action="alert.silence", subject=actor.station, now=office.now(),
            reason=reason[:300], alerts=[alert.id for alert in stopped],
        )  # fmt: skip
    office.ring_alarm(actor.station)
    return stopped


def discard(office: Office, *, actor: Person, alert: AlertId) -> Alert:
    """Throw a draft away."""
    with office.database.writing() as tx:
        before = find(tx, actor.station, alert)
        rules.require_may_stop(actor, author=before.author)
        rules.require_alert_state("discard", before)
        return life.stop(tx, before, actor=actor, reason="", now=office.now())


def correct(office: Office, *, actor: Person, alert: AlertId, vouch: Vouch) -> Alert:
    """Say the ready-made correction of a cancelled alert where that alert was for, at once: its words are fixed.

    Asking twice is the same as asking once: the correction that there is is returned. One that was itself stopped may
    be said anew.
    """
    require(may_approve(actor))
    now = office.now()
    with office.database.writing() as tx:
        wrong = find(tx, actor.station, alert)
        rules.require_alert_state("correct", wrong)
        if wrong.live_at is None or is_correction(wrong.content):
            raise rules.NothingToCorrect
        if (before := life.correction_of(tx, wrong)) is not None:
            return before
        name = AlertId(new_id("kc"))
        draft = Alert(
            id=name, thread=name, version=1, content=correction_of(wrong.content, alert, now=now),
            state=AlertState.DRAFT, author=actor.id, recording_sha256=None, template=None, source=PERSON,
            created_at=now, drafted_at=now,
        )  # fmt: skip
        alerts.add(tx, draft)
        _drafted(tx, office, draft, actor=actor, vouch=vouch, action="alert.correct")
        phrase = standing_of(tx, draft, now=now).phrase
        _vouch(tx, draft, vouch, person=actor.id, part=Part.APPROVER, phrase=phrase, reason="", office=office)
        lodge(tx, draft, office=office, everywhere=False)
        after = life.let_go(tx, draft, approved_by=actor, glass="", now=now)
    office.ring_speaker()
    office.ring_alarm(actor.station)
    return after


def find(tx: Connection, station: StationId, alert: AlertId) -> Alert:
    """Return an alert of the station. Raises NoSuchThing."""
    found = alerts.get(tx, station, alert)
    if found is None:
        raise NoSuchThing
    return found


def _has_approved(alert: Alert, standing: Standing, actor: Person, *, content_sha256: str) -> bool:
    """Return whether this is a second click: the same person said the same of the same content."""
    if alert.state not in (AlertState.DRAFT, AlertState.APPROVED, AlertState.LIVE):
        return False
    said = (voice.vouched.statement for voice in standing.voices)
    before = any(s.person == actor.id and s.part is not Part.AUTHOR for s in said)
    if before and content_sha256 != alert.content_sha256:
        raise AlertChanged
    return before and (alert.state is not AlertState.DRAFT or standing.missing is not None)


def _part_of(tx: Connection, alert: Alert, standing: Standing, *, actor: Person, reason: str, office: Office) -> Part:
    """Return in what part the actor speaks: as the approver, as one of two, or alone where only that can be enough."""
    if not needs_two(alert.content, area_wide=standing.area_wide):
        return Part.APPROVER
    if any(voice.vouched.statement.person != actor.id for voice in standing.voices):
        return Part.ONE_OF_TWO
    if reason.strip():
        since = office.now() - GLASS_HOUR
        check_glass(rules.clean_reason(reason), broken_lately=alerts.glasses_broken(tx, actor.station, since=since))
        return Part.BREAK_GLASS
    if alert.author == actor.id:
        raise OwnAlert
    return Part.ONE_OF_TWO


def _drafted(
    tx: Connection, office: Office, alert: Alert, *, actor: Person | None, vouch: Vouch | None, action: str
) -> None:
    """Have the author vouch for the words, and ask for their speech."""
    now = office.now()
    if actor is not None and vouch is not None:
        _vouch(tx, alert, vouch, person=actor.id, part=Part.AUTHOR, phrase="", reason="", office=office)
    ready = prepared.with_speech(tx, alert.content.station, speech_hash(alert.content))
    if ready is not None:
        alerts.set_recording(tx, alert.id, ready)  # the boxes hold these very words already
    else:
        alerts.queue_rendering(tx, alert.id, request=new_id("rd"), now=now)
    audit.record(
        tx, alert.content.station, user=actor.id if actor else None, action=action, subject=alert.id, now=now,
        headline=alert.content.headline, status=alert.content.status.value, content_sha256=alert.content_sha256,
        source=alert.source, version=alert.version,
    )  # fmt: skip


def _vouch(
    tx: Connection, alert: Alert, vouch: Vouch, *, person: UserId, part: Part, phrase: str, reason: str, office: Office
) -> Statement:
    """Keep what this person says, signed by their session, and return it."""
    statement = Statement(
        station=alert.content.station, alert=alert.id, content_sha256=alert.content_sha256, person=person, part=part,
        phrase=phrase, reason=reason, at=office.now(),
    )  # fmt: skip
    alerts.add_statement(tx, vouch(statement))
    return statement
