"""What limits a station's sessions, put together: its own rules, its area's profile, and the exceptions of places."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from sqlalchemy import Connection

from broadcaster.domain.audience import Audience, as_json, check_known, from_json
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.permissions import Person, may_administer, require
from broadcaster.domain.station import QuietHours, Station, clean_name, time_of_day
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.regime import Hours, LegalSource, Precinct, Profile, Regime, SensitivePlace
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


def regime_of(station: Station, limits: Limits, profiles: Mapping[str, Profile]) -> Regime:
    """Return everything that limits a station."""
    return Regime(
        profile=profile_of(limits.profile, profiles),
        rules=station.rules,
        precincts=tuple(
            Precinct(audience=from_json(each["audience"]), profile=profile_of(each["profile"], profiles))
            for each in limits.precincts
        ),
        sensitive=tuple(sensitive_from_json(each) for each in limits.sensitive),
    )


def ground_of(tx: Connection, station: Station, profiles: Mapping[str, Profile]) -> Ground:
    """Return the station's clusters under its regime."""
    return Ground.of(
        stations.places_of(tx, station.id), regime_of(station, programmes.limits_of(tx, station.id), profiles)
    )


def set_limits(
    office: Office,
    *,
    actor: Person,
    profile: str,
    precincts: tuple[tuple[Audience, str], ...] = (),
    sensitive: tuple[SensitivePlace, ...] = (),
) -> None:
    """Choose the profile of caps that holds, where others hold, and which places want quiet. Raises UnknownProfile."""
    require(may_administer(actor))
    for name in (profile, *(name for _, name in precincts)):
        if name not in office.profiles:
            raise UnknownProfile(profile=name[:40], known=", ".join(sorted(office.profiles)))
    with office.database.writing() as tx:
        hamlets = [h.id for h in stations.hamlets_of(tx, actor.station)]
        clusters = [c.id for c in stations.clusters_of(tx, actor.station)]
        for audience in (*(a for a, _ in precincts), *(s.audience for s in sensitive)):
            check_known(audience, hamlets=hamlets, clusters=clusters)
        kept: dict[str, Any] = {
            "profile": profile,
            "precincts": [{"audience": as_json(a), "profile": name} for a, name in precincts],
            "sensitive": [sensitive_as_json(replace(each, name=clean_name(each.name))) for each in sensitive],
        }
        programmes.set_limits(tx, actor.station, **kept)
        audit.record(
            tx, actor.station, user=actor.id, action="station.limits", subject=actor.station, now=office.now(), **kept
        )
    office.ring_planner()


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
