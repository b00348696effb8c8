"""Which documents of alerts are believed: the station's present word, and nothing played again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from device_agent.playout.freshness import ANSWER_WITHIN_S, Evidence, Word, is_present
from tests.fakes.box_sim import NOON

CAME = 1000.0
FRESH = Word(issued_at=NOON - timedelta(seconds=20), received_monotonic=CAME, is_new=False)
OLD = replace(FRESH, issued_at=NOON - timedelta(minutes=10), is_new=True)


def evidence(after_s: float = 0.0, **fields: object) -> Evidence:
    values = {
        "now": NOON + timedelta(seconds=after_s), "monotonic": CAME + after_s, "is_trusted": True,
        "error": timedelta(milliseconds=50), "answered_monotonic": CAME - 5, "remembers": True,
        "up_monotonic": CAME - 30, **fields,
    }  # fmt: skip
    return Evidence(**values)  # type: ignore[arg-type]  # the test's own fields


def test_what_was_issued_just_now_is_the_present_word() -> None:
    assert is_present(FRESH, evidence())


def test_it_is_judged_by_its_age_when_it_came() -> None:
    assert is_present(FRESH, evidence(3600))


def test_a_box_that_does_not_know_the_time_believes_what_is_new_to_it() -> None:
    assert is_present(replace(FRESH, is_new=True), evidence(is_trusted=False, answered_monotonic=None))
    assert not is_present(FRESH, evidence(is_trusted=False, answered_monotonic=None)), "it may be what is on its disk"


def test_an_old_word_is_not_believed_while_the_station_answers() -> None:
    assert not is_present(OLD, evidence(0))
    assert not is_present(OLD, evidence(60, answered_monotonic=CAME + 1))


def test_a_station_that_is_silent_cannot_have_taken_it_back() -> None:
    assert not is_present(OLD, evidence(ANSWER_WITHIN_S - 1))
    assert is_present(OLD, evidence(ANSWER_WITHIN_S + 1))
    assert not is_present(replace(OLD, is_new=False), evidence(ANSWER_WITHIN_S + 1)), "it was obeyed before"


def test_a_lower_bound_of_the_time_is_enough_to_know_that_it_is_old() -> None:
    assert not is_present(OLD, evidence(is_trusted=False))


@pytest.mark.parametrize("seconds", [0, 5, 600])
def test_a_box_without_memory_believes_nothing_old_and_nothing_before_the_station_has_answered(seconds: int) -> None:
    assert not is_present(replace(OLD, is_new=True), evidence(seconds, remembers=False))
    assert not is_present(replace(FRESH, is_new=True), evidence(seconds, remembers=False, answered_monotonic=None))
    assert not is_present(replace(FRESH, is_new=True), evidence(seconds, remembers=False, is_trusted=False))
    assert is_present(replace(FRESH, is_new=True), evidence(seconds, remembers=False))


def test_a_box_without_memory_believes_nothing_that_was_said_before_it_came_up() -> None:
    """Who plays a document again within two minutes after a cancellation reaches no box that has lost its memory."""
    before, since = (replace(FRESH, issued_at=NOON - timedelta(seconds=s), is_new=True) for s in (31, 29))
    for seconds in (0, 20, 100):
        assert not is_present(before, evidence(seconds, remembers=False))
        assert is_present(since, evidence(seconds, remembers=False))
        assert is_present(before, evidence(seconds)), "who remembers knows by the revision"
