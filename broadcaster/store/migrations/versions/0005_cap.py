"""The tables of warnings from outside."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.tables import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "cap_feeds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("allow_private", sa.Boolean(), nullable=False),
        sa.Column("other_hosts", sa.JSON(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("dead_after_s", sa.Integer(), nullable=False),
        sa.Column("beat_within_s", sa.Integer(), nullable=True),
        sa.Column("added_by", sa.String(length=40), nullable=False),
        sa.Column("added_at", Instant(timezone=True), nullable=False),
        sa.Column("next_at", Instant(timezone=True), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("last_ok_at", Instant(timezone=True), nullable=True),
        sa.Column("last_beat_at", Instant(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("dead_since", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name=op.f("fk_cap_feeds_added_by_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_cap_feeds_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_feeds")),
        sa.UniqueConstraint("station_id", "url", name=op.f("uq_cap_feeds_station_id")),
    )
    with op.batch_alter_table("cap_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cap_feeds_station_id"), ["station_id"], unique=False)

    op.create_table(
        "cap_profiles",
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("changed_at", Instant(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_cap_profiles_changed_by_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_cap_profiles_station_id_stations")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_cap_profiles")),
    )
    op.create_table(
        "cap_fetched",
        sa.Column("feed_id", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("fetched_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["cap_feeds.id"], name=op.f("fk_cap_fetched_feed_id_cap_feeds"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "item", name=op.f("pk_cap_fetched")),
    )
    op.create_table(
        "cap_received",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=250), nullable=True),
        sa.Column("identifier", sa.String(length=250), nullable=True),
        sa.Column("sent", Instant(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("msg_type", sa.String(length=20), nullable=True),
        sa.Column("scope", sa.String(length=20), nullable=True),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("raw_bytes", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_cap_received_alert_id_alerts")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_cap_received_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_received")),
        sa.UniqueConstraint("station_id", "source", "sender", "identifier", "sent", name="uq_cap_received_name"),
    )
    with op.batch_alter_table("cap_received", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cap_received_alert_id"), ["alert_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cap_received_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_cap_received_station_id"), ["station_id"], unique=False)

    op.create_table(
        "cap_references",
        sa.Column("received_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=250), nullable=False),
        sa.Column("identifier", sa.String(length=250), nullable=False),
        sa.Column("sent", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["received_id"],
            ["cap_received.id"],
            name=op.f("fk_cap_references_received_id_cap_received"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("received_id", "number", name=op.f("pk_cap_references")),
    )
    with op.batch_alter_table("cap_references", schema=None) as batch_op:
        batch_op.create_index("ix_cap_references_name", ["identifier", "sender"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("cap_references", schema=None) as batch_op:
        batch_op.drop_index("ix_cap_references_name")

    op.drop_table("cap_references")
    with op.batch_alter_table("cap_received", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cap_received_station_id"))
        batch_op.drop_index(batch_op.f("ix_cap_received_received_at"))
        batch_op.drop_index(batch_op.f("ix_cap_received_alert_id"))

    op.drop_table("cap_received")
    op.drop_table("cap_fetched")
    op.drop_table("cap_profiles")
    with op.batch_alter_table("cap_feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cap_feeds_station_id"))

    op.drop_table("cap_feeds")
