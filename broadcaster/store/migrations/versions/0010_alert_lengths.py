"""How long a box sounded an alert, and how much of its words: two seconds of siren are not an alert that was heard."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply this step."""
    op.add_column("alert_soundings", sa.Column("sounded_ms", sa.BigInteger()))
    op.add_column("alert_soundings", sa.Column("words_ms", sa.BigInteger()))


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("alert_soundings", "words_ms")
    op.drop_column("alert_soundings", "sounded_ms")
