"""An alarm in a village of fifty real agents: silence on one call, after its time, and words right behind the siren."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.alarm import Books, approve, cancel, drafted, of_part
from tests.end_to_end.station import Station, until
from tests.end_to_end.village import Boxes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COUNT = 50
SILENT_WITHIN_S = 2.0
RETURNED_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """A station, its books and its boxes, with nothing live."""

    station: Station
    books: Books
    boxes: Boxes


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    folder = tmp_path_factory.mktemp("village")
    with Station(folder / "station", devices=0) as station, Boxes(station, folder / "boxes", count=COUNT) as boxes:
        books = Books(folder / "station/station/station.db")
        until(lambda: books.online() == COUNT, within_s=60)
        yield Village(station=station, books=books, boxes=boxes)


@pytest.fixture
def village(settled: Village) -> Village:
    settled.boxes.switch(range(1, COUNT + 1), on=True)
    settled.station.call("POST", "/alerts/cancel-all", {"reason": "thử"}, role="approver")
    until(lambda: settled.books.online() == COUNT, within_s=60)
    settled.boxes.until_silent(within_s=20)
    settled.boxes.forget()
    return settled


def test_a_cancellation_silences_every_box_and_none_that_was_off_sounds_it_later(village: Village) -> None:
    station, books, boxes = village.station, village.books, village.boxes
    off_before, off_during = {1, 11}, {21, 31, 41}
    draft = drafted(station, rest_s=0)
    boxes.switch(off_before, on=False)
    approve(station, books, draft)
    boxes.until(lambda heard: len(of_part(heard, "siren")) == COUNT - len(off_before), within_s=20)
    boxes.switch(off_during, on=False)
    assert len(boxes.sounding()) == COUNT - len(off_before | off_during)

    asked = cancel(station, books, draft)
    heard = boxes.until_silent(within_s=20)
    ends = [each.ended_at for each in heard if each.box not in off_during and each.ended_at is not None]

    assert len(ends) == COUNT - len(off_before | off_during)
    assert max(ends) - asked.durable_at < SILENT_WITHIN_S

    boxes.forget()
    boxes.switch(off_before | off_during, on=True)
    until(lambda: books.online() == COUNT, within_s=60)
    time.sleep(RETURNED_S)
    assert boxes.heard() == []


def test_after_its_time_an_alert_ends_and_none_begins_it(village: Village) -> None:
    station, books, boxes = village.station, village.books, village.boxes
    expires_at = datetime.now(UTC) + timedelta(seconds=35)
    expires_monotonic = time.monotonic() + 35
    draft = drafted(station, rest_s=0, siren="extreme", expires_at=expires_at.isoformat())
    approve(station, books, draft)
    boxes.until(lambda heard: len(of_part(heard, "siren")) == COUNT, within_s=20)
    boxes.switch({5, 15}, on=False)
    assert len(boxes.sounding()) == COUNT - 2

    time.sleep(max(0.0, expires_monotonic - time.monotonic()))
    boxes.switch({5, 15}, on=True)
    time.sleep(RETURNED_S)
    heard = boxes.until_silent(within_s=20)

    assert [each for each in heard if each.began_at > expires_monotonic] == []
    ends = [each.ended_at for each in heard if each.box not in {5, 15} and each.ended_at is not None]
    assert len(ends) == COUNT - 2
    assert -0.5 < min(ends) - expires_monotonic <= max(ends) - expires_monotonic < SILENT_WITHIN_S


def test_words_follow_the_siren_without_a_gap(village: Village) -> None:
    boxes = village.boxes
    draft = drafted(village.station, rest_s=0)

    approve(village.station, village.books, draft)
    heard = boxes.until(lambda heard: len(of_part(heard, "speech")) == COUNT, within_s=60)

    ended = {each.box: each.ended_at for each in heard if each.part == "siren" and each.ended_at is not None}
    gaps = [abs(each.began_at - ended[each.box]) for each in of_part(heard, "speech").values()]
    assert len(draft["text"]) >= 300
    assert max(gaps) < 0.25
