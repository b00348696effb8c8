"""The life of a fixed recording: taken in, heard, approved by the hash of its sound, returned, withdrawn."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Connection

from broadcaster.domain.ids import LibraryItemId, StationId
from broadcaster.domain.library import (
    Details,
    LibraryItem,
    LibraryState,
    OwnUpload,
    check_approved_sound,
    clean_file_name,
    clean_return_note,
    require_airable,
    require_state,
)
from broadcaster.domain.permissions import Person, may_approve, may_edit, may_withdraw, require
from broadcaster.domain.programme import LENGTH_MAX
from broadcaster.domain.sound_files import SoundDeskBusy
from broadcaster.domain.station import NoSuchThing, Rules
from broadcaster.services.office import Office, new_id
from broadcaster.store import airings, audit, library, recordings, settled, stations

UPLOAD_VOICE = "upload"
"""Stands where a recording names the voice that read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """A sound that is on disk under its hash: decoded, trimmed, at the station's loudness."""

    sha256: str
    size_bytes: int
    duration_ms: int


TakeIn = Callable[[BinaryIO], TakenIn]
"""Takes in an uploaded file. Raises the refusals of `domain.sound_files`, each a sentence for whoever uploads."""


def no_sound_desk(_file: BinaryIO) -> TakenIn:
    """Take nothing in: for programs without an audio cache."""
    raise SoundDeskBusy


def add(
    office: Office, *, actor: Person, details: Details, file: BinaryIO, file_name: str, take_in: TakeIn
) -> LibraryItem:
    """Keep a new draft of what was uploaded. The file is read to its end before anything is written down."""
    require(may_edit(actor))
    sound = take_in(file)
    now = office.now()
    item = LibraryItem(
        id=LibraryItemId(new_id("am")),
        station=actor.station,
        details=details,
        state=LibraryState.DRAFT,
        uploader=actor.id,
        recording_sha256=sound.sha256,
        file_name=clean_file_name(file_name),
        note=None,
        created_at=now,
        updated_at=now,
    )
    with office.database.writing() as tx:
        recordings.keep(tx, _recording(item, sound, now=now))
        library.add(tx, item)
        _record(tx, item, actor=actor, action="library.add", now=now)
    return item


def describe(office: Office, *, actor: Person, item: LibraryItemId, details: Details) -> LibraryItem:
    """Change what is said of a recording: it is a draft again, to be approved in these words."""
    require(may_edit(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, item)
        require_state("edit", before.state)
        after = replace(before, details=details, state=LibraryState.DRAFT, uploader=actor.id, updated_at=office.now())
        library.save(tx, after)
        _cancel_airings_to_come(tx, office, after, actor=actor)
        _record(tx, after, actor=actor, action="library.describe", now=office.now())
    office.ring_planner()
    return after


def submit(office: Office, *, actor: Person, item: LibraryItemId) -> LibraryItem:
    """Hand a recording to the approvers."""
    require(may_edit(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, item)
        require_state("submit", before.state)
        return _change(tx, office, before, actor=actor, action="library.submit", state=LibraryState.SUBMITTED)


def approve(
    office: Office, *, actor: Person, item: LibraryItemId, recording_sha256: str, details_sha256: str | None = None
) -> LibraryItem:
    """Approve exactly this sound, and these details if their hash is given. Raises SoundChanged, OwnUpload."""
    require(may_approve(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, item)
        if before.uploader == actor.id and not rules_of(tx, actor.station).self_approval:
            raise OwnUpload
        require_state("approve", before.state)
        check_approved_sound(before, recording_sha256=recording_sha256, details_sha256=details_sha256)
        library.add_approval(tx, before, approver=actor.id, now=office.now())
        after = _change(tx, office, before, actor=actor, action="library.approve", state=LibraryState.APPROVED)
    office.ring_planner()
    return after


def send_back(office: Office, *, actor: Person, item: LibraryItemId, note: str) -> LibraryItem:
    """Return a recording to whoever uploaded it, with a note that says why."""
    require(may_approve(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, item)
        require_state("return", before.state)
        said = clean_return_note(note)
        return _change(
            tx, office, before, actor=actor, action="library.return", state=LibraryState.RETURNED, note=said
        )  # fmt: skip


def withdraw(office: Office, *, actor: Person, item: LibraryItemId) -> LibraryItem:
    """Take a recording out of use."""
    require(may_withdraw(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, item)
        require_state("withdraw", before.state)
        after = _change(tx, office, before, actor=actor, action="library.withdraw", state=LibraryState.WITHDRAWN)
        _cancel_airings_to_come(tx, office, after, actor=actor)
    office.ring_planner()
    return after


def find(tx: Connection, station: StationId, item: LibraryItemId) -> LibraryItem:
    """Return an item of the station. Raises NoSuchThing."""
    found = library.get(tx, station, item)
    if found is None:
        raise NoSuchThing
    return found


def airable(tx: Connection, station: StationId, item: LibraryItemId, *, at: datetime) -> LibraryItem:
    """Return an item that may be aired at that instant.

    Raises NoSuchThing, LibraryStateWrong, or RightsExpired on the day of the station's own calendar.
    """
    found = find(tx, station, item)
    require_airable(found, on=at.astimezone(rules_of(tx, station).zone).date())
    return found


def _change(
    tx: Connection,
    office: Office,
    before: LibraryItem,
    *,
    actor: Person,
    action: str,
    state: LibraryState,
    note: str | None = None,
) -> LibraryItem:
    after = replace(before, state=state, note=note, updated_at=office.now())
    library.save(tx, after)
    _record(tx, after, actor=actor, action=action, now=office.now())
    return after


def _cancel_airings_to_come(tx: Connection, office: Office, item: LibraryItem, *, actor: Person) -> None:
    """Cancel what a person planned of it, and what sounds or is settled; from other sessions the planner takes it."""
    now = office.now()
    fixed = settled.keys_since(tx, item.station, since=now - LENGTH_MAX)
    for airing in airings.of_library_item(tx, item.station, item.id):
        is_fixed = airing.key is None or airing.key in fixed or airing.start_at <= now
        if airing.cancelled_at is None and airing.over_at > now and is_fixed:
            airings.cancel(tx, airing.id, now=now)
            audit.record(
                tx,
                item.station,
                user=actor.id,
                action="airing.cancel",
                subject=airing.id,
                now=now,
                library_item=item.id,
            )


def _record(tx: Connection, item: LibraryItem, *, actor: Person, action: str, now: datetime) -> None:
    audit.record(
        tx, item.station, user=actor.id, action=action, subject=item.id, now=now,
        title=item.title, recording_sha256=item.recording_sha256, details_sha256=item.details_sha256, note=item.note,
    )  # fmt: skip


def _recording(item: LibraryItem, sound: TakenIn, *, now: datetime) -> recordings.Recording:
    return recordings.Recording(
        station=item.station,
        sha256=sound.sha256,
        size_bytes=sound.size_bytes,
        duration_ms=sound.duration_ms,
        voice=UPLOAD_VOICE,
        sentence_offsets_ms=(),
        created_at=now,
    )


def rules_of(tx: Connection, station: StationId) -> Rules:
    """Return the rules of a station. Raises NoSuchThing."""
    found = stations.get(tx, station)
    if found is None:
        raise NoSuchThing
    return found.rules
