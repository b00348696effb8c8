"""Vì sao? for an alert on one cluster: what its box sounded of it, or why nothing was to be heard there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.alarm.delivery import AlertDelivery, Hearing
from broadcaster.domain.alert import Alert
from broadcaster.domain.delivery import REASONS, Heard, Outcome
from broadcaster.domain.errors import N_
from broadcaster.domain.records.alert_lines import NO_ROUNDS, entry_of_alert
from broadcaster.domain.records.logbook import Entry, Source
from broadcaster.domain.records.why import clock_to_the_second, length, moment
from broadcaster.domain.records.why_words import AFTER_ALL, HEARD

Translate = Callable[[str], str]

KINDS = {
    Source.ALERT: N_("Tin khẩn cấp"),
    Source.BUTTON: N_("Báo động bấm tại chỗ"),
    Source.EXERCISE: N_("Tin diễn tập"),
    Source.TEST: N_("Tin thử loa"),
}

CASES: dict[tuple[Outcome, str | None], str] = {
    (Outcome.PLAYED, None): N_("{place} đã phát đủ ít nhất một lượt {kind} “{title}” (phát lệnh {live})."),
    (Outcome.INTERRUPTED, None): N_(
        "{place} mới phát một phần {kind} “{title}” (phát lệnh {live}), bộ thu không ghi vì sao ngừng."
    ),
    (Outcome.INTERRUPTED, "cut_short"): N_(
        "{place} bị ngắt khi {kind} “{title}” (phát lệnh {live}) chưa hú hết hồi còi, chưa đọc trọn lời nào."
    ),
    (Outcome.INTERRUPTED, "withdrawn"): N_(
        "{kind} “{title}” (phát lệnh {live}) bị dừng hoặc thay khi {place} chưa phát đủ một lượt."
    ),
    (Outcome.INTERRUPTED, "power_lost"): N_(
        "Bộ thu ở {place} mất điện hoặc khởi động lại khi đang phát {kind} “{title}” (phát lệnh {live})."
    ),
    (Outcome.INTERRUPTED, "alert"): N_(
        "{place} đang phát {kind} “{title}” (phát lệnh {live}) thì một tin khẩn cấp nặng hơn chen vào."
    ),
    (Outcome.INTERRUPTED, "sound_device"): N_(
        "{place} phát dở {kind} “{title}” (phát lệnh {live}) thì đầu ra âm thanh hỏng; xin kiểm tra dây và tăng âm."
    ),
    (Outcome.FAILED, None): N_(
        "Bộ thu ở {place} báo lỗi khi phát {kind} “{title}” (phát lệnh {live}), không ghi lỗi gì."
    ),
    (Outcome.FAILED, "sound_device"): N_(
        "Bộ thu ở {place} nhận được {kind} “{title}” (phát lệnh {live}) nhưng đầu ra âm thanh không mở được; "
        "xin kiểm tra dây và tăng âm."
    ),
    (Outcome.FAILED, "audio_missing"): N_(
        "Bộ thu ở {place} nhận được {kind} “{title}” (phát lệnh {live}) nhưng chưa tải kịp lời đọc."
    ),
    (Outcome.FAILED, "audio_broken"): N_(
        "Lời đọc của {kind} “{title}” (phát lệnh {live}) mà bộ thu ở {place} giữ bị hỏng."
    ),
    (Outcome.MISSED, None): N_(
        "Bộ thu ở {place} cho biết đã lỡ {kind} “{title}” (phát lệnh {live}), không ghi vì sao."
    ),
    (Outcome.MISSED, "not_installed"): N_(
        "{place} chưa lắp bộ thu nên {kind} “{title}” (phát lệnh {live}) không vang lên ở đó."
    ),
    (Outcome.MISSED, "no_report"): N_(
        "Bộ thu ở {place} vẫn liên lạc nhưng không báo đã phát {kind} “{title}” (phát lệnh {live}): coi như không kêu."
    ),
    (Outcome.MISSED, "box_off"): N_(
        "Bộ thu ở {place} tắt hoặc mất điện suốt thời gian {kind} “{title}” (phát lệnh {live}) còn hiệu lực."
    ),
    (Outcome.MISSED, "too_late"): N_("{kind} “{title}” (phát lệnh {live}) tới bộ thu ở {place} khi đã hết hiệu lực."),
    (Outcome.UNKNOWN, "no_report"): N_(
        "Chưa có báo cáo của bộ thu ở {place} về {kind} “{title}” (phát lệnh {live}), chưa biết có kêu hay không."
    ),
    (Outcome.UNKNOWN, "no_report_offline"): N_(
        "Bộ thu ở {place} mất liên lạc nên chưa biết {kind} “{title}” (phát lệnh {live}) có vang lên không; "
        "có mạng lại, bộ thu sẽ tự báo."
    ),
    (Outcome.UNKNOWN, "box_retired"): N_(
        "Bộ thu ở {place} đã bị tháo hoặc thay trước khi kịp báo về {kind} “{title}” (phát lệnh {live})."
    ),
}

LEADS = {
    Outcome.PLAYED: N_("{place} đã phát {kind} “{title}” (phát lệnh {live}), kèm một điều đáng chú ý."),
    Outcome.INTERRUPTED: N_("{place} phát dở {kind} “{title}” (phát lệnh {live})."),
    Outcome.FAILED: N_("{place} gặp lỗi khi phát {kind} “{title}” (phát lệnh {live})."),
    Outcome.MISSED: N_("{place} lỡ {kind} “{title}” (phát lệnh {live})."),
    Outcome.REFUSED: N_("Bộ thu ở {place} từ chối {kind} “{title}” (phát lệnh {live})."),
    Outcome.UNKNOWN: N_("Chưa rõ {kind} “{title}” (phát lệnh {live}) có vang lên ở {place} hay không."),
}
"""What an alert that is over can have come to; the log holds no other outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStory:
    """Everything that is known of one alert on one cluster. Instants are in the station's own time."""

    source: Source
    title: str
    cluster: str
    hamlet: str
    live_at: datetime
    outcome: Outcome
    reason: str | None = None
    heard: Heard | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    sounded: timedelta = timedelta(0)


WAITING = {
    "not_installed": REASONS["not_installed"],
    "waiting_for_box": N_(
        "Bộ thu mất liên lạc nên chưa nhận được tin. Có mạng lại, bộ thu phát ngay nếu tin còn hiệu lực."
    ),
    "waiting_for_audio": N_("Bộ thu chưa báo là đã kêu, và đang tải lời đọc về. Còi không chờ lời."),
    None: N_("Bộ thu vẫn liên lạc nhưng chưa báo là đã kêu."),
}
"""Why nothing is to be heard yet of an alert that is live: of it the log says nothing."""
FAULTS = frozenset({"audio_broken", "audio_missing", "disk", "power_lost", "sound_device"})
"""What is worth saying also where a round of it has sounded whole."""


def why_now(alert: Alert, delivery: AlertDelivery, zone: ZoneInfo, translate: Translate = str) -> str | None:
    """Return why an alert is not to be heard on a cluster, live or over; None where all is as it should be."""
    if delivery.hearing is Hearing.SILENT:
        return translate(WAITING.get(delivery.reason, WAITING[None]))
    if delivery.was_heard and delivery.reason not in FAULTS:
        return None
    entry = entry_of_alert(alert, delivery, rounds=NO_ROUNDS, speech_ms=0)
    said = alert_sentence(replace(story_of_entry(entry, zone), reason=entry.reason or delivery.reason), translate)
    return said[:1].upper() + said[1:]


def story_of_entry(entry: Entry, zone: ZoneInfo) -> AlertStory:
    """Return the story of a line of the log, in the station's own time."""
    return AlertStory(
        source=entry.source,
        title=entry.title,
        cluster=entry.place.cluster_name,
        hamlet=entry.place.hamlet_name,
        live_at=entry.planned_at.astimezone(zone),
        outcome=entry.outcome,
        reason=entry.reason,
        heard=entry.heard,
        started_at=entry.started_at.astimezone(zone) if entry.started_at is not None else None,
        ended_at=entry.ended_at.astimezone(zone) if entry.ended_at is not None else None,
        sounded=entry.sounded,
    )


def why_alert(story: AlertStory, translate: Translate = str) -> str:
    """Return the answer to *vì sao?*: what became of it there and through what, and from when to when it sounded."""
    parts = [alert_sentence(story, translate), *_besides(story, translate)]
    said = " ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def alert_sentence(story: AlertStory, translate: Translate = str) -> str:
    """Return the one sentence of this outcome for this reason."""
    known = CASES.get((story.outcome, story.reason))
    facts = {
        "kind": translate(KINDS[story.source]).lower(),
        "title": story.title,
        "place": f"{story.cluster} ({story.hamlet})",
        "live": moment(story.live_at),
    }
    if known is not None:
        return translate(known).format(**facts)
    lead = translate(LEADS[story.outcome]).format(**facts)
    reason = story.reason or ""
    if not reason:
        return lead
    told = translate(REASONS[reason]) if reason in REASONS else translate(AFTER_ALL).format(code=reason[:60])
    return f"{lead} {told}"


def _besides(story: AlertStory, translate: Translate) -> Iterator[str]:
    if story.started_at is not None and story.ended_at is not None:
        told = N_("Loa kêu từ {began} đến {ended}, tổng cộng {total}.")
        yield translate(told).format(
            began=clock_to_the_second(story.started_at), ended=clock_to_the_second(story.ended_at),
            total=length(story.sounded, translate),
        )  # fmt: skip
    elif story.started_at is not None:
        yield translate(N_("Loa bắt đầu lúc {began}.")).format(began=clock_to_the_second(story.started_at))
    if story.heard is not None and story.outcome is Outcome.PLAYED:
        yield translate(HEARD[story.heard])
