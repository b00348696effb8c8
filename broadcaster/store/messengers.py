"""Who is told, and what is still to be sent to whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from broadcaster.domain.ids import MessengerId, StationId
from broadcaster.domain.messenger import Messenger
from broadcaster.store.alert_tables import notices
from broadcaster.store.messenger_tables import messengers, sendings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One notice on its way to one messenger."""

    notice: int
    messenger: MessengerId
    address: str
    station: StationId
    sentence: str
    noticed_at: datetime
    tries: int


def add(tx: Connection, messenger: Messenger) -> None:
    """Keep a new messenger."""
    tx.execute(
        insert(messengers).values(
            id=messenger.id, station_id=messenger.station, name=messenger.name, address=messenger.address,
            shown=messenger.shown, created_at=messenger.created_at,
        )
    )  # fmt: skip


def remove(tx: Connection, station: StationId, messenger: MessengerId) -> bool:
    """Forget a messenger and what waited for it; False when the station has none of that name."""
    mine = messengers.c.station_id == station, messengers.c.id == messenger
    if tx.execute(select(messengers.c.id).where(*mine)).first() is None:
        return False
    tx.execute(delete(sendings).where(sendings.c.messenger_id == messenger))
    tx.execute(delete(messengers).where(*mine))
    return True


def get(tx: Connection, station: StationId, messenger: MessengerId) -> Messenger | None:
    """Return one messenger of this station, or None."""
    mine = messengers.c.station_id == station, messengers.c.id == messenger
    row = tx.execute(select(messengers).where(*mine)).first()
    return _messenger(row) if row else None


def of_station(tx: Connection, station: StationId) -> tuple[Messenger, ...]:
    """Return the station's messengers, oldest first."""
    rows = tx.execute(select(messengers).where(messengers.c.station_id == station).order_by(messengers.c.created_at))
    return tuple(_messenger(row) for row in rows)


def count(tx: Connection, station: StationId) -> int:
    """Return how many messengers a station has."""
    wanted = select(func.count()).select_from(messengers).where(messengers.c.station_id == station)
    return int(tx.execute(wanted).scalar_one())


def queue(tx: Connection, notice: int, to: Iterable[MessengerId], *, now: datetime) -> None:
    """Have a notice sent to each of these."""
    rows = [{"notice_id": notice, "messenger_id": messenger, "tries": 0, "next_at": now} for messenger in to]
    if rows:
        tx.execute(insert(sendings), rows)


def due(tx: Connection, *, now: datetime, limit: int = 50) -> tuple[Sending, ...]:
    """Return what is to be sent now: to whom was reached the last time before all others, the oldest notice first."""
    rows = tx.execute(
        select(sendings.c.notice_id, sendings.c.tries, messengers.c.id.label("to"), messengers.c.address,
               notices.c.station_id, notices.c.sentence, notices.c.at)
        .join(messengers, messengers.c.id == sendings.c.messenger_id)
        .join(notices, notices.c.id == sendings.c.notice_id)
        .where(sendings.c.done_at.is_(None), sendings.c.next_at <= now)
        .order_by(messengers.c.last_error.is_not(None), sendings.c.notice_id)
        .limit(limit)
    )  # fmt: skip
    return tuple(
        Sending(
            notice=row.notice_id, messenger=MessengerId(row.to), address=row.address, station=StationId(row.station_id),
            sentence=row.sentence, noticed_at=row.at, tries=row.tries,
        )
        for row in rows
    )  # fmt: skip


def note_try(
    tx: Connection, sending: Sending, *, error: str | None, next_at: datetime | None, now: datetime
) -> None:  # fmt: skip
    """Write down how a try went; `next_at` None: it was the last one."""
    of_one = sendings.c.notice_id == sending.notice, sendings.c.messenger_id == sending.messenger
    done_at = now if next_at is None else None
    tx.execute(
        update(sendings).where(*of_one)
        .values(tries=sending.tries + 1, error=error, done_at=done_at, next_at=next_at or now)
    )  # fmt: skip
    note_result(tx, sending.messenger, error=error, now=now)


def put_off(tx: Connection, sending: Sending, *, until: datetime) -> None:
    """Send a notice later, without having tried."""
    of_one = sendings.c.notice_id == sending.notice, sendings.c.messenger_id == sending.messenger
    tx.execute(update(sendings).where(*of_one).values(next_at=until))


def note_result(tx: Connection, messenger: MessengerId, *, error: str | None, now: datetime) -> None:
    """Write down how the last message to this messenger went."""
    tx.execute(update(messengers).where(messengers.c.id == messenger).values(last_at=now, last_error=error))


def _messenger(row: Row[Any]) -> Messenger:
    return Messenger(
        id=MessengerId(row.id), station=StationId(row.station_id), name=row.name, address=row.address, shown=row.shown,
        created_at=row.created_at, last_at=row.last_at, last_error=row.last_error,
    )  # fmt: skip
