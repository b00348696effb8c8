"""Alerts in the broadcast log, with how long they sounded; and what lets a station grow: whoever looks for what is
still to be logged, told or corrected finds it in an index that holds nothing else."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.columns import Instant

revision = "0012"
down_revision = "0011"

PARTIAL = (
    ("airing_targets_untold", "airing_targets", ["device_id"], "told_seq IS NULL"),
    ("airings_unlogged", "airings", ["station_id", "start_at"], "logged_at IS NULL"),
    ("broadcast_log_of_alerts", "broadcast_log", ["station_id", "planned_at"], "kind = 'alert'"),
)


def upgrade() -> None:
    """Apply this step."""
    op.add_column("broadcast_log", sa.Column("sounded_ms", sa.BigInteger()))
    op.add_column("airings", sa.Column("logged_at", Instant(timezone=True)))
    op.create_index("reports_by_time", "reports", ["station_id", "received_at"])
    op.create_index("broadcast_log_by_box", "broadcast_log", ["subject", "device_id"])
    for name, table, columns, where in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Take this step back. Lines of alerts stay in the log, which nobody can change; only their length is lost."""
    for name, table, *_ in PARTIAL:
        op.drop_index(name, table)
    op.drop_index("broadcast_log_by_box", "broadcast_log")
    op.drop_index("reports_by_time", "reports")
    op.drop_column("airings", "logged_at")
    op.drop_column("broadcast_log", "sounded_ms")
