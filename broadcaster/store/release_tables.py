"""The table of the versions that a station offers to its boxes."""

from sqlalchemy import JSON, Column, Integer, String, Table

from broadcaster.store.columns import Instant, metadata, of_station

agent_releases = Table(
    "agent_releases",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("version", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("devices", JSON(none_as_null=True)),
    Column("offered_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
)
