"""Changing the week: each change says beforehand what it would break, is kept in the history, and can be undone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from broadcaster.domain.audience import EVERYBODY, Audience, check_known
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.permissions import Person, may_schedule, require
from broadcaster.domain.programme import Programme, ProgrammeId, due_at
from broadcaster.domain.station import NoSuchThing, Station
from broadcaster.domain.week import edits as week_edits
from broadcaster.domain.week.planned import FREEZE
from broadcaster.domain.week.programme_data import as_data, from_data
from broadcaster.domain.week_file.reading import read_template
from broadcaster.domain.week_file.template import Template, WantedSound, bind
from broadcaster.domain.week_file.writing import as_template, write_template
from broadcaster.services.office import Office, new_id
from broadcaster.services.stations import slug
from broadcaster.services.week import timetabling
from broadcaster.services.week.books import Done, write
from broadcaster.services.week.foresight import Preview, broken, foresee
from broadcaster.store import programmes, stations
from broadcaster.store.programmes import Kept


@refusal
class ChangedMeanwhile(Conflict):
    title: str
    message = N_(
        "“{title}” đã được sửa và lưu trong lúc này, ở một máy hay một trang khác. Xin xem lại bản mới rồi sửa tiếp."
    )


@refusal
class CannotBeUndone(Conflict):
    message = N_("Không hoàn tác được: sau lần sửa này chương trình đã được sửa tiếp. Xin hoàn tác lần sửa sau trước.")


@refusal
class UnknownWeekTemplate(Invalid):
    name: str
    message = N_("Không có mẫu lịch nào tên là “{name}”. Xin chọn một mẫu trong danh sách.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change to be looked at or saved. `make` returns the programmes as they become, given those that there are."""

    action: str
    make: Callable[[Connection, Station, Sequence[Kept]], tuple[Programme, ...]]
    sounds: tuple[WantedSound, ...] = ()
    """The fixed recordings that the programmes want."""
    undoes: int | None = None
    names: Mapping[ProgrammeId, str] | None = None
    lands: tuple[date, time] | None = None
    """Where a session is put: only ahead of now does it sound."""
    leaves: tuple[ProgrammeId, date] | None = None
    """Which session is not to be: one that is settled is, and would sound besides the one in its place."""
    profile: str = ""
    """The profile of caps that the programmes are written for, which a station takes that has chosen none."""


def preview(office: Office, *, actor: Person, edit: Edit) -> Preview:
    """Return what a change would do, without doing it. Raises what the change itself raises."""
    require(may_schedule(actor))
    with office.database.reading() as tx:
        station = _station(tx, actor)
        kept = programmes.of_station(tx, station.id)
        after = _made(tx, station, edit, kept, now=office.now())
        return foresee(tx, office, station, before=_all(kept), after=after, profile=edit.profile)


def save(office: Office, *, actor: Person, edit: Edit, confirmed: Collection[str] = ()) -> int | None:
    """Save a change and return its number in the history, None where nothing changes.

    `confirmed` are unusual times in words, as the preview says them. Raises WouldBreak, TimeNotConfirmed, and what
    the change itself raises.
    """
    require(may_schedule(actor))
    now = office.now()
    with office.database.writing() as tx:
        station = _station(tx, actor)
        timetabling.reconcile(tx, station, office.profiles, now=now)  # what is due is settled before it changes
        kept = programmes.of_station(tx, station.id)
        after = _made(tx, station, edit, kept, now=now)
        found = broken(tx, office, station, before=_all(kept), after=after, profile=edit.profile)
        week_edits.require_sound(found, confirmed=confirmed)
        done = Done(action=edit.action, by=actor.id, at=now, undoes=edit.undoes, names=edit.names or {})
        number = write(tx, station, done, kept=kept, after=after)
        programmes.want_sounds(tx, station.id, edit.sounds)
        programmes.take_profile(tx, station.id, edit.profile)
        timetabling.reconcile(tx, station, office.profiles, now=now)
    office.ring_planner()
    return number


def from_template(
    office: Office, name: str, *, groups: Mapping[str, Audience] | None = None, instead: bool = False
) -> Edit:
    """Return the change that adds a template's programmes, or puts them in place of those that there are."""
    template = office.templates.get(name)
    if template is None:
        raise UnknownWeekTemplate(name=name[:40])
    return _of_template(template, groups=groups or {}, instead=instead, action="template")


def from_file(office: Office, text: str, *, groups: Mapping[str, Audience] | None = None) -> Edit:
    """Return the change that makes the week what a file says. Raises FaultyFile with every fault and its line.

    That the station has no such hamlet is found out, and said with its line, when the change is made.
    """
    template = read_template(text, profiles=office.profiles)
    taken = _of_template(template, groups=groups or {}, instead=True, action="import")

    def make(tx: Connection, station: Station, kept: Sequence[Kept]) -> tuple[Programme, ...]:
        read_template(text, hamlets={hamlet.name for hamlet in stations.hamlets_of(tx, station.id)})
        return taken.make(tx, station, kept)

    return replace(taken, make=make)


def adding(data: Mapping[str, Any]) -> Edit:
    """Return the change that adds a programme, written with the keys of a file. Raises FaultyProgramme."""
    programme = from_data(data, name=ProgrammeId(new_id("ct")))
    name = slug(str(data.get("id") or programme.title))
    return Edit(action="add", make=lambda _tx, _s, kept: (*_all(kept), programme), names={programme.id: name})


def changing(programme: ProgrammeId, data: Mapping[str, Any], *, version: int | None = None) -> Edit:
    """Return the change that gives a programme new contents. Raises FaultyProgramme."""
    wanted = from_data(data, name=programme)
    return _with(programme, lambda _: wanted, action="change", version=version)


def removing(programme: ProgrammeId) -> Edit:
    """Return the change that takes a programme out."""

    def make(_tx: Connection, _station: Station, kept: Sequence[Kept]) -> tuple[Programme, ...]:
        _find(kept, programme)
        return tuple(each for each in _all(kept) if each.id != programme)

    return Edit(action="remove", make=make)


def skipping(programme: ProgrammeId, day: date, *, reason: str = "") -> Edit:
    """Return the change that leaves one day out. It raises AlreadySettled for a session that is due."""
    skipped = _with(programme, lambda p: week_edits.skip(p, day, reason=reason[:200]), action="skip")
    return replace(skipped, leaves=(programme, day))


def resting(programmes_meant: Collection[ProgrammeId], *, first_day: date, last_day: date, reason: str) -> Edit:
    """Return the change that lets these programmes rest for some days: mourning, harvest. Raises NoSuchThing."""

    def make(_tx: Connection, _station: Station, kept: Sequence[Kept]) -> tuple[Programme, ...]:
        for name in programmes_meant:
            _find(kept, name)
        return tuple(
            week_edits.rest(each, first_day=first_day, last_day=last_day, reason=reason[:200])
            if each.id in programmes_meant
            else each
            for each in _all(kept)
        )

    return Edit(action="rest", make=make)


def moving(programme: ProgrammeId, day: date, *, starts: time, to: date | None = None) -> Edit:
    """Return the change that moves the session of one day to another time, and to another day if one is given.

    It raises AlreadyPast for a time that is over, and AlreadySettled for a session that is due.
    """
    moved = _with(programme, lambda p: week_edits.move(p, day, to=to or day, starts=starts), action="move")
    return replace(moved, lands=(to or day, starts), leaves=(programme, day))


def restoring(programme: ProgrammeId, day: date) -> Edit:
    """Return the change that takes the exceptions of one day back."""
    return _with(programme, lambda p: week_edits.restore(p, day), action="restore")


def copying_week(*, source: date, target: date) -> Edit:
    """Return the change that makes one week like another."""
    return Edit(
        action="copy_week",
        make=lambda _tx, _s, kept: week_edits.copy_week(_all(kept), source=source, target=target),
    )


def undoing(number: int) -> Edit:
    """Return the change that takes another one back."""

    def make(tx: Connection, station: Station, kept: Sequence[Kept]) -> tuple[Programme, ...]:
        entry = programmes.change(tx, station.id, number)
        if entry is None:
            raise NoSuchThing
        now = {each.programme.id: each.programme for each in kept}
        for name, after in entry.after.items():
            there = now.get(ProgrammeId(name))
            if (as_data(there) if there is not None else None) != after:
                raise CannotBeUndone
        for name, before in entry.before.items():
            if before is None:
                now.pop(ProgrammeId(name), None)
            else:
                now[ProgrammeId(name)] = from_data(before, name=ProgrammeId(name))
        return tuple(now.values())

    return Edit(action="undo", make=make, undoes=number)


def export(tx: Connection, station: Station) -> str:
    """Return the station's week as a file that `from_file` reads back."""
    kept = programmes.of_station(tx, station.id)
    template = as_template(
        [replace(each.programme, id=ProgrammeId(each.name)) for each in kept],
        name=station.name,
        profile=programmes.limits_of(tx, station.id).profile,
        hamlets={h.id: h.name for h in stations.hamlets_of(tx, station.id)},
        sounds={name: each.wanted for name, each in programmes.sounds_of(tx, station.id).items()},
    )
    return write_template(template)


def _of_template(template: Template, *, groups: Mapping[str, Audience], instead: bool, action: str) -> Edit:
    names: dict[ProgrammeId, str] = {}

    def make(tx: Connection, station: Station, kept: Sequence[Kept]) -> tuple[Programme, ...]:
        known = {each.name: each.programme.id for each in kept} if instead else {}
        ids = {p.id: known.get(p.id) or ProgrammeId(new_id("ct")) for p in template.programmes}
        hamlets = {h.name: h.id for h in stations.hamlets_of(tx, station.id)}
        bound = bind(template, hamlets=hamlets, groups=groups, name=lambda written: ids[written])
        names.clear()
        names.update({name: written for written, name in ids.items()})
        return bound if instead else (*_all(kept), *bound)

    return Edit(action=action, make=make, sounds=template.sounds, names=names, profile=template.profile)


def _with(
    programme: ProgrammeId, change: Callable[[Programme], Programme], *, action: str, version: int | None = None
) -> Edit:
    def make(_tx: Connection, _station: Station, kept: Sequence[Kept]) -> tuple[Programme, ...]:
        found = _find(kept, programme)
        if version is not None and version != found.version:
            raise ChangedMeanwhile(title=found.programme.title)
        after = change(found.programme)
        return tuple(after if each.id == programme else each for each in _all(kept))

    return Edit(action=action, make=make)


def _made(
    tx: Connection, station: Station, edit: Edit, kept: Sequence[Kept], *, now: datetime
) -> tuple[Programme, ...]:
    after = edit.make(tx, station, kept)
    if edit.lands is not None and datetime.combine(*edit.lands, station.rules.zone) <= now:
        raise week_edits.AlreadyPast(clock=f"{edit.lands[1]:%H:%M}", day=f"{edit.lands[0]:%d/%m/%Y}")
    if edit.leaves is not None:
        name, day = edit.leaves
        due = due_at(_find(kept, name).programme.slot, day, station.rules.zone).astimezone(station.rules.zone)
        if due <= now + FREEZE:
            raise week_edits.AlreadySettled(clock=f"{due:%H:%M}", day=f"{day:%d/%m/%Y}")
    hamlets = [h.id for h in stations.hamlets_of(tx, station.id)]
    clusters = [c.id for c in stations.clusters_of(tx, station.id)]
    for programme in after:
        for audience in (programme.audience, *(s.audience or EVERYBODY for s in programme.segments)):
            check_known(audience, hamlets=hamlets, clusters=clusters)
    return after


def _find(kept: Sequence[Kept], programme: ProgrammeId) -> Kept:
    for each in kept:
        if each.programme.id == programme:
            return each
    raise NoSuchThing


def _all(kept: Sequence[Kept]) -> tuple[Programme, ...]:
    return tuple(each.programme for each in kept)


def _station(tx: Connection, actor: Person) -> Station:
    found = stations.get(tx, actor.station)
    if found is None:
        raise NoSuchThing
    return found
