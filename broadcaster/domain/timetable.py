"""Airings and where they may stand: not in the past, not in quiet hours, not over one another on a cluster."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from broadcaster.domain.audience import Audience
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.ids import AiringId, BulletinId, ClusterId, LibraryItemId, RequestId, StationId
from broadcaster.domain.programme import OccurrenceKey, SegmentId
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.week.planned import Relayed

LEAD = timedelta(seconds=4)
"""How far ahead *now* is: time for signing, the broker and the boxes' players to be ready."""
LATE_START = timedelta(minutes=5)
"""A box that was not ready at the start may still begin this much later (`not_after`)."""
GAP = timedelta(seconds=2)
"""Silence between two airings on one cluster."""
HORIZON = timedelta(days=60)


class AiringSource(StrEnum):
    """What an airing sounds: a bulletin, a fixed recording of the library, or a stream (*tiếp sóng*)."""

    BULLETIN = "bulletin"
    LIBRARY = "library"
    RELAY = "relay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Airing:
    """One item, one start, one audience. It names a bulletin, a fixed recording, or neither: then it is a relay.

    One that the timetable made says of which session (`key`) and segment it is, or which `request` it answers.
    """

    id: AiringId
    station: StationId
    bulletin: BulletinId | None
    title: str
    audience: Audience
    priority: Priority
    recording_sha256: str | None
    """None for a relay."""
    start_at: datetime
    not_after: datetime
    duration: timedelta
    created_at: datetime
    cancelled_at: datetime | None = None
    library_item: LibraryItemId | None = None
    relay: Relayed | None = None
    key: OccurrenceKey | None = None
    segment: SegmentId | None = None
    request: RequestId | None = None
    is_filler: bool = False

    @property
    def source(self) -> AiringSource:
        if self.relay is not None:
            return AiringSource.RELAY
        return AiringSource.BULLETIN if self.bulletin is not None else AiringSource.LIBRARY

    @property
    def item(self) -> str | None:
        """Return the id of the bulletin or of the library's item, None for a relay."""
        return self.bulletin or self.library_item

    @property
    def file_sha256(self) -> str | None:
        """Return the file that a box must hold for it: the recording, or the relay's filler if it has one."""
        return self.relay.filler_sha256 if self.relay is not None else self.recording_sha256

    @property
    def by_hand(self) -> bool:
        """Whether a person placed it, and nobody but a person moves it."""
        return self.key is None and self.request is None

    @property
    def joins_late(self) -> bool:
        """Whether a box that is late comes in where the others are, so that all end together."""
        return self.relay is not None or self.key is not None

    @property
    def end_at(self) -> datetime:
        return self.start_at + self.duration

    @property
    def over_at(self) -> datetime:
        """When the last box that began late has ended: from then on there is nothing left to stop."""
        return self.end_at if self.joins_late else self.not_after + self.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupied:
    """A stretch of time that an airing takes on some clusters."""

    airing: AiringId
    title: str
    start_at: datetime
    end_at: datetime
    clusters: frozenset[ClusterId]


@refusal
class TimeInThePast(Invalid):
    start_at: datetime
    message = N_("Giờ phát {start_at} đã qua. Xin chọn giờ sau thời điểm này, hoặc chọn “Phát ngay”.")


@refusal
class TimeTooFarAhead(Invalid):
    start_at: datetime
    days: int
    message = N_("Giờ phát {start_at} còn xa hơn {days} ngày. Xin kiểm tra lại ngày, tháng, năm.")


@refusal
class TimeUnclear(Invalid):
    value: str
    message = N_("“{value}” không phải là ngày giờ. Xin chọn ngày và giờ phát.")


@refusal
class InQuietHours(Invalid):
    start_at: datetime
    quiet_start: str
    quiet_end: str
    message = N_(
        "Lượt phát lúc {start_at} rơi vào giờ yên lặng ({quiet_start} đến {quiet_end}), loa không được phát. "
        "Xin chọn giờ khác."
    )


@refusal
class Clash(Conflict):
    """Two airings would sound at once on a cluster; a person must settle it."""

    start_at: datetime
    other_title: str
    other_start: datetime
    free_at: datetime
    message = N_(
        "Lượt phát lúc {start_at} trùng với “{other_title}” ({other_start}) trên cùng cụm loa. "
        "Giờ trống gần nhất là {free_at}."
    )


@refusal
class NobodyToHear(Conflict):
    message = N_("Nơi phát đã chọn chưa có cụm loa nào. Xin chọn nơi khác, hoặc nhờ kỹ thuật viên lắp cụm loa.")


@refusal
class AiringOver(Conflict):
    message = N_("Lượt phát này đã kết thúc hoặc đã hủy nên không hủy được nữa.")


def place(
    wanted: datetime | None,
    *,
    now: datetime,
    duration: timedelta,
    clusters: frozenset[ClusterId],
    occupied: Iterable[Occupied],
    rules: Rules,
) -> datetime:
    """Return the start of a new airing: `wanted` itself, or for None the first free moment from now on.

    Raises TimeInThePast, TimeTooFarAhead, InQuietHours or Clash (which names a later start that would be taken).
    """
    taken = tuple(o for o in occupied if o.clusters & clusters)
    if wanted is None:
        start = first_free(now + LEAD, duration=duration, taken=taken)
        return check_start(start, now=now, duration=duration, rules=rules)
    start = check_start(wanted, now=now, duration=duration, rules=rules)
    for other in taken:
        if _overlap(start, duration=duration, other=other):
            free = suggest(start, duration=duration, taken=taken, rules=rules).astimezone(rules.zone)
            raise Clash(
                start_at=start.astimezone(rules.zone),
                other_title=other.title,
                other_start=other.start_at.astimezone(rules.zone),
                free_at=free,
            )
    return start


def check_start(start: datetime, *, now: datetime, duration: timedelta, rules: Rules) -> datetime:
    """Return `start` unchanged when the rules let an airing of that duration begin then. Raises Invalid."""
    if start < now:
        raise TimeInThePast(start_at=_local(start, rules))
    if start > now + HORIZON:
        raise TimeTooFarAhead(start_at=_local(start, rules), days=HORIZON.days)
    if quiet := quiet_hours_touched(start, duration=duration, rules=rules):
        raise InQuietHours(
            start_at=_local(start, rules), quiet_start=f"{quiet.start:%H:%M}", quiet_end=f"{quiet.end:%H:%M}"
        )  # fmt: skip
    return start


def latest_start(start: datetime, *, duration: timedelta, rules: Rules) -> datetime:
    """Return the airing's `not_after`: LATE_START later, or the last instant from which it ends before quiet hours."""
    late = start + LATE_START
    nights = quiet_stretches(start, late + duration, rules=rules)
    return max(start, min((late, *(begin - duration for begin, _, _ in nights))))


def quiet_hours_touched(start: datetime, *, duration: timedelta, rules: Rules) -> QuietHours | None:
    """Return the quiet hours that [start, start + duration) touches, or None."""
    return next((quiet for _, _, quiet in quiet_stretches(start, start + duration, rules=rules)), None)


def quiet_stretches(start: datetime, end: datetime, *, rules: Rules) -> Iterator[tuple[datetime, datetime, QuietHours]]:
    """Yield (begin, end, rule) of every stretch of quiet hours that [start, end) touches."""
    day = start.astimezone(rules.zone).date() - timedelta(days=1)
    while day <= end.astimezone(rules.zone).date():
        for quiet in rules.quiet_hours:
            quiet_from = datetime.combine(day, quiet.start, rules.zone)
            last_day = day if quiet.end > quiet.start else day + timedelta(days=1)
            quiet_to = datetime.combine(last_day, quiet.end, rules.zone)
            if start < quiet_to and end > quiet_from:
                yield quiet_from, quiet_to, quiet
        day += timedelta(days=1)


def first_free(earliest: datetime, *, duration: timedelta, taken: Iterable[Occupied]) -> datetime:
    """Return the first start from `earliest` on at which nothing in `taken` is in the way."""
    start = earliest
    for other in sorted(taken, key=lambda o: o.start_at):
        if _overlap(start, duration=duration, other=other):
            start = other.end_at + GAP
    return start


def suggest(earliest: datetime, *, duration: timedelta, taken: Iterable[Occupied], rules: Rules) -> datetime:
    """Return a whole minute from `earliest` on at which nothing is in the way: no airing and no quiet hours.

    When there is none within HORIZON, because the quiet hours leave no room for it, the end of HORIZON comes back.
    """
    in_the_way, start = tuple(taken), earliest
    while start < earliest + HORIZON:
        free = first_free(_whole_minute(start), duration=duration, taken=in_the_way)
        nights = [night_end for _, night_end, _ in quiet_stretches(free, free + duration, rules=rules)]
        if free == _whole_minute(start) and not nights:
            return free
        start = max([free, *nights])
    return earliest + HORIZON


def _whole_minute(instant: datetime) -> datetime:
    """Return the instant, or the next whole minute: what a form's time field can hold."""
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + timedelta(minutes=1)


def _local(instant: datetime, rules: Rules) -> datetime:
    """Return an instant as the station's clocks show it; as it is where their calendar has no such day."""
    try:
        return instant.astimezone(rules.zone)
    except OverflowError:
        return instant


def _overlap(start: datetime, *, duration: timedelta, other: Occupied) -> bool:
    return start < other.end_at and start + duration > other.start_at
