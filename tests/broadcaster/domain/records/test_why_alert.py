"""Vì sao? of an alert: each outcome has an answer of its own for each reason, and every answer names the facts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from broadcaster.domain.alarm.delivery import AlertDelivery, Hearing
from broadcaster.domain.delivery import REASONS, Heard, Outcome, Target
from broadcaster.domain.ids import ClusterId, DeviceId, HamletId
from broadcaster.domain.records.alert_lines import _OUTCOMES, RANKS, SOURCES
from broadcaster.domain.records.logbook import NOT_IN_EARNEST, Source
from broadcaster.domain.records.why_alert import CASES, KINDS, LEADS, AlertStory, alert_sentence, why_alert, why_now
from tests.broadcaster.domain.alert_values import alert_of
from wire.messages import Outcome as WireOutcome
from wire.messages import Reason as WireReason

LIVE = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)
STORY = AlertStory(
    source=Source.ALERT, title="Lũ quét", cluster="Cụm loa 1", hamlet="Thôn Kép", live_at=LIVE, outcome=Outcome.PLAYED
)
FINAL = tuple(o for o in Outcome if o not in {Outcome.PLANNED, Outcome.READY, Outcome.PLAYING})
EVERY = tuple(product(FINAL, (None, *REASONS)))
JUDGED = {
    # What `judge_alert` itself concludes, beside what a box reports.
    (Outcome.PLAYED, None), (Outcome.INTERRUPTED, "cut_short"),
    (Outcome.MISSED, "not_installed"), (Outcome.MISSED, "no_report"),
    *((Outcome.UNKNOWN, r) for r in ("no_report", "no_report_offline", "box_retired")),
}  # fmt: skip


def told(outcome: Outcome, reason: str | None) -> str:
    return alert_sentence(replace(STORY, outcome=outcome, reason=reason))


def test_every_outcome_that_the_log_may_hold_has_a_sentence() -> None:
    """A new outcome, of the station or of the wire, fails here until somebody has written its sentence."""
    assert set(LEADS) == set(FINAL)
    assert {Outcome(o.value) for o in WireOutcome} <= set(LEADS)
    assert set(_OUTCOMES) == {Hearing.SOUNDED, Hearing.PARTIAL, Hearing.FAILED, Hearing.MISSED}


def test_every_outcome_with_every_reason_has_a_sentence_of_its_own() -> None:
    sentences = {told(*case): case for case in EVERY}

    assert len(sentences) == len(EVERY)


@pytest.mark.parametrize(("outcome", "reason"), EVERY)
def test_sentence_names_what_where_and_when(outcome: Outcome, reason: str | None) -> None:
    said = why_alert(replace(STORY, outcome=outcome, reason=reason))

    for fact in ("“Lũ quét”", "Cụm loa 1 (Thôn Kép)", "17:05 ngày 22/11/2026", "in khẩn cấp"):
        assert fact in said
    assert not re.search(r"[{}]", said)
    assert said[0].isupper()
    assert said.endswith(".")


def test_whatever_the_station_concludes_has_a_written_case() -> None:
    assert set(CASES) >= JUDGED


@pytest.mark.parametrize("reason", list(WireReason))
def test_whatever_a_box_may_report_is_put_into_words(reason: WireReason) -> None:
    assert REASONS.get(reason.value, reason.value) not in {reason.value}


def test_known_bad_generic_sentence_is_found() -> None:
    """Negative control: were a case missing, its sentence would be the lead and the reason's own words."""
    generic = f"{LEADS[Outcome.INTERRUPTED]}".split("{")[0]

    assert all(not case.startswith(generic) or "“{title}”" in case for case in CASES.values())
    assert told(Outcome.INTERRUPTED, "busy").endswith(REASONS["busy"])


def test_what_was_practised_is_called_so() -> None:
    assert set(KINDS) == set(RANKS) == {*SOURCES.values(), Source.BUTTON}
    for source in NOT_IN_EARNEST:
        said = why_alert(replace(STORY, source=source))
        assert "khẩn cấp" not in said
        assert KINDS[source].lower() in said


def test_when_it_sounded_and_what_an_ear_heard_is_told() -> None:
    said = why_alert(
        replace(STORY, started_at=LIVE, ended_at=LIVE + timedelta(minutes=5), sounded=timedelta(seconds=65),
                heard=Heard.NOT_HEARD)
    )  # fmt: skip

    assert "Loa kêu từ 17:05:00 đến 17:10:00, tổng cộng 1 phút 05 giây." in said
    assert "không nghe thấy tiếng loa" in said
    assert "Loa bắt đầu lúc 17:05:00." in why_alert(replace(STORY, outcome=Outcome.UNKNOWN, started_at=LIVE))


PLACE = Target(
    cluster=ClusterId("cl-1"), cluster_name="Cụm loa 1", hamlet=HamletId("th-1"), hamlet_name="Thôn Kép",
    device=DeviceId("loa-1"), told_in=None,
)  # fmt: skip
ON_THE_PAGE: tuple[tuple[Hearing, str | None, str | None], ...] = (
    (Hearing.SILENT, None, "chưa báo là đã kêu"), (Hearing.SILENT, "waiting_for_box", "Bộ thu mất liên lạc"),
    (Hearing.SILENT, "waiting_for_audio", "Còi không chờ lời"), (Hearing.SILENT, "not_installed", "chưa có bộ thu"),
    (Hearing.SIREN, None, None), (Hearing.SPEECH, None, None), (Hearing.SOUNDED, None, None),
    (Hearing.SOUNDED, "withdrawn", None), (Hearing.SOUNDED, "sound_device", "kèm một điều đáng chú ý"),
    (Hearing.PARTIAL, "cut_short", "chưa hú hết hồi còi"), (Hearing.FAILED, "sound_device", "đầu ra âm thanh"),
    (Hearing.MISSED, "no_report", "coi như không kêu"), (Hearing.UNKNOWN, "no_report_offline", "mất liên lạc"),
)  # fmt: skip


@pytest.mark.parametrize(("hearing", "reason", "said"), ON_THE_PAGE)
def test_an_alert_s_own_page_says_why_where_it_is_not_heard(
    hearing: Hearing, reason: str | None, said: str | None
) -> None:
    sentence = why_now(alert_of(), AlertDelivery(target=PLACE, hearing=hearing, reason=reason), ZoneInfo("UTC"))

    assert (sentence is None) if said is None else (sentence is not None and said in sentence and sentence[0].isupper())
