"""Brings a database to the tables of this version, through Alembic's migrations."""

from importlib.resources import files

from alembic import command
from alembic.config import Config


def bring_up_to_date(url: str) -> None:
    """Apply every migration that the database has not seen. Doing it twice changes nothing."""
    command.upgrade(_config(url), "head")


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("broadcaster.store") / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
