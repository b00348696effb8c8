"""Telling people: each notice reaches each messenger once; one that is deaf is tried again and holds nobody up."""

import pytest

from broadcaster.domain.ids import MessengerId
from broadcaster.domain.messenger import MOST, TRIES, BadMessengerAddress, MessageNotSent, TooManyMessengers
from broadcaster.domain.permissions import NotAllowed
from broadcaster.domain.station import NoSuchThing
from broadcaster.services import telling
from broadcaster.store import messengers, notices
from tests.fakes.messages import FakeMessages
from tests.fakes.station_world import World


def notice(world: World, sentence: str = "Tin khẩn đang phát.") -> None:
    with world.database.writing() as tx:
        notices.add(tx, world.station, kind="alert_live", subject="kc-1", sentence=sentence, now=world.clock())


def told_to(world: World, messages: FakeMessages, address: str) -> MessengerId:
    added = telling.add(world.office, messages, actor=world.person("hoa"), name=f"Nơi {address[:20]}", address=address)
    return added.id


def test_a_notice_reaches_every_messenger_once(world: World) -> None:
    messages = FakeMessages()
    told_to(world, messages, "fake://a")
    told_to(world, messages, "fake://b")
    notice(world)

    telling.send_due(world.office, messages)
    telling.send_due(world.office, messages)

    assert messages.sent == [("fake://a", "Tin khẩn đang phát."), ("fake://b", "Tin khẩn đang phát.")]


def test_a_deaf_messenger_is_tried_again_later_and_the_other_gets_it_at_once(world: World) -> None:
    messages = FakeMessages(deaf={"fake://a"})
    told_to(world, messages, "fake://a")
    told_to(world, messages, "fake://b")
    notice(world)

    telling.send_due(world.office, messages)
    assert telling.send_due(world.office, messages) == 0
    messages.deaf.clear()
    world.clock.advance(minutes=1)
    telling.send_due(world.office, messages)

    assert [address for address, _ in messages.sent] == ["fake://b", "fake://a"]


def test_one_that_hangs_costs_its_deadline_once_and_gets_all_in_its_order(world: World) -> None:
    """A storm's notices, each waiting for the one that hangs, kept the other officer without word for minutes."""
    messages = FakeMessages(deaf={"fake://a"})
    told_to(world, messages, "fake://a")
    told_to(world, messages, "fake://b")
    for number in range(20):
        notice(world, f"Việc {number}.")

    while telling.send_due(world.office, messages):
        pass
    assert messages.tried.count("fake://a") == 1
    assert messages.sent == [("fake://b", f"Việc {number}.") for number in range(20)]

    world.clock.advance(minutes=1)
    notice(world, "Tin mới.")
    messages.tried.clear()
    telling.send_due(world.office, messages)
    assert sorted(messages.tried) == ["fake://a", "fake://b"]

    messages.deaf.clear()
    world.clock.advance(minutes=31)
    while telling.send_due(world.office, messages):
        pass
    assert [text for address, text in messages.sent if address == "fake://a"] == [
        *(f"Việc {number}." for number in range(20)), "Tin mới.",
    ]  # fmt: skip


def test_a_messenger_that_stays_deaf_is_given_up_and_the_page_can_say_why(world: World) -> None:
    messages = FakeMessages(deaf={"fake://a"})
    told_to(world, messages, "fake://a")
    notice(world)

    tries = 0
    for _ in range(50):
        tries += telling.send_due(world.office, messages)
        world.clock.advance(minutes=31)

    assert 1 < tries <= TRIES
    with world.database.reading() as tx:
        (found,) = messengers.of_station(tx, world.station)
    assert found.last_error == "không trả lời"


def test_a_station_without_messengers_keeps_its_notices_and_sends_nothing_old_to_a_new_one(world: World) -> None:
    messages = FakeMessages()
    notice(world)
    telling.send_due(world.office, messages)
    told_to(world, messages, "fake://a")
    telling.send_due(world.office, messages)

    assert messages.sent == []
    with world.database.reading() as tx:
        assert [n.sentence for n in notices.latest(tx, world.station)] == ["Tin khẩn đang phát."]


def test_only_an_administrator_says_who_is_told(world: World) -> None:
    messages = FakeMessages()
    for name in ("lan", "minh"):
        with pytest.raises(NotAllowed):
            telling.add(world.office, messages, actor=world.person(name), name="x", address="fake://a")


def test_what_is_no_address_is_refused_and_so_is_one_too_many(world: World) -> None:
    messages = FakeMessages()
    for address in ("", "http//", "xx" * 400):
        with pytest.raises(BadMessengerAddress):
            told_to(world, messages, address)
    for number in range(MOST):
        told_to(world, messages, f"fake://{number}")
    with pytest.raises(TooManyMessengers):
        told_to(world, messages, "fake://z")


def test_a_trial_says_what_went_wrong_and_a_removed_messenger_is_gone(world: World) -> None:
    messages, hoa = FakeMessages(deaf={"fake://a"}), world.person("hoa")
    added = told_to(world, messages, "fake://a")

    with pytest.raises(MessageNotSent, match="không trả lời"):
        telling.try_out(world.office, messages, actor=hoa, messenger=added)
    telling.remove(world.office, actor=hoa, messenger=added)
    with pytest.raises(NoSuchThing):
        telling.try_out(world.office, messages, actor=hoa, messenger=added)
