"""The tables of those who are told."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.tables import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "messengers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("last_at", Instant(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_messengers_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messengers")),
    )
    with op.batch_alter_table("messengers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_messengers_station_id"), ["station_id"], unique=False)

    op.create_table(
        "sendings",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("messenger_id", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(timezone=True), nullable=False),
        sa.Column("done_at", Instant(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["messenger_id"], ["messengers.id"], name=op.f("fk_sendings_messenger_id_messengers")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_sendings_notice_id_notices")),
        sa.PrimaryKeyConstraint("notice_id", "messenger_id", name=op.f("pk_sendings")),
    )
    with op.batch_alter_table("sendings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sendings_done_at"), ["done_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sendings_next_at"), ["next_at"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("sendings")
    op.drop_table("messengers")
