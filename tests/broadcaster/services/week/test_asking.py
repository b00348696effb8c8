"""What may be asked for a bulletin, what is said when it is taken back, and who is ordered in a clash."""

from datetime import UTC, date, datetime

import pytest

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.week.planned import Fate
from broadcaster.domain.week.requests import AtMinute, AtOnce, BadExpiry, BadFirstDay, ExpiresFirst, TheseSessions
from broadcaster.services import airings as airing_cases
from broadcaster.services.week import asking
from broadcaster.services.week.asking import OrderIncomplete
from tests.broadcaster.services.week.test_timetabling import DUE, add_programme, ask, asked, coming
from tests.fakes.station_world import World


def test_wish_for_days_that_cannot_be_meant_is_refused(sqlite_world: World) -> None:
    bulletin, now = sqlite_world.approved(), sqlite_world.clock.now
    add_programme(sqlite_world)

    for day in (date(2026, 3, 1), date(9999, 12, 31), date(1, 1, 1)):
        with pytest.raises(BadFirstDay):
            ask(sqlite_world, bulletin, TheseSessions(first_day=day, days=31))
    for instant in (now, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        with pytest.raises(BadExpiry):
            ask(sqlite_world, bulletin, expires_at=instant)
    with pytest.raises(ExpiresFirst):
        ask(sqlite_world, bulletin, AtMinute(at=DUE), expires_at=DUE)


def test_what_a_person_took_back_says_so_and_not_where_it_stood(world: World) -> None:
    add_programme(world)
    first, second = ask(world, world.approved()), ask(world, world.approved(title="Lũ"), AtOnce(asked_at=DUE))

    again = ask(world, world.find(first.bulletin))
    asking.withdraw(world.office, actor=world.person("lan"), request=again.id)
    airing_cases.cancel(world.office, actor=world.person("lan"), airing=second.airings[0])

    found = [asked(world, each) for each in (first, again, second)]
    assert [(each.fate, each.reason[0] if each.reason else "") for each in found] == [
        (Fate.WITHDRAWN, "asked_anew"), (Fate.WITHDRAWN, "taken_back"), (Fate.WITHDRAWN, "airing_taken_back"),
    ]  # fmt: skip
    assert found[0].airings == ()


def test_order_names_everybody_who_collides(world: World) -> None:
    names = [
        ask(world, world.approved(title=title, priority=Priority.PRIORITY), AtMinute(at=DUE)).id
        for title in ("Bão", "Lũ", "Cháy")
    ]

    with pytest.raises(OrderIncomplete):
        asking.order(world.office, actor=world.person("lan"), first_to_last=names[:2])
    asking.order(world.office, actor=world.person("lan"), first_to_last=names[::-1])

    assert [airing.title for airing in coming(world)] == ["Cháy", "Lũ", "Bão"]
