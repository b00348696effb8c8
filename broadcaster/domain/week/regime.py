"""What limits a station's sessions: profiles of the area's rules, places that want quiet, and unusual hours."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from broadcaster.domain.audience import Audience
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.reading.numbers import say_whole
from broadcaster.reading.style import Style

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WEEKDAY_NAMES = (
    N_("thứ Hai"),
    N_("thứ Ba"),
    N_("thứ Tư"),
    N_("thứ Năm"),
    N_("thứ Sáu"),
    N_("thứ Bảy"),
    N_("Chủ nhật"),
)
_PARTS_OF_DAY = ((0, "đêm"), (1, "sáng"), (11, "trưa"), (13, "chiều"), (18, "tối"), (22, "đêm"), (24, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalSource:
    """The document that a profile puts into data. `note` says what of it was and was not checked."""

    document: str
    number: str = ""
    issued_on: date | None = None
    article: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A stretch of one day, from `start` to before `end`."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise HoursReversed(start=f"{self.start:%H:%M}", end=f"{self.end:%H:%M}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The caps of an area. A session's minutes count everything in it, relays too; the week begins on Monday.

    On days outside `weekdays`, and beyond `days_a_week`, only programmes for a special occasion sound.
    """

    id: str
    name: str
    source: LegalSource
    sessions_a_day: int
    session_length: timedelta
    days_a_week: int = 7
    weekdays: tuple[int, ...] = EVERY_DAY
    """ISO numbers, Monday is 1."""
    usual_hours: tuple[Hours, ...] = (Hours(start=time(5), end=time(20)),)
    """Starts outside these want a second confirmation."""

    def __post_init__(self) -> None:
        minutes = self.session_length // timedelta(minutes=1)
        if not (1 <= self.sessions_a_day <= 24 and 1 <= minutes <= 180 and 1 <= self.days_a_week <= 7):
            raise BadCaps(name=self.name)
        if not self.weekdays or not set(self.weekdays) <= set(EVERY_DAY):
            raise BadCaps(name=self.name)


OWN_NAME = "quy chế của đài"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCaps:
    """What the station's own regulations say; None: as in the area's profile. `document` names them."""

    sessions_a_day: int | None = None
    minutes_a_session: int | None = None
    days_a_week: int | None = None
    document: str = ""

    def __post_init__(self) -> None:
        for found, most in ((self.sessions_a_day, 24), (self.minutes_a_session, 180), (self.days_a_week, 7)):
            if found is not None and not 1 <= found <= most:
                raise BadCaps(name=OWN_NAME)

    @property
    def says_something(self) -> bool:
        """Whether any cap differs from the profile's on purpose."""
        return any(each is not None for each in (self.sessions_a_day, self.minutes_a_session, self.days_a_week))

    def over(self, profile: Profile) -> Profile:
        """Return the profile with these caps in place of its own."""
        if not self.says_something:
            return profile
        minutes = self.minutes_a_session
        return replace(
            profile,
            name=OWN_NAME,
            source=LegalSource(document=self.document) if self.document else profile.source,
            sessions_a_day=self.sessions_a_day or profile.sessions_a_day,
            session_length=timedelta(minutes=minutes) if minutes else profile.session_length,
            days_a_week=self.days_a_week or profile.days_a_week,
        )


NO_OWN_CAPS = OwnCaps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Precinct:
    """A part of the station where another profile holds, e.g. the hamlets of a merged ward."""

    audience: Audience
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivePlace:
    """A school, a clinic, a hospital: what hangs there sounds quieter by `gain_db`, and is silent at more hours."""

    name: str
    audience: Audience
    gain_db: float = -6.0
    quiet_hours: tuple[QuietHours, ...] = ()

    def __post_init__(self) -> None:
        if not -30.0 <= self.gain_db <= 0.0:
            raise BadGain(name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """Everything that limits a station: its own rules, its area's profile, and the exceptions of some places.

    A later precinct wins over an earlier one.
    """

    profile: Profile
    rules: Rules = field(default_factory=Rules)
    precincts: tuple[Precinct, ...] = ()
    sensitive: tuple[SensitivePlace, ...] = ()


@refusal
class BadCaps(Invalid):
    name: str
    message = N_(
        "Định mức “{name}” ghi sai: từ 1 đến 24 buổi một ngày, 1 đến 180 phút một buổi, 1 đến 7 ngày một tuần."
    )


@refusal
class HoursReversed(Invalid):
    start: str
    end: str
    message = N_("Khung giờ {start}–{end} không đúng: giờ cuối phải sau giờ đầu.")


@refusal
class BadGain(Invalid):
    name: str
    message = N_("Mức giảm âm lượng ở “{name}” phải từ 0 đến -30 dB.")


def is_usual(starts: time, profile: Profile) -> bool:
    """Return whether a session may begin then without a second confirmation."""
    return any(hours.start <= starts < hours.end for hours in profile.usual_hours)


def time_in_words(clock: time, style: Style | None = None) -> str:
    """Return a time of day as people say it: 03:15 is *ba giờ mười lăm phút sáng*, 17:00 *năm giờ chiều*."""
    said = style or Style()
    part = next(word for (_, word), (end, _) in pairwise(_PARTS_OF_DAY) if clock.hour < end)
    hour = clock.hour if clock.hour <= 12 else clock.hour - 12
    words = [say_whole(hour, said), "giờ"]
    if clock.minute:
        words += [say_whole(clock.minute, said), "phút"]
    return " ".join([*words, part])


def weekday_name(instant: datetime) -> str:
    """Return the Vietnamese name of a local instant's weekday."""
    return WEEKDAY_NAMES[instant.isoweekday() - 1]
