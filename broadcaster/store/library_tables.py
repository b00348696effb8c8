"""The tables of fixed recordings, of the broadcast log and of when boxes could be reached."""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from broadcaster.store.columns import Instant, metadata, of_station

library_items = Table(
    "library_items",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("title", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("language", String(40), nullable=False),
    Column("rights_holder", String(200), nullable=False),
    Column("rights_source", String(200), nullable=False),
    Column("expires_on", Date),
    Column("state", String(20), nullable=False),
    Column("uploader_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("recording_sha256", String(64), nullable=False),
    Column("file_name", String(120), nullable=False),
    Column("note", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

library_approvals = Table(
    "library_approvals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    of_station(),
    Column("item_id", String(40), ForeignKey("library_items.id"), nullable=False, index=True),
    Column("approver_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("recording_sha256", String(64), nullable=False),
    Column("details_sha256", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)

# Names are copied into it: what a hamlet was called on the day is what the log says for ever.
broadcast_log = Table(
    "broadcast_log",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("source", String(20), nullable=False),
    Column("item", String(64)),
    Column("title", String(200), nullable=False),
    Column("priority", String(20), nullable=False),
    Column("hamlet_id", String(40), nullable=False),
    Column("hamlet_name", String(80), nullable=False),
    Column("cluster_id", String(40), nullable=False),
    Column("cluster_name", String(80), nullable=False),
    Column("device_id", String(40)),
    Column("recording_sha256", String(64)),
    Column("duration_ms", BigInteger, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("outcome", String(20), nullable=False),
    Column("reason", String(40)),
    Column("heard", String(20)),
    Column("sounded_ms", BigInteger),
    Column("corrects", BigInteger),
    Column("recorded_at", Instant, nullable=False),
    Column("previous_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Index("broadcast_log_by_time", "station_id", "planned_at"),
    Index("broadcast_log_by_subject", "subject", "cluster_id"),
    Index("broadcast_log_by_box", "subject", "device_id"),
)
Index("broadcast_log_of_alerts", broadcast_log.c.station_id, broadcast_log.c.planned_at,
      sqlite_where=broadcast_log.c.kind == "alert", postgresql_where=broadcast_log.c.kind == "alert")  # fmt: skip

presence = Table(
    "presence",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    of_station(),
    Column("device_id", String(40), ForeignKey("devices.id"), nullable=False),
    Column("online", Boolean, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Index("presence_by_device", "device_id", "ended_at"),
)
