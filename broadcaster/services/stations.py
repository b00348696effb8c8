"""Setting a station up, and changing its rules, hamlets and clusters."""

import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from broadcaster.domain.ids import ClusterId, HamletId, StationId
from broadcaster.domain.permissions import Person, Role, may_administer, may_keep_devices, require
from broadcaster.domain.station import (
    AlreadySetUp,
    Cluster,
    Hamlet,
    NameTaken,
    NoHamlets,
    NoSuchThing,
    Rules,
    Station,
    UnknownVoice,
    WrongSetUpCode,
    clean_name,
)
from broadcaster.services.lexicon import read_again
from broadcaster.services.office import Office, new_id
from broadcaster.services.people import LastAdministrator, NewPerson, create_person, hand_over_station
from broadcaster.services.signing_in import Passwords
from broadcaster.store import audit, stations


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStation:
    """A station as entered at the first run."""

    name: str
    province: str
    hamlets: tuple[str, ...]
    people: tuple[NewPerson, ...]
    rules: Rules


def set_up(office: Office, passwords: Passwords, *, new: NewStation, make_key: Callable[[StationId], None]) -> Station:
    """Create the installation's station, its hamlets and its first people. Raises AlreadySetUp or Invalid.

    `make_key` gives the station its signing key before anything is kept; calling it again must be harmless.
    """
    if not any(Role.ADMINISTRATOR in person.roles for person in new.people):
        raise LastAdministrator
    hamlet_names = tuple(dict.fromkeys(clean_name(name) for name in new.hamlets if name.strip()))
    if not hamlet_names:
        raise NoHamlets
    name, now = clean_name(new.name), office.now()
    station = Station(id=StationId(slug(name)), name=name, province=clean_name(new.province), rules=new.rules, epoch=1)
    make_key(station.id)
    with office.database.writing() as tx:
        if stations.first(tx) is not None:
            raise AlreadySetUp
        stations.add(tx, station, now=now)
        stations.add_hamlets(tx, station.id, _new_hamlets(hamlet_names))
        for person in new.people:
            create_person(tx, passwords, station=station.id, new=person, now=now)
        audit.record(tx, station.id, user=None, action="station.set_up", subject=station.id, now=now, name=name)
    if not office.registrar.knows_somebody(station.id):
        hand_over_station(office, station.id)
    return station


def new_set_up_code() -> str:
    """Return a code of 58 bits: too many to be guessed, few enough to be copied from a screen."""
    letters = "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def check_set_up_code(entered: str, *, expected: str) -> None:
    """Raise WrongSetUpCode unless the code printed by the server was entered, in any case, with or without hyphens."""
    given, wanted = (re.sub(r"[\s-]", "", code).upper().encode() for code in (entered, expected))
    if not hmac.compare_digest(given, wanted):
        raise WrongSetUpCode


def change_rules(office: Office, *, actor: Person, rules: Rules, voices: Iterable[str]) -> None:
    """Replace the station's rules; every box is told of new quiet hours with its next plan."""
    require(may_administer(actor))
    known = frozenset(voices)
    for voice in rules.voices:
        if voice not in known:
            raise UnknownVoice(voice=voice)
    with office.database.writing() as tx:
        before = stations.get(tx, actor.station)
        stations.set_rules(tx, actor.station, rules)
        if before is not None and before.rules.style != rules.style:
            read_again(tx, office, station=actor.station)
        audit.record(
            tx, actor.station, user=actor.id, action="station.rules", subject=actor.station, now=office.now(),
            **stations.rules_as_json(rules),
        )  # fmt: skip
    office.ring_planner()
    office.ring_renderer()


def add_hamlet(office: Office, *, actor: Person, name: str) -> Hamlet:
    """Add a hamlet. Raises NameTaken."""
    require(may_administer(actor))
    clean = clean_name(name)
    with office.database.writing() as tx:
        if clean in (h.name for h in stations.hamlets_of(tx, actor.station)):
            raise NameTaken(name=clean)
        (hamlet,) = _new_hamlets([clean])
        stations.add_hamlets(tx, actor.station, [hamlet])
        audit.record(
            tx, actor.station, user=actor.id, action="hamlet.add", subject=hamlet.id, now=office.now(), name=clean
        )
    return hamlet


def add_cluster(office: Office, *, actor: Person, hamlet: HamletId, name: str) -> Cluster:
    """Add a cluster to a hamlet. Raises NoSuchThing or NameTaken."""
    require(may_keep_devices(actor))
    cluster = Cluster(id=ClusterId(new_id("cl")), hamlet=hamlet, name=clean_name(name))
    with office.database.writing() as tx:
        _check_cluster(tx, actor.station, cluster)
        stations.add_cluster(tx, actor.station, cluster)
        audit.record(
            tx, actor.station, user=actor.id, action="cluster.add", subject=cluster.id, now=office.now(),
            name=cluster.name, hamlet=hamlet,
        )  # fmt: skip
    office.ring_planner()
    return cluster


def slug(name: str) -> str:
    """Return a name as it may stand in a topic: `Xã Hồng Phong` becomes `xa-hong-phong`."""
    plain = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:38].strip("-") or "dai"


def _check_cluster(tx: Connection, station: StationId, cluster: Cluster) -> None:
    if cluster.hamlet not in (h.id for h in stations.hamlets_of(tx, station)):
        raise NoSuchThing
    if cluster.name in (c.name for c in stations.clusters_of(tx, station)):
        raise NameTaken(name=cluster.name)


def _new_hamlets(names: Iterable[str]) -> tuple[Hamlet, ...]:
    return tuple(Hamlet(id=HamletId(new_id("th")), name=name) for name in names)
