"""The migrations build exactly the tables that the code speaks of, on both databases, there and back."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from broadcaster.store import migrate
from broadcaster.store.engine import Database, open_database
from broadcaster.store.tables import metadata


def test_migrations_build_the_tables(database: Database) -> None:
    with database.write_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "user_module_prefix": ""})

        assert compare_metadata(context, metadata) == []


def test_bringing_up_to_date_twice_changes_nothing(sqlite: Database) -> None:
    migrate.bring_up_to_date(str(sqlite.write_engine.url))

    assert "stations" in inspect(sqlite.write_engine).get_table_names()


def test_first_step_can_be_taken_back(sqlite: Database) -> None:
    command.downgrade(migrate._config(str(sqlite.write_engine.url)), "base")

    assert set(inspect(sqlite.write_engine).get_table_names()) <= {"alembic_version"}


@pytest.mark.parametrize("table", ["bulletins", "devices"])
def test_known_bad_table_would_be_caught(sqlite: Database, table: str) -> None:
    """Negative control: a column that no migration made is seen."""
    with sqlite.write_engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN forgotten INTEGER")
    with sqlite.write_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"user_module_prefix": ""})

        assert compare_metadata(context, metadata) != []


CUT = """
import os, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from broadcaster.store.migrate import bring_up_to_date

seen = []

@event.listens_for(Engine, "after_cursor_execute")
def cut(_connection, _cursor, statement, *_rest):
    seen.append(statement)
    if len(seen) == int(sys.argv[2]):
        os._exit(9)

bring_up_to_date(sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("statements", [4, 7, 12])
def test_power_cut_in_the_middle_of_the_first_start_costs_nothing(tmp_path: Path, statements: int) -> None:
    url = f"sqlite:///{tmp_path / 'station.db'}"
    done = subprocess.run([sys.executable, "-c", CUT, url, str(statements)], timeout=60, check=False)
    assert done.returncode == 9

    migrate.bring_up_to_date(url)

    database = open_database(url)
    assert "stations" in inspect(database.read_engine).get_table_names()
    database.close()
