"""What an approved bulletin may ask for: the next session, these sessions, this minute, or now; and who goes first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.audience import Audience, check_known, clusters_of
from broadcaster.domain.bulletin import Bulletin, require_state
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.ids import BulletinId, RequestId
from broadcaster.domain.permissions import Person, may_air, require
from broadcaster.domain.programme import ProgrammeId, Section
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.domain.timetable import HORIZON, LEAD, NobodyToHear, check_start
from broadcaster.domain.week.answers import AskedAnew, TakenBack
from broadcaster.domain.week.planned import Fate
from broadcaster.domain.week.requests import (
    EXPIRY_MOST,
    AtMinute,
    AtOnce,
    BadExpiry,
    BadFirstDay,
    ExpiresFirst,
    TheseSessions,
    Wish,
)
from broadcaster.services.airings import LONGEST
from broadcaster.services.bulletins import find
from broadcaster.services.office import Office, new_id
from broadcaster.services.week import timetabling
from broadcaster.store import airings, audit, programmes, recordings, requests, stations
from broadcaster.store.requests import Asked


@refusal
class RequestOver(Conflict):
    message = N_("Yêu cầu phát này đã xong hoặc đã rút.")


@refusal
class NotAClash(Conflict):
    message = N_("Các bản tin này không còn tranh chỗ nhau. Xin tải lại trang để xem lịch mới.")


@refusal
class RequestIdTaken(Conflict):
    message = N_("Biểu mẫu này đã được dùng cho một yêu cầu khác. Xin tải lại trang rồi chọn giờ phát lần nữa.")


@refusal
class OrderIncomplete(Invalid):
    message = N_("Xin xếp thứ tự cho mọi bản tin đang tranh chỗ nhau, mỗi bản tin một lần.")


def ask(
    office: Office,
    *,
    actor: Person,
    bulletin: BulletinId,
    wish: Wish,
    audience: Audience | None = None,
    section: Section = Section.BULLETINS,
    expires_at: datetime | None = None,
    request: RequestId | None = None,
) -> Asked:
    """Ask for a place in the week for an approved bulletin; what comes back says where it was placed, and why there.

    Asking for sessions anew takes back what was asked for sessions before; asking twice under one `request` asks once.
    Raises WrongState, UnknownAudience, RequestIdTaken, and for a minute, or now, NobodyToHear, TimeInThePast,
    TimeTooFarAhead or InQuietHours; BadFirstDay, BadExpiry or ExpiresFirst for days that cannot be meant.
    """
    require(may_air(actor))
    now = office.now()
    with office.database.writing() as tx:
        station, approved = _station(tx, actor), find(tx, actor.station, bulletin)
        if request is not None and (known := _asked_before(tx, station, request, bulletin=bulletin)):
            return known
        require_state("air", approved.state)
        asked = Asked(
            id=request or RequestId(new_id("yc")),
            station=station.id,
            bulletin=bulletin,
            audience=_audience(tx, station, audience or approved.audience, wish),
            wish=_checked(tx, station, approved, wish, now=now),
            section=section,
            asked_by=actor.id,
            asked_at=now,
            expires_at=_expiry(expires_at, wish, station, now=now),
        )
        if not isinstance(wish, AtMinute | AtOnce):
            _replace_older(tx, asked, title=approved.title, now=now)
        requests.add(tx, asked)
        audit.record(
            tx, station.id, user=actor.id, action="request.ask", subject=asked.id, now=now, bulletin=bulletin,
            wish=requests.wish_as_json(wish),
        )  # fmt: skip
        timetabling.reconcile(tx, station, office.profiles, now=now)
        answered = _find(tx, actor, asked.id)
    office.ring_planner()
    return answered


def withdraw(office: Office, *, actor: Person, request: RequestId) -> Asked:
    """Take a request back: its airings to come are gone, one that sounds now is stopped. Raises RequestOver."""
    require(may_air(actor))
    now = office.now()
    with office.database.writing() as tx:
        station, asked = _station(tx, actor), _find(tx, actor, request)
        if asked.closed_at is not None:
            raise RequestOver
        for airing in airings.of_request(tx, station.id, request):
            if airing.cancelled_at is None and airing.over_at > now:
                airings.cancel(tx, airing.id, now=now)
        title = find(tx, station.id, asked.bulletin).title
        requests.save(tx, asked.taken_back(TakenBack(title=title), now=now))
        audit.record(
            tx, station.id, user=actor.id, action="request.withdraw", subject=request, now=now, bulletin=asked.bulletin
        )
        timetabling.reconcile(tx, station, office.profiles, now=now)
        closed = _find(tx, actor, request)
    office.ring_planner()
    return closed


def clashes(tx: Connection, station: Station) -> tuple[tuple[Asked, ...], ...]:
    """Return the groups of *ưu tiên* requests that keep each other out until a person orders them."""
    fighting = {a.id: a for a in requests.open_ones(tx, station.id) if a.fate is Fate.CLASH}
    groups: list[tuple[Asked, ...]] = []
    seen: set[RequestId] = set()
    for name in fighting:
        if name in seen:
            continue
        group, edge = {name}, [name]
        while edge:
            new = {rival for rival in fighting[edge.pop()].rivals if rival in fighting} - group
            group |= new
            edge.extend(new)
        seen |= group
        groups.append(tuple(fighting[each] for each in fighting if each in group))
    return tuple(groups)


def order(office: Office, *, actor: Person, first_to_last: Sequence[RequestId]) -> tuple[Asked, ...]:
    """Say which of the requests that collide goes first, of all of them. Raises OrderIncomplete or NotAClash.

    Where one were left out, its place among the others would be nobody's decision.
    """
    require(may_air(actor))
    now = office.now()
    if len(first_to_last) < 2 or len(set(first_to_last)) < len(first_to_last):
        raise OrderIncomplete
    with office.database.writing() as tx:
        station = _station(tx, actor)
        timetabling.reconcile(tx, station, office.profiles, now=now)
        group = next((g for g in clashes(tx, station) if {a.id for a in g} >= set(first_to_last)), None)
        if group is None:
            raise NotAClash
        if len(group) > len(first_to_last):
            raise OrderIncomplete
        named = {asked.id: asked for asked in group}
        for rank, request in enumerate(first_to_last):
            requests.save(tx, replace(named[request], rank=rank))
        audit.record(
            tx, station.id, user=actor.id, action="request.order", subject=first_to_last[0], now=now,
            order=list(first_to_last),
        )  # fmt: skip
        timetabling.reconcile(tx, station, office.profiles, now=now)
        found = tuple(_find(tx, actor, request) for request in first_to_last)
    office.ring_planner()
    return found


def ask_otherwise(office: Office, *, actor: Person, request: RequestId, wish: Wish) -> Asked:
    """Give an open request another wish: another minute than the one that two want, for example.

    Its airings to come give way to those of the new wish. Raises RequestOver, and what `ask` raises for the wish.
    """
    require(may_air(actor))
    now = office.now()
    with office.database.writing() as tx:
        station, asked = _station(tx, actor), _find(tx, actor, request)
        if asked.closed_at is not None:
            raise RequestOver
        bulletin = find(tx, station.id, asked.bulletin)
        wanted = _checked(tx, station, bulletin, wish, now=now)
        _expiry(asked.expires_at, wanted, station, now=now)
        _audience(tx, station, asked.audience, wanted)
        requests.save(tx, replace(asked, wish=wanted, rank=None, fate=None, reason=None, rivals=()))
        audit.record(
            tx, station.id, user=actor.id, action="request.change", subject=request, now=now, bulletin=asked.bulletin,
            wish=requests.wish_as_json(wanted),
        )  # fmt: skip
        timetabling.reconcile(tx, station, office.profiles, now=now)
        answered = _find(tx, actor, request)
    office.ring_planner()
    return answered


def _asked_before(tx: Connection, station: Station, request: RequestId, *, bulletin: BulletinId) -> Asked | None:
    """Return what was asked under this id for this bulletin. Raises RequestIdTaken for what is not the actor's."""
    known = requests.get(tx, station.id, request)
    if known is not None and known.bulletin == bulletin:
        return known
    if known is not None or requests.is_taken(tx, request):
        raise RequestIdTaken
    return None


def _checked(tx: Connection, station: Station, bulletin: Bulletin, wish: Wish, *, now: datetime) -> Wish:
    """Return the wish unchanged when it can be meant at all."""
    if isinstance(wish, AtMinute | AtOnce):
        sound = recordings.get(tx, station.id, bulletin.recording_sha256 or "")
        length = timedelta(milliseconds=sound.duration_ms) if sound is not None else LONGEST
        start = wish.at if isinstance(wish, AtMinute) else now + LEAD
        check_start(start, now=now, duration=length, rules=station.rules)
    if isinstance(wish, TheseSessions):
        _check_first_day(wish.first_day, station, now=now)
        if wish.programme is not None:
            _require_programme(tx, station, wish.programme)
    return AtOnce(asked_at=now) if isinstance(wish, AtOnce) else wish


def _expiry(expires_at: datetime | None, wish: Wish, station: Station, *, now: datetime) -> datetime | None:
    """Return the instant from which it may be aired no more, unchanged. Raises BadExpiry or ExpiresFirst."""
    if expires_at is None:
        return None
    if not now < expires_at < now + EXPIRY_MOST:
        raise BadExpiry(days=EXPIRY_MOST.days)
    if isinstance(wish, AtMinute) and wish.at >= expires_at:
        zone = station.rules.zone
        raise ExpiresFirst(expires_at=expires_at.astimezone(zone), start_at=wish.at.astimezone(zone))
    return expires_at


def _check_first_day(first_day: date, station: Station, *, now: datetime) -> None:
    today = now.astimezone(station.rules.zone).date()
    if not today <= first_day <= today + HORIZON:
        raise BadFirstDay(first_day=f"{first_day:%d/%m/%Y}", days=HORIZON.days)


def _require_programme(tx: Connection, station: Station, programme: ProgrammeId) -> None:
    if programme not in {kept.programme.id for kept in programmes.of_station(tx, station.id)}:
        raise NoSuchThing


def _replace_older(tx: Connection, asked: Asked, *, title: str, now: datetime) -> None:
    for older in requests.of_bulletin(tx, asked.station, asked.bulletin):
        if older.closed_at is None and not isinstance(older.wish, AtMinute | AtOnce):
            heard = tuple(a.id for a in airings.of_request(tx, asked.station, older.id) if a.start_at <= now)
            requests.save(tx, replace(older.taken_back(AskedAnew(title=title), now=now), airings=heard))


def _audience(tx: Connection, station: Station, audience: Audience, wish: Wish) -> Audience:
    """Return the audience unchanged: places that the station has, and somebody there for a minute of its own."""
    check_known(
        audience,
        hamlets=[h.id for h in stations.hamlets_of(tx, station.id)],
        clusters=[c.id for c in stations.clusters_of(tx, station.id)],
    )
    if isinstance(wish, AtMinute | AtOnce) and not clusters_of(audience, stations.places_of(tx, station.id)):
        raise NobodyToHear
    return audience


def _find(tx: Connection, actor: Person, request: RequestId) -> Asked:
    found = requests.get(tx, actor.station, request)
    if found is None:
        raise NoSuchThing
    return found


def _station(tx: Connection, actor: Person) -> Station:
    found = stations.get(tx, actor.station)
    if found is None:
        raise NoSuchThing
    return found
