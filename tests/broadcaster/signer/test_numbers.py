"""No document with a number so high that the station could never go beyond it, however often it is asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.adapters.signing import requests
from broadcaster.services.intake import EPOCHS_BEHIND
from broadcaster.signer.numbers import EPOCHS_A_SECOND, EPOCHS_FREE, SEQ_FREE, Epochs, may_be_signed
from tests.broadcaster.signer.test_sealing import plan
from tests.fakes.signer_room import Room
from wire.values import Revision

HIGHEST = 2**53 - 1
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def is_signed(room: Room, epoch: int, seq: int) -> bool:
    """Return whether documents of either kind with that number are signed."""
    number = Revision(epoch=epoch, seq=seq)
    signed = {
        bool(room.seal(document.model_copy(update={"revision": number})).sealed)
        for document in (room.alerts(), plan(room))
    }
    assert len(signed) == 1
    return signed.pop()


def newest(room: Room) -> int:
    return int(room.ask(requests.NewestEpoch(station=room.station)).text)


def test_numbers_that_grow_are_signed(room: Room) -> None:
    assert newest(room) == 0
    assert is_signed(room, 1, 1)
    assert is_signed(room, 1, 30_000_000)
    assert is_signed(room, 2, 1)
    assert is_signed(room, 3 + EPOCHS_BEHIND, 1), "a database that was restored, or a box that lies of one"
    assert newest(room) == 3 + EPOCHS_BEHIND


@pytest.mark.parametrize(
    ("epoch", "seq"), [(HIGHEST, 1), (1, HIGHEST), (HIGHEST, HIGHEST), (EPOCHS_FREE + 2, 1), (1, 10**9)]
)
def test_a_leap_is_not_signed_and_costs_the_honest_nothing(room: Room, epoch: int, seq: int) -> None:
    assert is_signed(room, 1, 1)

    assert not is_signed(room, epoch, seq)

    assert is_signed(room, 1, 2)
    assert is_signed(room, 2, 1)
    assert newest(room) == 2


def test_the_first_number_of_a_station_does_not_leap_either(room: Room) -> None:
    assert not is_signed(room, HIGHEST, 1)
    assert not is_signed(room, 1, HIGHEST)
    assert is_signed(room, 7, 12_345)


def test_whoever_uses_all_numbers_up_leaves_the_honest_a_higher_one_within_a_second(room: Room) -> None:
    """The server learns from the signer how far it was, and goes on above it; also after the signer was killed."""
    assert is_signed(room, 1, 1)
    assert is_signed(room, 1 + EPOCHS_FREE, SEQ_FREE)
    assert not is_signed(room, 2 + EPOCHS_FREE, 1)

    room.open()
    assert newest(room) == 1 + EPOCHS_FREE
    assert not is_signed(room, newest(room) + 1, 1)
    room.clock.advance(seconds=1)
    assert is_signed(room, newest(room) + 1, 1)


def test_an_older_epoch_is_signed_since_no_box_obeys_it(room: Room) -> None:
    assert is_signed(room, 3, 1)
    assert is_signed(room, 2, 900)


@given(st.integers(0, HIGHEST), st.integers(0, HIGHEST), st.integers(0, 100 * 365 * 86_400))
def test_a_century_of_leaps_leaves_room_for_a_thousand_centuries(epoch: int, seq: int, lived_s: int) -> None:
    known = Epochs(first=1, newest=1, since=NOON - timedelta(seconds=lived_s))
    if may_be_signed(Revision(epoch=epoch, seq=seq), known, now=NOON):
        assert max(epoch, seq) < HIGHEST // 1000
    honest = min(EPOCHS_FREE + lived_s * EPOCHS_A_SECOND, (EPOCHS_BEHIND + 1) * (1 + lived_s // 30))
    assert may_be_signed(Revision(epoch=honest, seq=SEQ_FREE), known, now=NOON)
