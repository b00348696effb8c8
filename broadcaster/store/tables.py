"""Every table of the station's database. The migrations under `migrations/` build the same."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as such by PostgreSQL and as naive UTC by SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        utc = _in_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)  # type: ignore[no-any-return] # the driver's datetime


def _in_utc(value: datetime) -> datetime:
    """Return the instant in UTC, or the end of the calendar where UTC has no such day."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if value.year > 1 else datetime.min.replace(tzinfo=UTC)


def _station() -> Column[str]:
    return Column("station_id", String(40), ForeignKey("stations.id"), nullable=False, index=True)


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
    _station(),
    Column("name", String(80), nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("station_id", "name"),
)

clusters = Table(
    "clusters",
    metadata,
    Column("id", String(40), primary_key=True),
    _station(),
    Column("hamlet_id", String(40), ForeignKey("hamlets.id"), nullable=False),
    Column("name", String(80), nullable=False),
    UniqueConstraint("station_id", "name"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(40), primary_key=True),
    _station(),
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
    _station(),
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
    _station(),
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
    _station(),
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
    _station(),
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
    _station(),
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
)

airing_targets = Table(
    "airing_targets",
    metadata,
    Column("airing_id", String(64), ForeignKey("airings.id"), primary_key=True),
    Column("cluster_id", String(40), ForeignKey("clusters.id"), primary_key=True),
    Column("device_id", String(40), ForeignKey("devices.id"), index=True),
    Column("told_epoch", BigInteger),
    Column("told_seq", BigInteger),
)

reports = Table(
    "reports",
    metadata,
    Column("device_id", String(40), ForeignKey("devices.id"), primary_key=True),
    Column("journal", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    _station(),
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
    _station(),
    Column("at", Instant, nullable=False, index=True),
    Column("user_id", String(40)),
    Column("action", String(60), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("detail", JSON, nullable=False),
)
