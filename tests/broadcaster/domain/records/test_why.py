"""Vì sao? Each outcome has an answer of its own for each reason, and every answer names the facts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery import OUTCOME_NAMES, REASONS, Heard, Outcome
from broadcaster.domain.records.why import (
    ByHand,
    Displaced,
    Interruption,
    OfSession,
    OnRequest,
    Story,
    length,
    outcome_sentence,
    why,
)
from broadcaster.domain.records.why_words import CASES, HEARD, LEADS
from wire.messages import Outcome as WireOutcome
from wire.messages import Reason as WireReason

START = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
STORY = Story(
    title="Họp thôn", cluster="Cụm loa 1", hamlet="Thôn Kép", start_at=START, not_after=START + timedelta(minutes=7),
    duration=timedelta(seconds=65), outcome=Outcome.PLAYED,
)  # fmt: skip
EVERY = tuple(product(Outcome, (None, *REASONS)))
JUDGED = {
    # What `delivery.judge` itself says, beside what a box reports.
    *((Outcome.PLANNED, r) for r in ("cancelled", "not_installed", "waiting_for_box", "waiting_for_plan",
                                     "waiting_for_audio")),
    (Outcome.MISSED, "not_installed"), (Outcome.READY, None), (Outcome.PLAYING, None), (Outcome.PLAYED, None),
    *((Outcome.UNKNOWN, r) for r in ("no_report", "no_report_offline", "box_retired")),
}  # fmt: skip


def told(outcome: Outcome, reason: str | None) -> str:
    return outcome_sentence(replace(STORY, outcome=outcome, reason=reason))


def test_every_outcome_with_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = {told(*case): case for case in EVERY}

    assert len(sentences) == len(EVERY)


@pytest.mark.parametrize(("outcome", "reason"), EVERY)
def test_sentence_names_what_where_and_when(outcome: Outcome, reason: str | None) -> None:
    said = told(outcome, reason)

    assert "“Họp thôn”" in said
    assert "Cụm loa 1 (Thôn Kép)" in said
    assert "17:05 ngày 22/11/2026" in said
    assert not re.search(r"[{}]", said)
    assert said.endswith(".")


def test_no_sentence_is_another_with_a_word_exchanged() -> None:
    """Negative control of the test above: two sentences that differ only in their lead would be one generic one."""
    shapes = [set(sentence.split()) for sentence in CASES.values()]

    alike = [(a, b) for a, b in combinations(range(len(shapes)), 2) if len(shapes[a] ^ shapes[b]) < 4]

    # An alert and a higher item break in in the same way, so their sentences may be alike but for who it was.
    keys = list(CASES)
    assert {keys[a][1] for a, _ in alike} <= {"alert", "higher_priority"}


def test_whatever_the_station_judges_has_a_written_case() -> None:
    assert set(CASES) >= JUDGED


@pytest.mark.parametrize("reason", [r.value for r in WireReason])
def test_whatever_a_box_may_report_is_put_into_words(reason: str) -> None:
    written = {case_reason for _, case_reason in CASES}

    assert reason in written


def test_all_outcomes_have_a_lead() -> None:
    assert set(LEADS) == set(Outcome) == set(OUTCOME_NAMES)
    assert {o.value for o in WireOutcome} <= {o.value for o in Outcome}
    assert set(HEARD) == set(Heard)


def test_reason_of_a_newer_box_is_shown_with_its_code() -> None:
    assert "“loose_cable”" in told(Outcome.MISSED, "loose_cable")


def test_played_from_end_to_end_says_when_to_the_second() -> None:
    story = replace(STORY, started_at=START, ended_at=START + timedelta(seconds=65), start_error_ms=12.0,
                    heard=Heard.HEARD, origin=ByHand(who="Nguyễn Thị Lan", at=START - timedelta(hours=2)))  # fmt: skip

    assert why(story) == (
        "Cụm loa 1 (Thôn Kép) đã phát trọn “Họp thôn” theo lịch 17:05 ngày 22/11/2026. "
        "Loa phát từ 17:05:00 đến 17:06:05, trên tổng số 1 phút 05 giây. "
        "Tai nghe kiểm tra nghe thấy tiếng loa ngoài trời. "
        "Lượt này do Nguyễn Thị Lan đặt giờ lúc 15:05 ngày 22/11/2026."
    )


def test_interruption_is_named_with_when_it_went_on() -> None:
    broke_in = Interruption(
        by="alert", at=START + timedelta(seconds=20), title="Xả lũ", resumed_at=START + timedelta(minutes=2)
    )

    said = why(replace(STORY, interruptions=(broke_in,)))

    assert "Tin khẩn cấp “Xả lũ” chen vào lúc 17:05:20, phát tiếp lúc 17:07:00." in said


@pytest.mark.parametrize("reason", [r.value for r in WireReason])
def test_whatever_breaks_in_and_never_lets_go_is_told(reason: str) -> None:
    said = why(replace(STORY, outcome=Outcome.INTERRUPTED, interruptions=(Interruption(by=reason, at=START),)))

    assert "17:05:00, sau đó không phát tiếp." in said or "17:05:00 (mã" in said


def test_late_start_is_told_and_a_punctual_one_is_not() -> None:
    begun = replace(STORY, started_at=START)

    assert "muộn 12 giây" in why(replace(begun, start_error_ms=12_000.0))
    assert "sớm 2 giây" in why(replace(begun, start_error_ms=-2_000.0))
    assert "so với lịch" not in why(replace(begun, start_error_ms=300.0))


def test_session_says_which_and_request_says_who_and_where_it_went() -> None:
    session = OfSession(programme="Buổi chiều", due_at=START - timedelta(minutes=5))
    asked = OnRequest(who="Trần Văn Minh", at=START - timedelta(days=1), session=session)

    assert "một mục của buổi “Buổi chiều” (17:00 ngày 22/11/2026)" in why(replace(STORY, origin=session))
    assert "Trần Văn Minh đề nghị phát lúc 17:05 ngày 21/11/2026" in why(replace(STORY, origin=asked))
    assert "ô bản tin của buổi “Buổi chiều”" in why(replace(STORY, origin=asked))
    placed = replace(asked, placed="“Họp thôn” được dời tới mai vì buổi này đã đủ 10 phút.")
    assert "dời tới mai vì buổi này đã đủ" in why(replace(STORY, origin=placed))
    nobody = replace(asked, who=None)
    assert "Đề nghị phát được ghi lúc" in why(replace(STORY, origin=nobody))
    assert "đặt giờ riêng lúc" in why(replace(STORY, origin=ByHand(who=None, at=START)))


def test_what_gave_way_is_told_with_where_it_went() -> None:
    moved = Displaced(title="Tiêm phòng", to=START + timedelta(days=1))

    said = why(replace(STORY, displaced=(moved, Displaced(title="Giá lúa", to=None))))

    assert "“Tiêm phòng” được dời tới 17:05 ngày 23/11/2026" in said
    assert "“Giá lúa” chưa có giờ phát" in said


def test_silence_of_a_lost_box_says_since_when() -> None:
    lost = replace(STORY, outcome=Outcome.UNKNOWN, reason="no_report_offline", seen_at=START - timedelta(minutes=9))

    assert "Lần cuối đài nhận được tin của bộ thu là 16:56 ngày 22/11/2026." in why(lost)


def test_box_s_own_words_and_who_cancelled_are_told() -> None:
    failed = replace(STORY, outcome=Outcome.FAILED, reason="audio_broken", said="dừng ở 3000 ms.")
    cancelled = replace(STORY, outcome=Outcome.PLANNED, reason="cancelled", cancelled_at=START, cancelled_by="Lan")

    assert "Bộ thu ghi: dừng ở 3000 ms. " in why(failed) + " "
    assert "Lan hủy lúc 17:05 ngày 22/11/2026." in why(cancelled)
    assert "Lệnh hủy được ghi lúc" in why(replace(cancelled, cancelled_by=None))


def test_words_of_others_are_never_taken_for_places_to_fill() -> None:
    nasty = replace(STORY, title="{place} {0}", said="{seen}", interruptions=(Interruption(by="x{y}", at=START),))

    assert "{place} {0}" in why(nasty)


@given(st.sampled_from(EVERY), st.sampled_from([None, *Heard]), st.booleans(), st.booleans())
def test_answer_is_whole_whatever_is_known(
    case: tuple[Outcome, str | None], heard: Heard | None, begun: bool, ended: bool
) -> None:
    outcome, reason = case
    said = why(
        replace(
            STORY,
            outcome=outcome,
            reason=reason,
            heard=heard,
            seen_at=START,
            started_at=START if begun else None,
            ended_at=START if begun and ended else None,
        )
    )

    assert said.startswith(told(outcome, reason))
    assert said.endswith(".")
    assert "None" not in said


@pytest.mark.parametrize(("seconds", "said"), [(5, "5 giây"), (65, "1 phút 05 giây"), (7200, "2 giờ 0 phút")])
def test_lengths_are_said_as_people_say_them(seconds: int, said: str) -> None:
    assert length(timedelta(seconds=seconds)) == said
