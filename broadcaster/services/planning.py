"""What every box shall do, as one signed document for each, made anew from the database whenever something changed."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.ids import AiringId, DeviceId, StationId
from broadcaster.domain.station import Station
from broadcaster.domain.timetable import Airing
from broadcaster.services.airings import set_targets
from broadcaster.services.office import Office
from broadcaster.store import airings, bulletins, devices, documents, recordings, stations
from broadcaster.store.documents import Mark, SealedPlan
from broadcaster.store.recordings import Recording
from wire import chunks, messages

AHEAD = timedelta(days=7)
BEHIND = timedelta(hours=24)
"""An airing stays in the plan this long, so that a box that was off still says that it missed it."""
KEEP_APPROVED = timedelta(days=7)
KEEP_MOST = 20

SealPlan = Callable[[messages.Plan], bytes]
SealAlerts = Callable[[messages.Alerts], bytes]
Order = tuple[tuple[messages.PlannedAiring, ...], tuple[messages.AudioRef, ...]]
"""What a box shall play, and what it shall keep besides."""


def reconcile(office: Office, *, seal: SealPlan) -> tuple[SealedPlan, ...]:
    """Make each box's plan what the database says, and return those that changed. Doing it twice changes nothing."""
    now = office.now()
    with office.database.writing() as tx:
        return tuple(
            changed for station in stations.every(tx) for changed in _reconcile_station(tx, station, seal=seal, now=now)
        )


def build_plan(
    station: Station,
    device: DeviceId,
    *,
    planned: Iterable[messages.PlannedAiring],
    keep: Iterable[messages.AudioRef],
    revision: messages.Revision,
    now: datetime,
) -> messages.Plan:
    """Return the plan of one box: `planned` in their order, `keep` the files to hold besides."""
    told = tuple(planned)
    named = {airing.recording.sha256 for airing in told}
    return messages.Plan(
        station=station.id,
        device=device,
        revision=revision,
        issued_at=now,
        timezone=station.rules.timezone,
        airings=told,
        keep=tuple(audio for audio in keep if audio.sha256 not in named),
        quiet_hours=tuple(
            messages.QuietHours(start=f"{q.start:%H:%M}", end=f"{q.end:%H:%M}") for q in station.rules.quiet_hours
        ),
    )


def heartbeat(office: Office, *, station: StationId, seal: SealAlerts) -> bytes:
    """Return the station's `alerts` document with the next number: every live alert, and a signed clock."""
    with office.database.writing() as tx:
        seq = stations.next_alerts_seq(tx, station)
        found = stations.get(tx, station)
    assert found is not None  # noqa: S101 - the number just taken was its own
    revision = messages.Revision(epoch=found.epoch, seq=seq)
    return seal(messages.Alerts(station=station, revision=revision, issued_at=office.now()))


def audio_needed(tx: Connection, station: StationId, *, now: datetime) -> dict[str, int]:
    """Return every audio file that a plan of this station names, with its number of chunks."""
    wanted = {a.recording_sha256 for a in airings.between(tx, station, start=now - BEHIND, end=now + AHEAD)}
    wanted |= set(_kept(tx, station, now=now))
    return {
        sha256: chunks.count_for(sound.size_bytes) for sha256, sound in recordings.several(tx, station, wanted).items()
    }


def _reconcile_station(tx: Connection, station: Station, *, seal: SealPlan, now: datetime) -> tuple[SealedPlan, ...]:
    """Make the station's plans in a handful of queries, however many boxes there are."""
    set_targets(tx, station.id, airings.between(tx, station.id, start=now, end=now + AHEAD))
    orders = _orders(tx, station.id, now=now)
    before = documents.marks(tx, orders.keys())
    made = [
        plan
        for device, (planned, keep) in orders.items()
        if (plan := _changed(station, device, planned=planned, keep=keep, before=before.get(device), now=now))
    ]
    sealed = tuple(_sealed(plan, seal=seal, now=now) for plan in made)
    documents.replace(tx, sealed)
    told = {AiringId(airing.airing_id) for plan in made for airing in plan.airings}
    airings.note_told(tx, [DeviceId(plan.device) for plan in made if plan.airings], told)
    return sealed


def _orders(tx: Connection, station: StationId, *, now: datetime) -> dict[DeviceId, Order]:
    """Return what each box shall play and keep; a retired one, nothing."""
    told = airings.by_device(tx, station, start=now - BEHIND, end=now + AHEAD)
    keep = _kept(tx, station, now=now)
    named = {airing.id: airing for each in told.values() for airing in each}
    sounds = recordings.several(tx, station, {a.recording_sha256 for a in named.values()} | set(keep))
    # Each is written once and stands in every plan that names it.
    planned = {name: _planned(airing, sounds[airing.recording_sha256]) for name, airing in named.items()}
    kept = tuple(_audio(sounds[sha256]) for sha256 in keep if sha256 in sounds)
    in_service = devices.by_cluster(tx, station).values()
    orders: dict[DeviceId, Order] = {
        device: (tuple(planned[airing.id] for airing in told.get(device, ())), kept) for device in in_service
    }
    return orders | dict.fromkeys(devices.retired_with_plan(tx, station), ((), ()))


def _changed(
    station: Station,
    device: DeviceId,
    *,
    planned: tuple[messages.PlannedAiring, ...],
    keep: tuple[messages.AudioRef, ...],
    before: Mark | None,
    now: datetime,
) -> messages.Plan | None:
    """Return the box's new plan, or None when the one that it has still says the same."""
    revision = messages.Revision(epoch=station.epoch, seq=before.seq + 1 if before else 1)
    plan = build_plan(station, device, planned=planned, keep=keep, revision=revision, now=now)
    is_same = before is not None and before.epoch == station.epoch and before.content_sha256 == content_hash(plan)
    return None if is_same else plan


def content_hash(plan: messages.Plan) -> str:
    """Return the SHA-256 of what a plan says, whatever its number and date."""
    return hashlib.sha256(plan.model_dump_json(exclude={"revision", "issued_at"}).encode()).hexdigest()


def _sealed(plan: messages.Plan, *, seal: SealPlan, now: datetime) -> SealedPlan:
    return SealedPlan(
        station=StationId(plan.station),
        device=DeviceId(plan.device),
        epoch=plan.revision.epoch,
        seq=plan.revision.seq,
        content_sha256=content_hash(plan),
        sealed=seal(plan),
        made_at=now,
    )


def _kept(tx: Connection, station: StationId, *, now: datetime) -> tuple[str, ...]:
    return bulletins.recordings_to_keep(tx, station, since=now - KEEP_APPROVED, limit=KEEP_MOST)


def _planned(airing: Airing, sound: Recording) -> messages.PlannedAiring:
    return messages.PlannedAiring(
        airing_id=airing.id,
        start_at=airing.start_at,
        not_after=airing.not_after,
        priority=messages.Priority(airing.priority.value),
        recording=_audio(sound),
        title=airing.title,
        sentence_offsets_ms=sound.sentence_offsets_ms,
    )


def _audio(sound: Recording) -> messages.AudioRef:
    return messages.AudioRef(
        sha256=sound.sha256,
        size_bytes=sound.size_bytes,
        chunks=chunks.count_for(sound.size_bytes),
        duration_ms=sound.duration_ms,
    )
