"""A line of the log is not written over: SQLite calls no trigger for what `INSERT OR REPLACE` puts away."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply this step. In PostgreSQL an `ON CONFLICT DO UPDATE` is an update, which is refused already."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(
        "CREATE TRIGGER broadcast_log_no_replace BEFORE INSERT ON broadcast_log "
        "WHEN EXISTS (SELECT 1 FROM broadcast_log WHERE station_id = NEW.station_id AND number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'the broadcast log cannot be changed'); END"
    )


def downgrade() -> None:
    """Take this step back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER broadcast_log_no_replace")
