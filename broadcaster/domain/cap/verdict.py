"""What a station does with a warning from outside, and why: pure rules over message, profile and what came before.

Source: CAP 1.2, section 3.2.1 on status, msgType and scope; section 3.2.2 on urgency, expiry and language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto

from broadcaster.domain.alert import LONGEST_LIFE, MsgType, Scope, Severity, Status, Urgency
from broadcaster.domain.audience import EVERYBODY, Audience
from broadcaster.domain.cap.area import Lies, StationPlace, locate
from broadcaster.domain.cap.message import Info, Message, Reference
from broadcaster.domain.cap.profile import ByItself, Source, Treatment, UnknownArea
from broadcaster.domain.cap.reasons import Remark, Why
from broadcaster.domain.cap.words import is_vietnamese, language_rank
from broadcaster.domain.ids import AlertId

CLOCKS_DIFFER = timedelta(minutes=15)
ALL_CLEAR = "AllClear"
_RANKS = (Severity.UNKNOWN, Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)


class Decision(StrEnum):
    """What becomes of a message."""

    PLAYS = auto()
    """It may sound by itself, if the signing process believes its signature too; else it waits."""
    WAITS = auto()
    """A draft that waits for a person."""
    CALLS_OFF = auto()
    """It takes back what came earlier: a draft is discarded, about a live alert a person is asked."""
    NOTED = auto()
    """Kept in the list, nothing else."""
    DROPPED = auto()
    """Refused: the reason is kept, and the message."""


class Signature(StrEnum):
    """What is known of the XML signature, as far as this source's certificates go."""

    NONE = auto()
    GOOD = auto()
    WRONG = auto()
    UNCHECKED = auto()
    """There is one, and no certificate to check it with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What the station knows of messages that this one speaks of, or that speak of it.

    Both speak only of messages of the same source and the same status: a drill takes back nothing real. `known` holds
    each earlier message that this one refers to, with the alert made of it, if any. `superseded_by` is the name of a
    message of the same sender that already updated or cancelled this one.
    """

    known: Mapping[Reference, AlertId | None]
    superseded_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done, why, and what a person must know besides. What to say stands only where something is to be said."""

    decision: Decision
    reason: Remark
    remarks: tuple[Remark, ...] = ()
    info: Info | None = None
    audience: Audience | None = None
    expires_at: datetime | None = None
    follows: tuple[Reference, ...] = ()


NOTHING_EARLIER = Earlier(known={})


def judge(
    message: Message,
    *,
    source: Source,
    place: StationPlace,
    signature: Signature,
    now: datetime,
    earlier: Earlier = NOTHING_EARLIER,
) -> Verdict:
    """Return the verdict on one message; the same input always has the same one."""
    refused = (
        _distrusted(message, source, signature)
        or _not_for_the_public(message, source)
        or _not_for_now(message, source, earlier, now)
    )
    if refused is not None:
        return refused
    if message.msg_type is MsgType.CANCEL or _is_over(message):
        return _calling_off(message, earlier)
    verdict = _warning(message, source=source, place=place, signature=signature, now=now, earlier=earlier)
    if message.msg_type is MsgType.UPDATE and verdict.info is None:
        return _no_more_for_us(message, verdict, earlier)
    return verdict


def _distrusted(message: Message, source: Source, signature: Signature) -> Verdict | None:
    if source.senders and message.sender not in source.senders:
        return _dropped(Why.UNKNOWN_SENDER, sender=message.sender)
    if signature is Signature.WRONG:
        return _dropped(Why.WRONG_SIGNATURE)
    if source.signature_required and signature is not Signature.GOOD:
        return _dropped(Why.UNSIGNED)
    return None


def _not_for_the_public(message: Message, source: Source) -> Verdict | None:
    """Return the verdict on what is no alert to everybody: by status, then by type, then by scope."""
    match message.status:
        case Status.DRAFT:
            return _dropped(Why.THEIR_DRAFT)
        case Status.SYSTEM:
            return _noted(Why.SYSTEM_MESSAGE)
        case Status.TEST if source.tests is Treatment.NOTE:
            return _noted(Why.TEST_ONLY)
        case Status.EXERCISE if source.exercises is Treatment.NOTE:
            return _noted(Why.EXERCISE_ELSEWHERE)
    match message.msg_type:
        case MsgType.ACK:
            return _noted(Why.ACKNOWLEDGEMENT)
        case MsgType.ERROR:
            return _noted(Why.ERROR_REPORT, note=message.note[:120] or "—")
    match message.scope:
        case Scope.RESTRICTED:
            return _dropped(Why.RESTRICTED)
        case Scope.PRIVATE:
            return _dropped(Why.PRIVATE)
    return None


def _not_for_now(message: Message, source: Source, earlier: Earlier, now: datetime) -> Verdict | None:
    if message.sent > now + CLOCKS_DIFFER:
        return _dropped(Why.FROM_THE_FUTURE)
    if message.sent < now - timedelta(hours=source.max_age_h):
        return _dropped(Why.STALE, hours=str(source.max_age_h))
    if earlier.superseded_by:
        return _dropped(Why.SUPERSEDED, by=earlier.superseded_by)
    return None


def _is_over(message: Message) -> bool:
    """Whether an Update says that the danger has passed."""
    return (
        message.msg_type is MsgType.UPDATE
        and bool(message.infos)
        and all(info.urgency is Urgency.PAST or ALL_CLEAR in info.response_types for info in message.infos)
    )


def _calling_off(message: Message, earlier: Earlier) -> Verdict:
    """Return the verdict on what takes others back: only a sender's own messages."""
    if not message.references:
        return _dropped(Why.REFERS_TO_NOTHING)
    own = _own_references(message)
    if not own:
        return _dropped(Why.REFERS_TO_OTHERS)
    if not any(reference in earlier.known for reference in own):
        return Verdict(decision=Decision.NOTED, reason=Remark.of(Why.CALLS_OFF_UNKNOWN), follows=own)
    return Verdict(decision=Decision.CALLS_OFF, reason=Remark.of(Why.CALLED_OFF), follows=own)


def _no_more_for_us(message: Message, verdict: Verdict, earlier: Earlier) -> Verdict:
    """Return the verdict on an Update that says nothing to us: what it takes the place of goes, come or to come."""
    own = _own_references(message)
    is_known = any(reference in earlier.known for reference in own)
    return replace(verdict, decision=Decision.CALLS_OFF if is_known else Decision.NOTED, follows=own)


def _warning(
    message: Message, *, source: Source, place: StationPlace, signature: Signature, now: datetime, earlier: Earlier
) -> Verdict:
    infos = [info for info in message.infos if info.urgency is not Urgency.PAST]
    if not infos:
        return _noted(Why.PAST) if message.infos else _dropped(Why.NOTHING_SAID)
    lasting = [info for info in infos if _end_of(info, message, source) > now]
    if not lasting:
        return _dropped(Why.EXPIRED)
    wanted = [info for info in lasting if not _is_unwanted(info, source)]
    if not wanted:
        return _noted(Why.UNWANTED_EVENT, event=lasting[0].event[:60])
    grave = [info for info in wanted if _RANKS.index(info.severity) >= _RANKS.index(source.least_severity)]
    if not grave:
        return _noted(Why.TOO_SLIGHT)
    here = [(info, found) for info in grave if (found := _audience(info, source, place)) is not None]
    if not here:
        return _dropped(Why.ELSEWHERE)
    info, (audience, unsure) = min(here, key=lambda pair: (language_rank(pair[0]), -_RANKS.index(pair[0].severity)))
    end = min(_end_of(info, message, source), now + LONGEST_LIFE)
    remarks = (
        *_remarks(message, info, unsure=unsure, end=end, earlier=earlier, signature=signature),
        *_left_unsaid(info, [other for other, _ in here]),
    )
    plays = _may_play(message, info, source=source, signature=signature) and not unsure
    return Verdict(
        decision=Decision.PLAYS if plays else Decision.WAITS,
        reason=Remark.of(Why.MAY_PLAY if plays else Why.WAITS_FOR_A_PERSON),
        remarks=remarks,
        info=info,
        audience=audience,
        expires_at=end,
        follows=_own_references(message) if message.msg_type is MsgType.UPDATE else (),
    )


def _audience(info: Info, source: Source, place: StationPlace) -> tuple[Audience, bool] | None:
    """Return whom a block means and whether that is a guess; None when it is not meant for here."""
    found = locate(info.areas, place)
    if found.audience is not None:
        return found.audience, False
    if found.lies is Lies.UNKNOWN and source.unknown_area is UnknownArea.WAIT:
        return EVERYBODY, True
    return None


def _may_play(message: Message, info: Info, *, source: Source, signature: Signature) -> bool:
    return (
        source.by_itself is ByItself.SIGNED
        and signature is Signature.GOOD
        and message.status is Status.ACTUAL
        and message.msg_type in {MsgType.ALERT, MsgType.UPDATE}
        and message.scope is Scope.PUBLIC
        and is_vietnamese(info)
    )


def _remarks(
    message: Message, info: Info, *, unsure: bool, end: datetime, earlier: Earlier, signature: Signature
) -> tuple[Remark, ...]:
    said = []
    if not is_vietnamese(info):
        said.append(Remark.of(Why.OTHER_LANGUAGE, language=info.language))
    if unsure:
        said.append(Remark.of(Why.AREA_UNKNOWN, area="; ".join(a.description for a in info.areas)[:200] or "—"))
    if info.expires is None or end < info.expires:
        said.append(Remark.of(Why.END_CHOSEN_HERE))
    if signature is Signature.UNCHECKED:
        said.append(Remark.of(Why.SIGNATURE_UNCHECKED))
    if message.msg_type is MsgType.UPDATE and not any(r in earlier.known for r in _own_references(message)):
        said.append(Remark.of(Why.UPDATES_UNKNOWN))
    if any(reference.sender != message.sender for reference in message.references):
        said.append(Remark.of(Why.REFERS_TO_OTHERS))
    return tuple(said)


def _left_unsaid(info: Info, meant: Sequence[Info]) -> tuple[Remark, ...]:
    """Return a remark on the blocks in the same language that mean us too: one draft says one of them."""
    others = [other for other in meant if other is not info and other.language == info.language]
    if not others:
        return ()
    said = "; ".join(dict.fromkeys(other.headline or other.event for other in others))
    return (Remark.of(Why.SAYS_MORE, count=str(len(others)), headlines=said[:200]),)


def _own_references(message: Message) -> tuple[Reference, ...]:
    """Return what this sender may take back: its own, and never itself."""
    return tuple(r for r in message.references if r.sender == message.sender and r != message.name)


def _end_of(info: Info, message: Message, source: Source) -> datetime:
    return info.expires or max(message.sent, info.effective or message.sent) + timedelta(minutes=source.life_min)


def _is_unwanted(info: Info, source: Source) -> bool:
    return any(word.casefold() in info.event.casefold() for word in source.unwanted_events)


def _dropped(why: Why, **values: str) -> Verdict:
    return Verdict(decision=Decision.DROPPED, reason=Remark.of(why, **values))


def _noted(why: Why, **values: str) -> Verdict:
    return Verdict(decision=Decision.NOTED, reason=Remark.of(why, **values))
