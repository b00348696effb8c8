"""Letters from boxes: the signature first, whose it is second; what is broken is counted and nobody falls over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from broadcaster.adapters.inbox import Inbox
from broadcaster.adapters.mqtt import Letter
from broadcaster.services import devices, intake
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import World, open_neighbour
from wire import messages, seal
from wire.topics import DeviceTopic

Scene = tuple[World, FakeBox, FakePost, Inbox]


@pytest.fixture
def scene(sqlite_world: World) -> Scene:
    """A station with one box, and the inbox that listens to it."""
    post = FakePost()
    return sqlite_world, sqlite_world.enrol(), post, Inbox(sqlite_world.office, post, seal=sqlite_world.seal)  # type: ignore[arg-type] # a broker in memory


def opened(world: World, sealed: bytes, kind: type) -> object:
    """Return what the station said, its signature checked."""
    return seal.open_sealed(sealed, world.keys[world.station], kind)


def test_status_is_kept(scene: Scene) -> None:
    world, box, _post, inbox = scene
    inbox.take(box.letter(DeviceTopic.STATUS, box.status()))

    assert intake.box(world.office, box.id).status_number == 1  # type: ignore[union-attr] # it is there
    assert inbox.refused == 0


def test_reports_are_acknowledged_to_their_box(scene: Scene) -> None:
    world, box, post, inbox = scene
    inbox.take(box.letter(DeviceTopic.REPORT, box.reports(played(1, "lp-1", at=world.clock.now))))

    ((topic, sealed),) = post.acks
    ack = opened(world, sealed, messages.Ack)
    assert topic == f"loa/v1/{world.station}/{box.id}/ack"
    assert (ack.up_to, ack.device) == (1, box.id)  # type: ignore[attr-defined] # it is an Ack


def test_clock_is_answered_and_our_own_answer_is_let_pass(scene: Scene) -> None:
    world, box, post, inbox = scene
    asked = box.letter(DeviceTopic.CLOCK, box.clock_request())
    inbox.take(asked)
    ((_, sealed),) = post.clocks
    inbox.take(replace(asked, payload=sealed))
    reply = opened(world, sealed, messages.ClockReply)

    assert (reply.received_at, reply.sent_at) == (asked.received_at, world.clock.now)  # type: ignore[attr-defined] # it is a ClockReply
    assert (inbox.refused, len(post.clocks)) == (0, 1)


def forged(box: FakeBox, _world: World) -> Letter:
    return box.letter(DeviceTopic.STATUS, box.status(), key=seal.new_key())


def unsigned(box: FakeBox, _world: World) -> Letter:
    return replace(box.letter(DeviceTopic.STATUS, box.status()), payload=box.status().model_dump_json().encode())


def as_another_box(box: FakeBox, world: World) -> Letter:
    other = world.enrol(1)
    return box.letter(DeviceTopic.STATUS, box.status().model_copy(update={"device": other.id}))


def on_anothers_topic(box: FakeBox, world: World) -> Letter:
    other = world.enrol(1)
    return replace(
        box.letter(DeviceTopic.STATUS, box.status()), topic=f"loa/v1/{world.station}/{other.id}/status"
    )  # fmt: skip


def at_another_station(box: FakeBox, world: World) -> Letter:
    neighbour = open_neighbour(world)
    return replace(box.letter(DeviceTopic.STATUS, box.status()), topic=f"loa/v1/{neighbour.station}/{box.id}/status")


def another_kind(box: FakeBox, world: World) -> Letter:
    return box.letter(DeviceTopic.STATUS, box.reports(played(1, "lp-1", at=world.clock.now)))


def report_as_status(box: FakeBox, world: World) -> Letter:
    return box.letter(DeviceTopic.REPORT, box.status())


def replayed(box: FakeBox, world: World) -> Letter:
    letter = box.letter(DeviceTopic.STATUS, box.status())
    Inbox(world.office, FakePost(), seal=world.seal).take(letter)  # type: ignore[arg-type] # a broker in memory
    return letter


def nobodys(box: FakeBox, world: World) -> Letter:
    return replace(box.letter(DeviceTopic.STATUS, box.status()), topic=f"loa/v1/{world.station}/loa-nobody/status")


def odd_topic(box: FakeBox, _world: World) -> Letter:
    return replace(box.letter(DeviceTopic.STATUS, box.status()), topic="loa/v1/+/#")


def forged_clock(box: FakeBox, _world: World) -> Letter:
    return box.letter(DeviceTopic.CLOCK, box.clock_request(), key=seal.new_key())


def too_large(box: FakeBox, _world: World) -> Letter:
    return replace(box.letter(DeviceTopic.STATUS, box.status()), payload=b"x" * 600_000)


def deep(box: FakeBox, _world: World) -> Letter:
    import base64

    header = base64.urlsafe_b64encode(b'{"alg":"Ed25519","a":' + b"[" * 200_000).rstrip(b"=")
    return replace(box.letter(DeviceTopic.STATUS, box.status()), payload=header + b".e30.AA")


BAD = [forged, unsigned, as_another_box, on_anothers_topic, at_another_station, another_kind, report_as_status,
       replayed, nobodys, odd_topic, forged_clock, too_large, deep]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
def test_what_is_not_the_boxs_own_is_counted_and_dropped(
    scene: Scene, bad: Callable[[FakeBox, World], Letter]
) -> None:  # fmt: skip
    world, box, post, inbox = scene
    letter = bad(box, world)
    before = intake.box(world.office, box.id)
    inbox.take(letter)

    assert inbox.refused == 1
    assert intake.box(world.office, box.id) == before
    assert post.acks == post.clocks == []


def test_cleared_topic_and_heartbeat_are_no_ones_fault(scene: Scene) -> None:
    world, box, _post, inbox = scene
    status = box.letter(DeviceTopic.STATUS, box.status())
    inbox.take(replace(status, payload=b""))
    inbox.take(replace(status, topic=f"loa/v1/{world.station}/alerts"))

    assert inbox.refused == 0


def test_replaced_box_still_delivers_its_reports(scene: Scene) -> None:
    world, old, post, inbox = scene
    devices.retire(world.office, actor=world.person("hoa"), device=old.id)
    inbox.take(old.letter(DeviceTopic.REPORT, old.reports(played(1, "lp-1", at=world.clock.now))))

    assert len(post.acks) == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(list(DeviceTopic)), st.booleans())
def test_no_bytes_bring_it_down(scene: Scene, payload: bytes, topic: DeviceTopic, dotted: bool) -> None:
    _world, box, _post, inbox = scene
    letter = box.letter(topic, box.status())
    inbox.take(replace(letter, payload=payload + b".e30.AAAA" if dotted else payload))


@contextmanager
def commits_of(world: World) -> Iterator[list[str]]:
    """Count what is written durably: each commit is a wait for the disk."""
    seen: list[str] = []

    def note(_connection: object) -> None:
        seen.append("commit")

    event.listen(world.database.write_engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(world.database.write_engine, "commit", note)


def test_letters_that_wait_together_are_kept_in_one_transaction(scene: Scene) -> None:
    world, box, post, inbox = scene
    other = world.enrol(1)
    letters = [
        box.letter(DeviceTopic.STATUS, box.status()),
        other.letter(DeviceTopic.STATUS, other.status()),
        box.letter(DeviceTopic.REPORT, box.reports(played(1, "lp-1", at=world.clock.now))),
        other.letter(DeviceTopic.REPORT, other.reports(played(1, "lp-1", at=world.clock.now))),
        box.letter(DeviceTopic.STATUS, box.status()),
    ]
    with commits_of(world) as commits:
        inbox.take(*letters)

    assert len(commits) == 1
    assert intake.box(world.office, box.id).status_number == 2  # type: ignore[union-attr] # it is there
    assert [topic for topic, _ in post.acks] == [f"loa/v1/{world.station}/{b.id}/ack" for b in (box, other)]


def test_bad_letter_costs_the_others_nothing(scene: Scene) -> None:
    world, box, post, inbox = scene
    other = world.enrol(1)
    old, new = box.letter(DeviceTopic.STATUS, box.status()), box.letter(DeviceTopic.STATUS, box.status())
    report = other.letter(DeviceTopic.REPORT, other.reports(played(1, "lp-1", at=world.clock.now)))
    inbox.take(forged(box, world), odd_topic(box, world), new, nobodys(box, world), old, report)

    assert inbox.refused == 4
    assert intake.box(world.office, box.id).status_number == 2  # type: ignore[union-attr] # it is there
    assert len(post.acks) == 1


def test_nothing_is_acknowledged_when_the_disk_refuses(scene: Scene) -> None:
    world, box, post, inbox = scene

    def refuse(_connection: object) -> None:
        raise OSError("the disk is full")

    event.listen(world.database.write_engine, "commit", refuse)
    with pytest.raises(OSError, match="full"):
        inbox.take(box.letter(DeviceTopic.REPORT, box.reports(played(1, "lp-1", at=world.clock.now))))
    event.remove(world.database.write_engine, "commit", refuse)

    assert post.acks == []


STEPS = st.lists(st.tuples(st.sampled_from(["status", "will", "restart", "report"]), st.integers(0, 5)), max_size=12)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.randoms(use_true_random=False))
def test_letters_at_once_say_the_same_as_one_by_one(scene: Scene, steps: list[tuple[str, int]], chance: Random) -> None:
    world, _box, _post, _inbox = scene
    order = chance.sample(range(len(steps)), len(steps))

    def letters(box: FakeBox) -> list[Letter]:
        made = [_letter(box, what, number) for what, number in steps]
        return [made[place] for place in order]

    singly, together = world.enrol(0), world.enrol(1)
    results = []
    for box, take_all in ((singly, False), (together, True)):
        post = FakePost()
        inbox = Inbox(world.office, post, seal=world.seal)  # type: ignore[arg-type] # a broker in memory
        said = letters(box)
        for group in [said] if take_all else [[letter] for letter in said]:
            inbox.take(*group)
        known = intake.box(world.office, box.id)
        assert known is not None
        acks = [opened(world, sealed, messages.Ack).up_to for _, sealed in post.acks]  # type: ignore[attr-defined] # it is an Ack
        status = {name: value for name, value in known.status.items() if name != "device"}
        results.append((known.session, known.status_number, known.online, status, acks, inbox.refused))

    assert results[0] == results[1]


def _letter(box: FakeBox, what: str, number: int) -> Letter:
    if what == "report":
        return box.letter(DeviceTopic.REPORT, box.reports(played(number + 1, "lp-1", at=box.now())))
    if what == "restart":
        box.session, box.number = f"{number + 2:08d}-aaaaaaaaaaaa", 0
    return box.letter(DeviceTopic.STATUS, box.status(online=what != "will"))


def test_flood_is_counted_and_hardly_written_down(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    world, box, _post, inbox = scene
    forged = replace(box.letter(DeviceTopic.STATUS, box.status()), payload=b"forged")
    for _ in range(500):
        inbox.take(forged)
    world.clock.advance(seconds=2)
    inbox.take(replace(forged, received_at=world.clock.now))

    said = [record.getMessage() for record in caplog.records]
    assert (inbox.refused, len(said)) == (501, 2)
    assert "(501 so far)" in said[-1]
