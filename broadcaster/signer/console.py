"""What only the signer's own console may do: let somebody count at once, give a password, let boxes run a program."""

import json
import os

from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.domain.ids import StationId, UserId
from broadcaster.services.people import PASSWORD_MIN
from broadcaster.settings import Settings, load_settings
from broadcaster.signer.book import Book
from broadcaster.signer.ledger import Ledger
from broadcaster.signer.people import Known, People
from broadcaster.signer.releases import Releases
from broadcaster.signer.running import open_book, utc_now


class SignerConsoleError(Exception):
    """Nothing was changed. The message is Vietnamese and says why."""


def admit(username: str) -> str:
    """Let somebody count for everything at once. Raises SignerConsoleError."""
    book = _book(load_settings())
    try:
        person = _only(People(book, now=utc_now), username)
        People(book, now=utc_now).trust_now(person.id)
        Ledger(book, now=utc_now).note("console.admit", person.station, person=person.id, username=username)
    finally:
        book.close()
    return f"Từ bây giờ {username} được tính cho báo động thật toàn địa bàn (đài {person.station})."


def new_password(username: str, password: str) -> str:
    """Have the signer take this password from somebody from now on; all their keys end. Raises SignerConsoleError."""
    if len(password) < PASSWORD_MIN:
        raise SignerConsoleError(f"Mật khẩu cần ít nhất {PASSWORD_MIN} ký tự.")
    book = _book(load_settings())
    try:
        person = _only(People(book, now=utc_now), username)
        give_password(book, person.id, Argon2Passwords().hash(password))
    finally:
        book.close()
    return f"Bộ ký nhận mật khẩu mới của {username}."


def give_password(book: Book, person: UserId, verifier: str) -> None:
    """Set somebody's password by its hash and end all their keys."""
    people = People(book, now=utc_now)
    people.set_password(person, verifier, tokens_too=True)
    Ledger(book, now=utc_now).note("console.password", people.get(person).station, person=person)


def let_run(station: StationId, *, version: str, sha256: str) -> None:
    """Let the boxes of a station run a version of their program, by these very bytes. Raises SignerConsoleError."""
    book = _book(load_settings())
    try:
        Releases(book, now=utc_now).vouch(station, version=version, sha256=sha256, by="console")
        Ledger(book, now=utc_now).note("console.release", station, version=version, file=sha256)
    finally:
        book.close()


def lines_of_log() -> list[str]:
    """Return the log, an entry a line, oldest first."""
    book = _book(load_settings())
    try:
        entries = Ledger(book, now=utc_now).entries()
    finally:
        book.close()
    return [f"{at} {what} {station} {json.dumps(detail, ensure_ascii=False)}" for at, what, station, detail in entries]


def _book(settings: Settings) -> Book:
    path = settings.signer_folder / "register.db"
    if not os.access(path, os.W_OK):
        raise SignerConsoleError(f"Không có sổ của tiến trình ký trong {settings.signer_folder} (LOA_SIGNER_DATA).")
    return open_book(settings)


def _only(people: People, username: str) -> Known:
    found = people.named(username.strip().lower())
    if len(found) != 1:
        raise SignerConsoleError(f"Sổ của tiến trình ký có {len(found)} người tên “{username}”; cần đúng một người.")
    return found[0]
