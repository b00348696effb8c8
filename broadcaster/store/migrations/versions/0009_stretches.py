"""What boxes say of the stretches in which an airing sounded: what broke in, and when it went on."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply this step."""
    op.add_column("reports", sa.Column("stretches", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("reports", "stretches")
