"""What only the server's own console may do: a new password for somebody who cannot sign in any more, and taking up
what was restored from a backup."""

import logging
import secrets

from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.bootstrap import utc_now
from broadcaster.domain.errors import Refusal
from broadcaster.services.epochs import begin_anew
from broadcaster.services.office import Office
from broadcaster.services.people import reset_password
from broadcaster.settings import Settings, load_settings
from broadcaster.signer.console import give_password
from broadcaster.signer.errors import PersonUnknown
from broadcaster.signer.running import open_book
from broadcaster.store import accounts
from broadcaster.store.engine import Database, DatabaseNotOpened, existing_database
from broadcaster.store.migrate import bring_up_to_date

log = logging.getLogger(__name__)


class PasswordNotReset(Exception):  # noqa: N818 - reads as what happened
    """Nothing was changed. The message is Vietnamese and says why."""


def new_password(username: str) -> str:
    """Return the new password of an account in the database that the environment names. Raises PasswordNotReset."""
    settings, password = load_settings(), secrets.token_urlsafe(9)
    try:
        with existing_database(settings.database) as database:
            bring_up_to_date(settings.database)
            office = Office(database=database, now=utc_now)
            reset_password(office, Argon2Passwords(), username=username, password=password)
            _tell_signer(settings, database, username=username)
    except DatabaseNotOpened as exc:
        raise PasswordNotReset(str(exc)) from exc
    except Refusal as exc:
        raise PasswordNotReset(f"Không có tài khoản “{username}” trong cơ sở dữ liệu này.") from exc
    return password


def take_up_backup() -> int:
    """Have the boxes obey what was restored from a backup; return how many stations. Raises DatabaseNotOpened."""
    settings = load_settings()
    with existing_database(settings.database) as database:
        bring_up_to_date(settings.database)
        return len(begin_anew(Office(database=database, now=utc_now)))


def signer_is_apart() -> bool:
    """Return whether the operator runs the signer: its register is not ours to write then."""
    return load_settings().signer_socket is not None


def _tell_signer(settings: Settings, database: Database, *, username: str) -> None:
    """Give the signer's register the same password, where the signer is the server's own child."""
    if signer_is_apart() or not (settings.signer_folder / "register.db").exists():
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
