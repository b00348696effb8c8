"""Changing the week: what a change would break is said before, kept in the history, and undone."""

from datetime import date, time, timedelta

import pytest

from broadcaster.domain.checking import UnusualHour
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.programme_data import FaultyProgramme, as_data
from broadcaster.domain.reasons import QuietHoursThere, SessionsADay
from broadcaster.domain.week import Verdict
from broadcaster.domain.week_edits import NotThatDay, TimeNotConfirmed, WouldBreak
from broadcaster.services import programmes as use_cases
from broadcaster.services.programmes import ACTIONS, CannotBeUndone, ChangedMeanwhile, Edit, UnknownTemplate
from broadcaster.services.week_view import look
from broadcaster.store import programmes, stations
from tests.fakes.station_world import World

TWO_SESSIONS = "nong-thon-hai-buoi"
TUESDAY = date(2026, 3, 3)


def save(world: World, edit: Edit, *confirmed: str, actor: str = "lan") -> int | None:
    return use_cases.save(world.office, actor=world.person(actor), edit=edit, confirmed=confirmed)


def take_template(world: World, name: str = TWO_SESSIONS) -> int:
    number = save(world, use_cases.from_template(world.office, name))
    assert number is not None
    return number


def by_name(world: World) -> dict[str, programmes.Kept]:
    with world.database.reading() as tx:
        return {kept.name: kept for kept in programmes.of_station(tx, world.station)}


def sessions(world: World, day: date) -> dict[time, Verdict | None]:
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        zone, now = station.rules.zone, world.clock.now
        view = look(tx, station, world.office.profiles, start=now, end=now + timedelta(days=20), now=now)
    due = {each.key.due_at.astimezone(zone): each.verdict for each in view.sessions}
    return {at.time(): verdict for at, verdict in due.items() if at.date() == day}


def test_template_makes_a_running_week(world: World) -> None:
    take_template(world)

    assert sessions(world, TUESDAY) == {time(5): Verdict.SOUNDS, time(17): Verdict.SOUNDS, time(18): Verdict.EMPTY}


def test_unknown_template_is_refused(sqlite_world: World) -> None:
    with pytest.raises(UnknownTemplate, match="không-có"):
        take_template(sqlite_world, "không-có")


def test_technician_alone_changes_no_programme(sqlite_world: World) -> None:
    edit = use_cases.from_template(sqlite_world.office, TWO_SESSIONS)
    person = sqlite_world.person("hoa")
    from dataclasses import replace

    from broadcaster.domain.permissions import Role

    with pytest.raises(NotAllowed):
        use_cases.save(sqlite_world.office, actor=replace(person, roles=frozenset({Role.TECHNICIAN})), edit=edit)
