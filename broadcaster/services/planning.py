"""What every box shall do, as one signed document for each, made anew from the database whenever something changed."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.ids import AiringId, AlertId, DeviceId, StationId
from broadcaster.domain.station import Rules, Station
from broadcaster.domain.week.regime import Profile
from broadcaster.services.airings import set_targets
from broadcaster.services.alarm import document as alert_document
from broadcaster.services.alarm.preparing import Held, held_by_boxes
from broadcaster.services.office import Office
from broadcaster.services.on_the_wire import audio_ref, planned_airing
from broadcaster.services.quiet_places import QuietPlace, quiet_places
from broadcaster.services.releasing import agent_for, files_of
from broadcaster.services.week import timetabling
from broadcaster.services.week.staggering import stagger_of, staggered
from broadcaster.store import (
    airings,
    alerts,
    bulletins,
    devices,
    documents,
    prepared,
    recordings,
    releases,
    stations,
    targets,
)
from broadcaster.store.documents import Mark, SealedPlan
from wire import chunks, messages

AHEAD = timedelta(days=7)
BEHIND = timedelta(hours=24)
"""An airing stays in the plan this long, so that a box that was off still says that it missed it."""
ROLL = timedelta(hours=1)
"""The days in a plan move on in such steps: if they crept on, every plan would be sealed anew for every airing."""
KEEP_APPROVED = timedelta(days=7)
KEEP_MOST = 20
NOTHING_HELD: Held = ((), None)

SealPlan = Callable[[messages.Plan], bytes]
SealAlerts = Callable[[messages.Alerts, Sequence[Dossier]], bytes]
"""Signs what is live, given who vouched for it. Raises SealRefused."""


class SealRefused(Exception):  # noqa: N818 - it names what was decided
    """The signer does not sign a document for the sake of these alerts in it."""

    def __init__(self, sentence: str, *, alerts: Collection[AlertId]) -> None:
        super().__init__(sentence)
        self.alerts = frozenset(alerts)


def reconcile(office: Office, *, seal: SealPlan) -> tuple[SealedPlan, ...]:
    """Make each box's plan what the database says, and return those that changed. Doing it twice changes nothing."""
    now = office.now()
    with office.database.writing() as tx:
        return tuple(
            changed
            for station in stations.every(tx)
            for changed in _reconcile_station(tx, station, profiles=office.profiles, seal=seal, now=now)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What some boxes shall all play, in its order; made once for them, however many they are."""

    planned: tuple[messages.PlannedAiring, ...] = ()
    files: frozenset[str] = frozenset()
    sha256: str = ""


NOTHING = Bill()


def build_plan(
    station: Station,
    device: DeviceId,
    *,
    bill: Bill,
    keep: Iterable[messages.AudioRef],
    revision: messages.Revision,
    now: datetime,
    held: Held = NOTHING_HELD,
    agent: messages.AgentRelease | None = None,
) -> messages.Plan:
    """Return the plan of one box: `bill` what it plays, `keep` the files to hold besides, `held` the warnings,
    `agent` the version that it shall run."""
    plan = messages.Plan(
        station=station.id,
        device=device,
        revision=revision,
        issued_at=now,
        timezone=station.rules.timezone,
        keep=tuple(audio for audio in keep if audio.sha256 not in bill.files),
        quiet_hours=tuple(
            messages.QuietHours(start=f"{q.start:%H:%M}", end=f"{q.end:%H:%M}") for q in station.rules.quiet_hours
        ),
        prepared=held[0],
        button=held[1],
        settings=_wanted_settings(station.rules, agent=agent),
    )
    return plan.model_copy(update={"airings": bill.planned})  # each was checked when it was made


def _wanted_settings(rules: Rules, *, agent: messages.AgentRelease | None) -> messages.WantedSettings:
    at = rules.self_test_at
    return messages.WantedSettings(self_test_at=f"{at:%H:%M}" if at is not None else None, agent=agent)


def heartbeat(office: Office, *, station: StationId, seal: SealAlerts, without: Collection[AlertId] = ()) -> bytes:
    """Return the station's `alerts` document with the next number: every live alert, and a signed clock.

    What stands in `without` is left out. Raises SealRefused.
    """
    with office.database.writing() as tx:
        seq = stations.next_alerts_seq(tx, station)
        found = stations.get(tx, station)
        assert found is not None  # noqa: S101 - the number just taken was its own
        revision = messages.Revision(epoch=found.epoch, seq=seq)
        document, dossiers = alert_document.build(tx, found, revision=revision, now=office.now(), without=without)
    return seal(document, dossiers)


def audio_needed(tx: Connection, station: StationId, *, now: datetime) -> dict[str, int]:
    """Return every audio file that a plan of this station names, with its number of chunks."""
    start, end = span(now)
    wanted = set(airings.files_between(tx, station, start=start, end=end))
    wanted |= {*_kept(tx, station, now=now), *alerts.recordings_named(tx, station)}
    wanted |= prepared.recordings_of(tx, station)
    sounds = recordings.several(tx, station, wanted)
    return {sha256: chunks.count_for(sound.size_bytes) for sha256, sound in sounds.items()} | files_of(tx, station)


def span(now: datetime) -> tuple[datetime, datetime]:
    """Return the instants between which airings stand in the plans at `now`."""
    step = now - timedelta(seconds=now.timestamp() % ROLL.total_seconds())
    return step - BEHIND, step + AHEAD


def _reconcile_station(
    tx: Connection, station: Station, *, profiles: Mapping[str, Profile], seal: SealPlan, now: datetime
) -> tuple[SealedPlan, ...]:
    """Plan the station's week, and make its plans in a handful of queries, however many boxes there are."""
    timetabling.reconcile(tx, station, profiles, now=now)
    start, end = span(now)
    told = airings.between(tx, station.id, start=start, end=end)
    set_targets(tx, station.id, [airing for airing in told if airing.start_at >= now])
    calm, later = quiet_places(tx, station, profiles), stagger_of(tx, station)
    keep = _kept(tx, station.id, now=now)
    sounds = recordings.several(tx, station.id, {a.file_sha256 for a in told if a.file_sha256} | set(keep))
    bills = _bills(
        tx, station, [(airing.id, planned_airing(airing, sounds)) for airing in told], calm=calm, later=later
    )
    kept = tuple(audio_ref(sounds[sha256]) for sha256 in keep if sha256 in sounds)
    before = documents.marks(tx, bills.keys())
    held, in_service = held_by_boxes(tx, station.id), frozenset(devices.by_cluster(tx, station.id).values())
    offers = releases.of_station(tx, station.id)
    made = [
        changed
        for device, bill in bills.items()
        if (
            changed := _changed(
                calm[device].of(station) if device in calm else station, device, bill=bill,
                keep=kept if device in in_service else (), before=before.get(device), now=now,
                held=held if device in in_service else NOTHING_HELD,
                agent=agent_for(device, offers) if device in in_service else None,
            )
        )
    ]  # fmt: skip
    sealed = tuple(_sealed(plan, sha256=sha256, seal=seal, now=now) for plan, sha256 in made)
    documents.replace(tx, sealed)
    telling = [plan for plan, _ in made if plan.airings]
    told_now = {AiringId(airing.airing_id) for plan in telling for airing in plan.airings}
    targets.note_told(tx, station.id, [DeviceId(plan.device) for plan in telling], told_now)
    return sealed


def _bills(
    tx: Connection,
    station: Station,
    told: Sequence[tuple[AiringId, messages.PlannedAiring]],
    *,
    calm: Mapping[DeviceId, QuietPlace],
    later: Mapping[DeviceId, timedelta],
) -> dict[DeviceId, Bill]:
    """Return what each box shall play; a retired one, nothing. Boxes that hear the same have one bill between them."""
    on = targets.boxes_of(tx, [airing for airing, _ in told])
    mine: dict[DeviceId, list[int]] = {box: [] for box in devices.by_cluster(tx, station.id).values()}
    for number, (airing, _) in enumerate(told):
        for box in on.get(airing, ()):
            if box in mine:
                mine[box].append(number)
    known: dict[tuple[object, ...], Bill] = {}
    prints: dict[int, bytes] = {}
    bills: dict[DeviceId, Bill] = {}
    for box, numbers in mine.items():
        key = (tuple(numbers), calm.get(box), later.get(box))
        if key not in known:
            planned = staggered([told[n][1] for n in numbers], later.get(box, timedelta(0)), rules=station.rules)
            planned = calm[box].quieter(planned) if box in calm else planned
            files = frozenset(airing.audio.sha256 for airing in planned if airing.audio is not None)
            known[key] = Bill(planned=planned, files=files, sha256=_print_of(planned, prints))
        bills[box] = known[key]
    return bills | dict.fromkeys(devices.retired_with_plan(tx, station.id), NOTHING)


def _print_of(planned: Iterable[messages.PlannedAiring], known: dict[int, bytes]) -> str:
    """Return the SHA-256 of what is planned; an airing that stands in several bills is printed once (`known`)."""
    whole = hashlib.sha256()
    for airing in planned:
        if id(airing) not in known:
            known[id(airing)] = hashlib.sha256(airing.model_dump_json().encode()).digest()
        whole.update(known[id(airing)])
    return whole.hexdigest()


def _changed(
    station: Station,
    device: DeviceId,
    *,
    bill: Bill,
    keep: tuple[messages.AudioRef, ...],
    before: Mark | None,
    now: datetime,
    held: Held,
    agent: messages.AgentRelease | None,
) -> tuple[messages.Plan, str] | None:
    """Return the box's new plan and its print, or None when the one that it has still says the same."""
    revision = messages.Revision(epoch=station.epoch, seq=before.seq + 1 if before else 1)
    plan = build_plan(station, device, bill=bill, keep=keep, revision=revision, now=now, held=held, agent=agent)
    sha256 = content_hash(plan, bill=bill)
    is_same = before is not None and before.epoch == station.epoch and before.content_sha256 == sha256
    return None if is_same else (plan, sha256)


def content_hash(plan: messages.Plan, *, bill: Bill) -> str:
    """Return the SHA-256 of what a plan says, whatever its number and date; its airings are those of the bill."""
    besides = plan.model_dump_json(exclude={"revision", "issued_at", "airings"})
    return hashlib.sha256(f"{bill.sha256}{besides}".encode()).hexdigest()


def _sealed(plan: messages.Plan, *, sha256: str, seal: SealPlan, now: datetime) -> SealedPlan:
    return SealedPlan(
        station=StationId(plan.station),
        device=DeviceId(plan.device),
        epoch=plan.revision.epoch,
        seq=plan.revision.seq,
        content_sha256=sha256,
        sealed=seal(plan),
        made_at=now,
    )


def _kept(tx: Connection, station: StationId, *, now: datetime) -> tuple[str, ...]:
    return bulletins.recordings_to_keep(tx, station, since=now - KEEP_APPROVED, limit=KEEP_MOST)
