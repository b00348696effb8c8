"""What an approved bulletin asks for: the next session, these sessions, this minute, or now."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broadcaster.domain.audience import Audience
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import BulletinId
from broadcaster.domain.programme import ProgrammeId, Section

DAYS_MAX = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSession:
    """Once, in the next session that has a box for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TheseSessions:
    """Once a day on `days` days running from `first_day`, in the sessions of `programme` or, for None, of any."""

    first_day: date
    days: int
    programme: ProgrammeId | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.days <= DAYS_MAX:
            raise BadDays(days=self.days, limit=DAYS_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMinute:
    """At this instant, outside the sessions."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AtOnce:
    """*Now*: as soon as its clusters are free, from the instant it was asked for."""

    asked_at: datetime


Wish = NextSession | TheseSessions | AtMinute | AtOnce


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An approved bulletin and its wish. `rank` is the place that a person gave it among *ưu tiên* ones; None: none."""

    bulletin: BulletinId
    title: str
    audience: Audience
    priority: Priority
    recording_sha256: str
    duration: timedelta
    approved_at: datetime
    wish: Wish
    section: Section = Section.BULLETINS
    expires_at: datetime | None = None
    rank: int | None = None


EXPIRY_MOST = timedelta(days=366)


@refusal
class BadExpiry(Invalid):
    days: int
    message = N_("Hạn phát không dùng được: phải sau thời điểm này và không xa quá {days} ngày.")


@refusal
class ExpiresFirst(Invalid):
    expires_at: datetime
    start_at: datetime
    message = N_("Bản tin hết hạn lúc {expires_at}, trước giờ phát {start_at}. Xin chọn giờ sớm hơn, hoặc lùi hạn lại.")


@refusal
class BadFirstDay(Invalid):
    first_day: str
    days: int
    message = N_("Ngày đầu {first_day} không dùng được. Xin chọn từ hôm nay tới {days} ngày nữa.")


@refusal
class BadDays(Invalid):
    days: int
    limit: int
    message = N_("Không lặp lại {days} ngày được. Xin chọn từ 1 đến {limit} ngày liền.")
