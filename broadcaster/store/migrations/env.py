"""Alembic's entry: runs the migrations on the database that `migrate` names."""

from alembic import context
from sqlalchemy import create_engine, pool

from broadcaster.store.tables import metadata


def run() -> None:
    """Run what is missing in one transaction."""
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None  # noqa: S101 - `migrate` always sets it
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, user_module_prefix="")
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
