"""What a change to the week would do, worked out without doing it: what it breaks, and which bulletins lose by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from broadcaster.domain.programme import Programme, ProgrammeId
from broadcaster.domain.station import Station
from broadcaster.domain.week import edits
from broadcaster.domain.week.checking import Breach, UnusualHour, newly_broken
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.planned import Fate, Placement, Week
from broadcaster.domain.week.reasons import Reason
from broadcaster.domain.week.regime import Regime
from broadcaster.services.office import Office
from broadcaster.services.week import timetabling
from broadcaster.services.week.limits import WantedLimits, check_places, ground_of, regime_under
from broadcaster.store import stations

_TROUBLE = frozenset({Fate.WAITING, Fate.CLASH, Fate.EXPIRED, Fate.LATER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would do: which programmes, what it would break, which times want a confirmation in words, and
    which bulletins would be worse off."""

    changed: tuple[tuple[ProgrammeId, Programme | None], ...]
    breaks: tuple[Reason, ...]
    unusual: tuple[UnusualHour, ...]
    bulletins: tuple[Placement, ...]
    titles: Mapping[ProgrammeId, str]
    """What the programmes that there are now are called."""

    @property
    def is_allowed(self) -> bool:
        """Whether it can be saved, once the unusual times are confirmed."""
        return not self.breaks


def foresee(
    tx: Connection,
    office: Office,
    station: Station,
    *,
    before: Sequence[Programme],
    after: Sequence[Programme],
    profile: str = "",
) -> Preview:
    """Return what it would do to put these programmes in place of those, and to take the profile they are made for."""
    found = broken(tx, office, station, before=before, after=after, profile=profile)
    now = office.now()
    coming = tuple(edits.changed(before, after))
    fresh = {name for name, each in coming if each is not None}
    later = [replace(each, in_force_from=now) if each.id in fresh else each for each in after]
    was = timetabling.week_of(timetabling.gather(tx, station, office.profiles, now=now))
    held = timetabling.gather(tx, station, office.profiles, now=now, instead=later)
    becomes = timetabling.week_of(replace(held, ground=ground_of(tx, station, office.profiles, taking=profile)))
    return Preview(
        changed=coming,
        breaks=tuple(each.reason for each in found if not each.is_warning),
        unusual=tuple(each.reason for each in found if isinstance(each.reason, UnusualHour)),
        bulletins=worse_off(was, becomes),
        titles={each.id: each.title for each in before},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsPreview:
    """What other limits would do: what the sessions that there are would break, and which bulletins lose by it."""

    regime: Regime
    breaks: tuple[Reason, ...]
    bulletins: tuple[Placement, ...]


def foresee_limits(tx: Connection, office: Office, station: Station, *, wanted: WantedLimits) -> LimitsPreview:
    """Return what it would do to limit the station like this. Raises UnknownProfile or UnknownAudience."""
    check_places(tx, station, wanted)
    regime, now = regime_under(station, wanted, office.profiles), office.now()
    held = timetabling.gather(tx, station, office.profiles, now=now)
    ground = Ground.of(stations.places_of(tx, station.id), regime)
    today = now.astimezone(station.rules.zone).date()
    found = newly_broken(held.programmes, before=held.ground, after=ground, first=today)
    was, becomes = timetabling.week_of(held), timetabling.week_of(replace(held, ground=ground))
    return LimitsPreview(regime=regime, breaks=tuple(each.reason for each in found), bulletins=worse_off(was, becomes))


def broken(
    tx: Connection,
    office: Office,
    station: Station,
    *,
    before: Sequence[Programme],
    after: Sequence[Programme],
    profile: str = "",
) -> list[Breach]:
    """Return what these programmes would break that those did not, under the profile that is taken with them."""
    today = office.now().astimezone(station.rules.zone).date()
    was, becomes = (ground_of(tx, station, office.profiles, taking=name) for name in ("", profile))
    return edits.new_breaches(before, after, was=was, ground=becomes, first=today)


def worse_off(was: Week, becomes: Week) -> tuple[Placement, ...]:
    """Return the requests that would lose their place, or get a later one."""
    before = {each.request.bulletin: each for each in was.placements}
    return tuple(
        each
        for each in becomes.placements
        if each.fate in _TROUBLE and each.reason != before[each.request.bulletin].reason
    )
