"""What only the server's own console may do: a new password for somebody who cannot sign in any more."""

import secrets

from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.bootstrap import utc_now
from broadcaster.domain.errors import Refusal
from broadcaster.services.office import Office
from broadcaster.services.people import reset_password
from broadcaster.settings import Settings
from broadcaster.store.engine import open_database
from broadcaster.store.migrate import bring_up_to_date


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
    except Refusal as exc:
        raise PasswordNotReset(f"Không có tài khoản “{username}” trong {settings.database}.") from exc
    finally:
        database.close()
    return password
