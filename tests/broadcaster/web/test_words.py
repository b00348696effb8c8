"""Instants, lengths and readings in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import of_hamlets
from broadcaster.domain.ids import HamletId
from broadcaster.domain.station import Hamlet, QuietHours, Rules, time_of_day
from broadcaster.domain.timetable import quiet_hours_touched
from broadcaster.reading.reader import read
from broadcaster.reading.reading import Choice, Reading, Segment, Sentence, Span, SpanKind
from broadcaster.web import words
from broadcaster.web.forms import choice_json, local_path
from broadcaster.web.pages.bulletin_view import suggested_start
from broadcaster.web.spoken import spoken, with_choice

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)


def test_instant_is_written_as_people_write_it() -> None:
    assert words.moment(NOW, HANOI, str) == "17:05, thứ Hai 23/11/2026"
    assert words.moment(NOW - timedelta(days=1), HANOI, str) == "17:05, Chủ nhật 22/11/2026"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "vừa xong"), (59, "vừa xong"), (120, "2 phút trước"), (7_300, "2 giờ trước"), (200_000, "2 ngày trước")],
)  # fmt: skip
def test_ago_is_said_in_its_largest_unit(seconds: int, said: str) -> None:
    assert words.ago(NOW - timedelta(seconds=seconds), NOW, str) == said


@pytest.mark.parametrize(
    ("error_ms", "said"), [(12.4, "lệch 12 ms"), (-12.4, "lệch 12 ms"), (0.2, "lệch dưới 1 ms"), (None, None)]
)
def test_start_error_is_said_without_sign(error_ms: float | None, said: str | None) -> None:
    assert words.start_error(error_ms, str) == said


def test_lengths_are_said_in_two_units() -> None:
    said = [words.length(timedelta(seconds=s), str) for s in (45, 65, 7_260, 200_000)]

    assert said == ["45 giây", "1 phút 05 giây", "2 giờ 1 phút", "2 ngày"]


@given(st.text())
def test_local_path_never_leaves_the_site(raw: str) -> None:
    path = local_path(raw)

    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert "\\" not in path


@given(st.integers(0, 365 * 1440), st.integers(1, 3600))
def test_suggested_start_touches_no_quiet_hours(minutes: int, seconds: int) -> None:
    rules = Rules(quiet_hours=(QuietHours(start=time_of_day("22:00"), end=time_of_day("05:30")),))
    now, duration = NOW + timedelta(minutes=minutes), timedelta(seconds=seconds)

    start = suggested_start(now, duration=duration, rules=rules)

    assert start > now
    assert quiet_hours_touched(start, duration=duration, rules=rules) is None
    assert start.astimezone(HANOI).strftime("%H:%M") == "17:00"


def _reading(text: str, *spans: Span) -> Reading:
    sentence = Sentence(start=0, end=100, segments=(Segment(spoken=text, pause_ms=0),))
    return Reading(written="x" * 100, sentences=(sentence,), spans=spans, notices=())


def _span(written: str, said: str, *, at: int, confidence: float = 1.0, alternatives: tuple[str, ...] = ()) -> Span:
    return Span(
        start=at, end=at + 1, written=written, kind=SpanKind.ABBREVIATION, spoken=said, confidence=confidence,
        alternatives=alternatives,
    )  # fmt: skip


def test_unsure_places_are_marked_with_their_choices() -> None:
    reading = _reading(
        "họp ở khu vực một và khu vực hai",
        _span("KV", "khu vực", at=1, confidence=0.5, alternatives=("ca vê",)),
        _span("1", "một", at=2),
        _span("KV", "khu vực", at=3, confidence=0.5),
    )

    (line,) = spoken(reading).lines

    assert [(p.kind, p.text.strip()) for p in line] == [
        ("plain", "họp ở"), ("unsure", "khu vực"), ("changed", "một"), ("plain", "và"), ("unsure", "khu vực"),
        ("plain", "hai"),
    ]  # fmt: skip
    assert [o.spoken for o in line[1].options] == ["khu vực", "ca vê"]
    assert line[1].options[1].value == choice_json(Choice(written="KV", occurrence=0, spoken="ca vê"))
    assert line[4].occurrence == 1


def test_unsure_place_that_is_not_found_in_the_words_is_not_lost() -> None:
    (line,) = spoken(_reading("không có ở đây", _span("X", "ích xì", at=1, confidence=0.1))).lines

    assert [(p.kind, p.text) for p in line] == [("plain", "không có ở đây"), ("unsure", "ích xì")]


@given(st.text(max_size=200))
def test_shown_words_are_the_words_said(text: str) -> None:
    reading = read(text)

    shown = [" ".join("".join(f" {p.text} " for p in line if p.text).split()) for line in spoken(reading).lines]

    for line, sentence in zip(shown, reading.sentences, strict=True):
        assert line.startswith(" ".join(sentence.spoken.split())[: len(line)]) or sentence.spoken in line


def test_new_choice_takes_the_place_of_the_old_one() -> None:
    old = Choice(written="KV", occurrence=0, spoken="ca vê")
    new = Choice(written="KV", occurrence=0, spoken="khu vực")
    other = Choice(written="KV", occurrence=1, spoken="ca vê")

    assert with_choice((old, other), new) == (other, new)


def test_many_places_are_counted_where_room_is_short() -> None:
    hamlets = [Hamlet(id=HamletId(f"th-{n}"), name=f"Thôn {n}") for n in range(6)]

    def said(count: int) -> str:
        meant = of_hamlets([hamlet.id for hamlet in hamlets[:count]])
        return words.audience(meant, hamlets=hamlets, clusters=(), translate=str, most=3)

    assert said(4) == "Thôn 0, Thôn 1, Thôn 2, Thôn 3"
    assert said(5) == "Thôn 0, Thôn 1, Thôn 2 và 2 nơi khác"
