"""The tables of the week: programmes, what bulletins ask for, sessions settled for good, and who changed what."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from broadcaster.store.columns import Instant, metadata, of_station

timetables = Table(
    "timetables",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("planned_at", Instant),
    Column("profile", String(80), nullable=False),
    Column("precincts", JSON, nullable=False),
    Column("sensitive", JSON, nullable=False),
    Column("calendar_secret", String(64)),
    Column("own_caps", JSON(none_as_null=True)),
)

programmes = Table(
    "programmes",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("name", String(40), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("content", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("in_force_from", Instant, nullable=False),
    Column("changed_by", String(40), ForeignKey("users.id"), nullable=False),
    Column("removed_at", Instant),
)

programme_changes = Table(
    "programme_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    of_station(),
    Column("at", Instant, nullable=False),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("action", String(40), nullable=False),
    Column("titles", JSON, nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("undoes", Integer),
)

programme_sounds = Table(
    "programme_sounds",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("language", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("library_item_id", String(40)),
)

airing_requests = Table(
    "airing_requests",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("bulletin_id", String(40), ForeignKey("bulletins.id"), nullable=False, index=True),
    Column("audience", JSON, nullable=False),
    Column("wish", JSON, nullable=False),
    Column("section", String(20), nullable=False),
    Column("rank", Integer),
    Column("asked_by", String(40), ForeignKey("users.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("closed_at", Instant, index=True),
    Column("fate", String(20)),
    Column("reason", JSON(none_as_null=True)),
    Column("airings", JSON, nullable=False),
    Column("rivals", JSON, nullable=False),
    Column("unserved", JSON, nullable=False),
)

sessions_settled = Table(
    "sessions_settled",
    metadata,
    Column("programme_id", String(40), primary_key=True),
    Column("due_at", Instant, primary_key=True),
    of_station(),
    Column("title", String(200), nullable=False),
    Column("audience", JSON, nullable=False),
    Column("clusters", JSON, nullable=False),
    Column("ends_by", Instant, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("left_out", JSON, nullable=False),
    Column("omitted", JSON, nullable=False),
    Column("special", Boolean, nullable=False),
    Column("settled_at", Instant, nullable=False),
    Index("sessions_settled_by_time", "station_id", "due_at"),
)
