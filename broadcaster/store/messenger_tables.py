"""The tables of those who are told, and of what was sent to each."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from broadcaster.store.alert_tables import notices
from broadcaster.store.columns import Instant, metadata, of_station

messengers = Table(
    "messengers",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("name", String(80), nullable=False),
    Column("address", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_at", Instant),
    Column("last_error", Text),
)

sendings = Table(
    "sendings",
    metadata,
    Column("notice_id", Integer, ForeignKey(notices.c.id), primary_key=True),
    Column("messenger_id", String(40), ForeignKey("messengers.id"), primary_key=True),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_at", Instant, nullable=False, index=True),
    Column("done_at", Instant, index=True),
    Column("error", Text),
)
