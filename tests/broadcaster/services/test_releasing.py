"""Versions offered to boxes: the newest offer for a box stands in its plan, its wheel is sent and kept like audio."""

import hashlib

import pytest

from broadcaster.domain.ids import DeviceId
from broadcaster.services import releasing
from broadcaster.services.planning import audio_needed
from broadcaster.services.releasing import NotAnAgentWheel, UnknownBoxes
from broadcaster.store import devices, releases
from tests.broadcaster.services.alarm.test_preparing import plan_of
from tests.fakes.station_box import FakeBox
from tests.fakes.station_world import World, open_neighbour
from wire import messages

WHEEL = b"PK" + bytes(100_000)
SHA256 = hashlib.sha256(WHEEL).hexdigest()


def offer(world: World, version: str = "1.2.0", *, wanted: list[str] | None = None, sha256: str = SHA256) -> None:
    releasing.offer(
        world.office, world.station, version=version, sha256=sha256, size_bytes=len(WHEEL), wanted=wanted
    )  # fmt: skip


def wanted_by(world: World, box: FakeBox) -> messages.AgentRelease | None:
    return plan_of(world, box).settings.agent


def test_the_newest_offer_stands_in_every_plan_and_its_wheel_is_needed(world: World) -> None:
    box = world.enrol()
    assert wanted_by(world, box) is None
    offer(world)

    found = wanted_by(world, box)

    assert found is not None
    assert (found.version, found.wheel.sha256, found.wheel.chunks) == ("1.2.0", SHA256, 2)
    with world.database.reading() as tx:
        assert audio_needed(tx, world.station, now=world.office.now())[SHA256] == 2
        assert SHA256 in releases.every_file(tx)
    world.clock.advance(minutes=1)
    offer(world, "1.3.0", sha256="b" * 64)
    assert (newer := wanted_by(world, box)) is not None
    assert newer.version == "1.3.0"


def test_an_offer_for_some_boxes_leaves_the_others_as_they_are(world: World) -> None:
    first, second = world.enrol(), world.enrol(1)
    offer(world, wanted=[first.id])

    assert wanted_by(world, first) is not None
    assert wanted_by(world, second) is None


def test_an_offer_that_is_taken_back_is_in_no_plan(world: World) -> None:
    box = world.enrol()
    offer(world)
    assert releasing.withdraw(world.office, world.station) == 1

    assert wanted_by(world, box) is None
    with world.database.reading() as tx:
        assert SHA256 not in audio_needed(tx, world.station, now=world.office.now())


def test_an_offer_stays_in_its_station(world: World) -> None:
    box = world.enrol()
    neighbour = open_neighbour(world)
    offer(neighbour)

    assert wanted_by(world, box) is None


def test_a_stranger_and_nonsense_are_refused(world: World) -> None:
    with pytest.raises(UnknownBoxes, match="la-hoac"):
        offer(world, wanted=["la-hoac"])
    with pytest.raises(NotAnAgentWheel):
        offer(world, "latest")


def test_how_far_a_box_is_can_be_told(world: World) -> None:
    box = world.enrol()
    offer(world)
    with world.database.reading() as tx:
        device = devices.get(tx, DeviceId(box.id))
        assert device is not None
        found = releasing.standing(tx, device)
    assert (found.wanted, found.held, found.told) == ("1.2.0", None, None)
