"""A station's own caps, from its own regulations: sessions a day, minutes a session, days a week."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply this step."""
    op.add_column("timetables", sa.Column("own_caps", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("timetables", "own_caps")
