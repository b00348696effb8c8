"""Whom to call in each hamlet when its loudspeakers are silent."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from broadcaster.domain.ids import HamletId, StationId
from broadcaster.store.contact_tables import hamlet_contacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person of a hamlet and their telephone number."""

    hamlet: HamletId
    name: str
    phone: str


def of_station(tx: Connection, station: StationId) -> dict[HamletId, Contact]:
    """Return the contact of each hamlet that has one."""
    rows = tx.execute(select(hamlet_contacts).where(hamlet_contacts.c.station_id == station))
    return {HamletId(r.hamlet_id): Contact(hamlet=HamletId(r.hamlet_id), name=r.name, phone=r.phone) for r in rows}


def put(tx: Connection, station: StationId, contact: Contact) -> None:
    """Replace a hamlet's contact; one without a number is no contact."""
    tx.execute(
        delete(hamlet_contacts).where(
            hamlet_contacts.c.station_id == station, hamlet_contacts.c.hamlet_id == contact.hamlet
        )
    )
    if contact.phone:
        tx.execute(
            insert(hamlet_contacts).values(
                hamlet_id=contact.hamlet, station_id=station, name=contact.name, phone=contact.phone
            )
        )
