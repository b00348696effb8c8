"""Alembic's entry: runs the migrations on the database that `migrate` names."""

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, pool

from broadcaster.store import (  # noqa: F401 - their tables stand in the metadata once imported
    alert_tables,
    cap_tables,
    contact_tables,
    library_tables,
    messenger_tables,
    programme_tables,
    release_tables,
)
from broadcaster.store.tables import metadata


def run() -> None:
    """Run what is missing in one transaction: a power cut in the middle leaves the database as it was."""
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None  # noqa: S101 - `migrate` always sets it
    engine = create_engine(url, poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        _begin_in_earnest(engine)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True,
            user_module_prefix="",
        )  # fmt: skip
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def _begin_in_earnest(engine: Engine) -> None:
    """Let statements that make tables stand in transactions too; Python's driver would commit after each of them."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection, _record) -> None:  # type: ignore[no-untyped-def] # the driver's own connection
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


run()
