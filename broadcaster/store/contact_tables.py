"""The table of whom to call in each hamlet."""

from sqlalchemy import Column, ForeignKey, String, Table

from broadcaster.store.columns import metadata, of_station

hamlet_contacts = Table(
    "hamlet_contacts",
    metadata,
    Column("hamlet_id", String(40), ForeignKey("hamlets.id"), primary_key=True),
    of_station(),
    Column("name", String(80), nullable=False),
    Column("phone", String(40), nullable=False),
)
