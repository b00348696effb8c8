"""What may be drafted as an alert and what may follow what; each refusal says why, in a sentence of its own."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from broadcaster.domain.alert import (
    EVENT_MAX,
    HEADLINE_MAX,
    INSTRUCTION_MAX,
    LONGEST_LIFE,
    REASON_MAX,
    TEXT_MAX,
    Alert,
    AlertState,
    Content,
    MsgType,
    Scope,
    Status,
)
from broadcaster.domain.errors import N_, Conflict, Forbidden, Invalid, TooMany, refusal
from broadcaster.domain.ids import UserId
from broadcaster.domain.permissions import Person, may_alert, may_approve, require
from broadcaster.domain.station import Rules
from broadcaster.domain.timetable import quiet_hours_touched
from broadcaster.domain.writing import visible

USUAL_LIFE = timedelta(hours=6)
SHORTEST_LIFE = timedelta(seconds=20)
SCHEDULED_AHEAD = timedelta(days=31)
AT_LEAST = timedelta(seconds=10)
"""So long at least every drill sounds."""
TIMES_MAX = 20
REPEAT_LEAST_S = 60
REPEAT_MOST_S = 86_400
LIVE_MOST = 20
"""Of one station at once: its document must stay small, and nobody can follow more."""


@refusal
class SystemStatus(Invalid):
    message = N_(
        "Tin loại “System” là lời nói giữa các hệ thống, không phát ra loa. Xin chọn báo động thật hoặc diễn tập."
    )


@refusal
class DraftStatus(Invalid):
    message = N_("Tin loại “Draft” theo CAP là bản thảo, không phát ra loa. Xin chọn tin thật hoặc diễn tập.")


@refusal
class AckIsNoAlert(Invalid):
    message = N_("“Ack” là lời báo đã nhận tin giữa các hệ thống, không phải tin để phát ra loa.")


@refusal
class ErrorIsNoAlert(Invalid):
    message = N_("“Error” là lời từ chối tin giữa các hệ thống, không phải tin để phát ra loa.")


@refusal
class UpdateNeedsAlert(Invalid):
    message = N_("Tin cập nhật phải nói rõ thay cho tin nào. Xin mở tin đang phát rồi chọn cập nhật.")


@refusal
class CancelNeedsAlert(Invalid):
    message = N_("Tin hủy phải nói rõ hủy tin nào. Xin mở tin đang phát rồi chọn dừng.")


@refusal
class RestrictedScope(Invalid):
    message = N_("Loa phát cho mọi người cùng nghe nên không phát được tin chỉ dành cho một số người (Restricted).")


@refusal
class PrivateScope(Invalid):
    message = N_("Loa phát cho mọi người cùng nghe nên không phát được tin riêng cho từng địa chỉ (Private).")


@refusal
class PartMissing(Invalid):
    part: str
    message = N_("Tin khẩn cấp còn thiếu phần {part}. Xin điền vào.")


@refusal
class PartTooLong(Invalid):
    part: str
    length: int
    limit: int
    message = N_("Phần {part} dài {length} ký tự, nhiều nhất là {limit}. Xin rút ngắn lại.")


@refusal
class ExpiryInThePast(Invalid):
    message = N_("Giờ hết hiệu lực đã qua hoặc quá gần. Xin chọn giờ muộn hơn.")


@refusal
class ExpiryTooFar(Invalid):
    days: int
    message = N_("Tin khẩn cấp có hiệu lực nhiều nhất {days} ngày. Xin chọn giờ hết hiệu lực sớm hơn.")


@refusal
class EffectiveTooFar(Invalid):
    days: int
    message = N_("Chỉ hẹn trước được nhiều nhất {days} ngày. Xin chọn giờ bắt đầu sớm hơn.")


@refusal
class BadRepeat(Invalid):
    message = N_("Nhịp nhắc lại phải từ 1 phút đến 24 giờ, mỗi lần đọc từ 1 đến 20 lượt. Xin chọn lại.")


@refusal
class AlertWrongState(Conflict):
    state: str
    message = N_("Tin khẩn cấp này đang ở trạng thái “{state}” nên không làm được việc này. Xin tải lại trang.")


@refusal
class ThreadOver(Conflict):
    message = N_("Tin gốc không còn phát nên không cập nhật được nữa. Xin soạn một tin mới.")


@refusal
class StatusFixed(Conflict):
    message = N_("Tin thật, diễn tập và tin thử không đổi lẫn cho nhau được. Xin soạn một tin mới.")


@refusal
class TooManyLive(TooMany):
    limit: int
    message = N_("Đài đang phát {limit} tin khẩn cấp, không phát thêm được. Xin dừng bớt tin cũ rồi thử lại.")


@refusal
class NothingToCorrect(Conflict):
    message = N_("Tin này chưa vang lên, hoặc chính là lời đính chính, nên không có gì để đính chính.")


@refusal
class DrillInQuietHours(Invalid):
    begins_at: datetime
    quiet_start: str
    quiet_end: str
    message = N_(
        "Lúc {begins_at} là giờ yên lặng ({quiet_start} đến {quiet_end}): khi đó chỉ báo động thật mới được vang lên, "
        "diễn tập và thử loa thì không. Xin chọn giờ khác."
    )


@refusal
class NotYoursToStop(Forbidden):
    message = N_("Chỉ người duyệt hoặc người soạn tin mới dừng được tin này. Xin nhờ một người duyệt.")


STATE_NAMES = {
    AlertState.DRAFT: N_("Chờ duyệt"),
    AlertState.APPROVED: N_("Đã duyệt, chờ đến giờ"),
    AlertState.LIVE: N_("Đang phát"),
    AlertState.UPDATED: N_("Đã được thay bằng tin mới"),
    AlertState.CANCELLED: N_("Đã dừng"),
    AlertState.EXPIRED: N_("Đã hết hiệu lực"),
    AlertState.DISCARDED: N_("Đã bỏ"),
}
STATUS_NAMES = {
    Status.ACTUAL: N_("Báo động thật"),
    Status.EXERCISE: N_("Diễn tập"),
    Status.TEST: N_("Thử loa"),
}
_MAY_FOLLOW = {
    "edit": frozenset({AlertState.DRAFT}),
    "approve": frozenset({AlertState.DRAFT}),
    "discard": frozenset({AlertState.DRAFT}),
    "cancel": frozenset({AlertState.DRAFT, AlertState.APPROVED, AlertState.LIVE}),
    "update": frozenset({AlertState.LIVE}),
    "repeat": frozenset({AlertState.LIVE}),
    "correct": frozenset({AlertState.CANCELLED}),
}
_PARTS = {
    "event": (N_("loại sự việc"), EVENT_MAX),
    "headline": (N_("tiêu đề"), HEADLINE_MAX),
    "text": (N_("nội dung"), TEXT_MAX),
    "instruction": (N_("việc cần làm"), INSTRUCTION_MAX),
}
_NOT_FOR_LOUDSPEAKERS: Mapping[object, type[Invalid]] = {
    Status.SYSTEM: SystemStatus,
    Status.DRAFT: DraftStatus,
    MsgType.ACK: AckIsNoAlert,
    MsgType.ERROR: ErrorIsNoAlert,
    Scope.RESTRICTED: RestrictedScope,
    Scope.PRIVATE: PrivateScope,
}


def check_kind(status: Status, msg_type: MsgType, scope: Scope) -> None:
    """Raise the refusal for a new alert that no loudspeaker may say.

    Updates and cancellations speak of another alert and are made from that one (CAP 1.2 section 3.2.1, `references`).
    """
    for part in (status, scope, msg_type):
        if part in _NOT_FOR_LOUDSPEAKERS:
            raise _NOT_FOR_LOUDSPEAKERS[part]
    if msg_type is MsgType.UPDATE:
        raise UpdateNeedsAlert
    if msg_type is MsgType.CANCEL:
        raise CancelNeedsAlert


def may(action: str, state: AlertState) -> bool:
    """Return whether `action` (edit, approve, discard, cancel, update, repeat, correct) may follow `state`."""
    return state in _MAY_FOLLOW[action]


def require_alert_state(action: str, alert: Alert) -> None:
    """Raise AlertWrongState unless `action` may follow where the alert stands."""
    if not may(action, alert.state):
        raise AlertWrongState(state=STATE_NAMES[alert.state])


def require_may_stop(person: Person, *, author: UserId | None) -> None:
    """Raise unless this person is an approver, or the author of what shall stop."""
    if may_approve(person):
        return
    require(may_alert(person))
    if person.id != author:
        raise NotYoursToStop


def clean_part(name: str, raw: str, *, needed: bool = True) -> str:
    """Return one part (event, headline, text, instruction), composed. Raises PartMissing or PartTooLong."""
    called, limit = _PARTS[name]
    lines = (" ".join(line.split()) for line in visible(raw).split("\n"))
    part = "\n".join(line for line in lines if line)
    if name in ("event", "headline"):
        part = part.replace("\n", " ") if any(letter.isalnum() for letter in part) else ""
    if needed and not part:
        raise PartMissing(part=called)
    if len(part) > limit:
        raise PartTooLong(part=called, length=len(part), limit=limit)
    return part


def clean_reason(raw: str) -> str:
    """Return a reason on one line, cut where it is too long: whoever silences loudspeakers is not held up."""
    readable = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in raw)
    return " ".join(visible(readable).split())[:REASON_MAX]


def life_of(effective_at: datetime | None, expires_at: datetime | None, *, now: datetime) -> datetime:
    """Return when an alert ends: as asked, else after USUAL_LIFE. Raises when it is over at once, or lasts too long."""
    begins = max(now, effective_at or now)
    if begins > now + SCHEDULED_AHEAD:
        raise EffectiveTooFar(days=SCHEDULED_AHEAD.days)
    ends = expires_at or begins + USUAL_LIFE
    if ends < begins + SHORTEST_LIFE:
        raise ExpiryInThePast
    if ends > begins + LONGEST_LIFE:
        raise ExpiryTooFar(days=LONGEST_LIFE.days)
    return ends


def check_hour(content: Content, station_rules: Rules, *, now: datetime) -> None:
    """Raise DrillInQuietHours for what begins in quiet hours and is no live emergency; the boxes refuse it as well."""
    begins_at = max(now, content.effective_at or now)
    quiet = quiet_hours_touched(begins_at, duration=AT_LEAST, rules=station_rules)
    if quiet is not None and content.status is not Status.ACTUAL:
        raise DrillInQuietHours(
            begins_at=begins_at.astimezone(station_rules.zone),
            quiet_start=f"{quiet.start:%H:%M}", quiet_end=f"{quiet.end:%H:%M}",
        )  # fmt: skip


def check_repeat(times: int, repeat_every_s: int | None) -> None:
    """Raise BadRepeat for a rhythm that no box keeps."""
    is_bad = repeat_every_s is not None and not REPEAT_LEAST_S <= repeat_every_s <= REPEAT_MOST_S
    if is_bad or not 1 <= times <= TIMES_MAX:
        raise BadRepeat


def begins_later(content: Content, now: datetime) -> bool:
    """Return whether an alert approved now waits for its time."""
    return content.effective_at is not None and content.effective_at > now
