"""Brings a database to the tables of this version, through Alembic's migrations."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from broadcaster.store.engine import DatabaseNotOpened, opening


def bring_up_to_date(url: str) -> None:
    """Apply every migration that the database has not seen. Doing it twice changes nothing.

    Raises DatabaseNotOpened, also when a newer version of the program has been at work here.
    """
    try:
        with opening(url):
            command.upgrade(_config(url), "head")
    except CommandError as exc:
        raise DatabaseNotOpened(f"phiên bản phần mềm này cũ hơn cơ sở dữ liệu ({exc})") from exc


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("broadcaster.store") / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
