"""Changing a station's own lexicon: one click for the officer, and every bulletin not yet approved is read anew."""

from sqlalchemy import Connection

from broadcaster.domain.bulletin import BulletinState
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import StationId
from broadcaster.domain.permissions import Person, may_edit, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.domain.writing import visible
from broadcaster.services.office import Office, new_id
from broadcaster.store import audit, bulletins, lexicon

WRITTEN_MAX = 100
SPOKEN_MAX = 300
UNAPPROVED = (BulletinState.DRAFT, BulletinState.SUBMITTED, BulletinState.RETURNED)


@refusal
class EntryIncomplete(Invalid):
    message = N_("Xin ghi cả chữ viết và cách đọc.")


@refusal
class EntryTooLong(Invalid):
    written_limit: int
    spoken_limit: int
    message = N_("Chữ viết dài nhất {written_limit} ký tự, cách đọc dài nhất {spoken_limit} ký tự. Xin rút ngắn lại.")


@refusal
class SpokenNotWords(Invalid):
    message = N_("Cách đọc chỉ gồm chữ tiếng Việt, không có chữ số hay ký hiệu. Xin viết như cách đọc thành tiếng.")


def add_entry(office: Office, *, actor: Person, written: str, spoken: str) -> None:
    """Keep how this station says a written form. Raises Invalid."""
    require(may_edit(actor))
    form, words = " ".join(visible(written).split()), " ".join(visible(spoken).split())
    if not form or not words:
        raise EntryIncomplete
    if len(form) > WRITTEN_MAX or len(words) > SPOKEN_MAX:
        raise EntryTooLong(written_limit=WRITTEN_MAX, spoken_limit=SPOKEN_MAX)
    if not all(letter.isalpha() or letter in " ,-" for letter in words):
        raise SpokenNotWords
    with office.database.writing() as tx:
        lexicon.put(tx, actor.station, written=form, spoken=words, added_by=actor.id, now=office.now())
        read_again(tx, office, station=actor.station, written=form)
        audit.record(
            tx, actor.station, user=actor.id, action="lexicon.add", subject=form[:80], now=office.now(), spoken=words
        )
    office.ring_renderer()


def remove_entry(office: Office, *, actor: Person, written: str) -> None:
    """Forget an entry of the station's own. Raises NoSuchThing."""
    require(may_edit(actor))
    with office.database.writing() as tx:
        if not lexicon.remove(tx, actor.station, written):
            raise NoSuchThing
        read_again(tx, office, station=actor.station, written=written)
        audit.record(tx, actor.station, user=actor.id, action="lexicon.remove", subject=written[:80], now=office.now())
    office.ring_renderer()


def read_again(tx: Connection, office: Office, *, station: StationId, written: str = "") -> None:
    """Have every bulletin that is not approved and holds `written` read aloud anew: what is heard is what is said."""
    for bulletin in bulletins.of_station(tx, station, states=UNAPPROVED, limit=1000):
        if written.lower() in bulletin.text.lower():
            bulletins.set_recording(tx, bulletin.id, None)
            bulletins.queue_rendering(tx, bulletin.id, request=new_id("rd"), now=office.now())
