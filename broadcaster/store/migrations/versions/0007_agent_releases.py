"""The table of the versions that boxes are offered, and what of a report somebody on the spot has pressed."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.tables import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "agent_releases",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("devices", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("offered_at", Instant(timezone=True), nullable=False),
        sa.Column("withdrawn_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_agent_releases_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_releases")),
    )
    with op.batch_alter_table("agent_releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_releases_station_id"), ["station_id"], unique=False)
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pressed", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_column("pressed")
    op.drop_table("agent_releases")
