"""Makes the station's week real: what the pure planner says is stored, in the one transaction that asked for it.

Nothing is remembered here. Whoever reconciles reads everything anew, so that doing it twice, or on two servers, or
after a restart, adds nothing and loses nothing.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.bulletin import Bulletin, BulletinState
from broadcaster.domain.errors import N_
from broadcaster.domain.ids import BulletinId, LibraryItemId, RequestId
from broadcaster.domain.library import LibraryItem, LibraryState
from broadcaster.domain.programme import LENGTH_MAX, OccurrenceKey, Programme, Sound, SoundName, absent, sounds_needed
from broadcaster.domain.station import Station
from broadcaster.domain.timetable import Airing, Occupied
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.placing import plan
from broadcaster.domain.week.planned import Fate, Item, Placement, Recorded, Relayed, Week, changes, reach
from broadcaster.domain.week.reasons import Reason, reason
from broadcaster.domain.week.regime import Profile
from broadcaster.domain.week.requests import Request
from broadcaster.services.airings import set_targets
from broadcaster.services.week.limits import ground_of
from broadcaster.store import airings, bulletins, library, programmes, recordings, requests, settled
from broadcaster.store.recordings import Recording
from broadcaster.store.requests import Asked

log = logging.getLogger(__name__)

_CLOSED = frozenset({Fate.PAST, Fate.EXPIRED})


@reason
class BulletinNotApproved(Reason):
    title: str
    message = N_(
        "“{title}” đã được sửa hoặc rút nên không còn được xếp lịch. Sau khi duyệt lại, xin chọn giờ phát lần nữa."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Everything that a station's week is planned from."""

    station: Station
    ground: Ground
    programmes: tuple[Programme, ...]
    asked: Mapping[RequestId, Asked]
    """The open requests whose bulletin may be aired."""
    unfit: tuple[tuple[Asked, Bulletin | None], ...]
    """The open requests whose bulletin is no longer approved."""
    wanted: tuple[Request, ...]
    sounds: Mapping[SoundName, Sound]
    library: Mapping[str, LibraryItemId]
    """Which item of the library a file is."""
    standing: Mapping[str, Airing]
    settled: frozenset[OccurrenceKey]
    taken: tuple[Occupied, ...]
    since: datetime
    now: datetime

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to plan."""
        return not (self.programmes or self.asked or self.unfit or self.standing)


def gather(
    tx: Connection,
    station: Station,
    profiles: Mapping[str, Profile],
    *,
    now: datetime,
    instead: Sequence[Programme] | None = None,
) -> Held:
    """Return everything that a station's week is planned from, as it is now, or with other programmes `instead`."""
    since = programmes.limits_of(tx, station.id).planned_at or now
    back = reach(since=since, now=now)
    every = tuple(kept.programme for kept in programmes.of_station(tx, station.id)) if instead is None else (*instead,)
    fit, unfit, wanted = _requests(tx, station)
    standing = airings.planned_since(tx, station.id, since=back - LENGTH_MAX, requests=fit)
    sounds, items = _sounds(tx, station, every)
    return Held(
        station=station,
        ground=ground_of(tx, station, profiles),
        programmes=every,
        asked=fit,
        unfit=unfit,
        wanted=wanted,
        sounds=sounds,
        library=items,
        standing={a.id: a for a in standing if _counts(a, fit) and (a.end_at > back or a.request in fit)},
        settled=settled.keys_since(tx, station.id, since=back),
        taken=airings.occupied_by_hand(tx, station.id, since=back - LENGTH_MAX),
        since=since,
        now=now,
    )


def week_of(held: Held) -> Week:
    """Return the week as it would be stored now. In it a request goes by its own id where the planner says bulletin."""
    return plan(
        held.programmes,
        held.wanted,
        ground=held.ground,
        sounds=held.sounds,
        standing=[item_of(airing) for airing in held.standing.values()],
        settled=held.settled,
        taken=held.taken,
        since=held.since,
        now=held.now,
    )


def reconcile(tx: Connection, station: Station, profiles: Mapping[str, Profile], *, now: datetime) -> Week | None:
    """Make what is stored what the week says, and return the week; None where there is nothing to plan."""
    held = gather(tx, station, profiles, now=now)
    if held.is_empty:
        return None
    week = week_of(held)
    standing = [item_of(airing) for airing in held.standing.values()]
    change = changes(standing, week, settled=held.settled, now=now)
    new = [airing_of(item, held) for item in change.add]
    altered = [airing_of(item, held) for item in change.alter]
    airings.remove_several(tx, change.withdraw)
    airings.add_several(tx, new, asked_by={name: asked.asked_by for name, asked in held.asked.items()})
    airings.alter_several(tx, altered)
    set_targets(tx, station.id, [*new, *altered])
    _answer(tx, held, week)
    settled.add(tx, station.id, week.settling, now=now)
    programmes.note_planned(tx, station.id, now=now)
    if new or altered or change.withdraw:
        log.info(
            "the week of %s changed: %d airings new, %d moved, %d taken back",
            station.id, len(new), len(altered), len(change.withdraw),
        )  # fmt: skip
    return week


def item_of(airing: Airing) -> Item:
    """Return a stored airing as the planner knows it."""
    return Item(
        id=airing.id,
        key=airing.key,
        segment=airing.segment,
        bulletin=BulletinId(airing.request) if airing.request else None,
        title=airing.title,
        audience=airing.audience,
        priority=airing.priority,
        source=airing.relay or Recorded(sha256=airing.recording_sha256 or ""),
        start_at=airing.start_at,
        duration=airing.duration,
        not_after=airing.not_after,
        is_filler=airing.is_filler,
    )


def airing_of(item: Item, held: Held) -> Airing:
    """Return an airing-to-be as it is stored."""
    request = RequestId(item.bulletin) if item.bulletin else None
    before = held.standing.get(item.id)
    sha256 = item.source.sha256 if isinstance(item.source, Recorded) else None
    asked = held.asked.get(request) if request else None
    return Airing(
        id=item.id,
        station=held.station.id,
        bulletin=asked.bulletin if asked else before.bulletin if before else None,
        title=item.title,
        audience=item.audience,
        priority=item.priority,
        recording_sha256=sha256,
        start_at=item.start_at,
        not_after=item.not_after,
        duration=item.duration,
        created_at=before.created_at if before else held.now,
        library_item=held.library.get(sha256) if sha256 and request is None else None,
        relay=item.source if isinstance(item.source, Relayed) else None,
        key=item.key,
        segment=item.segment,
        request=request,
        is_filler=item.is_filler,
    )


def _counts(airing: Airing, fit: Mapping[RequestId, Asked]) -> bool:
    """Return whether the planner is told of it: what a person cancelled keeps its place and is not planned again."""
    return airing.cancelled_at is None or airing.request is None or airing.request in fit


def _requests(
    tx: Connection, station: Station
) -> tuple[dict[RequestId, Asked], tuple[tuple[Asked, Bulletin | None], ...], tuple[Request, ...]]:
    """Return the open requests that may be planned, those that may not, and the first as the planner reads them."""
    fit: dict[RequestId, Asked] = {}
    unfit: list[tuple[Asked, Bulletin | None]] = []
    wanted: list[Request] = []
    every = requests.open_ones(tx, station.id)
    found = bulletins.several(tx, station.id, {asked.bulletin for asked in every})
    files = {bulletin.recording_sha256 for bulletin in found.values() if bulletin.recording_sha256}
    sounds = recordings.several(tx, station.id, files)
    for asked in every:
        bulletin = found.get(asked.bulletin)
        sound = sounds.get(bulletin.recording_sha256 or "") if bulletin else None
        if bulletin is None or bulletin.state is not BulletinState.APPROVED or sound is None:
            unfit.append((asked, bulletin))
        else:
            fit[asked.id] = asked
            wanted.append(_request(asked, bulletin, sound))
    return fit, tuple(unfit), tuple(wanted)


def _request(asked: Asked, bulletin: Bulletin, sound: Recording) -> Request:
    return Request(
        bulletin=BulletinId(asked.id),
        title=bulletin.title,
        audience=asked.audience,
        priority=bulletin.priority,
        recording_sha256=sound.sha256,
        duration=timedelta(milliseconds=sound.duration_ms),
        approved_at=asked.asked_at,
        wish=asked.wish,
        section=asked.section,
        expires_at=asked.expires_at,
        rank=asked.rank,
    )


def _sounds(
    tx: Connection, station: Station, every: Sequence[Programme]
) -> tuple[dict[SoundName, Sound], dict[str, LibraryItemId]]:
    """Return the recordings by the names that programmes use, and which item of the library each file is.

    A name is what the station bound to it, or an item's own id. One that is not approved is only what it is called.
    """
    needed = sounds_needed(every)
    if not needed:
        return {}, {}
    bound = programmes.sounds_of(tx, station.id)
    meant = {name: (bound[name].item if name in bound else None) or LibraryItemId(name) for name in needed}
    items = library.several(tx, station.id, set(meant.values()))
    files = recordings.several(tx, station.id, {item.recording_sha256 for item in items.values()})
    sounds: dict[SoundName, Sound] = {}
    for name in needed:
        item = items.get(meant[name])
        file = files.get(item.recording_sha256) if item and item.state is LibraryState.APPROVED else None
        if item is not None and file is not None:
            sounds[name] = _sound(item, file)
        elif item is not None or name in bound:
            sounds[name] = absent(item.title if item is not None else bound[name].wanted.title)
    return sounds, {item.recording_sha256: item.id for item in items.values()}


def _sound(item: LibraryItem, file: Recording) -> Sound:
    return Sound(
        sha256=file.sha256,
        duration=timedelta(milliseconds=file.duration_ms),
        title=item.title,
        language=item.details.language,
        expires_on=item.details.expires_on,
    )


def _answer(tx: Connection, held: Held, week: Week) -> None:
    """Keep what became of each request; one that was heard, or came too late, wants nothing any more."""
    for placement in week.placements:
        asked = held.asked[RequestId(placement.request.bulletin)]
        answered = _answered(asked, placement, now=held.now)
        if answered != asked:
            requests.save(tx, answered)
    for asked, bulletin in held.unfit:
        why = BulletinNotApproved(title=bulletin.title if bulletin else asked.bulletin)
        requests.save(tx, replace(asked, closed_at=held.now, fate=Fate.EXPIRED, reason=(why.code, str(why)), rivals=()))


def _answered(asked: Asked, placement: Placement, *, now: datetime) -> Asked:
    return replace(
        asked,
        fate=placement.fate,
        reason=(placement.reason.code, str(placement.reason)),
        airings=placement.airings,
        rivals=tuple(RequestId(rival) for rival in placement.rivals),
        unserved=placement.unserved,
        closed_at=now if placement.fate in _CLOSED else None,
    )
