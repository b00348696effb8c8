"""A fixed recording from the upload to the approval: who may do what, and what is written down."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcaster.domain.library import (
    LibraryItem,
    LibraryState,
    LibraryStateWrong,
    OwnUpload,
    ReturnNoteMissing,
    RightsExpired,
    SoundChanged,
)
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.sound_files import SoundFileBroken
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import library
from broadcaster.store import audit, recordings, stations
from broadcaster.store import library as rows
from tests.fakes.sound_desk import BROKEN, approved_item, details, uploaded
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import World, open_neighbour


def test_upload_is_a_draft_with_its_recording(world: World) -> None:
    item = uploaded(world, b"ding dong")

    with world.database.reading() as tx:
        sound = recordings.get(tx, world.station, item.recording_sha256)
        (found,) = rows.of_station(tx, world.station)
    assert found == item
    assert sound is not None
    assert (item.state, sound.voice, sound.duration_ms) == (LibraryState.DRAFT, "upload", 900)


def test_refused_file_leaves_nothing_behind(sqlite_world: World) -> None:
    with pytest.raises(SoundFileBroken):
        uploaded(sqlite_world, BROKEN)

    with sqlite_world.database.reading() as tx:
        assert rows.of_station(tx, sqlite_world.station) == ()


def test_approval_is_kept_with_the_hash_of_the_sound(world: World) -> None:
    item = approved_item(world)

    with world.database.reading() as tx:
        (approval,) = rows.approvals_of(tx, item.id)
    assert (approval.approver, approval.recording_sha256) == ("Minh", item.recording_sha256)


def test_uploader_does_not_approve_unless_the_station_allows_it(sqlite_world: World) -> None:
    item = uploaded(sqlite_world, actor="dung")
    library.submit(sqlite_world.office, actor=sqlite_world.person("dung"), item=item.id)
    with pytest.raises(OwnUpload):
        _approve(sqlite_world, item, "dung")

    with sqlite_world.database.writing() as tx:
        station = stations.get(tx, sqlite_world.station)
        assert station is not None
        stations.set_rules(tx, station.id, replace(station.rules, self_approval=True))
    assert _approve(sqlite_world, item, "dung").state is LibraryState.APPROVED


def test_another_sound_is_not_approved(sqlite_world: World) -> None:
    item = uploaded(sqlite_world)
    library.submit(sqlite_world.office, actor=sqlite_world.person("lan"), item=item.id)

    with pytest.raises(SoundChanged):
        library.approve(sqlite_world.office, actor=sqlite_world.person("minh"), item=item.id, recording_sha256="0" * 64)


def test_changed_details_want_a_new_approval(sqlite_world: World) -> None:
    item = approved_item(sqlite_world)

    again = library.describe(
        sqlite_world.office, actor=sqlite_world.person("lan"), item=item.id, details=details("Tên mới")
    )

    assert (again.state, again.title) == (LibraryState.DRAFT, "Tên mới")


def test_returned_with_a_reason_and_submitted_again(sqlite_world: World) -> None:
    item, office = uploaded(sqlite_world), sqlite_world.office
    library.submit(office, actor=sqlite_world.person("lan"), item=item.id)
    with pytest.raises(ReturnNoteMissing):
        library.send_back(office, actor=sqlite_world.person("minh"), item=item.id, note="  ")

    back = library.send_back(office, actor=sqlite_world.person("minh"), item=item.id, note="Tiếng rè")
    assert (back.state, back.note) == (LibraryState.RETURNED, "Tiếng rè")
    assert library.submit(office, actor=sqlite_world.person("lan"), item=item.id).note is None


def test_withdrawn_is_the_end(sqlite_world: World) -> None:
    item, lan = approved_item(sqlite_world), sqlite_world.person("lan")
    library.withdraw(sqlite_world.office, actor=lan, item=item.id)

    for step in (library.submit, library.withdraw):
        with pytest.raises(LibraryStateWrong):
            step(sqlite_world.office, actor=lan, item=item.id)


def test_each_step_takes_its_role(sqlite_world: World) -> None:
    item, office = uploaded(sqlite_world), sqlite_world.office
    with pytest.raises(NotAllowed):
        uploaded(sqlite_world, actor="minh")
    with pytest.raises(NotAllowed):
        library.submit(office, actor=sqlite_world.person("minh"), item=item.id)
    with pytest.raises(NotAllowed):
        _approve(sqlite_world, item, "lan")
    with pytest.raises(NotAllowed):
        library.withdraw(office, actor=sqlite_world.person("hoa"), item=item.id)


def test_items_of_another_station_are_not_there(sqlite_world: World) -> None:
    item, stranger = uploaded(sqlite_world), open_neighbour(sqlite_world).person("lan")

    with pytest.raises(NoSuchThing):
        library.submit(sqlite_world.office, actor=stranger, item=item.id)


def test_expired_rights_close_the_air_on_the_stations_own_day(sqlite_world: World) -> None:
    item = approved_item(sqlite_world, expires_on=date(2026, 3, 2))
    evening = sqlite_world.clock.now.replace(hour=16, minute=59)  # 23:59 at the station

    with sqlite_world.database.reading() as tx:
        assert library.airable(tx, sqlite_world.station, item.id, at=evening) == item
        with pytest.raises(RightsExpired):
            library.airable(tx, sqlite_world.station, item.id, at=evening + timedelta(minutes=1))


def test_every_step_is_in_the_audit_trail(sqlite_world: World) -> None:
    item = approved_item(sqlite_world)

    with sqlite_world.database.reading() as tx:
        found = audit.latest(tx, sqlite_world.station, subject=item.id)
    assert [entry.action for entry in found] == ["library.approve", "library.submit", "library.add"]


def test_pruning_keeps_the_librarys_sounds(sqlite_world: World) -> None:
    item, kept = uploaded(sqlite_world), []

    sqlite_world.publisher(FakePost()).prune(prune_audio=kept.append, end_account=lambda *_: None)

    assert item.recording_sha256 in kept[0]


def _approve(world: World, item: LibraryItem, actor: str) -> LibraryItem:
    return library.approve(
        world.office, actor=world.person(actor), item=item.id, recording_sha256=item.recording_sha256
    )
