"""Everything that the library's pages show, worked out before a template sees it."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from broadcaster.domain import permissions
from broadcaster.domain.errors import N_
from broadcaster.domain.library import KIND_NAMES, LANGUAGES, STATE_NAMES, LibraryItem, LibraryState, may
from broadcaster.store import accounts, audit, library, recordings
from broadcaster.web import trail, words
from broadcaster.web.forms import Entered
from broadcaster.web.session import Visit

STATE_LOOKS = {
    LibraryState.DRAFT: ("pen", "waiting"),
    LibraryState.SUBMITTED: ("clock", "warn"),
    LibraryState.APPROVED: ("check", "good"),
    LibraryState.RETURNED: ("back", "bad"),
    LibraryState.WITHDRAWN: ("stop", "waiting"),
}
SOON = timedelta(days=30)
"""Rights that end within this time are pointed out."""


def rows(tx: Connection, visit: Visit, found: Sequence[LibraryItem]) -> list[dict[str, object]]:
    """Return the items as a list shows them."""
    names = {account.person.id: account.person.name for account in accounts.of_station(tx, visit.station.id)}
    sounds = recordings.several(tx, visit.station.id, {item.recording_sha256 for item in found})
    return [
        base(visit, item)
        | {
            "href": f"/kho-am-thanh/{item.id}",
            "uploader": names.get(item.uploader, ""),
            "length": words.length(timedelta(milliseconds=sounds[item.recording_sha256].duration_ms), visit.translate),
            "own": item.uploader == visit.person.id and not visit.station.rules.self_approval,
            "waiting": words.ago(item.updated_at, visit.now, visit.translate),
        }
        for item in found
    ]


def base(visit: Visit, item: LibraryItem) -> dict[str, object]:
    """Return what every view of an item shows."""
    look, colour = STATE_LOOKS[item.state]
    translate, details = visit.translate, item.details
    return {
        "title": item.title,
        "kind": translate(KIND_NAMES[details.kind]),
        "language": language_name(details.language, visit),
        "state": translate(STATE_NAMES[item.state]),
        "look": look,
        "colour": colour,
        "expires": f"{details.expires_on:%d/%m/%Y}" if details.expires_on else None,
        "expiry": _expiry(visit, item),
    }


def item_values(tx: Connection, visit: Visit, item: LibraryItem) -> dict[str, object]:
    """Return everything that an item's own page shows."""
    names = {account.person.id: account.person.name for account in accounts.of_station(tx, visit.station.id)}
    sound = recordings.get(tx, visit.station.id, item.recording_sha256)
    assert sound is not None  # noqa: S101 - an item is only ever kept together with its recording
    zone, translate = visit.station.rules.zone, visit.translate
    history = trail.lines(
        tx, visit.station.id, audit.latest(tx, visit.station.id, subject=item.id), translate=translate, voices={}
    )
    return base(visit, item) | {
        "item": item,
        "step": _next_step(visit, item),
        "src": f"/ban-thu/{item.recording_sha256}",
        "short": item.recording_sha256[:8],
        "length": words.length(timedelta(milliseconds=sound.duration_ms), translate),
        "uploader": names.get(item.uploader, ""),
        "uploaded": words.moment(item.created_at, zone, translate),
        "may_air": permissions.may_air(visit.person) and may("air", item.state),
        "may_edit": permissions.may_edit(visit.person) and may("edit", item.state),
        "may_withdraw": permissions.may_withdraw(visit.person) and may("withdraw", item.state),
        "approvals": [
            {"who": a.approver, "at": words.moment(a.at, zone, translate), "sound": a.recording_sha256[:8]}
            for a in library.approvals_of(tx, item.id)
        ],
        "history": [
            {"at": words.moment(line.entry.at, zone, translate), "sentence": line.sentence} for line in history
        ],
    }


def fields_of(item: LibraryItem) -> Entered:
    """Return an item as the form holds it."""
    details = item.details
    return Entered(
        fields={
            "title": [details.title],
            "kind": [details.kind.value],
            "language": [details.language],
            "rights_holder": [details.rights_holder],
            "rights_source": [details.rights_source],
            "expires_on": [details.expires_on.isoformat() if details.expires_on else ""],
        }
    )


def language_name(code: str, visit: Visit) -> str:
    """Return what a language is called, or its code where the station has no name for it."""
    return visit.translate(LANGUAGES[code]) if code in LANGUAGES else code


def _today(visit: Visit) -> date:
    return visit.now.astimezone(visit.station.rules.zone).date()


def _expiry(visit: Visit, item: LibraryItem) -> dict[str, str] | None:
    """Return what there is to say of an item's rights running out, with its colour."""
    last = item.details.expires_on
    if last is None:
        return None
    if item.expired(_today(visit)):
        said = N_("Hết hạn từ sau ngày {day}, không được phát")
        return {"colour": "bad", "icon": "stop", "text": visit.sentence(said, day=f"{last:%d/%m/%Y}")}
    if last - _today(visit) <= SOON:
        said = N_("Được phát đến hết ngày {day}")
        return {"colour": "warn", "icon": "clock", "text": visit.sentence(said, day=f"{last:%d/%m/%Y}")}
    return None


def _next_step(visit: Visit, item: LibraryItem) -> str:
    """Return the one thing that comes next for this item and this person."""
    if item.state in (LibraryState.DRAFT, LibraryState.RETURNED):
        return "submit" if permissions.may_edit(visit.person) else "pending"
    if item.state is not LibraryState.SUBMITTED:
        return item.state.value
    if not permissions.may_approve(visit.person):
        return "pending"
    own = item.uploader == visit.person.id and not visit.station.rules.self_approval
    return "own" if own else "approve"
