"""Every table of the station's database. The migrations under `migrations/` build the same."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from broadcaster.store.columns import Instant as Instant
from broadcaster.store.columns import metadata as metadata
from broadcaster.store.columns import of_station

stations = Table(
    "stations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("province", String(80), nullable=False),
    Column("rules", JSON, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("alerts_seq", BigInteger, nullable=False, default=0),
    Column("created_at", Instant, nullable=False),
)

hamlets = Table(
    "hamlets",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("name", String(80), nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("station_id", "name"),
)

clusters = Table(
    "clusters",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("hamlet_id", String(40), ForeignKey("hamlets.id"), nullable=False),
    Column("name", String(80), nullable=False),
    UniqueConstraint("station_id", "name"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("cluster_id", String(40), ForeignKey("clusters.id"), nullable=False),
    Column("public_key_pem", Text, nullable=False),
    Column("enrolled_at", Instant, nullable=False),
    Column("retired_at", Instant),
    Column("account_ended_at", Instant),
    Column("last_seen_at", Instant),
    Column("session", String(64)),
    Column("status_number", BigInteger),
    Column("online", Boolean, nullable=False, default=False),
    Column("status", JSON),
)
Index("one_device_a_cluster", devices.c.cluster_id, unique=True, sqlite_where=devices.c.retired_at.is_(None),
      postgresql_where=devices.c.retired_at.is_(None))  # fmt: skip

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("name", String(4), primary_key=True),
    of_station(),
    Column("cluster_id", String(40), ForeignKey("clusters.id"), nullable=False),
    Column("code", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("failures", Integer, nullable=False, default=0),
)

users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("username", String(40), nullable=False, unique=True),
    Column("full_name", String(80), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("language", String(5), nullable=False, default="vi"),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("csrf", String(64), nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("what", String(20), nullable=False),
    Column("who", String(120), nullable=False),
    Column("at", Instant, nullable=False),
    Index("attempts_by_who", "what", "who", "at"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size_bytes", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("voice", String(40), nullable=False),
    Column("sentence_offsets_ms", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)

bulletins = Table(
    "bulletins",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("audience", JSON, nullable=False),
    Column("voice", String(40), nullable=False),
    Column("read_twice", Boolean, nullable=False),
    Column("repeat_key_fact", Boolean, nullable=False),
    Column("priority", String(20), nullable=False),
    Column("choices", JSON, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("author_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("recording_sha256", String(64)),
    Column("note", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False, index=True),
)

lexicon = Table(
    "lexicon",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("written", String(200), primary_key=True),
    Column("spoken", String(500), nullable=False),
    Column("added_by", String(40), ForeignKey("users.id"), nullable=False),
    Column("added_at", Instant, nullable=False),
)

renderings = Table(
    "renderings",
    metadata,
    Column("bulletin_id", String(40), ForeignKey("bulletins.id"), primary_key=True),
    Column("request", String(40), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("message", Text),
    Column("spoken", Text),
    Column("asked_at", Instant, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    of_station(),
    Column("bulletin_id", String(40), ForeignKey("bulletins.id"), nullable=False, index=True),
    Column("approver_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("recording_sha256", String(64), nullable=False),
    Column("at", Instant, nullable=False),
)

airings = Table(
    "airings",
    metadata,
    Column("id", String(64), primary_key=True),
    of_station(),
    Column("source", String(20), nullable=False, server_default="bulletin"),
    Column("bulletin_id", String(40), ForeignKey("bulletins.id"), index=True),
    Column("library_item_id", String(40), index=True),
    Column("title", String(200), nullable=False),
    Column("audience", JSON, nullable=False),
    Column("priority", String(20), nullable=False),
    Column("recording_sha256", String(64)),
    Column("relay", JSON(none_as_null=True)),
    Column("duration_ms", Integer, nullable=False),
    Column("start_at", Instant, nullable=False, index=True),
    Column("not_after", Instant, nullable=False),
    Column("programme_id", String(40)),
    Column("due_at", Instant, index=True),
    Column("segment", String(40)),
    Column("request_id", String(40), index=True),
    Column("is_filler", Boolean, nullable=False, server_default=false()),
    Column("created_by", String(40), ForeignKey("users.id")),
    Column("created_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
    Column("logged_at", Instant),
)
Index("airings_unlogged", airings.c.station_id, airings.c.start_at, sqlite_where=airings.c.logged_at.is_(None),
      postgresql_where=airings.c.logged_at.is_(None))  # fmt: skip

airing_targets = Table(
    "airing_targets",
    metadata,
    Column("airing_id", String(64), ForeignKey("airings.id"), primary_key=True),
    Column("cluster_id", String(40), ForeignKey("clusters.id"), primary_key=True),
    Column("device_id", String(40), ForeignKey("devices.id"), index=True),
    Column("told_epoch", BigInteger),
    Column("told_seq", BigInteger),
)
Index("airing_targets_untold", airing_targets.c.device_id, sqlite_where=airing_targets.c.told_seq.is_(None),
      postgresql_where=airing_targets.c.told_seq.is_(None))  # fmt: skip

reports = Table(
    "reports",
    metadata,
    Column("device_id", String(40), ForeignKey("devices.id"), primary_key=True),
    Column("journal", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    of_station(),
    Column("airing_id", String(64), index=True),
    Column("alert_id", String(64), index=True),
    Column("pressed", String(64)),
    Column("outcome", String(20), nullable=False),
    Column("reason", String(40)),
    Column("detail", Text),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("start_error_ms", Float),
    Column("played_ms", BigInteger, nullable=False),
    Column("heard", JSON(none_as_null=True)),
    Column("stretches", JSON(none_as_null=True)),
    Column("received_at", Instant, nullable=False),
    Index("reports_by_time", "station_id", "received_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("device_id", String(40), ForeignKey("devices.id"), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)

published_audio = Table(
    "published_audio",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("chunks", Integer, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    of_station(),
    Column("at", Instant, nullable=False, index=True),
    Column("user_id", String(40)),
    Column("action", String(60), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("detail", JSON, nullable=False),
)
