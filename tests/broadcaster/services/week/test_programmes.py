"""Changing the week: what a change would break is said before, kept in the history, and undone."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from broadcaster.adapters import schedule_files
from broadcaster.domain.audience import EVERYBODY, of_hamlets
from broadcaster.domain.permissions import NotAllowed, Role
from broadcaster.domain.programme import ProgrammeId, due_at
from broadcaster.domain.week.edits import AlreadySettled, NotThatDay, SameWeek, TimeNotConfirmed, WouldBreak
from broadcaster.domain.week.planned import Verdict
from broadcaster.domain.week.programme_data import FaultyProgramme
from broadcaster.domain.week.reasons import QuietHoursThere, SessionsADay
from broadcaster.domain.week_file.reading import read_template
from broadcaster.domain.week_file.template import UnassignedGroup
from broadcaster.domain.week_file.toml_tables import FaultyFile
from broadcaster.services.week import limits
from broadcaster.services.week import programmes as use_cases
from broadcaster.services.week.limits import UnknownProfile
from broadcaster.services.week.programmes import CannotBeUndone, ChangedMeanwhile, Edit, UnknownWeekTemplate
from broadcaster.services.week.view import look
from broadcaster.store import audit, programmes, stations
from tests.fakes.station_world import World, open_neighbour

TWO_SESSIONS = "nong-thon-hai-buoi"
TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (3, 4, 5))
EVENING: dict[str, Any] = {
    "title": "Buổi tối",
    "starts": "19:00",
    "minutes": 10,
    "segments": [{"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 8}],
}

MONDAY = date(2026, 3, 2)


def save(world: World, edit: Edit, *confirmed: str, actor: str = "lan") -> int | None:
    return use_cases.save(world.office, actor=world.person(actor), edit=edit, confirmed=confirmed)


def look_first(world: World, edit: Edit) -> use_cases.Preview:
    return use_cases.preview(world.office, actor=world.person("lan"), edit=edit)


def take_template(world: World, name: str = TWO_SESSIONS) -> int:
    number = save(world, use_cases.from_template(world.office, name))
    assert number is not None
    return number


def by_name(world: World) -> dict[str, programmes.Kept]:
    with world.database.reading() as tx:
        return {kept.name: kept for kept in programmes.of_station(tx, world.station)}


def programme(world: World, name: str) -> ProgrammeId:
    return by_name(world)[name].programme.id


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


@pytest.mark.parametrize("name", sorted(schedule_files.templates()))
def test_every_template_is_taken_by_an_empty_station(sqlite_world: World, name: str) -> None:
    template = sqlite_world.office.templates[name]

    take_template(sqlite_world, name)

    assert by_name(sqlite_world).keys() == {each.id for each in template.programmes}
    with sqlite_world.database.reading() as tx:
        assert programmes.limits_of(tx, sqlite_world.station).profile == template.profile
        assert programmes.sounds_of(tx, sqlite_world.station).keys() == {each.name for each in template.sounds}


def test_days_beyond_the_plan_are_shown_without_a_verdict(sqlite_world: World) -> None:
    take_template(sqlite_world)

    assert sessions(sqlite_world, date(2026, 3, 12)) == {time(5): None, time(17): None}


def test_same_template_at_two_stations_is_two_weeks(sqlite_world: World) -> None:
    neighbour = open_neighbour(sqlite_world)
    take_template(sqlite_world)
    take_template(neighbour)
    sqlite_world.reconcile()

    ours, theirs = by_name(sqlite_world), by_name(neighbour)
    assert ours.keys() == theirs.keys()
    assert not {k.programme.id for k in ours.values()} & {k.programme.id for k in theirs.values()}


def test_unknown_template_is_refused(sqlite_world: World) -> None:
    with pytest.raises(UnknownWeekTemplate, match="không-có"):
        take_template(sqlite_world, "không-có")


def test_whoever_only_keeps_the_boxes_changes_no_programme(sqlite_world: World) -> None:
    technician = replace(sqlite_world.person("hoa"), roles=frozenset({Role.TECHNICIAN}))
    edit = use_cases.from_template(sqlite_world.office, TWO_SESSIONS)

    for do in (use_cases.save, use_cases.preview):
        with pytest.raises(NotAllowed):
            do(sqlite_world.office, actor=technician, edit=edit)  # type: ignore[operator] # both take these


def test_session_in_quiet_hours_is_refused_with_the_sentence(world: World) -> None:
    edit = use_cases.adding(EVENING | {"starts": "22:30"})

    found = look_first(world, edit)
    with pytest.raises(WouldBreak, match="rơi vào giờ yên lặng"):
        save(world, edit, "mười giờ ba mươi phút đêm")

    assert not found.is_allowed
    assert [type(each) for each in found.breaks] == [QuietHoursThere]
    assert by_name(world) == {}


def test_session_over_the_cap_is_refused(sqlite_world: World) -> None:
    take_template(sqlite_world)

    found = look_first(sqlite_world, use_cases.adding(EVENING))

    assert {type(each) for each in found.breaks} == {SessionsADay}


def test_unusual_time_wants_its_words(world: World) -> None:
    edit = use_cases.adding(EVENING | {"starts": "20:15"})

    (unusual,) = look_first(world, edit).unusual
    with pytest.raises(TimeNotConfirmed, match=unusual.words):
        save(world, edit)
    with pytest.raises(TimeNotConfirmed):
        save(world, edit, "tám giờ tối")

    assert save(world, edit, unusual.words.upper()) is not None


def test_preview_changes_nothing(world: World) -> None:
    found = look_first(world, use_cases.from_template(world.office, TWO_SESSIONS))

    assert len(found.changed) == 4
    assert by_name(world) == {}


def test_each_fault_names_its_place(sqlite_world: World) -> None:
    wrong = EVENING | {
        "minutes": 0,
        "segments": [{"kind": "relay", "id": "r", "title": "Đài tỉnh", "urls": ["ftp://x"], "minutes": 5}],
    }

    with pytest.raises(FaultyProgramme) as refused:
        use_cases.adding(wrong)

    assert [place for place, _ in refused.value.faults] == ["segments.0.urls"]


def test_long_title_is_refused(sqlite_world: World) -> None:
    with pytest.raises(FaultyProgramme, match="120"):
        use_cases.adding(EVENING | {"title": "x" * 121})


def test_one_session_is_left_out_and_taken_back(world: World) -> None:
    take_template(world)
    morning = programme(world, "sang")

    save(world, use_cases.skipping(morning, WEDNESDAY, reason="Đám tang"))
    assert time(5) not in sessions(world, WEDNESDAY)
    with pytest.raises(NotThatDay):
        save(world, use_cases.skipping(morning, WEDNESDAY))

    save(world, use_cases.restoring(morning, WEDNESDAY))
    assert sessions(world, WEDNESDAY)[time(5)] is Verdict.SOUNDS


def test_one_session_is_moved_to_another_hour_and_day(world: World) -> None:
    take_template(world)
    morning = programme(world, "sang")

    save(world, use_cases.moving(morning, WEDNESDAY, starts=time(6)))
    save(world, use_cases.moving(morning, THURSDAY, starts=time(11), to=TUESDAY))

    assert time(6) in sessions(world, WEDNESDAY)
    assert time(5) not in sessions(world, WEDNESDAY)
    assert time(5) not in sessions(world, THURSDAY)
    assert time(11) in sessions(world, TUESDAY)


def test_week_is_copied_with_what_was_left_out(sqlite_world: World) -> None:
    take_template(sqlite_world)
    morning = programme(sqlite_world, "sang")
    save(sqlite_world, use_cases.skipping(morning, WEDNESDAY))
    save(sqlite_world, use_cases.moving(morning, THURSDAY, starts=time(6)))

    save(sqlite_world, use_cases.copying_week(source=TUESDAY, target=TUESDAY + timedelta(days=7)))

    assert time(5) not in sessions(sqlite_world, WEDNESDAY + timedelta(days=7))
    assert time(6) in sessions(sqlite_world, THURSDAY + timedelta(days=7))
    assert time(17) in sessions(sqlite_world, THURSDAY + timedelta(days=7))
    with pytest.raises(SameWeek):
        save(sqlite_world, use_cases.copying_week(source=TUESDAY, target=THURSDAY))


def test_change_is_undone_unless_something_came_after(world: World) -> None:
    take_template(world)
    before = by_name(world)["sang"].programme
    first = save(world, use_cases.skipping(before.id, WEDNESDAY))
    second = save(world, use_cases.skipping(before.id, THURSDAY))
    assert first is not None
    assert second is not None

    with pytest.raises(CannotBeUndone):
        save(world, use_cases.undoing(first))
    save(world, use_cases.undoing(second))
    save(world, use_cases.undoing(first))

    assert replace(by_name(world)["sang"].programme, in_force_from=None) == replace(before, in_force_from=None)
    with world.database.reading() as tx:
        assert programmes.undone(tx, world.station) == {first, second}


def test_undone_removal_comes_back_under_its_name(world: World) -> None:
    take_template(world)
    morning = programme(world, "sang")
    number = save(world, use_cases.removing(morning))
    assert number is not None
    assert "sang" not in by_name(world)

    save(world, use_cases.undoing(number))

    assert programme(world, "sang") == morning


def test_history_and_audit_say_who_did_what(world: World) -> None:
    number = take_template(world)

    with world.database.reading() as tx:
        (entry,) = programmes.history(tx, world.station)
        actions = [each.action for each in audit.latest(tx, world.station, limit=5)]
    assert (entry.id, entry.by, entry.action, len(entry.titles)) == (number, "Lan", "template", 4)
    assert "timetable.template" in actions


def test_change_of_an_older_version_is_refused(world: World) -> None:
    save(world, use_cases.adding(EVENING))
    (kept,) = by_name(world).values()
    save(world, use_cases.changing(kept.programme.id, EVENING | {"title": "Buổi tối mới"}, version=kept.version))

    with pytest.raises(ChangedMeanwhile, match="Buổi tối mới"):
        save(world, use_cases.changing(kept.programme.id, EVENING, version=kept.version))


def test_saving_what_is_already_so_writes_no_history(sqlite_world: World) -> None:
    save(sqlite_world, use_cases.adding(EVENING))
    (kept,) = by_name(sqlite_world).values()

    assert save(sqlite_world, use_cases.changing(kept.programme.id, EVENING)) is None


def test_export_and_import_are_each_others_reverse(world: World) -> None:
    take_template(world)
    save(world, use_cases.adding(EVENING | {"audience": {"hamlets": list(world.hamlets[:1])}, "special": "Hội làng"}))

    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        text = use_cases.export(tx, station)

    assert [p.id for p in read_template(text).programmes] == ["sang", "chieu", "ram-mung-mot", "quoc-khanh", "buoi-toi"]
    assert save(world, use_cases.from_file(world.office, text)) is None
    save(world, use_cases.from_file(world.office, text.replace('starts = "05:00"', 'starts = "05:30"')))
    assert by_name(world)["sang"].programme.slot.starts == time(5, 30)


def test_faulty_file_names_its_line(sqlite_world: World) -> None:
    with pytest.raises(FaultyFile, match="Dòng 3"):
        use_cases.from_file(sqlite_world.office, '[station]\nname = "x"\nprofil = "y"\n')


def test_profile_of_the_area_is_chosen_by_an_administrator(world: World) -> None:
    with pytest.raises(NotAllowed):
        limits.set_limits(world.office, actor=world.person("lan"), profile="vinh-phuc")
    with pytest.raises(UnknownProfile, match="vinh-phuc"):
        limits.set_limits(world.office, actor=world.person("hoa"), profile="sao-hoa")
    limits.set_limits(world.office, actor=world.person("hoa"), profile="ha-noi-noi-thanh")

    found = look_first(world, use_cases.adding(EVENING | {"starts": "17:00", "minutes": 20}))

    assert found.breaks != ()


def test_file_that_names_a_hamlet_of_elsewhere_names_its_line(world: World) -> None:
    take_template(world)
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        text = use_cases.export(tx, station)
    before = next(n for n, line in enumerate(text.splitlines(), start=1) if line.startswith('id = "sang"'))
    wrong = text.replace('id = "sang"\n', 'id = "sang"\naudience = { hamlets = ["Thôn Lạ"] }\n', 1)

    with pytest.raises(FaultyFile, match=f"Dòng {before + 1}: .*“Thôn Lạ”"):
        use_cases.preview(world.office, actor=world.person("lan"), edit=use_cases.from_file(world.office, wrong))


def test_groups_of_a_file_are_the_hamlets_that_were_chosen(world: World) -> None:
    text = (schedule_files.folder() / "mien-nui-hai-tieng.toml").read_text(encoding="utf-8")
    groups = {"mong": of_hamlets([world.hamlets[0]])}

    save(world, use_cases.from_file(world.office, text, groups=groups))

    segments = {segment.id: segment.audience for segment in by_name(world)["sang"].programme.segments}
    assert (segments["vov4-mong"], segments["vov4-thai"]) == (of_hamlets([world.hamlets[0]]), EVERYBODY)
    with pytest.raises(UnassignedGroup):
        save(world, use_cases.from_file(world.office, text, groups={"hmong": groups["mong"]}))


def test_name_of_a_programme_in_files_is_one_that_files_take(world: World) -> None:
    save(world, use_cases.adding(EVENING | {"id": "Buổi tối!!", "title": "Tối"}))
    long = "a" * 40
    save(world, use_cases.adding(EVENING | {"id": long, "title": "Dài", "starts": "18:00"}))

    assert {"buoi-toi", "a" * 38} <= set(by_name(world))


def test_session_that_sounds_is_neither_moved_nor_left_out(world: World) -> None:
    """Moved while it sounds it would be heard twice: it sounds on, and again at the other hour."""
    save(world, use_cases.adding(EVENING))
    evening = by_name(world)["buoi-toi"].programme
    world.clock.now = due_at(evening.slot, MONDAY, ZoneInfo("Asia/Ho_Chi_Minh")) - timedelta(minutes=1)

    for edit in (
        use_cases.moving(evening.id, MONDAY, starts=time(19, 30)),
        use_cases.skipping(evening.id, MONDAY),
    ):
        with pytest.raises(AlreadySettled, match="19:00 ngày 02/03/2026"):
            save(world, edit)
    save(world, use_cases.skipping(evening.id, MONDAY + timedelta(days=1)))


def test_week_that_breaks_the_profile_it_is_written_for_is_refused(world: World) -> None:
    """The station takes that profile with the week: its caps hold from the same moment on."""
    text = (schedule_files.folder() / "nong-thon-hai-buoi.toml").read_text(encoding="utf-8")
    edit = use_cases.from_file(world.office, text.replace('"quoc-gia"', '"ha-noi-noi-thanh"'))

    seen = use_cases.preview(world.office, actor=world.person("lan"), edit=edit)

    assert any("còn 15 phút" in str(each) for each in seen.breaks)
    with pytest.raises(WouldBreak):
        save(world, edit)
