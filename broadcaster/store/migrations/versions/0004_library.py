"""The tables of fixed recordings, of the broadcast log, which nobody can change, and of when boxes could be reached."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.tables import Instant

revision = "0004"
down_revision = "0003"

REFUSED = "the broadcast log cannot be changed"


def upgrade() -> None:
    """Apply this step."""
    _make_library()
    _make_log()
    _make_presence()
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER broadcast_log_no_{change.lower()} BEFORE {change} ON broadcast_log "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION broadcast_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER broadcast_log_no_change BEFORE UPDATE OR DELETE ON broadcast_log "
        "FOR EACH ROW EXECUTE FUNCTION broadcast_log_refuse()"
    )
    op.execute(
        "CREATE TRIGGER broadcast_log_no_truncate BEFORE TRUNCATE ON broadcast_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION broadcast_log_refuse()"
    )


def downgrade() -> None:
    """Take this step back."""
    for table in ("presence", "broadcast_log", "library_approvals", "library_items"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION broadcast_log_refuse()")


def _make_library() -> None:
    op.create_table(
        "library_items",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("rights_holder", sa.String(length=200), nullable=False),
        sa.Column("rights_source", sa.String(length=200), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("uploader_id", sa.String(length=40), nullable=False),
        sa.Column("recording_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("updated_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_library_items_station_id_stations")),
        sa.ForeignKeyConstraint(["uploader_id"], ["users.id"], name=op.f("fk_library_items_uploader_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_items")),
    )
    op.create_index(op.f("ix_library_items_station_id"), "library_items", ["station_id"])
    op.create_table(
        "library_approvals",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("approver_id", sa.String(length=40), nullable=False),
        sa.Column("recording_sha256", sa.String(length=64), nullable=False),
        sa.Column("details_sha256", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_library_approvals_station_id_stations")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["library_items.id"], name=op.f("fk_library_approvals_item_id_library_items")
        ),
        sa.ForeignKeyConstraint(["approver_id"], ["users.id"], name=op.f("fk_library_approvals_approver_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_approvals")),
    )
    op.create_index(op.f("ix_library_approvals_station_id"), "library_approvals", ["station_id"])
    op.create_index(op.f("ix_library_approvals_item_id"), "library_approvals", ["item_id"])


def _make_log() -> None:
    op.create_table(
        "broadcast_log",
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.String(length=20), nullable=False),
        sa.Column("hamlet_id", sa.String(length=40), nullable=False),
        sa.Column("hamlet_name", sa.String(length=80), nullable=False),
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("cluster_name", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=True),
        sa.Column("recording_sha256", sa.String(length=64), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", Instant(timezone=True), nullable=False),
        sa.Column("started_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("heard", sa.String(length=20), nullable=True),
        sa.Column("corrects", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", Instant(timezone=True), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_broadcast_log_station_id_stations")),
        sa.PrimaryKeyConstraint("station_id", "number", name=op.f("pk_broadcast_log")),
    )
    op.create_index("broadcast_log_by_time", "broadcast_log", ["station_id", "planned_at"])
    op.create_index("broadcast_log_by_subject", "broadcast_log", ["subject", "cluster_id"])


def _make_presence() -> None:
    op.create_table(
        "presence",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("began_at", Instant(timezone=True), nullable=False),
        sa.Column("ended_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_presence_station_id_stations")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_presence_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_station_id"), "presence", ["station_id"])
    op.create_index("presence_by_device", "presence", ["device_id", "ended_at"])
