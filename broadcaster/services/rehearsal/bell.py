"""Rings an hour before something sounds: each problem is told to the station's people once, and once when it is mended.

What was told stands in the notices, so a restart tells nothing twice.
"""

import logging
from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.errors import N_
from broadcaster.domain.rehearsal.values import Problem, Rehearsed, place_named, read_key
from broadcaster.domain.station import Station
from broadcaster.services.office import Office
from broadcaster.services.rehearsal.rehearsing import Rehearsals
from broadcaster.store import notices, stations
from broadcaster.store.notices import Notice

log = logging.getLogger(__name__)

BEFORE = timedelta(hours=1)
REMEMBER = timedelta(days=30)
"""What was told so long ago and still is not mended is told once more."""
SURE_AFTER = 2
"""A problem that is there at one look and gone at the next is none; nor is one mended that comes back at once."""
MOST_AT_ONCE = 6
PROBLEM, MENDED = "rehearsal", "rehearsal.mended"


class RehearsalBell:
    """Looks at every station when it is told to, about once a minute."""

    def __init__(self, office: Office, rehearsals: Rehearsals) -> None:
        self._office = office
        self._rehearsals = rehearsals
        self._seen: dict[str, int] = {}
        self._gone: dict[str, int] = {}

    def look(self) -> int:
        """Rehearse what begins within the hour and write what is new of it; return how many notices were written."""
        with self._office.database.reading() as tx:
            every = stations.every(tx)
        return sum(self._look_at(station) for station in every)

    def _look_at(self, station: Station) -> int:
        now = self._office.now()
        soon = self._rehearsals.within(station, BEFORE)
        with self._office.database.reading() as tx:
            told = self._open(tx, station, now=now)
        # A session that will not sound has no airing, and is just what the officer must hear of.
        is_due = soon.first_at is not None or any(problem.until is not None for problem in soon.everything)
        if not is_due and not told:
            return 0
        day = self._rehearsals.of(station)
        seen = [problem for problem in soon.everything if is_due]
        fresh = [p for p in seen if p.key not in told and self._is_sure(self._seen, station, p.key)]
        still, believed = {p.key for p in (*soon.everything, *day.everything)}, _believed(soon, day)
        mended = [
            notice
            for key, notice in told.items()
            if key not in still and _is_judged(key, believed, now=now) and self._is_sure(self._gone, station, key)
        ]
        self._forget(station, seen={p.key for p in seen}, gone=told.keys() - still)
        if not fresh and not mended:
            return 0
        return self._write(station, fresh, mended, where=_places(soon), now=now)

    def _write(
        self, station: Station, fresh: list[Problem], mended: list[Notice], *, where: dict[str, str], now: datetime
    ) -> int:
        is_many = len(fresh) > MOST_AT_ONCE
        with self._office.database.writing() as tx:
            for problem in fresh:
                notices.add(
                    tx, station.id, kind=PROBLEM, subject=problem.key, sentence=_told(problem, where), now=now,
                    sent_at=now if is_many else None,
                )  # fmt: skip
            if is_many:
                summary = N_("Sắp tới giờ phát mà còn {n} việc cần xem. Xin mở trang Tối nay để biết từng việc.")
                notices.add(
                    tx, station.id, kind="rehearsal.many", subject=station.id, sentence=summary.format(n=len(fresh)),
                    now=now,
                )  # fmt: skip
            for notice in mended:
                said = N_("Đã ổn, không còn việc này nữa: {told}").format(told=notice.sentence)
                notices.add(tx, station.id, kind=MENDED, subject=notice.subject, sentence=said, now=now)
        log.info("rehearsal of %s: %d problems are new, %d are mended", station.id, len(fresh), len(mended))
        return len(fresh) + len(mended)

    def _open(self, tx: Connection, station: Station, *, now: datetime) -> dict[str, Notice]:
        newest = notices.newest_by_subject(tx, station.id, kinds=(PROBLEM, MENDED), since=now - REMEMBER)
        return {subject: notice for subject, notice in newest.items() if notice.kind == PROBLEM}

    def _is_sure(self, looks: dict[str, int], station: Station, key: str) -> bool:
        name = f"{station.id}/{key}"
        looks[name] = looks.get(name, 0) + 1
        return looks[name] >= SURE_AFTER

    def _forget(self, station: Station, *, seen: Iterable[str], gone: Iterable[str]) -> None:
        """Begin to count anew what was interrupted."""
        keep_seen, keep_gone = ({f"{station.id}/{key}" for key in keys} for keys in (seen, gone))
        for looks, keep in ((self._seen, keep_seen), (self._gone, keep_gone)):
            for name in [n for n in looks if n.startswith(f"{station.id}/") and n not in keep]:
                del looks[name]


def _is_judged(key: str, believed: Container[str], *, now: datetime) -> bool:
    """Return whether a problem that is not seen any more was mended: what is over was not."""
    place, until = read_key(key)
    return now < until if until is not None else place in believed


def _believed(*several: Rehearsed) -> frozenset[str]:
    """Return where it is known that a complaint has ended: the station, and the boxes with nothing grave about them.

    A box that is lost, or lacks more than before, has not got well of what it complained of last.
    """
    grave = {p.cluster for each in several for p in each.everything if p.trouble.grave and p.until is None}
    clusters = {cluster.place.cluster for each in several for cluster in each.clusters}
    return frozenset(place_named(cluster) for cluster in {None, *clusters} - (grave - {None}))


def _places(rehearsed: Rehearsed) -> dict[str, str]:
    return {each.place.cluster: f"{each.place.cluster_name} ({each.place.hamlet_name})" for each in rehearsed.clusters}


def _told(problem: Problem, where: dict[str, str]) -> str:
    place = where.get(problem.cluster or "", "")
    return f"{place}: {problem.trouble}" if place else str(problem.trouble)
