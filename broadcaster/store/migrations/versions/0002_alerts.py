"""The tables of alerts."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.tables import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "alarm_settings",
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("sirens", sa.JSON(), nullable=False),
        sa.Column("button", sa.JSON(), nullable=False),
        sa.Column("button_pin_scrypt", sa.String(length=200), nullable=True),
        sa.Column("button_least_interval_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_alarm_settings_station_id_stations")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_alarm_settings")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("sent_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_notices_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notices_station_id"), ["station_id"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("thread", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Instant(timezone=True), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=True),
        sa.Column("recording_sha256", sa.String(length=64), nullable=True),
        sa.Column("template", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("drafted_at", Instant(timezone=True), nullable=False),
        sa.Column("live_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_alerts_author_id_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_alerts_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("thread", "version", name=op.f("uq_alerts_thread")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alerts_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_station_id"), ["station_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_thread"), ["thread"], unique=False)

    op.create_table(
        "prepared_messages",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("blanks", sa.JSON(), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("speech", sa.Text(), nullable=False),
        sa.Column("speech_sha256", sa.String(length=64), nullable=False),
        sa.Column("siren", sa.JSON(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("recording_sha256", sa.String(length=64), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", Instant(timezone=True), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_prepared_messages_created_by_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_prepared_messages_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prepared_messages")),
    )
    with op.batch_alter_table("prepared_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prepared_messages_station_id"), ["station_id"], unique=False)

    op.create_table(
        "alert_renderings",
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("request", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", Instant(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_renderings_alert_id_alerts")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_renderings")),
    )
    with op.batch_alter_table("alert_renderings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_renderings_state"), ["state"], unique=False)

    op.create_table(
        "alert_repeats",
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_repeats_alert_id_alerts")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_alert_repeats_asked_by_users")),
        sa.PrimaryKeyConstraint("alert_id", "number", name=op.f("pk_alert_repeats")),
    )
    op.create_table(
        "alert_statements",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("public_key", sa.String(length=128), nullable=False),
        sa.Column("signature", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_statements_alert_id_alerts")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_alert_statements_person_id_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_alert_statements_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_statements")),
    )
    with op.batch_alter_table("alert_statements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_statements_alert_id"), ["alert_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alert_statements_station_id"), ["station_id"], unique=False)

    op.create_table(
        "alert_soundings",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("wire_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("started_at", Instant(timezone=True), nullable=True),
        sa.Column("siren_at", Instant(timezone=True), nullable=True),
        sa.Column("speech_at", Instant(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("heard", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_alert_soundings_device_id_devices")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_alert_soundings_station_id_stations")),
        sa.PrimaryKeyConstraint("device_id", "wire_id", "version", name=op.f("pk_alert_soundings")),
    )
    with op.batch_alter_table("alert_soundings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_soundings_station_id"), ["station_id"], unique=False)

    op.create_table(
        "alert_targets",
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_targets_alert_id_alerts")),
        sa.ForeignKeyConstraint(["cluster_id"], ["clusters.id"], name=op.f("fk_alert_targets_cluster_id_clusters")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_alert_targets_device_id_devices")),
        sa.PrimaryKeyConstraint("alert_id", "cluster_id", name=op.f("pk_alert_targets")),
    )
    with op.batch_alter_table("alert_targets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_targets_device_id"), ["device_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("alert_targets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_targets_device_id"))

    op.drop_table("alert_targets")
    with op.batch_alter_table("alert_soundings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_soundings_station_id"))

    op.drop_table("alert_soundings")
    with op.batch_alter_table("alert_statements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_statements_station_id"))
        batch_op.drop_index(batch_op.f("ix_alert_statements_alert_id"))

    op.drop_table("alert_statements")
    op.drop_table("alert_repeats")
    with op.batch_alter_table("alert_renderings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_renderings_state"))

    op.drop_table("alert_renderings")
    with op.batch_alter_table("prepared_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prepared_messages_station_id"))

    op.drop_table("prepared_messages")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alerts_thread"))
        batch_op.drop_index(batch_op.f("ix_alerts_station_id"))
        batch_op.drop_index(batch_op.f("ix_alerts_state"))
        batch_op.drop_index(batch_op.f("ix_alerts_created_at"))

    op.drop_table("alerts")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notices_station_id"))
        batch_op.drop_index(batch_op.f("ix_notices_at"))

    op.drop_table("notices")
    op.drop_table("alarm_settings")
