"""A small station to plan for: two hamlets, a few recordings, sessions and bulletins with sensible defaults."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from broadcaster.domain.audience import EVERYBODY, Audience, Place, of_hamlets
from broadcaster.domain.bulletin import Priority
from broadcaster.domain.ids import BulletinId, ClusterId, HamletId
from broadcaster.domain.programme import (
    BoxSegment,
    FillerSegment,
    FixedSegment,
    Programme,
    ProgrammeId,
    RelaySegment,
    Role,
    SegmentId,
    Slot,
    Sound,
    SoundName,
)
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.placing import plan
from broadcaster.domain.week.planned import Fate, Item, Placement, Week
from broadcaster.domain.week.recurrence import Recurrence
from broadcaster.domain.week.regime import LegalSource, Profile, Regime
from broadcaster.domain.week.requests import NextSession, Request, Wish

MONDAY = date(2026, 3, 2)
RULES = Rules(quiet_hours=(QuietHours(start=time(22), end=time(4, 30)),))
ZONE = RULES.zone
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
EAST, WEST = of_hamlets(["dong"]), of_hamlets(["tay"])
PLACES = [
    Place(cluster=ClusterId("c1"), hamlet=HamletId("dong")),
    Place(cluster=ClusterId("c2"), hamlet=HamletId("dong")),
    Place(cluster=ClusterId("c3"), hamlet=HamletId("tay")),
]
LAX = Profile(id="thu", name="Thử", source=LegalSource(document="Thử"), sessions_a_day=24, session_length=180 * MINUTE)
SOUNDS = {
    SoundName("nhac-hieu"): Sound(sha256="a" * 64, duration=10 * SECOND),
    SoundName("ket-thuc"): Sound(sha256="b" * 64, duration=15 * SECOND),
    SoundName("bai-hat"): Sound(sha256="c" * 64, duration=90 * SECOND),
}


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 0) -> datetime:
    """Return an instant by the station's clocks, `day` days after Monday."""
    return datetime.combine(MONDAY + timedelta(days=day), time(hour, minute, second), ZONE).astimezone(UTC)


def profile(**changed: Any) -> Profile:
    """Return a profile that allows nearly everything, with some caps of its own."""
    return Profile(**{**{name: getattr(LAX, name) for name in Profile.__slots__}, **changed})


def ground(regime: Regime | None = None, **caps: Any) -> Ground:
    """Return the three clusters under a regime, or under a profile with these caps."""
    return Ground.of(PLACES, regime or Regime(profile=profile(**caps), rules=RULES))


def jingle(**changed: Any) -> FixedSegment:
    """Return ten seconds of jingle."""
    return FixedSegment(
        **{"id": SegmentId("mo"), "title": "Nhạc hiệu", "sound": SoundName("nhac-hieu"), "role": Role.JINGLE, **changed}
    )


def sign_off(**changed: Any) -> FixedSegment:
    """Return fifteen seconds of sign-off."""
    return FixedSegment(
        **{"id": SegmentId("het"), "title": "Kết thúc", "sound": SoundName("ket-thuc"), "role": Role.SIGN_OFF} | changed
    )


def box(minutes: float = 10, **changed: Any) -> BoxSegment:
    """Return a box for bulletins."""
    return BoxSegment(**{"id": SegmentId("tin"), "title": "Bản tin", "length": minutes * MINUTE} | changed)


def relay(minutes: float = 15, **changed: Any) -> RelaySegment:
    """Return a relay."""
    return RelaySegment(
        **{"id": SegmentId("vov"), "title": "VOV1", "urls": ("http://vov/1",), "length": minutes * MINUTE} | changed
    )


def filler(minutes: float = 10, **changed: Any) -> FillerSegment:
    """Return songs of a minute and a half."""
    return FillerSegment(
        **{"id": SegmentId("nhac"), "title": "Nhạc", "sounds": (SoundName("bai-hat"),), "length": minutes * MINUTE}
        | changed
    )


def programme(
    starts: time = time(17),
    minutes: float = 30,
    *segments: Any,
    name: str = "chieu",
    rule: str = "FREQ=DAILY",
    **more: Any,
) -> Programme:
    """Return a daily session: jingle, box, sign-off unless other segments are given."""
    return Programme(
        id=ProgrammeId(name),
        title=more.pop("title", f"Buổi {name}"),
        slot=Slot(starts=starts, length=minutes * MINUTE, days=Recurrence(rule=rule)),
        segments=segments or (jingle(), box(), sign_off()),
        **more,
    )


def request(
    name: str = "b1",
    minutes: float = 2,
    wish: Wish | None = None,
    *,
    audience: Audience = EVERYBODY,
    urgent: bool = False,
    approved_at: datetime | None = None,
    **more: Any,
) -> Request:
    """Return an approved bulletin that wants the next session."""
    return Request(
        bulletin=BulletinId(name),
        title=f"Tin {name}",
        audience=audience,
        priority=Priority.PRIORITY if urgent else Priority.ORDINARY,
        recording_sha256="d" * 64,
        duration=minutes * MINUTE,
        approved_at=approved_at or at(8),
        wish=wish or NextSession(),
        **more,
    )


def planned(programmes: Any, requests: Any = (), *, now: datetime | None = None, **more: Any) -> Week:
    """Return the week from Monday nine o'clock on, from nothing."""
    clock = now or at(9)
    given = {"ground": ground(), "sounds": SOUNDS, "standing": (), "settled": frozenset(), "taken": (), "since": clock}
    return plan(programmes, requests, now=clock, **{**given, **more})


def answer(week: Week, name: str = "b1") -> Placement:
    """Return what became of a bulletin."""
    return next(each for each in week.placements if each.request.bulletin == name)


def fate(week: Week, name: str = "b1") -> Fate:
    """Return what became of a bulletin, in a word."""
    return answer(week, name).fate


def items_of(week: Week, day: int = 0) -> list[Item]:
    """Return the airings of one day, in order."""
    wanted = MONDAY + timedelta(days=day)
    return [item for item in week.items if item.start_at.astimezone(ZONE).date() == wanted]


def told(items: list[Item]) -> list[tuple[str, float, float]]:
    """Return title, start in seconds after the first of them, and seconds of each."""
    begin = items[0].key.due_at if items[0].key else items[0].start_at
    return [(i.title, (i.start_at - begin).total_seconds(), i.duration.total_seconds()) for i in items]
