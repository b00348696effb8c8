"""Everything that the page of one bulletin shows, worked out before the template sees it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain import permissions
from broadcaster.domain.bulletin import STATE_NAMES, Bulletin, BulletinState, Priority, may
from broadcaster.domain.station import Rules
from broadcaster.domain.timetable import Airing, quiet_hours_touched
from broadcaster.reading.reading import Reading
from broadcaster.services.airings import deliveries
from broadcaster.services.reader import station_reader
from broadcaster.services.rendering import read_bulletin
from broadcaster.store import accounts, airings, audit, bulletins, recordings, requests, stations
from broadcaster.store.bulletins import Rendering
from broadcaster.store.recordings import Recording
from broadcaster.web import trail, words
from broadcaster.web.asking_view import asking_values
from broadcaster.web.desk import Desk
from broadcaster.web.outcomes import summary
from broadcaster.web.session import Visit
from broadcaster.web.spoken import spoken

SESSIONS = (5, 17)
"""The hours at which commune stations usually begin their two programmes of the day."""
_STEPS = {
    "wait": 1,
    "failed": 1,
    "submit": 2,
    "pending": 3,
    "approve": 3,
    "own": 3,
    "schedule": 4,
    "asked": 4,
    "aired": 5,
}


def now_values(desk: Desk, tx: Connection, visit: Visit, bulletin: Bulletin) -> dict[str, object]:
    """Return what may change while somebody looks: the recording and the step that comes next."""
    sound = recordings.get(tx, bulletin.station, bulletin.recording_sha256) if bulletin.recording_sha256 else None
    work = bulletins.rendering_of(tx, bulletin.id)
    step = next_step(visit, bulletin, work=work, planned=_is_planned(tx, bulletin))
    every = requests.of_bulletin(tx, bulletin.station, bulletin.id)
    if step == "schedule" and any(each.closed_at is None for each in every):
        step = "asked"
    look, colour = words.STATE_LOOKS[bulletin.state]
    return {
        "bulletin": bulletin,
        "state": visit.translate(STATE_NAMES[bulletin.state]),
        "look": look,
        "colour": colour,
        "step": step,
        "step_number": _STEPS.get(step, 0),
        "recording": _recording(desk, visit, bulletin, sound) if sound else None,
        "work": work,
        "remarks": (work.message or "").splitlines() if work and work.state == "done" else [],
        "may_edit": permissions.may_edit(visit.person) and may("edit", bulletin.state),
    }


def page_values(desk: Desk, tx: Connection, visit: Visit, bulletin: Bulletin) -> dict[str, object]:
    """Return everything that the page shows of a bulletin."""
    choices = bulletins.choices_of(tx, bulletin.id)
    names = {account.person.id: account.person.name for account in accounts.of_station(tx, bulletin.station)}
    hamlets, clusters = stations.hamlets_of(tx, bulletin.station), stations.clusters_of(tx, bulletin.station)
    zone, translate = visit.station.rules.zone, visit.translate
    history = trail.lines(
        tx,
        bulletin.station,
        audit.latest(tx, bulletin.station, subject=bulletin.id),
        translate=translate,
        voices=voice_titles(desk),
    )
    may_edit = permissions.may_edit(visit.person) and bulletin.state in (BulletinState.DRAFT, BulletinState.RETURNED)
    reading = read_bulletin(station_reader(tx, visit.station), bulletin, choices)
    return (
        now_values(desk, tx, visit, bulletin)
        | asking_values(tx, visit, bulletin)
        | {
            "spoken": spoken(reading, choices),
            "recorded_words": _recorded_words(tx, bulletin, reading),
            "may_choose": may_edit,
            "may_air": permissions.may_air(visit.person) and may("air", bulletin.state),
            "may_withdraw": permissions.may_withdraw(visit.person) and may("withdraw", bulletin.state),
            "author": names.get(bulletin.author, ""),
            "audience": words.audience(bulletin.audience, hamlets=hamlets, clusters=clusters, translate=translate),
            "priority": translate(words.PRIORITY_NAMES[bulletin.priority]),
            "urgent": bulletin.priority is Priority.PRIORITY,
            "created": words.moment(bulletin.created_at, zone, translate),
            "changed": words.moment(bulletin.updated_at, zone, translate),
            "approvals": [
                {"who": a.approver, "at": words.moment(a.at, zone, translate), "sound": a.recording_sha256[:8]}
                for a in bulletins.approvals_of(tx, bulletin.id)
            ],
            "airings": [
                _airing_line(tx, visit, airing) for airing in airings.of_bulletin(tx, bulletin.station, bulletin.id)
            ],
            "history": [
                {"at": words.moment(line.entry.at, zone, translate), "sentence": line.sentence} for line in history
            ],
        }
    )


def next_step(visit: Visit, bulletin: Bulletin, *, work: Rendering | None, planned: bool) -> str:
    """Return the one thing that comes next for this bulletin and this person."""
    if bulletin.state in (BulletinState.WITHDRAWN, BulletinState.RETURNED):
        return bulletin.state.value
    if bulletin.recording_sha256 is None:
        return "failed" if work is None or work.state == "failed" else "wait"
    if bulletin.state is BulletinState.DRAFT:
        return "submit"
    if bulletin.state is BulletinState.SUBMITTED:
        return _approving(visit, bulletin)
    return "aired" if planned else "schedule"


def suggested_start(now: datetime, *, duration: timedelta, rules: Rules) -> datetime:
    """Return the next usual hour at which an airing of that length touches no quiet hours."""
    today = now.astimezone(rules.zone).replace(minute=0, second=0, microsecond=0)
    usual = (today.replace(hour=hour) + timedelta(days=days) for days in range(4) for hour in SESSIONS)
    fitting = (
        start
        for start in usual
        if start > now + timedelta(minutes=5) and not quiet_hours_touched(start, duration=duration, rules=rules)
    )
    return next(fitting, now.astimezone(rules.zone) + timedelta(hours=1))


def voice_titles(desk: Desk) -> Mapping[str, str]:
    """Return what each installed voice is called."""
    return {voice.name: voice.title for voice in desk.site.voices}


def _approving(visit: Visit, bulletin: Bulletin) -> str:
    if not permissions.may_approve(visit.person):
        return "pending"
    own = visit.person.id == bulletin.author and not visit.station.rules.self_approval
    return "own" if own else "approve"


def _is_planned(tx: Connection, bulletin: Bulletin) -> bool:
    every = airings.of_bulletin(tx, bulletin.station, bulletin.id)
    return any(airing.cancelled_at is None for airing in every)


def _recording(desk: Desk, visit: Visit, bulletin: Bulletin, sound: Recording) -> dict[str, object]:
    titles = voice_titles(desk)
    return {
        "src": f"/ban-thu/{sound.sha256}",
        "sha256": sound.sha256,
        "short": sound.sha256[:8],
        "length": words.length(timedelta(milliseconds=sound.duration_ms), visit.translate),
        "voice": titles.get(sound.voice, sound.voice),
        "wanted_voice": titles.get(bulletin.voice, bulletin.voice) if sound.voice != bulletin.voice else None,
    }


def _recorded_words(tx: Connection, bulletin: Bulletin, reading: Reading) -> str | None:
    """Return the words in the recording where the station reads the text otherwise by now: what airs is what was said.

    Only an approved bulletin keeps such a recording; the others are read aloud anew.
    """
    work = bulletins.rendering_of(tx, bulletin.id)
    if bulletin.state is not BulletinState.APPROVED or work is None or work.state != "done":
        return None
    return work.spoken if work.spoken != reading.spoken else None


def _airing_line(tx: Connection, visit: Visit, airing: Airing) -> dict[str, object]:
    said = summary(airing, deliveries(tx, airing, now=visit.now), now=visit.now, translate=visit.translate)
    return {
        "href": f"/luot-phat/{airing.id}",
        "start": words.moment(airing.start_at, visit.station.rules.zone, visit.translate),
        "summary": said.sentence,
        "look": said.look,
    }
