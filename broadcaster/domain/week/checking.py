"""What a set of programmes would break, before it is saved: the planner's own rules, asked of the weeks to come."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from broadcaster.domain.errors import N_
from broadcaster.domain.programme import BoxSegment, Programme, ProgrammeId, RelaySegment
from broadcaster.domain.week.grants import Grant, Tally, grant_all, sessions_due
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.layout import LEAD_MS, Entry, lay_out
from broadcaster.domain.week.reasons import NobodyThere, Reason, reason
from broadcaster.domain.week.regime import is_usual, time_in_words

WEEKS = 5
"""How far a check looks: long enough for monthly days, and for the full moon."""
_MS = timedelta(milliseconds=1)
_MINUTE = timedelta(minutes=1)


@reason
class SegmentsTooLong(Reason):
    title: str
    needed: int
    minutes: int
    message = N_(
        "Các mục của “{title}” cần tới {needed} phút, quá khung {minutes} phút. "
        "Xin rút ngắn mục tiếp sóng hoặc ô bản tin, hoặc nới khung giờ."
    )


@reason
class UnusualHour(Reason):
    title: str
    clock: str
    words: str
    message = N_("“{title}” phát lúc {clock}, tức là {words}, ngoài giờ phát thường ngày. Cần xác nhận lần nữa.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A rule that a programme would break, said of the first day on which it does. A warning may be confirmed."""

    programme: ProgrammeId
    reason: Reason
    day: date | None = None
    is_warning: bool = False


def breaches(programmes: Iterable[Programme], *, ground: Ground, first: date) -> tuple[Breach, ...]:
    """Return what these programmes would break in the weeks from `first` on: each kind of fault once a programme.

    A place without clusters is no breach: a station may be planned before its loudspeakers hang.
    """
    asked = [each for each in programmes if each.active]
    found = [*_by_rules(asked, ground=ground, first=first)]
    for programme in asked:
        found.extend(_too_long(programme, ground))
        found.extend(_unusual(programme, ground))
    return tuple(found)


def newly_broken(programmes: Iterable[Programme], *, before: Ground, after: Ground, first: date) -> tuple[Breach, ...]:
    """Return what the same programmes would break under other rules that they do not break now."""
    every = tuple(programmes)
    known = {(each.programme, str(each.reason)) for each in breaches(every, ground=before, first=first)}
    found = breaches(every, ground=after, first=first)
    return tuple(each for each in found if (each.programme, str(each.reason)) not in known)


def _by_rules(programmes: Sequence[Programme], *, ground: Ground, first: date) -> Iterator[Breach]:
    zone = ground.regime.rules.zone
    start = datetime.combine(first, time(), zone).astimezone(UTC) - timedelta(seconds=1)
    sessions = sessions_due(programmes, after=start, until=start + timedelta(weeks=WEEKS), zone=zone)
    seen: set[tuple[ProgrammeId, str]] = set()
    for grant in grant_all(sessions, ground=ground, tally=Tally(zone=zone)):
        for why in _why_not(grant):
            kind = (grant.session.programme.id, why.code)
            if kind not in seen:
                seen.add(kind)
                day = grant.session.key.due_at.astimezone(zone).date()
                yield Breach(programme=grant.session.programme.id, reason=why, day=day)


def _why_not(grant: Grant) -> Iterator[Reason]:
    return (why for _, why in grant.left_out if not isinstance(why, NobodyThere))


def _too_long(programme: Programme, ground: Ground) -> Iterator[Breach]:
    """Yield a breach when the boxes and relays alone, each at its longest, do not fit where they follow each other."""
    entries = [
        Entry(mask=ground.mask(each.audience or programme.audience), ms=each.length // _MS)
        for each in programme.segments
        if isinstance(each, BoxSegment | RelaySegment)
    ]
    _, end_ms = lay_out(entries, ())
    end_ms -= LEAD_MS * max(0, len(entries) - 1)
    if end_ms > programme.slot.length // _MS:
        minutes = programme.slot.length // _MINUTE
        needed = -(-end_ms // 60_000)
        yield Breach(
            programme=programme.id, reason=SegmentsTooLong(title=programme.title, needed=needed, minutes=minutes)
        )


def _unusual(programme: Programme, ground: Ground) -> Iterator[Breach]:
    profile, style = ground.regime.profile, ground.regime.rules.style
    for starts in dict.fromkeys([programme.slot.starts, *(move.starts for move in programme.slot.moves)]):
        if not is_usual(starts, profile):
            words = time_in_words(starts, style)
            why = UnusualHour(title=programme.title, clock=f"{starts:%H:%M}", words=words)
            yield Breach(programme=programme.id, reason=why, is_warning=True)
