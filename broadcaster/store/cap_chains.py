"""Which messages from outside speak of which: what an update replaces, what a cancellation takes back, in any order."""

from collections.abc import Collection

from sqlalchemy import Connection, or_, select

from broadcaster.domain.cap.message import Reference
from broadcaster.domain.cap.verdict import Decision
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.store.cap_received import is_named, name_of, of_source
from broadcaster.store.cap_tables import cap_received, cap_references

CHAIN_MOST = 100
"""Of messages that replace one another: nobody who means well sends more."""


def known(
    tx: Connection, station: StationId, *, source: str, status: str, names: Collection[Reference]
) -> dict[Reference, AlertId | None]:
    """Return which of these messages of that status came from that source, each with the alert made of it."""
    if not names:
        return {}
    wanted = select(cap_received).where(
        of_source(station, source), cap_received.c.status == status, or_(*(is_named(name) for name in names))
    )
    return {name_of(row): AlertId(row.alert_id) if row.alert_id else None for row in tx.execute(wanted)}


def with_successors(
    tx: Connection, station: StationId, *, source: str, status: str, names: Collection[Reference], but: str
) -> tuple[Reference, ...]:
    """Return these messages, then those by which their sender replaced them, and those again; all but the row `but`."""
    found = dict.fromkeys(names)
    fresh = tuple(found)
    while fresh and len(found) <= CHAIN_MOST:
        wanted = (
            select(cap_received)
            .join(cap_references, cap_references.c.received_id == cap_received.c.id)
            .where(
                of_source(station, source),
                cap_received.c.id != but,
                cap_received.c.status == status,
                cap_received.c.msg_type == "Update",
                cap_received.c.sender == cap_references.c.sender,
                cap_received.c.decision.in_([Decision.PLAYS, Decision.WAITS]),
                or_(*(is_named(name, cap_references) for name in fresh)),
            )
        )
        fresh = tuple(name for row in tx.execute(wanted) if (name := name_of(row)) not in found)
        found |= dict.fromkeys(fresh)
    return tuple(found)


def superseded_by(tx: Connection, station: StationId, *, source: str, status: str, name: Reference) -> str:
    """Return the identifier of a message by which that sender already replaced or cancelled this one; or nothing.

    It must be of the same status: a drill's Cancel takes back nothing real.
    """
    wanted = (
        select(cap_received.c.identifier)
        .join(cap_references, cap_references.c.received_id == cap_received.c.id)
        .where(
            of_source(station, source),
            cap_received.c.sender == name.sender,
            cap_received.c.identifier != name.identifier,
            cap_received.c.status == status,
            cap_received.c.msg_type.in_(["Update", "Cancel"]),
            cap_received.c.decision.in_([Decision.PLAYS, Decision.WAITS, Decision.CALLS_OFF, Decision.NOTED]),
            is_named(name, cap_references),
        )
        .order_by(cap_received.c.sent.desc())
    )
    return str(tx.execute(wanted).scalar() or "")
