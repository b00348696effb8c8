"""The books of the week: its programmes as they become, and in the history who did what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.ids import UserId
from broadcaster.domain.programme import NAME_MAX, Programme, ProgrammeId
from broadcaster.domain.station import Station
from broadcaster.domain.week import edits
from broadcaster.domain.week.programme_data import as_data
from broadcaster.services.stations import slug
from broadcaster.store import audit, programmes
from broadcaster.store.programmes import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What somebody did, and when. `names` are what new programmes are called in files, where somebody said so."""

    action: str
    by: UserId
    at: datetime
    undoes: int | None
    names: Mapping[ProgrammeId, str]


def write(
    tx: Connection, station: Station, done: Done, *, kept: Sequence[Kept], after: Sequence[Programme]
) -> int | None:
    """Write what differs, and return its number in the history; None where nothing does."""
    before = {each.programme.id: each for each in kept}
    coming = tuple(edits.changed((each.programme for each in kept), after))
    if not coming:
        return None
    taken = {each.name for each in kept}
    for name, programme in coming:
        if programme is None:
            programmes.remove(tx, station.id, name, by=done.by, now=done.at)
            continue
        wanted = done.names.get(name) or programmes.name_of(tx, station.id, name) or slug(programme.title)
        written = before[name].name if name in before else _free_name(wanted, taken)
        taken.add(written)
        programmes.put(tx, station.id, programme, name=written, by=done.by, now=done.at)
    titles = [programme.title if programme else before[name].programme.title for name, programme in coming]
    number = programmes.note_change(
        tx, station.id, by=done.by, now=done.at, action=done.action, titles=titles, undoes=done.undoes,
        before={name: as_data(before[name].programme) if name in before else None for name, _ in coming},
        after={name: as_data(programme) if programme else None for name, programme in coming},
    )  # fmt: skip
    audit.record(
        tx, station.id, user=done.by, action=f"timetable.{done.action}", subject=str(number), now=done.at,
        titles=titles,
    )  # fmt: skip
    return number


def _free_name(wanted: str, taken: Collection[str]) -> str:
    free, nth = wanted[:NAME_MAX], 2
    while free in taken:
        free, nth = f"{wanted[: NAME_MAX - 4]}-{nth}", nth + 1
    return free
