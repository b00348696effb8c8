"""What the signer does not sign whoever stands for it: nothing lasts or wails longer than a page would take."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from broadcaster.adapters.signing import requests
from broadcaster.domain.alarm.vouching import Part
from broadcaster.domain.alert import Stroke
from tests.fakes.signer_room import Room


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": datetime(8000, 1, 1, tzinfo=UTC)}, {"times": 999}, {"times": 0}, {"repeat_every_s": 1},
        {"repeat_every_s": 10**9}, {"effective_at": datetime(8000, 1, 1, tzinfo=UTC)},
        {"siren": (Stroke(on_ms=600_000, off_ms=0, times=100),)},
        {"siren": (Stroke(on_ms=100, off_ms=0, times=1),) * 99},
    ],
)  # fmt: skip
def test_what_no_page_would_take_is_not_signed_whoever_stands_for_it(room: Room, change: dict[str, object]) -> None:
    if "effective_at" in change:
        change = {**change, "expires_at": datetime(8000, 1, 2, tzinfo=UTC)}
    content = room.content(**change)
    asked = requests.Lodge(station=room.station, dossier=room.both(content), everywhere=True)
    assert room.ask(asked).refused in {"expiry_too_far", "effective_too_far", "bad_repeat", "bad_siren"}
    assert room.ask(asked.model_copy(update={"everywhere": False})).refused is not None


def test_an_alert_lasts_three_days_at_most_and_is_scheduled_a_month_ahead(room: Room) -> None:
    longest = room.content(expires_at=room.now + timedelta(days=3))
    longer = room.content(expires_at=room.now + timedelta(days=3, minutes=3))
    far = room.now + timedelta(days=31)
    ahead = room.content(effective_at=far, expires_at=far + timedelta(days=3))
    asked = [
        room.ask(requests.Lodge(station=room.station, dossier=room.both(content, alert=name), everywhere=True)).refused
        for name, content in (("kc-1", longest), ("kc-2", longer), ("kc-3", ahead))
    ]
    assert asked == [None, "expiry_too_far", None]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 1),  # noqa: DTZ001 - a date without a zone is what is tried
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_dates_that_are_no_instants_are_refused_and_break_nothing(room: Room, at: datetime) -> None:
    said = room.content()
    odd = [room.says(name, said, part, at=at) for name, part in (("lan", Part.AUTHOR), ("minh", Part.APPROVER))]
    assert not room.sounds(said, room.dossier(said, odd))
    for number, changes in enumerate(({"expires_at": at}, {"effective_at": at})):
        content, name = room.content(**changes), f"kc-1{number}"
        lodged = requests.Lodge(station=room.station, dossier=room.both(content, alert=name), everywhere=True)
        assert room.ask(lodged).refused == "not_understood"
    assert room.sounds(said, room.both(said))
