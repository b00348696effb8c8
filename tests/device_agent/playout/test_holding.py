"""A held button: two seconds start, a new hold of eight stops, a shorted wire does neither."""

from hypothesis import given
from hypothesis import strategies as st

from device_agent.playout.holding import START_HELD_S, STOP_HELD_S, Hold, Wish

TICK_S = 0.1


def wishes(levels: list[bool], *, sounds_from: int | None = None) -> list[tuple[int, Wish]]:
    """Return what is asked for at which look, on an input looked at ten times a second."""
    hold, found = Hold(), []
    for n, is_down in enumerate(levels):
        is_sounding = sounds_from is not None and n >= sounds_from
        hold, wish = hold.after(is_down=is_down, at_s=n * TICK_S, is_sounding=is_sounding)
        if wish is not None:
            found.append((n, wish))
    return found


def test_two_seconds_start_once_and_the_same_hold_never_stops() -> None:
    found = wishes([False] + [True] * 300, sounds_from=23)
    assert [wish for _, wish in found] == [Wish.START]
    assert found[0][0] in {21, 22}


def test_less_than_two_seconds_and_a_bouncing_contact_start_nothing() -> None:
    assert wishes([False] + [True] * 19 + [False] + [True] * 15 + [False]) == []


def test_a_wire_that_was_never_released_starts_nothing() -> None:
    assert wishes([True] * 300, sounds_from=0) == []


def test_a_new_hold_of_eight_seconds_stops() -> None:
    found = wishes([False] + [True] * 100, sounds_from=0)
    assert found == [(22, Wish.START), (82, Wish.STOP)] or found == [(21, Wish.START), (81, Wish.STOP)]


@given(st.lists(st.booleans(), max_size=300), st.one_of(st.none(), st.integers(0, 300)))
def test_nothing_is_asked_for_without_the_hold_it_takes(levels: list[bool], sounds_from: int | None) -> None:
    for n, wish in wishes(levels, sounds_from=sounds_from):
        held = int((START_HELD_S if wish is Wish.START else STOP_HELD_S) / TICK_S) - 1
        assert all(levels[n - held : n + 1])
        assert False in levels[:n]
