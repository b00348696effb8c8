"""What only the server's own console may do: a new password for somebody who cannot sign in any more."""

import logging
import secrets

from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.bootstrap import utc_now
from broadcaster.domain.errors import Refusal
from broadcaster.services.office import Office
from broadcaster.services.people import reset_password
from broadcaster.settings import Settings
from broadcaster.signer.console import give_password
from broadcaster.signer.errors import PersonUnknown
from broadcaster.signer.running import open_book
from broadcaster.store import accounts
from broadcaster.store.engine import Database, open_database
from broadcaster.store.migrate import bring_up_to_date

log = logging.getLogger(__name__)


class PasswordNotReset(Exception):  # noqa: N818 - reads as what happened
    """Nothing was changed. The message is Vietnamese and says why."""


def new_password(username: str) -> str:
    """Return the new password of an account in the database that the environment names. Raises PasswordNotReset."""
    settings, password = Settings(), secrets.token_urlsafe(9)
    bring_up_to_date(settings.database)
    database = open_database(settings.database)
    try:
        office = Office(database=database, now=utc_now)
        reset_password(office, Argon2Passwords(), username=username, password=password)
        _tell_signer(settings, database, username=username)
    except Refusal as exc:
        raise PasswordNotReset(f"Không có tài khoản “{username}” trong {settings.database}.") from exc
    finally:
        database.close()
    return password


def _tell_signer(settings: Settings, database: Database, *, username: str) -> None:
    """Give the signer's register the same password, where the signer is the server's own child."""
    if settings.signer_socket is not None or not (settings.signer_folder / "register.db").exists():
        return
    with database.reading() as tx:
        account = accounts.by_username(tx, username)
    book = open_book(settings)
    try:
        if account is not None:
            give_password(book, account.person.id, account.password_hash)
    except PersonUnknown:
        log.warning("the signer does not know %s yet", username)
    finally:
        book.close()
