"""The tables of warnings from outside: the rules for them, what was received, and the feeds that are watched."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from broadcaster.store.columns import Instant, metadata, of_station

cap_profiles = Table(
    "cap_profiles",
    metadata,
    Column("station_id", String(40), ForeignKey("stations.id"), primary_key=True),
    Column("profile", JSON, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(40), ForeignKey("users.id"), nullable=False),
)

cap_received = Table(
    "cap_received",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("source", String(300), nullable=False),
    Column("via", Text, nullable=False),
    # The message's own name; empty for what could not be read, or came again under the same name with other words.
    Column("sender", String(250)),
    Column("identifier", String(250)),
    Column("sent", Instant),
    Column("status", String(20)),
    Column("msg_type", String(20)),
    Column("scope", String(20)),
    Column("headline", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("reason", JSON, nullable=False),
    Column("remarks", JSON, nullable=False),
    Column("alert_id", String(40), ForeignKey("alerts.id"), index=True),
    Column("raw", LargeBinary, nullable=False),
    Column("raw_bytes", Integer, nullable=False),
    Column("received_at", Instant, nullable=False, index=True),
    Column("times", Integer, nullable=False),
    UniqueConstraint("station_id", "source", "sender", "identifier", "sent", name="uq_cap_received_name"),
)

cap_references = Table(
    "cap_references",
    metadata,
    Column("received_id", String(40), ForeignKey("cap_received.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sender", String(250), nullable=False),
    Column("identifier", String(250), nullable=False),
    Column("sent", Instant, nullable=False),
)
Index("ix_cap_references_name", cap_references.c.identifier, cap_references.c.sender)

cap_feeds = Table(
    "cap_feeds",
    metadata,
    Column("id", String(40), primary_key=True),
    of_station(),
    Column("source", String(300), nullable=False),
    Column("url", String(500), nullable=False),
    Column("allow_private", Boolean, nullable=False),
    Column("other_hosts", JSON, nullable=False),
    Column("every_s", Integer, nullable=False),
    Column("dead_after_s", Integer, nullable=False),
    Column("beat_within_s", Integer),
    Column("added_by", String(40), ForeignKey("users.id"), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("last_ok_at", Instant),
    Column("last_beat_at", Instant),
    Column("last_error", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("dead_since", Instant),
    # Who has it rest, and why; all empty while it is watched.
    Column("paused_at", Instant),
    Column("paused_by", String(40)),
    Column("paused_why", Text),
    Column("resumed_at", Instant),
    UniqueConstraint("station_id", "url"),
)

cap_fetched = Table(
    "cap_fetched",
    metadata,
    Column("feed_id", String(40), ForeignKey("cap_feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("item", String(64), primary_key=True),
    Column("fetched_at", Instant, nullable=False),
    # Set while it could not be fetched, or not be read to the end: when it is tried again, and how often it was tried.
    Column("again_at", Instant),
    Column("tries", Integer, nullable=False, server_default="0"),
)
