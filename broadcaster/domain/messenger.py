"""Where the station tells its people that something happened: an address of a messenger, an SMS gateway, e-mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.ids import MessengerId, StationId

MOST = 20
ADDRESS_MAX = 500
TRIES = 8
FRESH_FOR = timedelta(hours=6)
"""What could not be sent for so long is history: nobody is woken by it any more."""
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messenger:
    """One address, with what became of the last message sent to it. `shown` hides its secrets."""

    id: MessengerId
    station: StationId
    name: str
    address: str
    shown: str
    created_at: datetime
    last_at: datetime | None = None
    last_error: str | None = None


@refusal
class BadMessengerAddress(Invalid):
    message = N_(
        "Địa chỉ này không đúng dạng nào đã biết, như tgram://… hay mailto://…. Xin chép nguyên địa chỉ từ hướng dẫn."
    )


@refusal
class TooManyMessengers(Conflict):
    most: int
    message = N_("Đài đã có {most} nơi nhận tin. Xin bỏ bớt một nơi rồi thêm.")


@refusal
class MessageNotSent(Conflict):
    why: str
    message = N_("Chưa gửi được tin thử: {why}. Xin kiểm tra lại địa chỉ và đường mạng.")


def delay_after(tries: int) -> timedelta:
    """Return how long to wait before the next try, after so many that failed."""
    doublings: int = min(tries, 20)
    return min(_FIRST_DELAY * (1 << doublings), _LONGEST_DELAY)


def is_worth_a_try(*, tries: int, noticed_at: datetime, now: datetime) -> bool:
    """Return whether a notice should still be sent after so many tries."""
    return tries < TRIES and now - noticed_at < FRESH_FOR
