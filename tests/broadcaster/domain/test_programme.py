"""A programme says no to what could not sound, before anybody plans it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from broadcaster.domain.errors import Refusal
from broadcaster.domain.programme import (
    BadLength,
    BadName,
    BadSilence,
    BadSource,
    NoSegments,
    ProgrammeNameless,
    RelayWithoutSource,
    SegmentId,
    SegmentNamesClash,
    TooManySegments,
    TooManySources,
    due_at,
    sounds_needed,
)
from broadcaster.domain.week.recurrence import Move
from broadcaster.domain.week.requests import BadDays, TheseSessions
from tests.broadcaster.domain.weeks import ZONE, box, filler, jingle, programme, relay, sign_off


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda: programme(title=" "), ProgrammeNameless),
        (lambda: type(programme())(id=programme().id, title="X", slot=programme().slot, segments=()), NoSegments),
        (lambda: programme(time(17), 30, *(box(id=SegmentId(f"b{n}")) for n in range(41))), TooManySegments),
        (lambda: programme(time(17), 30, box(), box()), SegmentNamesClash),
        (lambda: programme(time(17), 30, box(id=SegmentId("Bản tin"))), BadName),
        (lambda: programme(minutes=0), BadLength),
        (lambda: programme(minutes=181), BadLength),
        (lambda: relay(urls=()), RelayWithoutSource),
        (lambda: relay(urls=("http://x",) * 9), TooManySources),
        (lambda: relay(urls=("file:///etc/passwd",)), BadSource),
        (lambda: relay(urls=("http://x y",)), BadSource),
        (lambda: relay(urls=("http://[::1/live",)), BadSource),
        (lambda: relay(urls=("http://:8000/live",)), BadSource),
        (lambda: relay(urls=("https:///live",)), BadSource),
        (lambda: relay(urls=("http://dai.vn:8000x/live",)), BadSource),
        (lambda: relay(urls=("http://dai.vn/" + "x" * 500,)), BadSource),
        (lambda: relay(silence=timedelta(0)), BadSilence),
        (lambda: box(0), BadLength),
        (lambda: TheseSessions(first_day=date(2026, 3, 2), days=0), BadDays),
        (lambda: TheseSessions(first_day=date(2026, 3, 2), days=32), BadDays),
    ],
)
def test_what_could_not_sound_is_refused(make: object, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as caught:
        make()  # type: ignore[operator] # a function without arguments
    assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://dai.vn", "https://ten:mat%20khau@dai.vn:8443/tieng-noi?c=1#x", "http://[2001:db8::1]:8000/live.mp3",
     "http://10.0.0.7:8000/a_b/live.m3u8?token=a@b", "http://dai_so-1.vn?x"],
)  # fmt: skip
def test_address_of_a_source_is_taken_as_it_is(url: str) -> None:
    assert relay(urls=(url,)).urls == (url,)


def test_session_is_due_by_the_clocks_of_the_station() -> None:
    assert due_at(programme().slot, date(2026, 3, 2), ZONE) == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_one_day_may_have_another_time() -> None:
    slot = programme().slot
    moved = type(slot)(starts=slot.starts, length=slot.length, moves=(Move(day=date(2026, 3, 3), starts=time(18)),))

    assert due_at(moved, date(2026, 3, 3), ZONE).astimezone(ZONE).time() == time(18)
    assert due_at(moved, date(2026, 3, 4), ZONE).astimezone(ZONE).time() == time(17)


def test_recordings_that_are_needed_are_named_once() -> None:
    both = [programme(time(17), 30, jingle(), relay(filler="bai-hat"), filler(), sign_off()), programme(name="x")]

    assert sounds_needed(both) == ("nhac-hieu", "bai-hat", "ket-thuc")
