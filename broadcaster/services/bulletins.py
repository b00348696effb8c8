"""The life of a bulletin: written, submitted, approved by hash, returned, withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from broadcaster.domain.audience import Audience, check_known
from broadcaster.domain.bulletin import (
    Bulletin,
    BulletinState,
    NothingToSay,
    Priority,
    RecordingNotReady,
    check_approved_content,
    clean_note,
    clean_text,
    clean_title,
    require_state,
    text_hash,
)
from broadcaster.domain.ids import BulletinId, StationId
from broadcaster.domain.permissions import (
    Person,
    may_approve,
    may_edit,
    may_withdraw,
    require,
    require_may_approve,
)
from broadcaster.domain.station import NoSuchThing, Station, choose_voices
from broadcaster.reading.reading import Choice
from broadcaster.services.office import Office, new_id
from broadcaster.services.reader import station_reader
from broadcaster.store import airings, audit, bulletins, stations


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A bulletin as its author entered it."""

    title: str
    text: str
    audience: Audience
    voice: str = ""
    read_twice: bool = False
    repeat_key_fact: bool = False
    priority: Priority = Priority.ORDINARY
    choices: tuple[Choice, ...] = ()


def write(office: Office, *, actor: Person, draft: Draft, voices: Sequence[str]) -> Bulletin:
    """Keep a new draft and have it read aloud. `voices` are those that are installed. Raises Invalid."""
    require(may_edit(actor))
    now = office.now()
    with office.database.writing() as tx:
        station = _station(tx, actor.station)
        clean = _checked(tx, station, draft=draft, voices=voices)
        bulletin = Bulletin(
            id=BulletinId(new_id("bt")),
            station=actor.station,
            title=clean.title,
            text=clean.text,
            audience=clean.audience,
            voice=clean.voice,
            read_twice=clean.read_twice,
            repeat_key_fact=clean.repeat_key_fact,
            priority=clean.priority,
            state=BulletinState.DRAFT,
            author=actor.id,
            text_sha256=_hash(clean),
            recording_sha256=None,
            note=None,
            created_at=now,
            updated_at=now,
        )
        bulletins.add(tx, bulletin, choices=clean.choices)
        _queue(tx, office, bulletin=bulletin, actor=actor, action="bulletin.write")
    office.ring_renderer()
    return bulletin


def rewrite(office: Office, *, actor: Person, bulletin: BulletinId, draft: Draft, voices: Sequence[str]) -> Bulletin:
    """Change a bulletin: it is a draft again, and what was approved or read aloud before no longer stands.

    Airings to come are cancelled, since what they would sound is not approved any more. Whoever wrote last is the
    author: nobody approves their own words by putting them into another's bulletin.
    """
    require(may_edit(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, bulletin)
        require_state("edit", before.state)
        clean = _checked(tx, _station(tx, actor.station), draft=draft, voices=voices)
        after = replace(
            before,
            title=clean.title,
            text=clean.text,
            audience=clean.audience,
            voice=clean.voice,
            read_twice=clean.read_twice,
            repeat_key_fact=clean.repeat_key_fact,
            priority=clean.priority,
            state=BulletinState.DRAFT,
            author=actor.id,
            text_sha256=_hash(clean),
            recording_sha256=None,
            updated_at=office.now(),
        )
        bulletins.save(tx, after)
        bulletins.set_choices(tx, bulletin, clean.choices)
        _cancel_airings_to_come(tx, office, bulletin=after, actor=actor)
        _queue(tx, office, bulletin=after, actor=actor, action="bulletin.rewrite")
    office.ring_renderer()
    office.ring_planner()
    return after


def submit(office: Office, *, actor: Person, bulletin: BulletinId) -> Bulletin:
    """Hand a bulletin to the approvers. Raises RecordingNotReady when its reading aloud has failed."""
    require(may_edit(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, bulletin)
        require_state("submit", before.state)
        rendering = bulletins.rendering_of(tx, bulletin)
        if before.recording_sha256 is None and (rendering is None or rendering.state == "failed"):
            raise RecordingNotReady
        return _change(
            tx, office, before, actor=actor, action="bulletin.submit", state=BulletinState.SUBMITTED, note=None
        )


def approve(
    office: Office, *, actor: Person, bulletin: BulletinId, text_sha256: str, recording_sha256: str
) -> Bulletin:
    """Approve exactly this text and this recording. Raises ContentChanged when the bulletin has others by now."""
    with office.database.writing() as tx:
        before = find(tx, actor.station, bulletin)
        rules = _station(tx, actor.station).rules
        require_may_approve(actor, author=before.author, self_approval=rules.self_approval)
        require_state("approve", before.state)
        check_approved_content(before, text_sha256=text_sha256, recording_sha256=recording_sha256)
        bulletins.add_approval(tx, before, approver=actor.id, now=office.now())
        after = _change(
            tx, office, before, actor=actor, action="bulletin.approve", state=BulletinState.APPROVED, note=None
        )
    office.ring_planner()
    return after


def send_back(office: Office, *, actor: Person, bulletin: BulletinId, note: str) -> Bulletin:
    """Return a bulletin to its author with a note that says why."""
    require(may_approve(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, bulletin)
        require_state("return", before.state)
        return _change(
            tx, office, before, actor=actor, action="bulletin.return",
            state=BulletinState.RETURNED, note=clean_note(note),
        )  # fmt: skip


def withdraw(office: Office, *, actor: Person, bulletin: BulletinId) -> Bulletin:
    """Take a bulletin out of everything: its airings to come are cancelled, one that sounds now is stopped."""
    require(may_withdraw(actor))
    with office.database.writing() as tx:
        before = find(tx, actor.station, bulletin)
        require_state("withdraw", before.state)
        after = _change(
            tx, office, before, actor=actor, action="bulletin.withdraw", state=BulletinState.WITHDRAWN, note=None
        )
        _cancel_airings_to_come(tx, office, bulletin=after, actor=actor)
    office.ring_planner()
    return after


def find(tx: Connection, station: StationId, bulletin: BulletinId) -> Bulletin:
    """Return a bulletin of the station. Raises NoSuchThing."""
    found = bulletins.get(tx, station, bulletin)
    if found is None:
        raise NoSuchThing
    return found


def _checked(tx: Connection, station: Station, *, draft: Draft, voices: Sequence[str]) -> Draft:
    """Return the draft cleaned. Raises Invalid with the first thing that its author must mend."""
    text = clean_text(draft.text)
    title = clean_title(draft.title)
    audience = check_known(
        draft.audience,
        hamlets=[h.id for h in stations.hamlets_of(tx, station.id)],
        clusters=[c.id for c in stations.clusters_of(tx, station.id)],
    )
    if not station_reader(tx, station).read(text, choices=draft.choices).sentences:
        raise NothingToSay
    voice = choose_voices(draft.voice, voices, station.rules.voices)[0]
    return replace(draft, text=text, title=title, audience=audience, voice=voice)


def _hash(draft: Draft) -> str:
    return text_hash(draft.text, [(c.written, c.occurrence, c.spoken) for c in draft.choices])


def _queue(tx: Connection, office: Office, *, bulletin: Bulletin, actor: Person, action: str) -> None:
    bulletins.queue_rendering(tx, bulletin.id, request=new_id("rd"), now=office.now())
    audit.record(
        tx, actor.station, user=actor.id, action=action, subject=bulletin.id, now=office.now(),
        title=bulletin.title, text_sha256=bulletin.text_sha256,
    )  # fmt: skip


def _change(
    tx: Connection,
    office: Office,
    before: Bulletin,
    *,
    actor: Person,
    action: str,
    state: BulletinState,
    note: str | None,
) -> Bulletin:
    after = replace(before, state=state, note=note, updated_at=office.now())
    bulletins.save(tx, after)
    audit.record(
        tx, actor.station, user=actor.id, action=action, subject=before.id, now=office.now(),
        text_sha256=before.text_sha256, recording_sha256=before.recording_sha256, note=note,
    )  # fmt: skip
    return after


def _cancel_airings_to_come(tx: Connection, office: Office, *, bulletin: Bulletin, actor: Person) -> None:
    """Cancel what has not ended; the box stops what it is playing when its plan no longer names it."""
    now = office.now()
    for airing in airings.of_bulletin(tx, bulletin.station, bulletin.id):
        if airing.cancelled_at is None and airing.over_at > now:
            airings.cancel(tx, airing.id, now=now)
            audit.record(
                tx, bulletin.station, user=actor.id, action="airing.cancel", subject=airing.id, now=now,
                bulletin=bulletin.id,
            )  # fmt: skip


def _station(tx: Connection, station: StationId) -> Station:
    found = stations.get(tx, station)
    if found is None:
        raise NoSuchThing
    return found
