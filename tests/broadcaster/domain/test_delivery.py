"""Planned, ready, playing, played: four different facts, and silence is never shown as sound."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.delivery import (
    FINAL,
    HEARD_NAMES,
    OFFLINE_AFTER,
    OUTCOME_NAMES,
    REASONS,
    REPORT_GRACE,
    BoxState,
    Delivery,
    Heard,
    Outcome,
    Report,
    Target,
    judge,
    settled,
)
from broadcaster.domain.ids import AiringId, BulletinId, ClusterId, DeviceId, HamletId, StationId
from broadcaster.domain.timetable import Airing
from wire.messages import Heard as WireHeard
from wire.messages import Outcome as WireOutcome
from wire.messages import Reason as WireReason

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AIRING = Airing(
    id=AiringId("lp-1"), station=StationId("xa"), bulletin=BulletinId("bt-1"), title="Họp", audience=EVERYBODY,
    priority=Priority.ORDINARY, recording_sha256="a" * 64, start_at=START, not_after=START + timedelta(minutes=5),
    duration=timedelta(minutes=1), created_at=START - timedelta(hours=1),
)  # fmt: skip
CANCELLED = replace(AIRING, cancelled_at=START - SECOND)
TARGET = Target(
    cluster=ClusterId("c1"), cluster_name="Cụm 1", hamlet=HamletId("h1"), hamlet_name="Thôn Kép",
    device=DeviceId("loa-1"), told_in=(1, 4),
)  # fmt: skip
PLAYED = Report(
    outcome=Outcome.PLAYED, reason=None, started_at=START, ended_at=START, start_error_ms=0.4, played_ms=60_000
)


def box(*, seen: datetime = START, online: bool = True, plan: tuple[int, int] | None = (1, 4), missing: str = "",
        playing: str = "") -> BoxState:  # fmt: skip
    """Return what a box last said of itself."""
    return BoxState(
        device=DeviceId("loa-1"), online=online, last_seen_at=seen, plan=plan,
        audio_missing=frozenset({missing} if missing else ()), playing=AiringId(playing) if playing else None,
        playing_since=START if playing else None, playing_error_ms=0.3 if playing else None,
    )  # fmt: skip


def verdict(airing: Airing, *, box: BoxState | None, now: datetime, target: Target = TARGET) -> tuple[str, str | None]:
    """Return outcome and reason without a report."""
    found = judge(airing, target, box=box, report=None, now=now)
    return found.outcome.value, found.reason


BEFORE, SOUNDING, OVER = START - SECOND, START + 30 * SECOND, AIRING.end_at + REPORT_GRACE + SECOND


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        (box(plan=None), BEFORE, ("planned", "waiting_for_plan")),
        (box(plan=(1, 3)), BEFORE, ("planned", "waiting_for_plan")),
        (box(plan=(0, 99)), BEFORE, ("planned", "waiting_for_plan")),
        (box(missing="a" * 64), BEFORE, ("planned", "waiting_for_audio")),
        (box(missing="b" * 64), BEFORE, ("ready", None)),
        (box(seen=OVER, missing="a" * 64), OVER, ("planned", "waiting_for_audio")),
        (box(seen=START, missing="a" * 64), AIRING.not_after, ("unknown", "no_report_offline")),
        (box(seen=AIRING.not_after, missing="a" * 64), AIRING.not_after + SECOND, ("unknown", "no_report")),
        (box(), BEFORE, ("ready", None)),
        (box(plan=(2, 1)), BEFORE, ("ready", None)),
        (box(online=False), BEFORE, ("ready", None)),
        (box(online=False, plan=None), BEFORE, ("planned", "waiting_for_box")),
        (box(seen=BEFORE - OFFLINE_AFTER - SECOND, plan=None), BEFORE, ("planned", "waiting_for_box")),
        (box(playing="lp-1"), SOUNDING, ("playing", None)),
        (box(playing="lp-2"), SOUNDING, ("ready", None)),
        (box(playing="lp-1", online=False), SOUNDING, ("unknown", "no_report_offline")),
        (box(), AIRING.end_at, ("ready", None)),
        (box(seen=OVER), OVER, ("unknown", "no_report")),
        (box(online=False), OVER, ("unknown", "no_report_offline")),
        (box(seen=OVER - OFFLINE_AFTER - SECOND), OVER, ("unknown", "no_report_offline")),
        (box(seen=OVER, playing="lp-1"), OVER, ("playing", None)),
    ],
)
def test_verdict_without_a_report(state: BoxState, now: datetime, expected: tuple[str, str | None]) -> None:
    assert verdict(AIRING, box=state, now=now) == expected


def test_never_told_is_never_ready() -> None:
    assert verdict(AIRING, box=box(), now=BEFORE, target=replace(TARGET, told_in=None)) == (
        "planned", "waiting_for_plan",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("airing", "now", "expected"),
    [
        (AIRING, BEFORE, ("planned", "not_installed")),
        (AIRING, AIRING.over_at + SECOND, ("missed", "not_installed")),
        (CANCELLED, OVER, ("planned", "cancelled")),
    ],
)
def test_cluster_without_a_box(airing: Airing, now: datetime, expected: tuple[str, str]) -> None:
    assert verdict(airing, box=None, now=now, target=replace(TARGET, device=None, told_in=None)) == expected


def test_box_that_was_taken_away_is_not_shown_as_planned() -> None:
    assert verdict(AIRING, box=None, now=OVER) == ("unknown", "box_retired")


def test_cancelled_airing_that_still_sounds_is_shown_as_playing() -> None:
    assert verdict(CANCELLED, box=box(playing="lp-1"), now=SOUNDING) == ("playing", None)
    assert verdict(CANCELLED, box=box(), now=SOUNDING) == ("planned", "cancelled")


@pytest.mark.parametrize("airing", [AIRING, CANCELLED])
def test_report_is_the_last_word(airing: Airing) -> None:
    found = judge(airing, TARGET, box=box(playing="lp-1"), report=PLAYED, now=OVER)

    assert (found.outcome, found.started_at, found.start_error_ms) == (Outcome.PLAYED, START, 0.4)


def test_unreachable_box_keeps_the_start_that_it_told() -> None:
    found = judge(AIRING, TARGET, box=box(playing="lp-1", online=False), report=None, now=SOUNDING)

    assert (found.outcome, found.started_at) == (Outcome.UNKNOWN, START)


states = st.none() | st.builds(
    box,
    seen=st.sampled_from([START - timedelta(hours=1), START, OVER]),
    online=st.booleans(),
    plan=st.none() | st.tuples(st.integers(0, 2), st.integers(0, 6)),
    missing=st.sampled_from(["", "a" * 64, "b" * 64]),
    playing=st.sampled_from(["", "lp-1", "lp-2"]),
)
targets = st.sampled_from([TARGET, replace(TARGET, told_in=None), replace(TARGET, device=None, told_in=None)])
moments = st.integers(-600, 86_400).map(lambda s: START + timedelta(seconds=s))


@given(st.sampled_from([AIRING, CANCELLED]), targets, states, moments)
def test_silence_is_never_shown_as_sound(airing: Airing, target: Target, state: BoxState | None, now: datetime) -> None:
    """Without a box's own word nothing was played, and all that is not plainly well has a reason in words."""
    found = judge(airing, target, box=state, report=None, now=now)

    assert found.outcome not in {Outcome.PLAYED, Outcome.INTERRUPTED, Outcome.FAILED, Outcome.REFUSED}
    if found.outcome is Outcome.PLAYING:
        assert state is not None
        assert (state.playing, state.reachable(now)) == (airing.id, True)
    if found.outcome not in {Outcome.PLAYING, Outcome.READY}:
        assert REASONS[str(found.reason)]
    if now > airing.over_at + REPORT_GRACE and airing is AIRING:
        assert found.outcome in {Outcome.UNKNOWN, Outcome.MISSED, Outcome.PLAYING}


def test_every_outcome_and_reason_has_words() -> None:
    assert set(OUTCOME_NAMES) == set(Outcome)
    assert {outcome.value for outcome in WireOutcome} == {outcome.value for outcome in FINAL}
    assert {reason.value for reason in WireReason} <= set(REASONS)


def test_settled_means_that_every_box_has_spoken() -> None:
    played, unknown = (Delivery(target=TARGET, outcome=o) for o in (Outcome.PLAYED, Outcome.UNKNOWN))

    assert settled([played, played])
    assert not settled([played, unknown])


@pytest.mark.parametrize("heard", [None, *Heard])
def test_what_the_ear_says_comes_from_the_report_and_before_it_from_the_status(heard: Heard | None) -> None:
    sounding = replace(box(playing="lp-1"), playing_heard=heard)

    assert judge(AIRING, TARGET, box=sounding, report=None, now=SOUNDING).heard is heard
    assert judge(AIRING, TARGET, box=sounding, report=PLAYED, now=OVER).heard is None
    assert judge(AIRING, TARGET, box=box(), report=replace(PLAYED, heard=heard), now=OVER).heard is heard


def test_what_an_unreachable_box_last_heard_is_not_shown() -> None:
    gone = replace(box(playing="lp-1", online=False), playing_heard=Heard.HEARD)

    assert judge(AIRING, TARGET, box=gone, report=None, now=SOUNDING).heard is None


def test_only_what_plays_unheard_is_silent() -> None:
    silent = {
        (outcome, heard)
        for outcome in Outcome
        for heard in (None, *Heard)
        if Delivery(target=TARGET, outcome=outcome, heard=heard).is_silent
    }

    assert silent == {(Outcome.PLAYING, Heard.NOT_HEARD), (Outcome.PLAYED, Heard.NOT_HEARD)}


def test_every_verdict_of_the_wire_has_words() -> None:
    said = get_args(WireHeard.model_fields["verdict"].annotation)

    assert {heard.value for heard in HEARD_NAMES} == set(said)
