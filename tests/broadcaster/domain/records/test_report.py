"""The month's figures: every one counted again by hand from the same deliveries."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.records.logbook import (
    FIRST,
    NOT_IN_EARNEST,
    Entry,
    LogKind,
    Source,
    Verdict,
    effective,
    follow,
)
from broadcaster.domain.records.report import Month, MonthlyReport, MonthUnclear, Presence, month_of, monthly
from tests.broadcaster.domain.log_entries import NOON, PLACES, chain, entries, entry

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOVEMBER = Month(year=2026, month=11)
WHOLE = Verdict(lines=0, broken_at=None, last_sha256=FIRST)


def reported(*some: Entry, presence: tuple[Presence, ...] = ()) -> MonthlyReport:
    return monthly(
        chain(*some), month=NOVEMBER, zone=ZONE, places=PLACES, presence=presence, log=WHOLE, now=NOON
    )  # fmt: skip


def test_an_airing_counts_once_however_many_clusters_it_sounds_on() -> None:
    report = reported(*(entry("lp-1", cluster=n, seconds=60 + n) for n in range(3)), entry("lp-2", seconds=30))

    totals = report.totals
    assert (totals.items, totals.airings, totals.aired, totals.seconds) == (2, 2, 2, 62 + 30)
    assert (totals.deliveries, totals.played, totals.minutes) == (4, 4, 1.5)


def test_what_nobody_heard_of_is_not_counted_as_aired() -> None:
    report = reported(
        entry("lp-1", seconds=None, outcome=Outcome.UNKNOWN, reason=None), entry("lp-2", seconds=None),
        entry("lp-3", seconds=20, outcome=Outcome.INTERRUPTED, reason="alert"),
    )  # fmt: skip

    assert (report.totals.airings, report.totals.aired, report.totals.played, report.totals.seconds) == (3, 1, 0, 20)
    assert report.totals.played_share == 0
    assert {(f.outcome, f.reason, f.count) for f in report.failures} == {
        (Outcome.UNKNOWN, None, 1), (Outcome.MISSED, "box_off", 1), (Outcome.INTERRUPTED, "alert", 1),
    }  # fmt: skip


def test_share_heard_is_of_those_that_an_ear_judged() -> None:
    heard = [entry(f"lp-{n}", heard=said) for n, said in enumerate([Heard.HEARD, Heard.HEARD, Heard.NOT_HEARD, None])]

    assert reported(*heard).totals.heard_share == pytest.approx(66.7)
    assert reported(entry()).totals.heard_share is None


def test_corrections_count_and_what_they_correct_does_not() -> None:
    (first,) = chain(entry(seconds=None, outcome=Outcome.UNKNOWN))
    late = follow(first, entry(seconds=60), corrects=1, now=NOON)
    report = monthly(
        [first, late], month=NOVEMBER, zone=ZONE, places=PLACES, presence=(), log=WHOLE, now=NOON
    )  # fmt: skip

    assert (report.totals.deliveries, report.totals.played, report.failures) == (1, 1, ())


def test_days_are_those_of_the_stations_calendar() -> None:
    evening = datetime(2026, 11, 10, 17, 30, tzinfo=UTC)  # 00:30 of the 11th
    report = reported(entry(planned_at=evening, started_at=evening, ended_at=evening + timedelta(seconds=90)))

    assert [(day, tally.seconds) for day, tally in report.by_day if tally.airings] == [(date(2026, 11, 11), 90)]
    assert len(report.by_day) == 30


def test_hamlet_without_an_airing_stands_in_the_report() -> None:
    assert [(name, tally.deliveries) for name, tally in reported(entry(cluster=0)).by_hamlet] == [
        ("Thôn 0", 1), ("Thôn 1", 0),
    ]  # fmt: skip


def test_uptime_counts_what_was_watched_within_the_month() -> None:
    begin, end = NOVEMBER.span(ZONE)
    hour = timedelta(hours=1)
    stretches = (
        Presence(place=PLACES[0], online=True, began_at=begin - hour, ended_at=begin + 3 * hour),
        Presence(place=PLACES[0], online=False, began_at=begin + 3 * hour, ended_at=begin + 4 * hour),
        Presence(place=PLACES[1], online=True, began_at=end - hour, ended_at=end + 9 * hour),
        Presence(place=PLACES[1], online=True, began_at=end + hour, ended_at=end + 9 * hour),
    )
    first, second, *rest = reported(presence=stretches).uptime

    assert (first.watched_s, first.online_s, first.share) == (4 * 3600, 3 * 3600, 75.0)
    assert (second.watched_s, second.share) == (3600, 100.0)
    assert [(up.watched_s, up.share) for up in rest] == [(0, None), (0, None)]


@given(st.lists(entries, max_size=25))
def test_every_grouping_adds_up_to_the_same_deliveries(made: list[Entry]) -> None:
    report = reported(*made)
    every = [line.entry for line in effective(chain(*made))]
    known = [entry for entry in every if entry.source not in NOT_IN_EARNEST]
    total, practised = report.totals, report.practised

    assert (total.deliveries, practised.deliveries) == (len(known), len(every) - len(known))
    assert total.played + sum(f.count for f in report.failures) == len(known)
    for group in (report.by_source, report.by_priority):
        assert sum(tally.deliveries for _, tally in group) == len(every)
        assert sum(tally.played for _, tally in group) == total.played + practised.played
    assert sum(tally.deliveries for _, tally in report.by_hamlet) == len(known)
    assert sum(tally.deliveries for _, tally in report.by_day) == len(known)
    of_alerts = sum(a.tally.deliveries for a in report.alerts if a.source not in NOT_IN_EARNEST)
    assert sum(item.tally.deliveries for item in report.items) + of_alerts == len(known)
    assert sum(alert.tally.deliveries for alert in report.alerts) == sum(e.kind is LogKind.ALERT for e in every)
    assert total.heard + total.not_heard + total.unsure == sum(entry.heard is not None for entry in known)
    assert {line.entry.source for line in report.lines} == {source for source, _ in report.by_source} <= set(Source)


def test_drill_is_in_no_figure_but_its_own() -> None:
    sounded = {"kind": LogKind.ALERT, "sounded_ms": 90_000, "item": "kc-1", "priority": "exercise"}
    report = reported(
        entry("lp-1"), entry("kc-1", source=Source.EXERCISE, **sounded),
        entry("kc-2", source=Source.ALERT, **(sounded | {"priority": "emergency", "sounded_ms": 30_000})),
    )  # fmt: skip

    assert (report.totals.deliveries, report.totals.seconds) == (2, 90)
    assert (report.practised.deliveries, report.practised.seconds) == (1, 90)
    assert {source: tally.seconds for source, tally in report.by_source} == {
        Source.BULLETIN: 60, Source.EXERCISE: 90, Source.ALERT: 30,
    }  # fmt: skip
    assert dict(report.by_hamlet)["Thôn 0"].seconds == 90
    assert [(alert.source, alert.tally.seconds) for alert in report.alerts] == [
        (Source.EXERCISE, 90), (Source.ALERT, 30),
    ]  # fmt: skip
    assert [item.title for item in report.items] == ["Tin lp-1"]


@given(st.integers(2001, 2998), st.integers(1, 12), st.integers(-30, 30))
def test_months_follow_one_another(year: int, month: int, step: int) -> None:
    start = Month(year=year, month=month)

    assert start.moved(step).moved(-step) == start
    assert start.moved(1).first == start.days[-1] + timedelta(days=1)
    assert month_of(str(start)) == start


@pytest.mark.parametrize(
    "raw", ["", "2026", "2026-13", "2026-0", "26-11", "2026-11-01", "x-y", "２０２６-11", "9999-12"]
)
def test_what_is_no_month_is_refused(raw: str) -> None:
    with pytest.raises(MonthUnclear):
        month_of(raw)
