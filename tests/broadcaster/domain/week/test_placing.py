"""Sessions: what is in them, how bulletins get their place, and what is said of those that do not."""

from datetime import date, time, timedelta

import pytest

from broadcaster.domain.audience import of_hamlets
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import AiringId, ClusterId
from broadcaster.domain.programme import OccurrenceKey, ProgrammeId, Section, SegmentId, Sound, SoundName
from broadcaster.domain.timetable import Occupied
from broadcaster.domain.week.planned import Fate, Recorded, Relayed, Verdict
from broadcaster.domain.week.requests import TheseSessions
from tests.broadcaster.domain.weeks import (
    EAST,
    MINUTE,
    MONDAY,
    SECOND,
    SOUNDS,
    WEST,
    answer,
    at,
    box,
    fate,
    filler,
    items_of,
    jingle,
    planned,
    programme,
    relay,
    request,
    sign_off,
    told,
)

EVENING = OccurrenceKey(due_at=at(17), programme=ProgrammeId("chieu"))


def test_session_plays_its_segments_in_order() -> None:
    week = planned([programme(time(17), 30, jingle(), relay(10), box(), sign_off())], [request(minutes=2)])

    assert told(items_of(week)) == [
        ("Nhạc hiệu", 0, 10),
        ("VOV1", 10.15, 600),
        ("Tin b1", 610.3, 120),
        ("Kết thúc", 730.45, 15),
    ]


def test_segments_tell_where_they_come_from() -> None:
    week = planned([programme(time(17), 30, relay(10, filler=SoundName("bai-hat")), box())], [request()])

    first, second = items_of(week)
    assert first.source == Relayed(urls=("http://vov/1",), silence=10 * SECOND, filler_sha256="c" * 64)
    assert (second.source, second.bulletin, second.segment) == (Recorded(sha256="d" * 64), "b1", "tin")


def test_relay_is_cut_so_that_the_session_ends_on_time() -> None:
    week = planned([programme(time(17), 10, jingle(), relay(20), box(), sign_off())], [request(minutes=3)])

    last = items_of(week)[-1]
    assert last.title == "Kết thúc"
    assert at(17, 10) - last.end_at == timedelta(milliseconds=150)
    assert "cắt còn" in str(week.occurrences[0].omitted[0].reason)


def test_relay_that_would_hardly_sound_is_left_out() -> None:
    week = planned([programme(time(17), 4, relay(20), box(4), sign_off())], [request(minutes=3.5)])

    assert [item.title for item in items_of(week)] == ["Tin b1", "Kết thúc"]


def test_filler_takes_what_time_is_left() -> None:
    week = planned([programme(time(17), 8, box(5), filler(5), sign_off())], [request(minutes=3)])

    assert [item.title for item in items_of(week)] == ["Tin b1", "Nhạc", "Nhạc", "Nhạc", "Kết thúc"]
    assert all(item.is_filler == (item.title == "Nhạc") for item in items_of(week))


def test_different_hamlets_hear_different_items_at_the_same_time() -> None:
    parts = (
        jingle(),
        box(audience=EAST, id=SegmentId("dong")),
        box(audience=WEST, id=SegmentId("tay")),
        sign_off(),
    )
    week = planned(
        [programme(time(17), 30, *parts)], [request("b1", 2, audience=EAST), request("b2", 4, audience=WEST)]
    )

    assert told(items_of(week))[1:] == [("Tin b1", 10.15, 120), ("Tin b2", 10.15, 240), ("Kết thúc", 250.3, 15)]


def test_bulletin_for_one_hamlet_is_heard_only_there() -> None:
    week = planned([programme()], [request(audience=EAST)])

    assert [i.audience for i in items_of(week) if i.bulletin] == [EAST]


def test_session_without_content_is_not_opened() -> None:
    week = planned([programme(time(17), 30, jingle(), box(), filler(), sign_off())])

    assert {each.verdict for each in week.occurrences} == {Verdict.EMPTY}
    assert week.items == ()
    assert "chưa có bản tin nào" in str(week.occurrences[0].left_out[0].reason)


def test_missing_and_expired_recordings_are_named() -> None:
    old = Sound(sha256="e" * 64, duration=5 * SECOND, title="Nhạc cũ", expires_on=MONDAY - timedelta(days=1))
    sounds = {SoundName("nhac-hieu"): old}

    week = planned([programme()], [request()], sounds=sounds)

    said = [str(each.reason) for each in week.occurrences[0].omitted]
    assert "chỉ được dùng đến hết ngày 01/03/2026" in said[0]
    assert "chưa có bản thu “ket-thuc”" in said[1]
    assert [item.title for item in items_of(week)] == ["Tin b1"]


def test_recording_is_good_on_its_last_day() -> None:
    sounds = SOUNDS | {SoundName("nhac-hieu"): Sound(sha256="e" * 64, duration=5 * SECOND, expires_on=MONDAY)}

    week = planned(
        [programme()],
        [request("b1"), request("b2", wish=TheseSessions(first_day=date(2026, 3, 3), days=1))],
        sounds=sounds,
    )

    assert "Nhạc hiệu" in {item.title for item in items_of(week, 0)}
    assert "Nhạc hiệu" not in {item.title for item in items_of(week, 1)}


def test_priority_goes_first_then_age() -> None:
    asked = [
        request("tre", approved_at=at(8, 30)),
        request("gia", approved_at=at(7)),
        request("uu-tien", approved_at=at(8, 45), urgent=True),
    ]

    week = planned([programme()], asked)

    assert [i.bulletin for i in items_of(week) if i.bulletin] == ["uu-tien", "gia", "tre"]


def test_bulletin_that_does_not_fit_goes_to_the_next_session_and_says_why() -> None:
    asked = [request("b1", 4), request("b2", 4, approved_at=at(8, 1)), request("b3", 3, approved_at=at(8, 2))]

    week = planned([programme(time(17), 30, jingle(), box(8), sign_off())], asked)

    assert [fate(week, name) for name in ("b1", "b2", "b3")] == [Fate.PLACED, Fate.LATER, Fate.PLACED]
    later = answer(week, "b2")
    assert str(later.reason).startswith(
        "“Tin b2” được dời tới 17:00 ngày 03/03/2026. “Buổi chieu” (17:00 ngày 02/03/2026)"
    )
    assert len(later.airings) == 1


def test_box_never_holds_more_than_its_minutes() -> None:
    week = planned([programme(time(17), 60, box(5))], [request(f"b{n}", 1.5) for n in range(9)])

    for day in range(3):
        items = items_of(week, day)
        assert items[-1].end_at - items[0].start_at <= 5 * MINUTE


def test_bulletin_longer_than_every_box_waits_for_a_person() -> None:
    week = planned([programme()], [request(minutes=12)])

    assert fate(week) is Fate.WAITING
    assert "Bản tin dài 12 phút, dài hơn ô bản tin 10 phút" in str(answer(week).reason)
    assert answer(week).unserved == {"c1", "c2", "c3"}


def test_bulletin_where_no_session_is_waits_for_a_person() -> None:
    week = planned([programme(audience=EAST)], [request("b1", audience=WEST), request("b2")])

    assert "không có buổi phát nào" in str(answer(week, "b1").reason)
    assert answer(week, "b2").fate is Fate.WAITING
    assert answer(week, "b2").unserved == {"c3"}
    assert "còn 1 cụm loa" in str(answer(week, "b2").reason)


def test_bulletin_for_two_hamlets_is_placed_in_the_session_of_each() -> None:
    week = planned([programme(audience=EAST), programme(time(18), name="toi", audience=WEST)], [request()])

    assert fate(week) is Fate.PLACED
    assert [(i.start_at, i.audience) for i in week.items if i.bulletin] == [
        (at(17, 0, 10) + timedelta(milliseconds=150), EAST),
        (at(18, 0, 10) + timedelta(milliseconds=150), WEST),
    ]
    assert "được xếp phát 2 lượt" in str(answer(week).reason)


def test_notices_have_a_box_of_their_own() -> None:
    parts = (box(), box(id=SegmentId("tb"), title="Thông báo", sections=(Section.NOTICES,)))

    week = planned([programme(time(17), 30, *parts)], [request("b1", section=Section.NOTICES), request("b2")])

    assert [(i.segment, i.bulletin) for i in items_of(week)] == [("tin", "b2"), ("tb", "b1")]


def test_three_evenings_running_are_three_evenings() -> None:
    wish = TheseSessions(first_day=MONDAY, days=3, programme=ProgrammeId("chieu"))

    week = planned([programme(), programme(time(6), name="sang")], [request(wish=wish)])

    starts = [i.key.due_at for i in week.items if i.bulletin and i.key]
    assert starts == [at(17), at(17, day=1), at(17, day=2)]
    assert fate(week) is Fate.PLACED


def test_sessions_beyond_the_horizon_are_not_lost() -> None:
    week = planned([programme()], [request(wish=TheseSessions(first_day=MONDAY + timedelta(days=20), days=2))])

    assert fate(week) is Fate.LATER
    assert "phát từ ngày 22/03/2026" in str(answer(week).reason)


def test_expired_bulletin_is_listed() -> None:
    week = planned([programme()], [request(expires_at=at(8, 30))])

    assert fate(week) is Fate.EXPIRED
    assert "đã hết hạn lúc 08:30 ngày 02/03/2026" in str(answer(week).reason)


def test_bulletin_is_not_aired_after_its_expiry() -> None:
    week = planned([programme()], [request(minutes=12), request("b2", expires_at=at(16))])

    assert [i for i in week.items if i.bulletin] == []
    assert fate(week, "b2") is Fate.WAITING


def test_two_urgent_bulletins_that_keep_each_other_out_want_a_person() -> None:
    asked = [request("b1", 6, urgent=True), request("b2", 6, urgent=True), request("b3", 2)]

    week = planned([programme()], asked)

    assert [fate(week, n) for n in ("b1", "b2", "b3")] == [Fate.CLASH, Fate.CLASH, Fate.PLACED]
    assert answer(week, "b1").rivals == ("b2",)
    assert "“Tin b1” và “Tin b2” đều là tin ưu tiên" in str(answer(week, "b1").reason)
    assert answer(week, "b1").airings == ()


def test_clash_is_settled_by_the_order_that_a_person_gives() -> None:
    asked = [request("b1", 6, urgent=True, rank=2), request("b2", 6, urgent=True, rank=1)]

    week = planned([programme()], asked)

    assert [fate(week, n) for n in ("b1", "b2")] == [Fate.LATER, Fate.PLACED]
    assert [i.bulletin for i in week.items if i.bulletin] == ["b2", "b1"]


def test_two_urgent_bulletins_that_both_fit_do_not_clash() -> None:
    week = planned([programme()], [request("b1", 4, urgent=True), request("b2", 4, urgent=True)])

    assert [fate(week, n) for n in ("b1", "b2")] == [Fate.PLACED, Fate.PLACED]


def test_urgent_bulletins_of_different_hamlets_do_not_clash() -> None:
    week = planned(
        [programme()], [request("b1", 8, urgent=True, audience=EAST), request("b2", 8, urgent=True, audience=WEST)]
    )

    assert [fate(week, n) for n in ("b1", "b2")] == [Fate.PLACED, Fate.PLACED]


def test_session_stays_clear_of_what_was_placed_by_hand() -> None:
    taken = Occupied(
        airing=AiringId("lp-1"),
        title="Họp",
        start_at=at(16, 58),
        end_at=at(17, 3),
        clusters=frozenset({ClusterId("c1")}),
    )

    week = planned([programme()], [request()], taken=[taken])

    assert items_of(week)[0].start_at == at(17, 3) + timedelta(milliseconds=150)
    assert items_of(week)[-1].end_at <= at(17, 30)


def test_what_is_fixed_and_has_no_room_is_said() -> None:
    song = jingle(id=SegmentId("bai"), title="Bài hát", sound=SoundName("bai-hat"))

    week = planned([programme(time(17), 1.7, song, box(1), sign_off())], [request(minutes=0.9)])

    assert [item.title for item in items_of(week)] == ["Tin b1", "Kết thúc"]
    assert "“Bài hát” không còn chỗ" in str(week.occurrences[0].omitted[0].reason)


@pytest.mark.parametrize("urgent", [True, False])
def test_airing_carries_the_priority(urgent: bool) -> None:
    week = planned([programme()], [request(urgent=urgent)])

    wanted = Priority.PRIORITY if urgent else Priority.ORDINARY
    assert [i.priority for i in items_of(week) if i.bulletin] == [wanted]


def test_nobody_to_hear_is_said() -> None:
    nowhere = request(audience=of_hamlets(["da-giai-the"]))

    week = planned([programme()], [nowhere])

    assert "chưa có cụm loa nào" in str(answer(week).reason)


def test_inactive_programme_has_no_sessions() -> None:
    assert planned([programme(active=False)]).occurrences == ()


def test_programme_has_no_sessions_before_it_was_made() -> None:
    week = planned([programme(in_force_from=at(17, 30))], since=at(9), now=at(17, 40))

    assert week.occurrences[0].key.due_at == at(17, day=1)


def test_bulletin_is_never_heard_after_its_time() -> None:
    """Not in a session that begins later, nor in one that comes to it later."""
    wanted = [
        request("b1", expires_at=at(16)),
        request("b2", 2, expires_at=at(17, 1)),
        request("b3", 2, expires_at=at(17, 2)),
        request("b4", 2),
    ]

    week = planned([programme()], wanted)

    assert [fate(week, name) for name in ("b1", "b2", "b3", "b4")] == [
        Fate.WAITING, Fate.PLACED, Fate.WAITING, Fate.PLACED,
    ]  # fmt: skip
    assert str(answer(week, "b1").reason) == (
        "“Tin b1” chưa có chỗ trước khi hết hạn. Bản tin hết hạn lúc 16:00 ngày 02/03/2026, mà sớm nhất 17:00 ngày "
        "02/03/2026 mới tới lượt. Xin lùi hạn, hoặc chọn giờ phát riêng."
    )


def test_relay_before_the_box_counts_for_the_expiry() -> None:
    week = planned([programme(time(17), 30, relay(15), box())], [request(expires_at=at(17, 10))])

    assert fate(week) is Fate.WAITING


def test_everybody_who_would_have_fought_for_the_box_is_in_the_clash() -> None:
    """Three that exclude each other: none slips in while the other two wait to be ordered."""
    week = planned([programme(time(17), 30, box(5))], [request(f"b{n}", 3, urgent=True) for n in range(3)])

    assert {fate(week, f"b{n}") for n in range(3)} == {Fate.CLASH}
    assert set(answer(week, "b0").rivals) == {"b1", "b2"}


def test_fights_in_two_hamlets_are_two_fights() -> None:
    boxes = (box(5, audience=EAST, id=SegmentId("dong")), box(5, audience=WEST, id=SegmentId("tay")))
    wanted = [
        request(f"{place}{n}", 3, urgent=True, audience=audience)
        for place, audience in (("d", EAST), ("t", WEST))
        for n in range(2)
    ]

    week = planned([programme(time(17), 30, *boxes)], wanted)

    assert [set(answer(week, name).rivals) for name in ("d0", "t0")] == [{"d1"}, {"t1"}]


def test_wish_for_a_programme_that_is_gone_says_so() -> None:
    week = planned([programme()], [request(wish=TheseSessions(first_day=MONDAY, days=3, programme=ProgrammeId("cu")))])

    assert "chương trình đã chọn không còn trong lịch" in str(answer(week).reason)


def test_notice_that_finds_no_box_for_notices_says_so() -> None:
    week = planned([programme()], [request(section=Section.NOTICES)])

    assert "không có buổi phát nào có ô thông báo" in str(answer(week).reason)
