"""Tonight, put together from the store: what is planned, what each box holds and says of itself, what relays gave."""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from broadcaster.domain.delivery import Heard, Target
from broadcaster.domain.ids import ClusterId, StationId
from broadcaster.domain.records.logbook import Place
from broadcaster.domain.rehearsal.judging import rehearse
from broadcaster.domain.rehearsal.values import WITHIN, Body, Cap, House, Piece, Probe, Rehearsed, Scene, Stand
from broadcaster.domain.station import Station
from broadcaster.domain.timetable import Airing
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.planned import Occurrence
from broadcaster.services.airings import LONGEST
from broadcaster.services.office import Office
from broadcaster.services.week import timetabling
from broadcaster.store import airings, devices, programmes, stations, targets
from broadcaster.store.devices import Device

AHEAD = timedelta(days=7)


def unseen() -> House:
    """Return what is known of the server's parts where they cannot be seen: nothing."""
    return House()


def unheard() -> Mapping[str, Probe]:
    """Return what was heard of the relay sources where nobody listens: nothing."""
    return {}


class Rehearsals:
    """Answers *will tonight work?* for any station, as often as pages and bells ask.

    An answer, and the week that is planned for it, may be kept for a while: the same for everybody who looks.
    """

    def __init__(
        self,
        office: Office,
        *,
        house: Callable[[], House] = unseen,
        probes: Callable[[], Mapping[str, Probe]] = unheard,
        keep_answer: timedelta = timedelta(0),
        keep_week: timedelta = timedelta(0),
    ) -> None:
        self._office = office
        self._house = house
        self._probes = probes
        self._keep_answer = keep_answer
        self._keep_week = keep_week
        self._lock = threading.Lock()
        self._weeks: dict[StationId, tuple[datetime, tuple[Occurrence, ...], Ground]] = {}
        self._answers: dict[StationId, Rehearsed] = {}

    def of(self, station: Station) -> Rehearsed:
        """Return the rehearsal of the coming day."""
        with self._lock:
            kept, now = self._answers.get(station.id), self._office.now()
            if kept is None or not timedelta(0) <= now - kept.at < self._keep_answer:
                kept = self._answers[station.id] = rehearse(self._scene(station, within=WITHIN))
            return kept

    def within(self, station: Station, span: timedelta) -> Rehearsed:
        """Return the rehearsal of what begins so soon."""
        with self._lock:
            return rehearse(self._scene(station, within=span))

    def _scene(self, station: Station, *, within: timedelta) -> Scene:
        now = self._office.now()
        with self._office.database.reading() as tx:
            occurrences, ground = self._week(tx, station, now=now)
            titles = programmes.titles_of(tx, station.id)
            found = airings.between(tx, station.id, start=now - LONGEST, end=now + AHEAD)
            coming = _soonest([airing for airing in found if airing.end_at > now], now=now)
            meant = targets.of_airings(tx, [airing.id for airing in coming])
            return Scene(
                now=now,
                rules=station.rules,
                pieces=tuple(_piece(airing, meant[airing.id]) for airing in coming),
                stands=_stands(tx, station),
                occurrences=occurrences,
                probes=self._probes(),
                caps=_caps(ground),
                titles={a.key: titles[a.key.programme] for a in coming if a.key and a.key.programme in titles},
                house=self._house(),
                within=within,
            )

    def _week(self, tx: Connection, station: Station, *, now: datetime) -> tuple[tuple[Occurrence, ...], Ground]:
        kept = self._weeks.get(station.id)
        if kept is None or not timedelta(0) <= now - kept[0] < self._keep_week:
            held = timetabling.gather(tx, station, self._office.profiles, now=now)
            occurrences = () if held.is_empty else timetabling.week_of(held).occurrences
            kept = self._weeks[station.id] = now, occurrences, held.ground
        return kept[1], kept[2]


def sources_wanted(office: Office) -> tuple[str, ...]:
    """Return the relay sources of every station that are needed within a day, the soonest first."""
    now = office.now()
    with office.database.reading() as tx:
        coming = sorted(
            (airing for s in stations.every(tx) for airing in airings.between(tx, s.id, start=now, end=now + WITHIN)),
            key=lambda airing: airing.start_at,
        )
    return tuple(dict.fromkeys(url for airing in coming if airing.relay is not None for url in airing.relay.urls))


def _soonest(coming: list[Airing], *, now: datetime) -> list[Airing]:
    """Return what a rehearsal may look at: a day, or what surrounds the next thing after it."""
    first = min((airing.start_at for airing in coming if airing.start_at > now), default=now)
    until = max(now + WITHIN, first + timedelta(hours=1))
    return [airing for airing in coming if airing.start_at < until]


def _piece(airing: Airing, meant: Iterable[Target]) -> Piece:
    return Piece(
        airing=airing.id,
        title=airing.title,
        start_at=airing.start_at,
        duration=airing.duration,
        told_in={target.cluster: target.told_in for target in meant},
        file_sha256=airing.file_sha256,
        sources=airing.relay.urls if airing.relay is not None else (),
        session=airing.key,
    )


def _stands(tx: Connection, station: Station) -> tuple[Stand, ...]:
    boxes = {device.cluster: device for device in devices.of_station(tx, station.id)}
    names = {hamlet.id: hamlet.name for hamlet in stations.hamlets_of(tx, station.id)}
    order = list(names)
    clusters = sorted(stations.clusters_of(tx, station.id), key=lambda c: (order.index(c.hamlet), c.name))
    return tuple(
        Stand(
            place=Place(hamlet=c.hamlet, hamlet_name=names[c.hamlet], cluster=c.id, cluster_name=c.name),
            box=boxes[c.id].state if c.id in boxes else None,
            body=body_of(boxes[c.id]) if c.id in boxes else Body(),
        )
        for c in clusters
    )


def body_of(device: Device) -> Body:
    """Return what a box last told of itself."""
    health: Mapping[str, Any] = device.status.get("health") or {}
    clock: Mapping[str, Any] = device.status.get("clock") or {}
    test = ((health.get("self_test") or {}).get("heard") or {}).get("verdict")
    faults = dict(code.partition(":")[::2] for code in health.get("audio_errors") or ())
    return Body(
        clock_trusted=bool(clock.get("trusted")),
        clock_error_ms=clock.get("error_ms"),
        disk_free_bytes=health.get("disk_free_bytes"),
        under_voltage=health.get("under_voltage"),
        mains=health.get("mains"),
        self_test=Heard(test) if test in set(Heard) else None,
        faults={kind: said[:200] for kind, said in faults.items()},
    )


def _caps(ground: Ground) -> dict[ClusterId, Cap]:
    return {
        cluster: Cap(
            profile=zone.profile.name,
            session_length=zone.profile.session_length,
            sessions_a_day=zone.profile.sessions_a_day,
            rules=zone.rules,
        )
        for zone in ground.zones
        for cluster in ground.clusters(zone.mask)
    }
