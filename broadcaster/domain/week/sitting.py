"""One session being put together on one lane: what is fixed in it, the boxes being filled, and then the relays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.bulletin import Priority
from broadcaster.domain.programme import (
    BoxSegment,
    FillerSegment,
    FixedSegment,
    RelaySegment,
    Role,
    Segment,
    Sound,
    SoundName,
)
from broadcaster.domain.week.answers import ExpiresBefore, SessionFull, SessionOutOfTime, TooLongForBox
from broadcaster.domain.week.grants import Lane, Session
from broadcaster.domain.week.ground import Ground, Mask
from broadcaster.domain.week.layout import LEAD_MS, RELAY_LEAST_MS, Entry, Frontier, Obstacle, Stretch, lay_out
from broadcaster.domain.week.planned import Item, Omitted, Recorded, Relayed, airing_id
from broadcaster.domain.week.reasons import NoTimeLeft, Reason, RelayCut, SoundExpired, SoundMissing
from broadcaster.domain.week.requests import Request

_MS = timedelta(milliseconds=1)
_LATEST = timedelta(seconds=1)
_FILLER_MOST = 20
_GIVES_WAY = (Role.RECORDING, Role.JINGLE, Role.SIGN_OFF)
"""What is left out first when a session has no room for what is fixed in it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Content:
    """Something that sounds in a part: a recording of the station's, or a bulletin's."""

    entry: Entry
    title: str
    source: Recorded | Relayed
    request: Request | None = None
    nth: str = ""
    is_filler: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Part:
    """A segment on this lane, and what stands in it so far."""

    segment: Segment
    mask: Mask
    contents: list[Content] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)
    full: Reason | None = None
    """What is said to a bulletin for which this box has no room left."""

    @property
    def path_ms(self) -> int:
        """Return how much longer the session is at most for what stands in this part."""
        return self.frontier.end_ms + LEAD_MS if self.contents else 0


@dataclass(slots=True, kw_only=True, eq=False)
class Sitting:
    """One session on one lane."""

    session: Session
    lane: Lane
    suffix: str
    """What tells this lane's airings from those of the session's other lanes."""
    ground: Ground
    zone: ZoneInfo
    obstacles: Sequence[Obstacle]
    parts: tuple[Part, ...] = ()
    omitted: list[Omitted] = field(default_factory=list)
    local_due: datetime = field(init=False)
    """When it begins, by the station's clocks."""
    window_ms: int = field(init=False)
    """How long it may last: until LEAD before its end, so that what follows begins in time."""
    _fixed_ms: int = 0

    def __post_init__(self) -> None:
        due = self.session.key.due_at
        self.local_due = due.astimezone(self.zone)
        self.window_ms = (self.lane.end_at - due) // _MS - LEAD_MS

    def boxes(self) -> Iterator[tuple[Part, BoxSegment]]:
        """Yield the boxes that bulletins may go into."""
        for part in self.parts:
            if isinstance(part.segment, BoxSegment) and part.mask:
                yield part, part.segment

    def open(self, sounds: Mapping[SoundName, Sound]) -> None:
        """Set up the parts with what is fixed in them; what has no recording, or no room, is noted as omitted."""
        programme = self.session.programme
        self.parts = tuple(
            Part(segment=each, mask=self.ground.mask(each.audience or programme.audience) & self.lane.mask)
            for each in programme.segments
        )
        for part in self.parts:
            if isinstance(part.segment, FixedSegment) and part.mask:
                self._put_fixed(part, part.segment, sounds)
        self._make_room()

    def offer(self, part: Part, request: Request, mask: Mask) -> Reason | None:
        """Put a bulletin into a box for these clusters, or return why it does not fit."""
        assert isinstance(part.segment, BoxSegment)  # noqa: S101 - only boxes are offered bulletins
        ms, limit_ms = request.duration // _MS, part.segment.length // _MS
        minutes, title = limit_ms // 60_000, self.session.programme.title
        if ms > limit_ms:
            return TooLongForBox(programme=title, due_at=self.local_due, minutes=_minutes(ms), limit=minutes)
        if request.expires_at is not None and (late := self._too_late(part, mask, request.expires_at)):
            return late
        if part.frontier.free_from(mask) + ms > limit_ms:
            if part.full is None:
                part.full = SessionFull(due_at=self.local_due, programme=title, minutes=minutes)
            return part.full
        content = Content(
            entry=Entry(mask=mask, ms=ms),
            title=request.title,
            source=Recorded(sha256=request.recording_sha256),
            request=request,
        )
        if not self._has_room_for(part, content):
            return SessionOutOfTime(due_at=self.local_due, programme=title)
        part.frontier.take(mask, part.frontier.free_from(mask) + ms)
        part.contents.append(content)
        return None

    def empty(self, part: Part) -> None:
        """Take everything out of a box."""
        part.contents, part.frontier = [], Frontier()

    def close(self, sounds: Mapping[SoundName, Sound]) -> tuple[Item, ...]:
        """Give the relays and then the fillers what time is left, and return the airings: none without content."""
        for part in self.parts:
            if isinstance(part.segment, RelaySegment) and part.mask:
                self._put_relay(part, part.segment, sounds)
        if not self._has_content():
            return ()
        for part in self.parts:
            if isinstance(part.segment, FillerSegment) and part.mask:
                self._put_fillers(part, part.segment, sounds)
        return tuple(self._items())

    def _too_late(self, part: Part, mask: Mask, expires_at: datetime) -> Reason | None:
        """Return why a bulletin may be over its time here: everything before it taken at its longest."""
        before = self.parts[: self.parts.index(part)]
        held = sum(other.end_ms - other.start_ms + LEAD_MS for other in self.obstacles if other.mask & mask)
        latest_ms = held + sum(_longest_ms(each) for each in before) + part.frontier.free_from(mask)
        start = self.local_due + latest_ms * _MS
        if start < expires_at:
            return None
        return ExpiresBefore(start_at=start, expires_at=expires_at.astimezone(self.zone))

    def _contents(self) -> list[Content]:
        return [content for part in self.parts for content in part.contents]

    def _end_ms(self) -> int:
        return lay_out([content.entry for content in self._contents()], self.obstacles)[1]

    def _has_room_for(self, part: Part, content: Content) -> bool:
        """Whether the session still ends in time. Without obstacles the sum of the boxes' lengths is bound enough."""
        grown = part.frontier.free_from(content.entry.mask) + content.entry.ms + LEAD_MS
        boxes = sum(p.path_ms for p, _ in self.boxes()) - part.path_ms + max(part.path_ms, grown)
        if not self.obstacles and self._fixed_ms + boxes <= self.window_ms:
            return True
        part.contents.append(content)
        fits = self._end_ms() <= self.window_ms
        part.contents.pop()
        return fits

    def _put_fixed(self, part: Part, segment: FixedSegment, sounds: Mapping[SoundName, Sound]) -> None:
        found = usable(segment.sound, sounds, on=self.local_due.date(), title=segment.title)
        if isinstance(found, Reason):
            self.omitted.append(Omitted(segment=segment.id, reason=found))
            return
        entry = Entry(mask=part.mask, ms=found.duration // _MS)
        part.contents = [Content(entry=entry, title=segment.title, source=Recorded(sha256=found.sha256))]

    def _make_room(self) -> None:
        """Leave out what is fixed, the last first, until the rest fits."""
        self._fixed_ms = self._end_ms()
        fixed = [p for p in self.parts if isinstance(p.segment, FixedSegment) and p.contents]
        order = [p for role in _GIVES_WAY for p in reversed(fixed) if _role(p.segment) is role]
        for part in order:
            if self._fixed_ms <= self.window_ms:
                return
            part.contents = []
            self.omitted.append(Omitted(segment=part.segment.id, reason=NoTimeLeft(title=part.segment.title)))
            self._fixed_ms = self._end_ms()

    def _put_relay(self, part: Part, segment: RelaySegment, sounds: Mapping[SoundName, Sound]) -> None:
        """Give a relay what the rest leaves it, so that the session ends on time."""
        filler = usable(segment.filler, sounds, on=self.local_due.date(), title=segment.title)
        source = Relayed(
            urls=segment.urls,
            silence=segment.silence,
            filler_sha256=filler.sha256 if isinstance(filler, Sound) else None,
        )
        full_ms = segment.length // _MS
        content = Content(
            entry=Entry(mask=part.mask, ms=full_ms, elastic=True), title=segment.title, source=source
        )  # fmt: skip
        part.contents = [content]
        while (over := self._end_ms() - self.window_ms) > 0 and content.entry.ms:
            left = content.entry.ms - over
            content.entry = Entry(mask=part.mask, ms=left if left >= RELAY_LEAST_MS else 0, elastic=True)
        if content.entry.ms < full_ms:
            cut = RelayCut(title=segment.title, minutes=_minutes(content.entry.ms))
            self.omitted.append(
                Omitted(segment=segment.id, reason=cut if content.entry.ms else NoTimeLeft(title=segment.title))
            )
        if not content.entry.ms:
            part.contents = []

    def _put_fillers(self, part: Part, segment: FillerSegment, sounds: Mapping[SoundName, Sound]) -> None:
        day = self.local_due.date()
        found = [usable(name, sounds, on=day, title=segment.title) for name in segment.sounds]
        songs = [sound for sound in found if isinstance(sound, Sound) and sound.duration > timedelta(0)]
        self.omitted.extend(Omitted(segment=segment.id, reason=each) for each in found if isinstance(each, Reason))
        end_ms = self._end_ms()
        for nth in range(_FILLER_MOST if songs else 0):
            song = songs[(day.toordinal() + nth) % len(songs)]
            ms = song.duration // _MS
            if part.frontier.free_from(part.mask) + ms > segment.length // _MS:
                return
            entry, source = Entry(mask=part.mask, ms=ms), Recorded(sha256=song.sha256)
            content = Content(
                entry=entry, title=song.title or segment.title, source=source, nth=str(nth), is_filler=True
            )  # fmt: skip
            part.contents.append(content)
            # Without obstacles one more song moves the end by its own length at most.
            end_ms = end_ms + ms + LEAD_MS
            if (self.obstacles or end_ms > self.window_ms) and (end_ms := self._end_ms()) > self.window_ms:
                part.contents.pop()
                return
            part.frontier.take(part.mask, part.frontier.free_from(part.mask) + ms)

    def _has_content(self) -> bool:
        """Whether anything is there to open the session for: a jingle, a sign-off and fillers alone are not."""
        return any(
            part.contents and not isinstance(part.segment, FillerSegment) and _role(part.segment) is Role.RECORDING
            for part in self.parts
        )

    def _items(self) -> Iterator[Item]:
        placed = [(part, content) for part in self.parts for content in part.contents]
        stretches, _ = lay_out([content.entry for _, content in placed], self.obstacles)
        for (part, content), stretch in zip(placed, stretches, strict=True):
            if stretch.ms:
                yield self._item(part, content, stretch)

    def _item(self, part: Part, content: Content, stretch: Stretch) -> Item:
        key, request, segment = self.session.key, content.request, part.segment
        start, duration = key.due_at + stretch.start_ms * _MS, stretch.ms * _MS
        meant = request.audience if request else segment.audience or self.session.programme.audience
        bulletin = request.bulletin if request else None
        return Item(
            id=airing_id(key.programme, key.due_at, segment.id, bulletin, content.nth, self.suffix),
            key=key,
            segment=segment.id,
            bulletin=bulletin,
            title=content.title,
            audience=self.ground.audience(content.entry.mask, meant),
            priority=request.priority if request else Priority.ORDINARY,
            source=content.source,
            start_at=start,
            duration=duration,
            not_after=max(start, start + duration - _LATEST),
            is_filler=content.is_filler,
        )


def usable(name: SoundName | None, sounds: Mapping[SoundName, Sound], *, on: date, title: str) -> Sound | Reason:
    """Return the recording of that name if it may be aired on that day, else why not."""
    sound = sounds.get(name) if name else None
    if sound is None or not sound.sha256:
        return SoundMissing(title=title, sound=sound.title if sound else name or "")
    if sound.expires_on is not None and sound.expires_on < on:
        return SoundExpired(title=title, sound=sound.title or name or "", expired_on=f"{sound.expires_on:%d/%m/%Y}")
    return sound


def _longest_ms(part: Part) -> int:
    """Return how much time a part takes at most."""
    if isinstance(part.segment, FixedSegment):
        return part.path_ms if part.contents else 0
    return part.segment.length // _MS + LEAD_MS if part.mask else 0


def _role(segment: Segment) -> Role:
    return segment.role if isinstance(segment, FixedSegment) else Role.RECORDING


def _minutes(ms: int) -> str:
    """Return a length as minutes, with one decimal after a comma where it is not whole."""
    tenths = -(-ms // 6_000)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10},{tenths % 10}"
