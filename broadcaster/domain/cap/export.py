"""Our own alerts as CAP 1.2 messages for others: what is live and public, its updates, and its cancellation.

A drill goes out as such, in its status, its headline and a note; a loudspeaker test concerns nobody but us and stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.alert import (
    Alert,
    AlertState,
    Certainty,
    Content,
    MsgType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from broadcaster.domain.cap.message import Area, Info, Message, Reference

CANCELLED_SHOWN_FOR = timedelta(hours=24)
CANCEL_SUFFIX = ".huy"
LANGUAGE = "vi-VN"
EXERCISE_MARK = "[DIỄN TẬP] "
EXERCISE_NOTE = "Đây là diễn tập, không phải báo động thật. (Exercise only.)"
_CATEGORIES = (
    ("Geo", ("động đất", "sóng thần", "sạt lở", "sụt lún", "núi lửa")),
    ("Fire", ("cháy",)),
    ("Health", ("dịch", "bệnh", "ngộ độc")),
    ("Rescue", ("mất tích", "tìm kiếm", "cứu nạn", "đuối nước")),
    ("CBRNE", ("hóa chất", "phóng xạ", "bom", "mìn")),
    (
        "Met",
        ("bão", "lũ", "lụt", "mưa", "giông", "dông", "lốc", "gió", "rét", "nắng nóng", "hạn", "sương", "thời tiết"),
    ),
    ("Infra", ("xả lũ", "hồ chứa", "đập", "điện", "nước sạch", "vỡ đê")),
    ("Transport", ("giao thông", "đường", "cầu")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who the station is to others: `sender` is unique in the world, `web` an address for people."""

    sender: str
    name: str
    web: str


def is_public(alert: Alert) -> bool:
    """Return whether an alert was ever told to the public: it went live, is for everybody, and is no mere test."""
    content = alert.content
    return (
        alert.live_at is not None
        and content.status in (Status.ACTUAL, Status.EXERCISE)
        and content.scope is Scope.PUBLIC
    )


def is_listed(alert: Alert, *, now: datetime) -> bool:
    """Return whether the feed shows an alert: while it is live, and a cancelled one for a day, to be seen cancelled."""
    if not is_public(alert):
        return False
    if alert.state is AlertState.LIVE:
        return alert.content.expires_at > now
    return is_cancelled(alert) and alert.ended_at is not None and now - alert.ended_at < CANCELLED_SHOWN_FOR


def is_cancelled(alert: Alert) -> bool:
    """Return whether there is a cancellation to be told."""
    return alert.state is AlertState.CANCELLED and is_public(alert)


def message_of(alert: Alert, *, by: Publisher, earlier: Sequence[Alert], area: str) -> Message:
    """Return an alert that went live; `earlier` are the versions before it, `area` says in words whom it is for."""
    sent = _went_live(alert)
    references = tuple(_reference(before, by) for before in earlier if before.live_at is not None)
    return _message(
        alert.content, by=by, identifier=alert.id, sent=sent,
        msg_type=MsgType.UPDATE if references else MsgType.ALERT,
        references=references, info=_info(alert.content, by=by, sent=sent, area=area),
    )  # fmt: skip


def cancellation_of(alert: Alert, *, by: Publisher, earlier: Sequence[Alert], area: str) -> Message:
    """Return the Cancel of a cancelled alert: it refers to every version, whichever of them others have seen."""
    ended = alert.ended_at or _went_live(alert)
    chain = (*(before for before in earlier if before.live_at is not None), alert)
    info = _info(alert.content, by=by, sent=ended, area=area, over=alert.end_reason or "")
    return _message(
        alert.content, by=by, identifier=f"{alert.id}{CANCEL_SUFFIX}", sent=ended, msg_type=MsgType.CANCEL,
        references=tuple(_reference(a, by) for a in chain), info=info,
    )  # fmt: skip


def _message(
    content: Content,
    *,
    by: Publisher,
    identifier: str,
    sent: datetime,
    msg_type: MsgType,
    references: tuple[Reference, ...],
    info: Info,
) -> Message:
    return Message(
        identifier=identifier,
        sender=by.sender,
        sent=sent,
        status=content.status,
        msg_type=msg_type,
        scope=content.scope,
        source=by.name,
        restriction="",
        addresses="",
        codes=(),
        note=EXERCISE_NOTE if content.status is Status.EXERCISE else "",
        references=references,
        incidents="",
        infos=(info,),
        carries_signature=False,
    )


def _info(content: Content, *, by: Publisher, sent: datetime, area: str, over: str | None = None) -> Info:
    """Return what is said; `over` is the reason of a cancellation, which may be empty."""
    mark = EXERCISE_MARK if content.status is Status.EXERCISE else ""
    headline = content.headline if over is None else f"Hủy tin: {content.headline}"
    return Info(
        language=LANGUAGE,
        categories=(category_of(content.event),),
        event=content.event,
        response_types=() if over is None else ("AllClear",),
        urgency=content.urgency if over is None else Urgency.PAST,
        severity=content.severity if over is None else Severity.UNKNOWN,
        certainty=content.certainty if over is None else Certainty.UNKNOWN,
        audience="",
        event_codes=(),
        effective=sent,
        onset=None,
        expires=content.expires_at if over is None else None,
        sender_name=by.name,
        headline=f"{mark}{headline}",
        description=content.text if over is None else over,
        instruction=content.instruction if over is None else "",
        web=by.web,
        contact="",
        parameters=(),
        resources=(),
        areas=(Area(description=area),),
    )


def category_of(event: str) -> str:
    """Return CAP's category of an event by its own words; Safety where none fits."""
    words = event.casefold()
    return next((name for name, signs in _CATEGORIES if any(sign in words for sign in signs)), "Safety")


def _reference(alert: Alert, by: Publisher) -> Reference:
    return Reference(sender=by.sender, identifier=alert.id, sent=_went_live(alert))


def _went_live(alert: Alert) -> datetime:
    assert alert.live_at is not None  # noqa: S101 - `is_public` asked for it
    return alert.live_at.replace(microsecond=0)
