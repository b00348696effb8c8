"""Warnings from outside come in here, whoever brings them: by HTTP POST, from a feed, or from a province's system.

This is the one seam for every way in. Who has CAP bytes calls `receive`; who has another form (such as the province's
source-information system, whose guide 2455/BTTTT-TTCS is not public) maps it to a `cap.Message` and calls `take`.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.area import HamletPlace, StationPlace
from broadcaster.domain.cap.message import Message
from broadcaster.domain.cap.profile import Profile, Source
from broadcaster.domain.cap.reasons import Remark, Why
from broadcaster.domain.cap.verdict import Decision, Earlier, Signature, Verdict, judge
from broadcaster.domain.cap.words import language_rank, readable
from broadcaster.domain.errors import N_, Invalid, Missing, TooMany, refusal
from broadcaster.domain.ids import StationId
from broadcaster.services.cap import drafts as cap_drafts
from broadcaster.services.office import Office, new_id
from broadcaster.store import audit, cap_chains, cap_received, stations
from broadcaster.store.cap_received import Received

log = logging.getLogger(__name__)

CheckSignature = Callable[[bytes, Sequence[str], datetime], tuple[Signature, bytes]]
"""Takes a document, PEM certificates and the time; returns what its signature is worth, and the bytes to be read."""


def no_checker(raw: bytes, certificates: Sequence[str], now: datetime) -> tuple[Signature, bytes]:
    """Believe no signature: for programs that have nothing to check one with."""
    return Signature.WRONG if certificates else Signature.NONE, raw


KEPT_FOR = timedelta(days=90)
KEPT_MOST = 5_000
MOST_A_MINUTE = 120
LEFT_OVER_FOR = timedelta(hours=24)


@refusal
class NoSuchSource(Missing):
    source: str
    message = N_("Đài chưa đặt quy tắc cho nguồn “{source}”. Xin nhờ người quản trị thêm nguồn này.")


@refusal
class TooManyWarnings(TooMany):
    limit: int
    message = N_("Đã nhận hơn {limit} tin từ bên ngoài trong một phút. Xin chờ một phút rồi gửi lại.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A document and how it came: `source` names the rules, `via` is for people (an address, or who posted it).

    `taken_up`: it did not come once more, but found no place when it came.
    """

    station: StationId
    source: str
    raw: bytes
    via: str
    taken_up: bool = False


def receive(office: Office, incoming: Incoming, *, check: CheckSignature) -> Received:
    """Read, judge and keep a CAP document, and make a draft of it where the rules say so.

    Raises NoSuchSource, TooManyWarnings, or Invalid for what cannot be read, which is kept in the list all the same.
    """
    profile = _profile(office, incoming.station)
    source = _source(profile, incoming.source)
    try:
        message = cap_xml.read(incoming.raw)
        signature, signed = check(incoming.raw, source.certificates, office.now())
        if signature is Signature.GOOD:
            message = cap_xml.read(signed)
    except Invalid as exc:
        _keep_unreadable(office, incoming, problem=str(exc))
        raise
    return take(office, incoming, message=message, signature=signature)


def take(office: Office, incoming: Incoming, *, message: Message, signature: Signature) -> Received:
    """Judge and keep a message that is read already. `signature` is what its bearer knows of it, else NONE."""
    profile = _profile(office, incoming.station)
    source = _source(profile, incoming.source)
    now = office.now()
    with office.database.writing() as tx:
        before = cap_received.named(tx, incoming.station, source=source.name, name=message.name)
        if before is not None and before.digest != digest_of(message) and _was_distrusted(before):
            cap_received.take_name_from(tx, before)
            before = None
        if before is not None and (_is_settled(before) or before.digest != digest_of(message)):
            return _again(tx, before, incoming, message, now=now)
        _check_rate(tx, incoming, now=now)
        verdict = _judged(tx, incoming.station, message, profile=profile, source=source, signature=signature, now=now)
        received = _kept(tx, incoming, message, verdict, before=before, now=now)
        received = cap_drafts.carry_out(tx, office, received, message=message, verdict=verdict, raw=incoming.raw)
        cap_received.save(tx, received)
        _prune(tx, incoming, now=now)
    if received.alert is not None:
        office.ring_speaker()
    if received.decision is Decision.PLAYS:
        office.ring_alarm(incoming.station)
    log.info("CAP message %s from %s: %s (%s)", message.identifier, source.name, received.decision, received.reason.why)
    return received


def take_up_left_over(office: Office, *, check: CheckSignature) -> int:
    """Make drafts of what waits for one: the queue was full, or a hamlet had no loudspeaker yet. Return how many."""
    with office.database.reading() as tx:
        left = cap_received.undrafted(tx, since=office.now() - LEFT_OVER_FOR)
    done = 0
    for received, raw in left:
        if len(raw) < received.raw_bytes:
            continue  # only its beginning was kept
        incoming = Incoming(
            station=received.station, source=received.source, raw=raw, via=received.via, taken_up=True
        )  # fmt: skip
        try:
            done += receive(office, incoming, check=check).alert is not None
        except (Invalid, NoSuchSource, TooManyWarnings) as exc:
            log.warning("the warning %s from outside cannot be taken up again: %s", received.id, exc)
        except SQLAlchemyError:
            raise
        except Exception:
            # One stranger's document that breaks our reading must not take the thread, and the server, along with it.
            log.exception("the warning %s from outside broke the reading", received.id)
    return done


def digest_of(message: Message) -> str:
    """Return the SHA-256 of what a message says, however its XML is written, signed or not."""
    return hashlib.sha256(repr(replace(message, carries_signature=False)).encode(errors="replace")).hexdigest()


def place_of(tx: Connection, station: StationId, profile: Profile) -> StationPlace:
    """Return where the station lies: what its rules say, and the names of the commune and its hamlets besides."""
    found = stations.get(tx, station)
    told = {place.hamlet: place for place in profile.place.hamlets}
    hamlets = tuple(
        replace(place, names=(hamlet.name, *place.names))
        for hamlet in stations.hamlets_of(tx, station)
        for place in (told.get(hamlet.id, HamletPlace(hamlet=hamlet.id)),)
    )
    own = (found.name,) if found else ()
    return replace(profile.place, names=(*own, *profile.place.names), hamlets=hamlets)


def _judged(
    tx: Connection,
    station: StationId,
    message: Message,
    *,
    profile: Profile,
    source: Source,
    signature: Signature,
    now: datetime,
) -> Verdict:
    if twin := cap_received.elsewhere(tx, station, source=source.name, name=message.name, digest=digest_of(message)):
        return Verdict(decision=Decision.NOTED, reason=Remark.of(Why.CAME_ANOTHER_WAY, source=twin.source))
    earlier = Earlier(
        known=cap_chains.known(tx, station, source=source.name, status=message.status, names=message.references),
        superseded_by=cap_chains.superseded_by(
            tx, station, source=source.name, status=message.status, name=message.name
        ),
    )
    place = place_of(tx, station, profile)
    return judge(message, source=source, place=place, signature=signature, now=now, earlier=earlier)


def _is_settled(before: Received) -> bool:
    """Whether a message led to something, which it does once. What led to nothing is judged anew by today's rules."""
    return before.alert is not None or before.decision is Decision.CALLS_OFF


def _was_distrusted(before: Received) -> bool:
    """Whether anybody might have sent it: a forged message must not keep the name from the genuine one."""
    return before.decision is Decision.DROPPED and before.reason.why in (Why.WRONG_SIGNATURE, Why.UNSIGNED)


def _again(tx: Connection, before: Received, incoming: Incoming, message: Message, *, now: datetime) -> Received:
    """Return what was decided the first time: a message counts once. Other words under the same name count never."""
    if before.digest == digest_of(message):
        after = replace(before, times=before.times + 1)
        cap_received.save(tx, after)
        return after
    forged = replace(
        _row(incoming, message, digest=digest_of(message), now=now),
        name=None,
        decision=Decision.DROPPED,
        reason=Remark.of(Why.SAME_NAME_OTHER_CONTENT),
    )
    _check_rate(tx, incoming, now=now)
    cap_received.add(tx, forged, raw=incoming.raw, message=None)
    return forged


def _kept(
    tx: Connection, incoming: Incoming, message: Message, verdict: Verdict, *, before: Received | None, now: datetime
) -> Received:
    """Keep the message with its verdict, in the place of what was decided when it came before."""
    fresh = replace(
        _row(incoming, message, digest=digest_of(message), now=now),
        decision=verdict.decision,
        reason=verdict.reason,
        remarks=verdict.remarks,
    )
    if before is not None:
        times = before.times if incoming.taken_up else before.times + 1
        return replace(fresh, id=before.id, received_at=before.received_at, times=times)
    cap_received.add(tx, fresh, raw=incoming.raw, message=message)
    return fresh


def _keep_unreadable(office: Office, incoming: Incoming, *, problem: str) -> None:
    now = office.now()
    digest = hashlib.sha256(incoming.raw).hexdigest()
    unreadable = replace(
        _row(incoming, None, digest=digest, now=now),
        decision=Decision.DROPPED,
        reason=Remark.of(Why.UNREADABLE, problem=problem[:300]),
    )
    with office.database.writing() as tx:
        _check_rate(tx, incoming, now=now)
        cap_received.add(tx, unreadable, raw=incoming.raw, message=None)
        _prune(tx, incoming, now=now)


def _row(incoming: Incoming, message: Message | None, *, digest: str, now: datetime) -> Received:
    info = min(message.infos, key=language_rank, default=None) if message else None
    return Received(
        id=new_id("cb"),
        station=incoming.station,
        source=incoming.source,
        via=incoming.via[:500],
        name=message.name if message else None,
        status=message.status if message else None,
        msg_type=message.msg_type if message else None,
        scope=message.scope if message else None,
        headline=readable(info.headline or info.event) if info else "",
        digest=digest,
        decision=Decision.NOTED,
        reason=Remark.of(Why.UNREADABLE, problem="?"),
        remarks=(),
        alert=None,
        raw_bytes=len(incoming.raw),
        received_at=now,
        times=1,
    )


def _check_rate(tx: Connection, incoming: Incoming, *, now: datetime) -> None:
    """Raise TooManyWarnings when this source alone sends more than anybody could have to say."""
    since = now - timedelta(minutes=1)
    if cap_received.count(tx, incoming.station, source=incoming.source, since=since) >= MOST_A_MINUTE:
        raise TooManyWarnings(limit=MOST_A_MINUTE)


def _prune(tx: Connection, incoming: Incoming, *, now: datetime) -> None:
    station, source = incoming.station, incoming.source
    if gone := cap_received.prune(tx, station, source=source, before=now - KEPT_FOR, most=KEPT_MOST):
        audit.record(tx, station, user=None, action="cap.prune", subject=source[:80], now=now, messages=gone)


def _profile(office: Office, station: StationId) -> Profile:
    with office.database.reading() as tx:
        return cap_received.profile_of(tx, station)


def _source(profile: Profile, name: str) -> Source:
    found = profile.source(name)
    if found is None:
        raise NoSuchSource(source=name[:60])
    return found
