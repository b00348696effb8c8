"""Feeds of warnings that rest for a while, with who let them and why; items that could not be fetched are put off."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.columns import Instant

revision = "0013"
down_revision = "0012"

PAUSE = ("paused_at", "paused_by", "paused_why", "resumed_at")


def upgrade() -> None:
    """Apply this step. Nothing ever switched a feed off: `enabled` says nothing that `paused_at` does not."""
    op.add_column("cap_feeds", sa.Column("paused_at", Instant(timezone=True)))
    op.add_column("cap_feeds", sa.Column("paused_by", sa.String(40)))
    op.add_column("cap_feeds", sa.Column("paused_why", sa.Text()))
    op.add_column("cap_feeds", sa.Column("resumed_at", Instant(timezone=True)))
    op.drop_column("cap_feeds", "enabled")
    op.add_column("cap_fetched", sa.Column("again_at", Instant(timezone=True)))
    op.add_column("cap_fetched", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take this step back. What was only put off counts as fetched no more; what rested is asked again."""
    op.execute("DELETE FROM cap_fetched WHERE again_at IS NOT NULL")
    op.drop_column("cap_fetched", "tries")
    op.drop_column("cap_fetched", "again_at")
    op.add_column("cap_feeds", sa.Column("enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
    for name in PAUSE:
        op.drop_column("cap_feeds", name)
