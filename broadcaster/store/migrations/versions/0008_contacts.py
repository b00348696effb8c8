"""Whom to call in each hamlet."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "hamlet_contacts",
        sa.Column("hamlet_id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["hamlet_id"], ["hamlets.id"], name=op.f("fk_hamlet_contacts_hamlet_id_hamlets")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_hamlet_contacts_station_id_stations")),
        sa.PrimaryKeyConstraint("hamlet_id", name=op.f("pk_hamlet_contacts")),
    )
    with op.batch_alter_table("hamlet_contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hamlet_contacts_station_id"), ["station_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("hamlet_contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hamlet_contacts_station_id"))

    op.drop_table("hamlet_contacts")
