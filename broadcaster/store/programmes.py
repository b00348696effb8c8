"""A station's programmes, what limits them, what their recordings are, and who changed what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from broadcaster.domain.ids import LibraryItemId, StationId, UserId
from broadcaster.domain.programme import Programme, ProgrammeId, SoundName
from broadcaster.domain.week.programme_data import as_data, from_data
from broadcaster.domain.week_file.template import WantedSound
from broadcaster.store.programme_tables import programme_changes, programme_sounds, programmes, timetables
from broadcaster.store.tables import users

NATIONAL = "quoc-gia"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A programme as it is kept. `name` is its id in files; `version` grows with each change."""

    programme: Programme
    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What limits the station beside its own rules, as the database writes it, and when the week was last planned."""

    profile: str = NATIONAL
    precincts: tuple[Mapping[str, Any], ...] = ()
    sensitive: tuple[Mapping[str, Any], ...] = ()
    own_caps: Mapping[str, Any] | None = None
    planned_at: datetime | None = None
    calendar_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that somebody did to the programmes; None stands for a programme that was not, or is no more."""

    id: int
    at: datetime
    by: str
    action: str
    titles: tuple[str, ...]
    before: Mapping[str, Mapping[str, Any] | None]
    after: Mapping[str, Mapping[str, Any] | None]
    undoes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSound:
    """A recording that programmes call by a name, and the item of the library that it is today, if it is one."""

    wanted: WantedSound
    item: LibraryItemId | None


def limits_of(tx: Connection, station: StationId) -> Limits:
    """Return what limits a station; what nobody has set is the national default."""
    row = tx.execute(select(timetables).where(timetables.c.station_id == station)).first()
    if row is None:
        return Limits()
    return Limits(
        profile=row.profile,
        precincts=tuple(row.precincts),
        sensitive=tuple(row.sensitive),
        own_caps=row.own_caps,
        planned_at=row.planned_at,
        calendar_secret=row.calendar_secret,
    )


def set_limits(
    tx: Connection,
    station: StationId,
    *,
    profile: str,
    precincts: Iterable[Mapping[str, Any]],
    sensitive: Iterable[Mapping[str, Any]],
    own_caps: Mapping[str, Any] | None = None,
) -> None:
    """Replace what limits a station."""
    own = dict(own_caps) if own_caps else None
    _set(tx, station, profile=profile, precincts=list(precincts), sensitive=list(sensitive), own_caps=own)


def taking(limits: Limits, profile: str) -> Limits:
    """Return the limits with the profile of caps that a week was written for, unless somebody has chosen one."""
    return replace(limits, profile=profile) if profile and limits.profile == NATIONAL else limits


def take_profile(tx: Connection, station: StationId, profile: str) -> None:
    """Take the profile of caps that a week was written for, unless somebody has chosen one."""
    before = limits_of(tx, station)
    after = taking(before, profile)
    if after != before:
        _set(tx, station, profile=after.profile)


def note_planned(tx: Connection, station: StationId, *, now: datetime) -> None:
    """Remember when the week was last planned."""
    _set(tx, station, planned_at=now)


def set_calendar_secret(tx: Connection, station: StationId, secret: str | None) -> None:
    """Replace the secret of the station's calendar address; None: there is no such address."""
    _set(tx, station, calendar_secret=secret)


def by_calendar_secret(tx: Connection, secret: str) -> StationId | None:
    """Return the station whose calendar has this secret, or None."""
    row = tx.execute(select(timetables.c.station_id).where(timetables.c.calendar_secret == secret)).first()
    return StationId(row.station_id) if row else None


def of_station(tx: Connection, station: StationId) -> tuple[Kept, ...]:
    """Return the station's programmes in their order, the resting ones too."""
    rows = tx.execute(
        select(programmes)
        .where(programmes.c.station_id == station, programmes.c.removed_at.is_(None))
        .order_by(programmes.c.position, programmes.c.id)
    )
    return tuple(
        Kept(
            programme=_programme(row.content, ProgrammeId(row.id), row.in_force_from),
            name=row.name,
            version=row.version,
        )
        for row in rows
    )


def name_of(tx: Connection, station: StationId, programme: ProgrammeId) -> str | None:
    """Return the id in files of a programme that the station has or had."""
    here = programmes.c.station_id == station, programmes.c.id == programme
    return tx.execute(select(programmes.c.name).where(*here)).scalar()


def titles_of(tx: Connection, station: StationId) -> dict[ProgrammeId, str]:
    """Return the title of every programme that the station has or had."""
    rows = tx.execute(select(programmes.c.id, programmes.c.title).where(programmes.c.station_id == station))
    return {ProgrammeId(row.id): row.title for row in rows}


def put(tx: Connection, station: StationId, programme: Programme, *, name: str, by: UserId, now: datetime) -> None:
    """Keep a new or a changed programme: in force from now on, under the next version."""
    content = as_data(programme)
    values = {
        "title": programme.title,
        "content": content,
        "in_force_from": now,
        "changed_by": by,
        "removed_at": None,
    }
    here = programmes.c.station_id == station, programmes.c.id == programme.id
    changed = tx.execute(update(programmes).where(*here).values(**values, name=name, version=programmes.c.version + 1))
    if changed.rowcount:
        return
    last = tx.execute(select(func.max(programmes.c.position)).where(programmes.c.station_id == station)).scalar()
    tx.execute(
        insert(programmes).values(
            id=programme.id, station_id=station, name=name, position=(last or 0) + 1, version=1, **values
        )
    )


def remove(tx: Connection, station: StationId, programme: ProgrammeId, *, by: UserId, now: datetime) -> None:
    """Take a programme out; what was settled of it stays in the books."""
    tx.execute(
        update(programmes)
        .where(programmes.c.station_id == station, programmes.c.id == programme)
        .values(removed_at=now, changed_by=by, version=programmes.c.version + 1)
    )


def note_change(
    tx: Connection,
    station: StationId,
    *,
    by: UserId,
    now: datetime,
    action: str,
    titles: Sequence[str],
    before: Mapping[str, Mapping[str, Any] | None],
    after: Mapping[str, Mapping[str, Any] | None],
    undoes: int | None = None,
) -> int:
    """Write into the history who did what, and return the number of the entry."""
    done = tx.execute(
        insert(programme_changes).values(
            station_id=station, at=now, user_id=by, action=action, titles=list(titles),
            before=dict(before), after=dict(after), undoes=undoes,
        )
    )  # fmt: skip
    key = done.inserted_primary_key
    assert key is not None  # noqa: S101 - one row was inserted
    return int(key[0])


def history(tx: Connection, station: StationId, *, limit: int = 100) -> tuple[Change, ...]:
    """Return what was done to the programmes, the newest first."""
    rows = tx.execute(
        select(programme_changes, users.c.full_name)
        .join(users, users.c.id == programme_changes.c.user_id)
        .where(programme_changes.c.station_id == station)
        .order_by(programme_changes.c.id.desc())
        .limit(limit)
    )
    return tuple(_change(row) for row in rows)


def change(tx: Connection, station: StationId, number: int) -> Change | None:
    """Return one entry of the history, or None."""
    row = tx.execute(
        select(programme_changes, users.c.full_name)
        .join(users, users.c.id == programme_changes.c.user_id)
        .where(programme_changes.c.station_id == station, programme_changes.c.id == number)
    ).first()
    return _change(row) if row else None


def undone(tx: Connection, station: StationId) -> frozenset[int]:
    """Return the numbers of the entries that were undone."""
    wanted = select(programme_changes.c.undoes).where(
        programme_changes.c.station_id == station, programme_changes.c.undoes.is_not(None)
    )
    return frozenset(tx.execute(wanted).scalars())


def sounds_of(tx: Connection, station: StationId) -> dict[SoundName, NamedSound]:
    """Return what the station's programmes call their recordings."""
    rows = tx.execute(
        select(programme_sounds).where(programme_sounds.c.station_id == station).order_by(programme_sounds.c.name)
    )
    return {
        SoundName(row.name): NamedSound(
            wanted=WantedSound(name=SoundName(row.name), title=row.title, language=row.language, text=row.text),
            item=LibraryItemId(row.library_item_id) if row.library_item_id else None,
        )
        for row in rows
    }


def want_sounds(tx: Connection, station: StationId, wanted: Iterable[WantedSound]) -> None:
    """Keep the names of recordings that programmes need; what is already named stays what it is."""
    known = sounds_of(tx, station)
    rows = [
        {
            "station_id": station,
            "name": each.name,
            "title": each.title,
            "language": each.language,
            "text": each.text,
            "library_item_id": None,
        }
        for each in wanted
        if each.name not in known
    ]
    if rows:
        tx.execute(insert(programme_sounds), rows)


def set_sound(tx: Connection, station: StationId, name: SoundName, item: LibraryItemId | None) -> bool:
    """Say which item of the library a name means today; return whether there is such a name."""
    changed = tx.execute(
        update(programme_sounds)
        .where(programme_sounds.c.station_id == station, programme_sounds.c.name == name)
        .values(library_item_id=item)
    )
    return bool(changed.rowcount)


def _set(tx: Connection, station: StationId, **values: object) -> None:
    changed = tx.execute(update(timetables).where(timetables.c.station_id == station).values(**values))
    if not changed.rowcount:
        given = {"profile": NATIONAL, "precincts": [], "sensitive": []} | values
        tx.execute(insert(timetables).values(station_id=station, **given))


def _programme(content: Mapping[str, Any], name: ProgrammeId, in_force_from: datetime) -> Programme:
    return replace(from_data(content, name=name), in_force_from=in_force_from)


def _change(row: Any) -> Change:
    return Change(
        id=row.id,
        at=row.at,
        by=row.full_name,
        action=row.action,
        titles=tuple(row.titles),
        before=row.before,
        after=row.after,
        undoes=row.undoes,
    )
