"""What became of an airing on one device: planned, ready, playing, and how it ended, each a different fact.

Silence is never shown as sound: only a box's own report makes an airing *played*.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from broadcaster.domain.errors import N_
from broadcaster.domain.ids import AiringId, ClusterId, DeviceId, HamletId
from broadcaster.domain.timetable import Airing

REPORT_GRACE = timedelta(seconds=45)
"""How long after its end an airing may stay without a report before it is shown as unreported."""
OFFLINE_AFTER = timedelta(seconds=150)
"""A box publishes its status each minute; after this silence it is not counted as reachable."""


class Outcome(StrEnum):
    PLANNED = "planned"
    READY = "ready"
    PLAYING = "playing"
    PLAYED = "played"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    MISSED = "missed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Heard(StrEnum):
    """What a box's own ear says of a sound. A box without an ear says nothing."""

    HEARD = "heard"
    NOT_HEARD = "not_heard"
    UNSURE = "unsure"


OUTCOME_NAMES = {
    Outcome.PLANNED: N_("Đã lên lịch"),
    Outcome.READY: N_("Sẵn sàng"),
    Outcome.PLAYING: N_("Đang phát"),
    Outcome.PLAYED: N_("Đã phát"),
    Outcome.INTERRUPTED: N_("Bị ngắt"),
    Outcome.FAILED: N_("Lỗi"),
    Outcome.MISSED: N_("Lỡ giờ"),
    Outcome.REFUSED: N_("Từ chối"),
    Outcome.UNKNOWN: N_("Chưa có báo cáo"),
}
HEARD_NAMES = {
    Heard.HEARD: N_("Nghe thấy ngoài trời"),
    Heard.NOT_HEARD: N_("Không nghe thấy"),
    Heard.UNSURE: N_("Chưa chắc nghe thấy"),
}
FINAL = frozenset({Outcome.PLAYED, Outcome.INTERRUPTED, Outcome.FAILED, Outcome.MISSED, Outcome.REFUSED})

REASONS = {
    "not_installed": N_("Cụm loa này chưa có bộ thu nào được lắp."),
    "waiting_for_box": N_("Bộ thu đang mất liên lạc, chưa nhận được lịch này."),
    "waiting_for_plan": N_("Đang gửi lịch tới bộ thu."),
    "waiting_for_audio": N_("Bộ thu đang tải bản thu về."),
    "no_report_offline": N_("Chưa có báo cáo: bộ thu mất liên lạc. Báo cáo sẽ tự về khi có mạng lại."),
    "box_retired": N_("Bộ thu này đã được tháo hoặc thay trước khi kịp báo cáo."),
    "no_report": N_("Chưa có báo cáo từ bộ thu, chưa biết có phát hay không."),
    "cancelled": N_("Lượt phát đã bị hủy."),
    "alert": N_("Tin khẩn cấp đã ngắt lượt phát này."),
    "higher_priority": N_("Một tin ưu tiên hơn đã ngắt lượt phát này."),
    "withdrawn": N_("Lượt phát đã bị rút trong khi đang phát."),
    "power_lost": N_("Bộ thu mất điện hoặc khởi động lại giữa chừng."),
    "audio_missing": N_("Bộ thu chưa tải kịp bản thu."),
    "audio_broken": N_("Bản thu trên bộ thu bị hỏng, không phát được."),
    "sound_device": N_("Đầu ra âm thanh của bộ thu bị lỗi. Xin kiểm tra dây và tăng âm."),
    "clock_untrusted": N_("Đồng hồ của bộ thu chưa được xác nhận nên bộ thu không phát theo lịch."),
    "box_off": N_("Bộ thu tắt hoặc mất điện vào giờ phát."),
    "too_late": N_("Bộ thu nhận được lịch quá muộn."),
    "busy": N_("Loa bận phát nội dung khác cho tới hết hạn phát."),
    "disk": N_("Thẻ nhớ của bộ thu không ghi được nên nội dung chưa được phát. Cần kỹ thuật viên thay thẻ."),
    "relay_dead": N_("Nguồn tiếp sóng im lặng hoặc không kết nối được. Cần kiểm tra địa chỉ nguồn và đường mạng."),
    "cut_short": N_("Loa bị ngắt giữa chừng: chưa hú hết hồi còi, chưa đọc trọn lời nào."),
    "quiet_hours": N_("Lượt phát rơi vào giờ yên lặng, là giờ bộ thu không phát."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a box said of an airing: a fact, kept as it came."""

    outcome: Outcome
    reason: str | None
    started_at: datetime | None
    ended_at: datetime | None
    start_error_ms: float | None
    played_ms: int
    heard: Heard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxState:
    """What is known of a box from its last status."""

    device: DeviceId
    online: bool
    last_seen_at: datetime | None
    plan: tuple[int, int] | None
    audio_missing: frozenset[str]
    playing: AiringId | None
    playing_since: datetime | None
    playing_error_ms: float | None
    playing_heard: Heard | None = None

    def reachable(self, now: datetime) -> bool:
        """Whether the box is connected as far as anybody can tell."""
        return self.online and self.last_seen_at is not None and now - self.last_seen_at <= OFFLINE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A cluster that an airing is meant for, its box if it has one, and the first plan that told the box."""

    cluster: ClusterId
    cluster_name: str
    hamlet: HamletId
    hamlet_name: str
    device: DeviceId | None
    told_in: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of an airing on one device, and why, in a code that REASONS puts into words.

    `heard` is None where the box has no ear, or none that could tell.
    """

    target: Target
    outcome: Outcome
    reason: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    start_error_ms: float | None = None
    heard: Heard | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the box plays or played, and its ear hears nothing of it."""
        return self.outcome in {Outcome.PLAYING, Outcome.PLAYED} and self.heard is Heard.NOT_HEARD


def judge(airing: Airing, target: Target, *, box: BoxState | None, report: Report | None, now: datetime) -> Delivery:
    """Return what is known of `airing` on `target` at `now`: the box's report, else what its status shows."""
    if report is not None:
        return Delivery(
            target=target,
            outcome=report.outcome,
            reason=report.reason,
            started_at=report.started_at,
            ended_at=report.ended_at,
            start_error_ms=report.start_error_ms,
            heard=report.heard,
        )
    if box is not None and box.playing == airing.id:
        return _begun(target, box=box, now=now)
    if airing.cancelled_at is not None:
        return Delivery(target=target, outcome=Outcome.PLANNED, reason="cancelled")
    if target.device is None:
        # Where no box hangs, nothing can have sounded, and nobody will ever report.
        outcome = Outcome.MISSED if now > airing.over_at else Outcome.PLANNED
        return Delivery(target=target, outcome=outcome, reason="not_installed")
    if box is None:
        return Delivery(target=target, outcome=Outcome.UNKNOWN, reason="box_retired")
    if now > airing.end_at + REPORT_GRACE and not _still_fetching(airing, target, box=box, now=now):
        return Delivery(
            target=target,
            outcome=Outcome.UNKNOWN,
            reason="no_report" if box.reachable(now) else "no_report_offline",
        )
    return _before_the_sound(airing, target, box=box, now=now)


def settled(deliveries: Iterable[Delivery]) -> bool:
    """Whether every box has said how the airing ended."""
    return all(d.outcome in FINAL for d in deliveries)


def _begun(target: Target, *, box: BoxState, now: datetime) -> Delivery:
    """A box said that it plays: that is known only as long as it can be reached."""
    reachable = box.reachable(now)
    return Delivery(
        target=target,
        outcome=Outcome.PLAYING if reachable else Outcome.UNKNOWN,
        reason=None if reachable else "no_report_offline",
        started_at=box.playing_since,
        start_error_ms=box.playing_error_ms,
        heard=box.playing_heard if reachable else None,
    )


def _still_fetching(airing: Airing, target: Target, *, box: BoxState, now: datetime) -> bool:
    """Whether a box that answers lacks the sound and may still begin: that it was silent so far is known."""
    lacks_sound = _holds_plan(target, box) and airing.recording_sha256 in box.audio_missing
    return lacks_sound and box.reachable(now) and now <= airing.not_after


def _holds_plan(target: Target, box: BoxState) -> bool:
    return box.plan is not None and target.told_in is not None and box.plan >= target.told_in


def _before_the_sound(airing: Airing, target: Target, *, box: BoxState, now: datetime) -> Delivery:
    holds_plan = _holds_plan(target, box)
    if holds_plan and airing.recording_sha256 not in box.audio_missing:
        return Delivery(target=target, outcome=Outcome.READY)
    if not box.reachable(now):
        return Delivery(target=target, outcome=Outcome.PLANNED, reason="waiting_for_box")
    reason = "waiting_for_audio" if holds_plan else "waiting_for_plan"
    return Delivery(target=target, outcome=Outcome.PLANNED, reason=reason)
