"""Choosing when an approved bulletin is aired, and taking an airing back."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.audience import Audience, check_known, clusters_of
from broadcaster.domain.bulletin import Bulletin, Priority, RecordingNotReady, require_state
from broadcaster.domain.delivery import BoxState, Delivery, judge
from broadcaster.domain.errors import N_, Conflict, refusal
from broadcaster.domain.ids import AiringId, BulletinId, DeviceId, LibraryItemId, StationId
from broadcaster.domain.permissions import Person, may_air, require
from broadcaster.domain.station import NoSuchThing, Rules
from broadcaster.domain.timetable import Airing, AiringOver, NobodyToHear, Occupied, latest_start, place
from broadcaster.domain.week.answers import AiringTakenBack
from broadcaster.domain.week.requests import TheseSessions
from broadcaster.services.bulletins import find
from broadcaster.services.library import airable, rules_of
from broadcaster.services.office import Office, new_id
from broadcaster.store import airings, audit, devices, recordings, reports, requests, settled, stations, targets


@refusal
class AiringIdTaken(Conflict):
    message = N_("Biểu mẫu này đã được dùng cho một lượt phát khác. Xin tải lại trang rồi chọn giờ phát lần nữa.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """What a person wants aired: a bulletin or an item of the library, and its file."""

    station: StationId
    title: str
    priority: Priority
    recording_sha256: str
    bulletin: BulletinId | None = None
    item: LibraryItemId | None = None


LONGEST = timedelta(hours=3)
"""No airing is longer: what began earlier than this cannot be in the way any more."""
_AIRING_ID = re.compile(r"[A-Za-z0-9-]{1,40}")


def plan(
    office: Office,
    *,
    actor: Person,
    bulletin: BulletinId,
    start_at: datetime | None,
    audience: Audience | None = None,
    airing_id: AiringId | None = None,
) -> Airing:
    """Plan an airing of an approved bulletin at `start_at`, or for None as soon as its clusters are free.

    The audience is the bulletin's own unless another is given. Asking twice with one `airing_id` plans it once.
    Raises WrongState, NobodyToHear, TimeInThePast, InQuietHours or Clash, and AiringIdTaken for an id that names
    an airing of something else, or none that a plan could carry.
    """
    require(may_air(actor))
    with office.database.writing() as tx:
        if airing_id and (known := _planned_before(tx, actor, airing_id, item=bulletin)):
            return known
        approved = find(tx, actor.station, bulletin)
        require_state("air", approved.state)
        airing = _placed(
            tx, _of_bulletin(approved), audience=audience or approved.audience, wanted=start_at,
            now=office.now(), airing_id=airing_id or AiringId(new_id("lp")),
        )  # fmt: skip
        airings.add(tx, airing, created_by=actor.id)
        set_targets(tx, airing.station, [airing])
        audit.record(
            tx, actor.station, user=actor.id, action="airing.plan", subject=airing.id, now=office.now(),
            bulletin=bulletin, start_at=airing.start_at.isoformat(), recording_sha256=airing.recording_sha256,
        )  # fmt: skip
    office.ring_planner()
    return airing


def plan_recording(
    office: Office,
    *,
    actor: Person,
    item: LibraryItemId,
    start_at: datetime | None,
    audience: Audience,
    airing_id: AiringId | None = None,
) -> Airing:
    """Plan an airing of a fixed recording of the library, as `plan` does for a bulletin.

    Raises LibraryStateWrong or RightsExpired when it may not be aired then, and what `plan` raises.
    """
    require(may_air(actor))
    now = office.now()
    with office.database.writing() as tx:
        if airing_id and (known := _planned_before(tx, actor, airing_id, item=item)):
            return known
        approved = airable(tx, actor.station, item, at=start_at or now)
        sound = Sounding(
            station=actor.station, title=approved.title, priority=Priority.ORDINARY, item=approved.id,
            recording_sha256=approved.recording_sha256,
        )  # fmt: skip
        name = airing_id or AiringId(new_id("lp"))
        airing = _placed(tx, sound, audience=audience, wanted=start_at, now=now, airing_id=name)
        airings.add(tx, airing, created_by=actor.id)
        set_targets(tx, airing.station, [airing])
        audit.record(
            tx, actor.station, user=actor.id, action="airing.plan", subject=airing.id, now=now,
            library_item=item, start_at=airing.start_at.isoformat(), recording_sha256=airing.recording_sha256,
        )  # fmt: skip
    office.ring_planner()
    return airing


def cancel(office: Office, *, actor: Person, airing: AiringId) -> Airing:
    """Take an airing back; one that sounds now is stopped. Raises AiringOver when it has ended."""
    require(may_air(actor))
    now = office.now()
    with office.database.writing() as tx:
        found = _find(tx, actor, airing)
        if found.cancelled_at is not None or found.over_at <= now:
            raise AiringOver
        airings.cancel(tx, airing, now=now)
        _close_request(tx, found, now=now)
        audit.record(tx, actor.station, user=actor.id, action="airing.cancel", subject=airing, now=now)
        cancelled = _find(tx, actor, airing)
    office.ring_planner()
    return cancelled


def deliveries(tx: Connection, airing: Airing, *, now: datetime) -> tuple[Delivery, ...]:
    """Return what is known of an airing on each of its clusters."""
    return deliveries_of(tx, airing.station, [airing], now=now)[airing.id]


def deliveries_of(
    tx: Connection, station: StationId, several: Collection[Airing], *, now: datetime
) -> dict[AiringId, tuple[Delivery, ...]]:
    """Return what is known of each of these airings of a station on each of its clusters, in a handful of queries."""
    names = [airing.id for airing in several]
    meant, said = targets.of_airings(tx, names), reports.of_airings(tx, names)
    boxes: dict[DeviceId, BoxState] = {d.id: d.state for d in devices.of_station(tx, station)} if several else {}
    return {
        airing.id: tuple(
            judge(
                airing,
                target,
                box=boxes.get(target.device) if target.device else None,
                report=said.get((airing.id, target.device)) if target.device else None,
                now=now,
            )
            for target in meant[airing.id]
        )
        for airing in several
    }


def set_targets(tx: Connection, station: StationId, wanted: Iterable[Airing]) -> None:
    """Resolve the audience of each of these airings of a station to the clusters and boxes that there are now."""
    boxes, places = devices.by_cluster(tx, station), stations.places_of(tx, station)
    meant: dict[Audience, frozenset[targets.Pair]] = {}
    for_each: dict[AiringId, frozenset[targets.Pair]] = {}
    for airing in wanted:
        if airing.audience not in meant:
            meant[airing.audience] = frozenset((c, boxes.get(c)) for c in clusters_of(airing.audience, places))
        for_each[airing.id] = meant[airing.audience]
    targets.set_targets(tx, for_each)


def _planned_before(tx: Connection, actor: Person, airing_id: AiringId, *, item: str) -> Airing | None:
    """Return what was planned under this id for this item. Raises AiringIdTaken for what is not the actor's."""
    if not _AIRING_ID.fullmatch(airing_id):
        raise AiringIdTaken
    known = airings.get(tx, actor.station, airing_id)
    if known is not None and known.item == item:
        return known
    if known is not None or airings.is_taken(tx, airing_id):
        raise AiringIdTaken
    return None


def _close_request(tx: Connection, cancelled: Airing, *, now: datetime) -> None:
    """Close the request that a cancelled airing answers; one for several sessions goes on without this one."""
    asked = requests.get(tx, cancelled.station, cancelled.request) if cancelled.request else None
    if asked is not None and not isinstance(asked.wish, TheseSessions):
        zone = rules_of(tx, cancelled.station).zone
        why = AiringTakenBack(title=cancelled.title, start_at=cancelled.start_at.astimezone(zone))
        requests.save(tx, asked.taken_back(why, now=now))


def _in_the_way(tx: Connection, station: StationId, *, priority: Priority, now: datetime) -> tuple[Occupied, ...]:
    """Return what a new airing must keep off. A session that is not settled yet makes room for an *ưu tiên* one."""
    settled_keys = settled.keys_since(tx, station, since=now - LONGEST)

    def stays(airing: Airing) -> bool:
        gives_way = airing.key is not None and airing.key not in settled_keys and airing.key.due_at > now
        return not gives_way or priority is not Priority.PRIORITY

    return airings.occupied(tx, station, since=now - LONGEST, only=stays)


def _of_bulletin(bulletin: Bulletin) -> Sounding:
    return Sounding(
        station=bulletin.station,
        title=bulletin.title,
        priority=bulletin.priority,
        recording_sha256=bulletin.recording_sha256 or "",
        bulletin=bulletin.id,
    )


def _placed(
    tx: Connection,
    wish: Sounding,
    *,
    audience: Audience,
    wanted: datetime | None,
    now: datetime,
    airing_id: AiringId,
) -> Airing:
    """Return the airing where the rules let it stand."""
    station = stations.get(tx, wish.station)
    sound = recordings.get(tx, wish.station, wish.recording_sha256)
    if sound is None or station is None:
        raise RecordingNotReady
    rules: Rules = station.rules
    check_known(
        audience,
        hamlets=[h.id for h in stations.hamlets_of(tx, wish.station)],
        clusters=[c.id for c in stations.clusters_of(tx, wish.station)],
    )
    clusters = clusters_of(audience, stations.places_of(tx, wish.station))
    if not clusters:
        raise NobodyToHear
    duration = timedelta(milliseconds=sound.duration_ms)
    taken = _in_the_way(tx, wish.station, priority=wish.priority, now=now)
    start = place(wanted, now=now, duration=duration, clusters=clusters, occupied=taken, rules=rules)
    return Airing(
        id=airing_id,
        station=wish.station,
        bulletin=wish.bulletin,
        library_item=wish.item,
        title=wish.title,
        audience=audience,
        priority=wish.priority,
        recording_sha256=sound.sha256,
        start_at=start,
        not_after=latest_start(start, duration=duration, rules=rules),
        duration=duration,
        created_at=now,
    )


def _find(tx: Connection, actor: Person, airing: AiringId) -> Airing:
    found = airings.get(tx, actor.station, airing)
    if found is None:
        raise NoSuchThing
    return found
