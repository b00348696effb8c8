"""The tables of programmes."""

import sqlalchemy as sa
from alembic import op

from broadcaster.store.tables import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply this step."""
    _make_programmes()
    _make_requests()
    with op.batch_alter_table("airings", schema=None) as batch_op:
        batch_op.alter_column("bulletin_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.alter_column("recording_sha256", existing_type=sa.String(length=64), nullable=True)
        batch_op.alter_column("created_by", existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(sa.Column("source", sa.String(length=20), nullable=False, server_default="bulletin"))
        batch_op.add_column(sa.Column("library_item_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("relay", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("programme_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("due_at", Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("segment", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("request_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("is_filler", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f("ix_airings_library_item_id"), ["library_item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_airings_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_airings_request_id"), ["request_id"], unique=False)


def _make_programmes() -> None:
    op.create_table(
        "timetables",
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("planned_at", Instant(timezone=True), nullable=True),
        sa.Column("profile", sa.String(length=80), nullable=False),
        sa.Column("precincts", sa.JSON(), nullable=False),
        sa.Column("sensitive", sa.JSON(), nullable=False),
        sa.Column("calendar_secret", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_timetables_station_id_stations")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_timetables")),
    )
    op.create_table(
        "programmes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("in_force_from", Instant(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("removed_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_programmes_changed_by_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_programmes_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
    )
    op.create_index(op.f("ix_programmes_station_id"), "programmes", ["station_id"])
    op.create_table(
        "programme_changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_programme_changes_station_id_stations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_programme_changes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_changes")),
    )
    op.create_index(op.f("ix_programme_changes_station_id"), "programme_changes", ["station_id"])
    op.create_table(
        "programme_sounds",
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("library_item_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_programme_sounds_station_id_stations")),
        sa.PrimaryKeyConstraint("station_id", "name", name=op.f("pk_programme_sounds")),
    )


def _make_requests() -> None:
    op.create_table(
        "airing_requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("bulletin_id", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column("expires_at", Instant(timezone=True), nullable=True),
        sa.Column("closed_at", Instant(timezone=True), nullable=True),
        sa.Column("fate", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("airings", sa.JSON(), nullable=False),
        sa.Column("rivals", sa.JSON(), nullable=False),
        sa.Column("unserved", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_airing_requests_asked_by_users")),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletins.id"], name=op.f("fk_airing_requests_bulletin_id_bulletins")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_airing_requests_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_airing_requests")),
    )
    op.create_index(op.f("ix_airing_requests_station_id"), "airing_requests", ["station_id"])
    op.create_index(op.f("ix_airing_requests_bulletin_id"), "airing_requests", ["bulletin_id"])
    op.create_index(op.f("ix_airing_requests_closed_at"), "airing_requests", ["closed_at"])
    op.create_table(
        "sessions_settled",
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("clusters", sa.JSON(), nullable=False),
        sa.Column("ends_by", Instant(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("omitted", sa.JSON(), nullable=False),
        sa.Column("special", sa.Boolean(), nullable=False),
        sa.Column("settled_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_sessions_settled_station_id_stations")),
        sa.PrimaryKeyConstraint("programme_id", "due_at", name=op.f("pk_sessions_settled")),
    )
    op.create_index(op.f("ix_sessions_settled_station_id"), "sessions_settled", ["station_id"])
    op.create_index("sessions_settled_by_time", "sessions_settled", ["station_id", "due_at"])


def downgrade() -> None:
    """Take this step back: what only the newer tables can hold, relays and recordings aired alone, is lost."""
    lost = "SELECT id FROM airings WHERE bulletin_id IS NULL OR recording_sha256 IS NULL OR created_by IS NULL"
    op.execute(f"DELETE FROM airing_targets WHERE airing_id IN ({lost})")  # noqa: S608 - no value of anybody's is in it
    op.execute(f"DELETE FROM airings WHERE id IN ({lost})")  # noqa: S608 - likewise
    with op.batch_alter_table("airings", schema=None) as batch_op:
        for name in ("request_id", "due_at", "library_item_id"):
            batch_op.drop_index(batch_op.f(f"ix_airings_{name}"))
        for name in (
            "is_filler",
            "request_id",
            "segment",
            "due_at",
            "programme_id",
            "relay",
            "library_item_id",
            "source",
        ):
            batch_op.drop_column(name)
        for name, length in (("created_by", 40), ("recording_sha256", 64), ("bulletin_id", 40)):
            batch_op.alter_column(name, existing_type=sa.String(length=length), nullable=False)
    for table in (
        "sessions_settled",
        "airing_requests",
        "programme_sounds",
        "programme_changes",
        "programmes",
        "timetables",
    ):
        op.drop_table(table)
