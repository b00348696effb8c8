"""Whom to call: hamlets where a cluster is silent and not merely slow, while a call still helps."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broadcaster.domain.alert import Alert, AlertState
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.store.contacts import Contact
from broadcaster.web.alert_hearing import CALLED_AFTER, Card, HamletHearing, calls_of
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_world import World


def card(name: str, *, silent: bool, waited_for: bool = False) -> Card:
    return Card(
        key=ClusterId(name), name=name, hearing="silent" if silent else "sounded", icon="check", colour="good",
        text="", reason=None, siren_at=None, speech_at=None, latency=None, rounds=0, advice=None, silent=silent,
        waited_for=waited_for,
    )  # fmt: skip


def hamlet(*cards: Card, contact: Contact | None = None) -> HamletHearing:
    return HamletHearing(key=HamletId("th-1"), name="Thôn Kép", contact=contact, dial="", call=False, clusters=cards)


@pytest.fixture
def live(sqlite_world: World) -> Alert:
    drafted = AlertDesk(world=sqlite_world).draft()
    return replace(drafted, state=AlertState.LIVE, live_at=sqlite_world.clock.now)


def called(alert: Alert, *hamlets: HamletHearing, after: timedelta) -> int:
    assert alert.live_at is not None
    now: datetime = alert.live_at + after
    return len(calls_of(alert, hamlets, now=now))


def test_box_that_may_still_sound_is_given_a_moment(live: Alert) -> None:
    slow = hamlet(card("a", silent=True, waited_for=True))

    assert called(live, slow, after=CALLED_AFTER / 2) == 0
    assert called(live, slow, after=CALLED_AFTER) == 1


def test_box_out_of_reach_is_called_for_at_once_even_where_another_sounds(live: Alert) -> None:
    half = hamlet(card("a", silent=False), card("b", silent=True))

    assert called(live, half, after=timedelta(0)) == 1
    assert [c.name for c in half.silent] == ["b"]


def test_nobody_is_called_where_all_sounded_or_when_it_was_taken_back(live: Alert) -> None:
    silent = hamlet(card("a", silent=True))

    assert called(live, hamlet(card("a", silent=False)), after=CALLED_AFTER) == 0
    assert called(replace(live, state=AlertState.CANCELLED), silent, after=CALLED_AFTER) == 0
    assert called(replace(live, state=AlertState.EXPIRED), silent, after=CALLED_AFTER) == 1


def test_number_is_not_broken_over_two_lines() -> None:
    known = Contact(hamlet=HamletId("th-1"), name="Ông Tư", phone="0912 345 678")

    assert hamlet(contact=known).number == "0912\N{NO-BREAK SPACE}345\N{NO-BREAK SPACE}678"
    assert hamlet().number == ""
