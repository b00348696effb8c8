"""The nightly self-test is made once a night, in its hour, and only when nothing needs the horns."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from device_agent.playout.nightly import FREE_FOR, WITHIN, is_due, is_idle
from device_agent.playout.values import Active, Moment, Rank, Sound, SoundKey
from tests.fakes.box_sim import NOON, ZONE, airing, alert, plan, recording
from wire.messages import QuietHours, WantedSettings

NIGHT = datetime.combine(NOON.date(), time(2, 40), tzinfo=ZONE)
HOUR = timedelta(hours=1)


def night(*airings: Any, now: datetime = NIGHT, at: str | None = "02:40", **fields: Any) -> Moment:
    wanted = plan(*airings, settings=WantedSettings(self_test_at=at))
    return Moment(now=now, up_since=now - HOUR, trusted_since=now - HOUR, zone=ZONE, plan=wanted, **fields)


def test_it_is_due_at_its_local_time_and_for_an_hour() -> None:
    minute = timedelta(minutes=1)

    assert not is_due(night(now=NIGHT - minute), tested_at=None)
    assert is_due(night(now=NIGHT), tested_at=None)
    assert is_due(night(now=NIGHT + WITHIN - minute), tested_at=None)
    assert not is_due(night(now=NIGHT + WITHIN), tested_at=None)


def test_it_is_off_by_default() -> None:
    assert not is_due(night(at=None), tested_at=None)
    assert not is_due(replace(night(), plan=None), tested_at=None)


def test_it_is_made_once_a_night() -> None:
    assert is_due(night(), tested_at=NIGHT - timedelta(days=1))
    assert not is_due(night(now=NIGHT + timedelta(minutes=5)), tested_at=NIGHT + timedelta(minutes=1))


def test_its_hour_may_span_midnight() -> None:
    late = datetime.combine(NOON.date(), time(23, 50), tzinfo=ZONE)

    assert is_due(night(now=late + timedelta(minutes=30), at="23:50"), tested_at=late - timedelta(hours=23))
    assert not is_due(night(now=late + timedelta(minutes=30), at="23:50"), tested_at=late + timedelta(minutes=1))


def test_it_is_allowed_in_quiet_hours_for_nobody_hears_it() -> None:
    quiet = night()
    assert quiet.plan is not None
    hours = (QuietHours(start="22:00", end="05:00"),)

    assert is_due(replace(quiet, plan=quiet.plan.model_copy(update={"quiet_hours": hours})), tested_at=None)


@pytest.mark.parametrize(
    "busy",
    [
        {"trusted_since": None},
        {"alerts": (alert("flood", NIGHT),)},
        {"held": frozenset({SoundKey("a")})},
        {"preparing": frozenset({SoundKey("a")})},
        {"active": Active(sound=Sound(key=SoundKey("a"), rank=Rank.FILLER, recording="", gain_db=0.0))},
    ],
    ids=lambda busy: next(iter(busy)),
)
def test_it_waits_while_the_box_is_needed(busy: dict[str, Any]) -> None:
    assert not is_due(replace(night(), **busy), tested_at=None)


def test_it_leaves_a_minute_to_whatever_comes_next() -> None:
    cached = frozenset({recording().sha256})
    soon = night(airing("a", NIGHT + FREE_FOR - timedelta(seconds=1)), cached=cached)
    later = night(airing("a", NIGHT + FREE_FOR), cached=cached)

    assert not is_due(soon, tested_at=None)
    assert is_due(later, tested_at=None)
    assert is_idle(soon), "but a test that runs goes on until the airing is made ready"
    assert not is_idle(night(airing("a", NIGHT + timedelta(seconds=2)), cached=cached))
