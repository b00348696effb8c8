"""What follows from a verdict on a warning from outside: drafts made, drafts discarded, people told.

A draft made here has no author: for a real alert to the whole area two people must still vouch for it. Only the signer
may say otherwise, of what an authority signed whom its own operator trusts.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.alarm.rules import begins_later
from broadcaster.domain.alert import Alert, AlertState, Content, MsgType
from broadcaster.domain.cap.authority import alert_id_of
from broadcaster.domain.cap.message import Message, Reference
from broadcaster.domain.cap.reasons import Remark, Why
from broadcaster.domain.cap.verdict import Decision, Verdict
from broadcaster.domain.cap.words import words_of
from broadcaster.domain.errors import N_, Conflict, Refusal, refusal
from broadcaster.domain.ids import AlertId
from broadcaster.services.alarm import life as alert_life
from broadcaster.services.alarm.contents import AlertDraft, content_of
from broadcaster.services.alarm.document import dossier_of
from broadcaster.services.office import Office, new_id
from broadcaster.store import alerts, audit, cap_chains, cap_received, notices
from broadcaster.store.cap_received import Received

MOST_WAITING = 30
"""Drafts of one source that may wait at once: more than that nobody looks through, and one of them could matter."""
REPLACED = "Nơi gửi đã thay hoặc hủy tin này."
OUTDATED = "Tin đã hết hiệu lực mà chưa có người duyệt."
_MARK = "cap:"


@refusal
class NotYet(Conflict):
    message = N_("Tin hẹn giờ phát về sau; xin người của đài xem và duyệt trước giờ đó.")


def carry_out(
    tx: Connection, office: Office, received: Received, *, message: Message, verdict: Verdict, raw: bytes
) -> Received:
    """Do what the verdict says within this transaction; return the message with what became of it."""
    now = office.now()
    match verdict.decision:
        case Decision.PLAYS:
            drafted, alert = _drafted(tx, received, message, verdict, now=now)
            return _let_play(tx, office, drafted, alert, raw=raw) if alert is not None else drafted
        case Decision.WAITS:
            drafted, alert = _drafted(tx, received, message, verdict, now=now)
            if alert is not None:
                _tell_that_it_waits(tx, alert, now=now)
            return drafted
        case Decision.CALLS_OFF:
            _call_off(tx, received, verdict.follows, now=now)
    return received


def _drafted(
    tx: Connection, received: Received, message: Message, verdict: Verdict, *, now: datetime
) -> tuple[Received, Alert | None]:
    """Make a draft of a message, in the place of the drafts that it follows; none where that cannot be done now."""
    waiting = cap_received.waiting(tx, received.station, source=received.source)
    if waiting >= MOST_WAITING and verdict.decision is Decision.WAITS:
        problem = f"đang có {MOST_WAITING} bản nháp của nguồn này chờ duyệt."
        return _not_drafted(tx, received, problem, now=now), None
    try:
        wanted, shortened = draft_of(message, verdict)
        before = _live_before(tx, received, verdict.follows)
        content = content_of(tx, received.station, wanted, now=now, references=before.id if before else None)
    except Refusal as exc:
        return _not_drafted(tx, received, str(exc), now=now), None
    if before is not None:
        content = replace(content, msg_type=MsgType.UPDATE)
    _discard_drafts(tx, received, verdict.follows, now=now)
    alert = _kept(tx, received, message, content, before=before, now=now)
    remarks = (*received.remarks, Remark.of(Why.SHORTENED)) if shortened else received.remarks
    return replace(received, alert=alert.id, remarks=remarks), alert


def _kept(
    tx: Connection, received: Received, message: Message, content: Content, *, before: Alert | None, now: datetime
) -> Alert:
    name = alert_id_of(received.station, message.name)
    if alerts.get(tx, received.station, name) is not None:
        name = AlertId(new_id("kc"))  # a second alert of one message: the signer will want people for it
    alert = Alert(
        id=name,
        thread=before.thread if before else name,
        version=_next_version(tx, before),
        content=content,
        state=AlertState.DRAFT,
        author=None,
        recording_sha256=None,
        template=None,
        source=f"{_MARK}{message.sender}"[:200],
        created_at=now,
        drafted_at=now,
    )
    alerts.add(tx, alert)
    alerts.queue_rendering(tx, alert.id, request=new_id("rd"), now=now)
    audit.record(
        tx, received.station, user=None, action="alert.draft", subject=alert.id, now=now,
        headline=content.headline, status=content.status.value, content_sha256=alert.content_sha256,
        source=alert.source, version=alert.version, message=received.id,
    )  # fmt: skip
    return alert


def _let_play(tx: Connection, office: Office, received: Received, alert: Alert, *, raw: bytes) -> Received:
    """Make an alert live on its authority's signature, if the signer believes it; else it waits, and says why."""
    now = office.now()
    try:
        if begins_later(alert.content, now):
            raise NotYet
        office.registrar.believe(dossier_of(alert, ()), raw)
        alert_life.go_live(tx, alert, now=now)
    except Refusal as exc:
        _tell_that_it_waits(tx, alert, now=now)
        remark = Remark.of(Why.SIGNER_DECLINES, problem=str(exc)[:300])
        reason = Remark.of(Why.WAITS_FOR_A_PERSON)
        return replace(received, decision=Decision.WAITS, reason=reason, remarks=(*received.remarks, remark))
    audit.record(
        tx, received.station, user=None, action="alert.by_itself", subject=alert.id, now=now,
        content_sha256=alert.content_sha256, source=alert.source, message=received.id,
    )  # fmt: skip
    return received


def _tell_that_it_waits(tx: Connection, alert: Alert, *, now: datetime) -> None:
    sentence = f"Cảnh báo từ {alert.source.removeprefix(_MARK)} chờ duyệt: “{alert.content.headline}”."
    notices.add(tx, alert.content.station, kind="cap_waits", subject=alert.id, sentence=sentence, now=now)


def _not_drafted(tx: Connection, received: Received, problem: str, *, now: datetime) -> Received:
    """Note why no draft could be made; people are told once, and it is tried again."""
    if not notices.has_kind(tx, received.station, kind="cap_not_drafted", subject=received.id):
        sentence = f"Có cảnh báo từ bên ngoài “{received.headline[:120]}” nhưng chưa tạo được bản nháp: {problem}"
        notices.add(tx, received.station, kind="cap_not_drafted", subject=received.id, sentence=sentence, now=now)
    return replace(received, reason=Remark.of(Why.NOT_DRAFTED, problem=problem[:300]))


def _call_off(tx: Connection, received: Received, names: tuple[Reference, ...], *, now: datetime) -> None:
    """Discard drafts; about what sounds or is approved already people are asked: silence is theirs to order."""
    _discard_drafts(tx, received, names, now=now)
    for alert in _open(tx, received, names):
        if alert.state in (AlertState.LIVE, AlertState.APPROVED):
            sentence = f"Nơi gửi đã hủy cảnh báo “{alert.content.headline}” mà đài đang phát. Xin xem và dừng nếu đúng."
            notices.add(tx, received.station, kind="cap_called_off", subject=alert.id, sentence=sentence, now=now)


def _discard_drafts(tx: Connection, received: Received, names: tuple[Reference, ...], *, now: datetime) -> None:
    for alert in _open(tx, received, names):
        if alert.state is AlertState.DRAFT and is_from_outside(alert):
            alert_life.stop(tx, alert, actor=None, reason=REPLACED, now=now)


def discard_outdated(office: Office) -> int:
    """Throw away the drafts whose time is over: nobody may approve them, and they would crowd out those that count."""
    now = office.now()
    with office.database.writing() as tx:
        over = cap_received.outdated(tx, now=now)
        for name in over:
            alert_life.stop(tx, alerts.by_id(tx, name), actor=None, reason=OUTDATED, now=now)
    return len(over)


def _open(tx: Connection, received: Received, names: tuple[Reference, ...]) -> tuple[Alert, ...]:
    """Return what these messages, and those that took their place since, led to and is not over: the whole chain."""
    of_one = {"source": received.source, "status": received.status or ""}
    chain = cap_chains.with_successors(tx, received.station, **of_one, names=names, but=received.id)
    made = cap_chains.known(tx, received.station, **of_one, names=chain).values()
    chains = {a.thread for name in made if name and (a := alerts.get(tx, received.station, name)) is not None}
    return tuple(
        alert
        for thread in sorted(chains)
        for alert in alerts.of_thread(tx, received.station, thread)
        if alert.state in alerts.OPEN
    )


def _live_before(tx: Connection, received: Received, names: tuple[Reference, ...]) -> Alert | None:
    """Return the live alert that an Update takes the place of, once somebody has approved it."""
    return next((alert for alert in _open(tx, received, names) if alert.state is AlertState.LIVE), None)


def _next_version(tx: Connection, before: Alert | None) -> int:
    if before is None:
        return 1
    return alerts.of_thread(tx, before.content.station, before.thread)[-1].version + 1


def is_from_outside(alert: Alert) -> bool:
    """Return whether an alert was made of a message from outside."""
    return alert.source.startswith(_MARK)


def draft_of(message: Message, verdict: Verdict) -> tuple[AlertDraft, bool]:
    """Return the alert to be drafted, and whether its words had to be cut. Raises PartMissing."""
    info = verdict.info
    assert info is not None  # noqa: S101 - what waits or plays has a block and an audience, see `judge`
    assert verdict.audience is not None  # noqa: S101 - as above
    words = words_of(info)
    draft = AlertDraft(
        status=message.status,
        event=words.event,
        headline=words.headline,
        text=words.text,
        instruction=words.instruction,
        audience=verdict.audience,
        urgency=info.urgency,
        severity=info.severity,
        certainty=info.certainty,
        effective_at=info.effective,
        expires_at=verdict.expires_at,
    )
    return draft, words.shortened
