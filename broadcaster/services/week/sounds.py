"""Which item of the library a recording's name in the programmes means today."""

from broadcaster.domain.ids import LibraryItemId
from broadcaster.domain.permissions import Person, may_schedule, require
from broadcaster.domain.programme import SoundName
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.library import find as find_item
from broadcaster.services.office import Office
from broadcaster.store import audit, programmes


def name_sound(office: Office, *, actor: Person, name: SoundName, item: LibraryItemId | None) -> None:
    """Say which item of the library a recording's name means. Raises NoSuchThing."""
    require(may_schedule(actor))
    with office.database.writing() as tx:
        if item is not None:
            find_item(tx, actor.station, item)
        if not programmes.set_sound(tx, actor.station, name, item):
            raise NoSuchThing
        audit.record(
            tx, actor.station, user=actor.id, action="timetable.sound", subject=name[:80], now=office.now(), item=item
        )
    office.ring_planner()
