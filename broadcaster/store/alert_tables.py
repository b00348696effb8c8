"""The tables of alerts: what was drafted, who vouched, whom it was for, what boxes said of it, and what to tell."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from broadcaster.store.columns import Instant, metadata, of_station

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("thread", String(40), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("content", JSON, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("author_id", String(40), ForeignKey("users.id")),
    Column("recording_sha256", String(64)),
    Column("template", String(40)),
    Column("source", String(200), nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("drafted_at", Instant, nullable=False),
    Column("live_at", Instant),
    Column("ended_at", Instant),
    Column("end_reason", Text),
    UniqueConstraint("thread", "version"),
)

alert_statements = Table(
    "alert_statements",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    of_station(),
    Column("alert_id", String(40), ForeignKey("alerts.id"), nullable=False, index=True),
    Column("content_sha256", String(64), nullable=False),
    Column("person_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("part", String(20), nullable=False),
    Column("phrase", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("public_key", String(128), nullable=False),
    Column("signature", String(256), nullable=False),
)

alert_renderings = Table(
    "alert_renderings",
    metadata,
    Column("alert_id", String(40), ForeignKey("alerts.id"), primary_key=True),
    Column("request", String(40), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
    Column("not_before", Instant, nullable=False),
    Column("message", Text),
)

alert_targets = Table(
    "alert_targets",
    metadata,
    Column("alert_id", String(40), ForeignKey("alerts.id"), primary_key=True),
    Column("cluster_id", String(40), ForeignKey("clusters.id"), primary_key=True),
    Column("device_id", String(40), ForeignKey("devices.id"), index=True),
)

alert_repeats = Table(
    "alert_repeats",
    metadata,
    Column("alert_id", String(40), ForeignKey("alerts.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("devices", JSON, nullable=False),
    Column("asked_by", String(40), ForeignKey("users.id"), nullable=False),
    Column("at", Instant, nullable=False),
)

alert_soundings = Table(
    "alert_soundings",
    metadata,
    Column("device_id", String(40), ForeignKey("devices.id"), primary_key=True),
    Column("wire_id", String(64), primary_key=True),
    Column("version", BigInteger, primary_key=True),
    of_station(),
    Column("started_at", Instant),
    Column("siren_at", Instant),
    Column("speech_at", Instant),
    Column("outcome", String(20)),
    Column("reason", String(40)),
    Column("ended_at", Instant),
    Column("rounds", Integer, nullable=False, default=0),
    Column("heard", String(20)),
    Column("sounded_ms", BigInteger),
    Column("words_ms", BigInteger),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    of_station(),
    Column("at", Instant, nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("sent_at", Instant),
)

alarm_settings = Table(
    "alarm_settings",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("sirens", JSON, nullable=False),
    Column("button", JSON, nullable=False),
    Column("button_pin_scrypt", String(200)),
    Column("button_least_interval_s", Integer, nullable=False),
)

prepared_messages = Table(
    "prepared_messages",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("template", String(40), nullable=False),
    Column("blanks", JSON, nullable=False),
    Column("event", String(80), nullable=False),
    Column("headline", Text, nullable=False),
    Column("speech", Text, nullable=False),
    Column("speech_sha256", String(64), nullable=False),
    Column("siren", JSON, nullable=False),
    Column("times", Integer, nullable=False),
    Column("recording_sha256", String(64)),
    Column("failure", Text),
    Column("tries", Integer, nullable=False, default=0),
    Column("not_before", Instant, nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
    Column("created_by", String(40), ForeignKey("users.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
)
