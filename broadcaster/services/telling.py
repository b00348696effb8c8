"""Telling the station's people what happened: who is told, and sending each notice until it is there or too old."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from broadcaster.domain import messenger as rules
from broadcaster.domain.ids import MessengerId
from broadcaster.domain.messenger import BadMessengerAddress, MessageNotSent, Messenger, TooManyMessengers
from broadcaster.domain.permissions import Person, may_administer, require
from broadcaster.domain.station import NoSuchThing, clean_name
from broadcaster.services.office import Office, new_id
from broadcaster.store import audit, messengers, notices, stations
from broadcaster.store.messengers import Sending

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to an address."""

    address: str
    title: str
    text: str


class Messages(Protocol):
    """What carries messages. `shown` returns an address without its secrets, None for what is no address at all;
    `send` carries all letters side by side, and returns what went wrong with each, None where nothing did."""

    def shown(self, address: str) -> str | None: ...

    def send(self, letters: Sequence[Letter]) -> tuple[str | None, ...]: ...


def add(office: Office, messages: Messages, *, actor: Person, name: str, address: str) -> Messenger:
    """Tell this address too from now on. Raises BadMessengerAddress or TooManyMessengers."""
    require(may_administer(actor))
    wanted, cleaned = address.strip(), clean_name(name)
    shown = messages.shown(wanted) if 0 < len(wanted) <= rules.ADDRESS_MAX else None
    if shown is None:
        raise BadMessengerAddress
    added = Messenger(
        id=MessengerId(new_id("nt")), station=actor.station, name=cleaned, address=wanted, shown=shown,
        created_at=office.now(),
    )  # fmt: skip
    with office.database.writing() as tx:
        if messengers.count(tx, actor.station) >= rules.MOST:
            raise TooManyMessengers(most=rules.MOST)
        messengers.add(tx, added)
        audit.record(tx, actor.station, user=actor.id, action="messenger.add", subject=added.id, now=office.now(),
                     name=cleaned, address=shown)  # fmt: skip
    return added


def remove(office: Office, *, actor: Person, messenger: MessengerId) -> None:
    """Tell this address nothing more. Raises NoSuchThing."""
    require(may_administer(actor))
    with office.database.writing() as tx:
        if not messengers.remove(tx, actor.station, messenger):
            raise NoSuchThing
        audit.record(
            tx, actor.station, user=actor.id, action="messenger.remove", subject=messenger, now=office.now()
        )  # fmt: skip


def try_out(office: Office, messages: Messages, *, actor: Person, messenger: MessengerId) -> None:
    """Send a message that says that it is a trial. Raises NoSuchThing or MessageNotSent."""
    require(may_administer(actor))
    with office.database.reading() as tx:
        found, station = messengers.get(tx, actor.station, messenger), stations.get(tx, actor.station)
    if found is None or station is None:
        raise NoSuchThing
    text = "Đây là tin thử. Khi đài có việc khẩn, tin sẽ đến nơi này."
    (error,) = messages.send([Letter(address=found.address, title=_title(station.name), text=text)])
    with office.database.writing() as tx:
        messengers.note_result(tx, messenger, error=error, now=office.now())
    if error is not None:
        raise MessageNotSent(why=error)


def send_due(office: Office, messages: Messages) -> int:
    """Queue what is new, send each messenger the oldest of what is due to it; return how many messages were due.

    Nothing is held in a transaction while a messenger answers, and all are asked at once: none waits for another
    longer than its deadline. One that fails is tried again at longer and longer intervals.
    """
    with office.database.reading() as tx:
        has_new = bool(notices.unsent(tx, limit=1))
    if has_new:
        _queue(office)
    with office.database.reading() as tx:
        due = messengers.due(tx, now=office.now())
        names = {station.id: station.name for station in stations.every(tx)}
    oldest: dict[MessengerId, Sending] = {}
    for sending in due:
        oldest.setdefault(sending.messenger, sending)
    letters = [
        Letter(address=sending.address, title=_title(names.get(sending.station, "")), text=sending.sentence)
        for sending in oldest.values()
    ]
    for sending, error in zip(oldest.values(), messages.send(letters), strict=True):
        behind = [other for other in due if other.messenger == sending.messenger and other is not sending]
        _note(office, sending, error=error, behind=behind)
    return len(due)


def _queue(office: Office) -> None:
    now = office.now()
    with office.database.writing() as tx:
        fresh = notices.unsent(tx)
        for notice in fresh:
            to = [messenger.id for messenger in messengers.of_station(tx, notice.station)]
            messengers.queue(tx, notice.id, to, now=now)
        notices.note_sent(tx, [notice.id for notice in fresh], now=now)


def _note(office: Office, sending: Sending, *, error: str | None, behind: Sequence[Sending]) -> None:
    """Write down how a try went; what stands behind one that failed waits with it."""
    now = office.now()
    later = now + rules.delay_after(sending.tries + 1)
    is_tried_again = error is not None and rules.is_worth_a_try(
        tries=sending.tries + 1, noticed_at=sending.noticed_at, now=now
    )
    if error is not None:
        log.warning("notice %d did not reach %s: %s", sending.notice, sending.messenger, error)
    with office.database.writing() as tx:
        messengers.note_try(tx, sending, error=error, next_at=later if is_tried_again else None, now=now)
        for other in behind if error is not None else ():
            messengers.put_off(tx, other, until=later)


def _title(station: str) -> str:
    return f"Đài truyền thanh {station}".strip()
