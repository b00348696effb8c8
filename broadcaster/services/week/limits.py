"""What limits a station's sessions, put together: its own rules, its area's profile, and the exceptions of places."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import time, timedelta
from typing import Any

from sqlalchemy import Connection

from broadcaster.domain.audience import Audience, as_json, check_known, from_json
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.permissions import Person, may_administer, require
from broadcaster.domain.station import NoSuchThing, QuietHours, Station, clean_name, time_of_day
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.regime import (
    NO_OWN_CAPS,
    Hours,
    LegalSource,
    OwnCaps,
    Precinct,
    Profile,
    Regime,
    SensitivePlace,
)
from broadcaster.services.office import Office
from broadcaster.store import audit, programmes, stations
from broadcaster.store.programmes import NATIONAL, Limits

FALLBACK = Profile(
    id=NATIONAL,
    name="Định mức chung cả nước",
    source=LegalSource(document=""),
    sessions_a_day=3,
    session_length=timedelta(minutes=60),
    usual_hours=(Hours(start=time(5), end=time(20)),),
)
"""Stands in where the chosen profile's file is gone: a station must not fall silent for the lack of a file."""


@refusal
class UnknownProfile(Invalid):
    profile: str
    known: str
    message = N_("Không có định mức “{profile}”. Các định mức có sẵn: {known}.")


def profile_of(name: str, profiles: Mapping[str, Profile]) -> Profile:
    """Return the profile of that id, the national default where there is none."""
    return profiles.get(name) or profiles.get(NATIONAL) or FALLBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLimits:
    """Everything that limits a station's sessions, as an administrator may set it at once."""

    profile: str
    own: OwnCaps = NO_OWN_CAPS
    quiet_hours: tuple[QuietHours, ...]
    precincts: tuple[tuple[Audience, str], ...] = ()
    sensitive: tuple[SensitivePlace, ...] = ()


def regime_of(station: Station, limits: Limits, profiles: Mapping[str, Profile]) -> Regime:
    """Return everything that limits a station."""
    return Regime(
        profile=own_caps_of(limits).over(profile_of(limits.profile, profiles)),
        rules=station.rules,
        precincts=tuple(
            Precinct(audience=from_json(each["audience"]), profile=profile_of(each["profile"], profiles))
            for each in limits.precincts
        ),
        sensitive=tuple(sensitive_from_json(each) for each in limits.sensitive),
    )


def ground_of(tx: Connection, station: Station, profiles: Mapping[str, Profile], *, taking: str = "") -> Ground:
    """Return the station's clusters under its regime, or under that which it has once it takes a week written for the
    profile `taking`."""
    limits = programmes.taking(programmes.limits_of(tx, station.id), taking)
    return Ground.of(stations.places_of(tx, station.id), regime_of(station, limits, profiles))


def own_caps_of(limits: Limits) -> OwnCaps:
    """Return the caps of the station's own regulations."""
    return OwnCaps(**(limits.own_caps or {}))


def wanted_of(station: Station, limits: Limits) -> WantedLimits:
    """Return the limits as they are now."""
    return WantedLimits(
        profile=limits.profile,
        own=own_caps_of(limits),
        quiet_hours=station.rules.quiet_hours,
        precincts=tuple((from_json(each["audience"]), str(each["profile"])) for each in limits.precincts),
        sensitive=tuple(sensitive_from_json(each) for each in limits.sensitive),
    )


def regime_under(station: Station, wanted: WantedLimits, profiles: Mapping[str, Profile]) -> Regime:
    """Return the regime of a station that would have these limits. Raises UnknownProfile."""
    for name in (wanted.profile, *(name for _, name in wanted.precincts)):
        if name not in profiles:
            raise UnknownProfile(profile=name[:40], known=", ".join(sorted(profiles)))
    return Regime(
        profile=wanted.own.over(profiles[wanted.profile]),
        rules=replace(station.rules, quiet_hours=wanted.quiet_hours),
        precincts=tuple(Precinct(audience=a, profile=profiles[name]) for a, name in wanted.precincts),
        sensitive=wanted.sensitive,
    )


def save_limits(office: Office, *, actor: Person, wanted: WantedLimits) -> None:
    """Set what limits the station: its profile and own caps, quiet hours, exceptions. Raises UnknownProfile."""
    require(may_administer(actor))
    with office.database.writing() as tx:
        station = stations.get(tx, actor.station)
        if station is None:
            raise NoSuchThing
        regime_under(station, wanted, office.profiles)
        check_places(tx, station, wanted)
        kept: dict[str, Any] = {
            "profile": wanted.profile,
            "precincts": [{"audience": as_json(a), "profile": name} for a, name in wanted.precincts],
            "sensitive": [sensitive_as_json(replace(each, name=clean_name(each.name))) for each in wanted.sensitive],
            "own_caps": asdict(wanted.own) if wanted.own.says_something else None,
        }
        programmes.set_limits(tx, station.id, **kept)
        _set_quiet_hours(tx, office, station, wanted.quiet_hours, actor=actor)
        audit.record(
            tx, station.id, user=actor.id, action="station.limits", subject=station.id, now=office.now(), **kept
        )
    office.ring_planner()


def set_limits(
    office: Office,
    *,
    actor: Person,
    profile: str,
    precincts: tuple[tuple[Audience, str], ...] = (),
    sensitive: tuple[SensitivePlace, ...] = (),
    own: OwnCaps | None = None,
) -> None:
    """Choose the profile of caps that holds, where others hold, and which places want quiet. Raises UnknownProfile.

    Without `own` the caps of the station's own regulations stay, and so do its quiet hours.
    """
    require(may_administer(actor))
    with office.database.reading() as tx:
        station, limits = stations.get(tx, actor.station), programmes.limits_of(tx, actor.station)
    if station is None:
        raise NoSuchThing
    wanted = WantedLimits(
        profile=profile, own=own_caps_of(limits) if own is None else own, quiet_hours=station.rules.quiet_hours,
        precincts=precincts, sensitive=sensitive,
    )  # fmt: skip
    save_limits(office, actor=actor, wanted=wanted)


def check_places(tx: Connection, station: Station, wanted: WantedLimits) -> None:
    """Raise UnknownAudience where an exception names a place that the station does not have."""
    hamlets = [h.id for h in stations.hamlets_of(tx, station.id)]
    clusters = [c.id for c in stations.clusters_of(tx, station.id)]
    for audience in (*(a for a, _ in wanted.precincts), *(s.audience for s in wanted.sensitive)):
        check_known(audience, hamlets=hamlets, clusters=clusters)


def _set_quiet_hours(
    tx: Connection, office: Office, station: Station, quiet_hours: tuple[QuietHours, ...], *, actor: Person
) -> None:
    rules = replace(station.rules, quiet_hours=quiet_hours)
    if rules == station.rules:
        return
    stations.set_rules(tx, station.id, rules)
    audit.record(
        tx, station.id, user=actor.id, action="station.rules", subject=station.id, now=office.now(),
        **stations.rules_as_json(rules),
    )  # fmt: skip


def sensitive_as_json(place: SensitivePlace) -> dict[str, Any]:
    """Return a place that wants quiet as the database and the API write it."""
    return {
        "name": place.name,
        "audience": as_json(place.audience),
        "gain_db": place.gain_db,
        "quiet_hours": [[f"{q.start:%H:%M}", f"{q.end:%H:%M}"] for q in place.quiet_hours],
    }


def sensitive_from_json(kept: Mapping[str, Any]) -> SensitivePlace:
    """Return the place written by `sensitive_as_json`. Raises Invalid."""
    return SensitivePlace(
        name=str(kept["name"]),
        audience=from_json(kept["audience"]),
        gain_db=float(kept.get("gain_db", -6.0)),
        quiet_hours=tuple(
            QuietHours(start=time_of_day(str(a)), end=time_of_day(str(b))) for a, b in kept.get("quiet_hours", ())
        ),
    )
