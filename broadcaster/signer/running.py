"""The signer as a process: its folder, its keys, its socket, until it is told to end or whoever started it is gone."""

import ctypes
import logging
import os
import resource
import signal
import threading
from datetime import UTC, datetime

from broadcaster.adapters.data_folder import DataFolder, DataFolderError
from broadcaster.adapters.keys import StationKeys
from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.domain.ids import StationId
from broadcaster.settings import Settings, load_settings
from broadcaster.signer.book import Book
from broadcaster.signer.desk import Desk
from broadcaster.signer.moving import move_keys
from broadcaster.signer.people import People
from broadcaster.signer.server import SocketServer

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


def utc_now() -> datetime:
    """Return the time of day; the signer's own clock."""
    return datetime.now(UTC)


def run(*, parent: int | None = None) -> int:
    """Serve until SIGTERM; with `parent`, until that says SIGUSR1 or ends, however it does. Return the exit code."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    try:
        return _serve(settings, parent=parent)
    except (DataFolderError, OSError, KeyError) as exc:
        log.error("the signer cannot start: %s", exc)
        return 1


def _serve(settings: Settings, *, parent: int | None) -> int:
    _keep_to_itself()
    if parent is not None and not _ends_with(parent):
        return 1
    ended = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(asked, lambda _number, _frame: ended.set())
    if parent is not None:
        # A terminal or a supervisor tells all processes of ours to end; the server still signs while it puts away.
        for meant_for_all in (signal.SIGTERM, signal.SIGINT):
            signal.signal(meant_for_all, signal.SIG_IGN)
    folder = DataFolder(settings.signer_folder)
    folder.claim()
    settings.signer_folder.chmod(0o700)
    if parent is not None:
        move_keys(settings.data / "keys", settings.signer_folder / "keys")
    book = open_book(settings)
    server = SocketServer(settings.signer_address, desk_of(settings, book).answer, client=settings.signer_client)
    server.start()
    log.info("the signer listens at %s", settings.signer_address)
    ended.wait()
    server.stop()
    book.close()
    folder.release()
    return 0


def open_book(settings: Settings) -> Book:
    """Return the signer's durable file."""
    return Book(settings.signer_folder / "register.db")


def desk_of(settings: Settings, book: Book) -> Desk:
    """Return the signer's desk on this folder's keys; a station whose key was there before is as old as the key."""
    keys = settings.signer_folder / "keys"
    people = People(book, now=utc_now)
    for path in sorted(keys.glob("*.pem")):
        people.note_station(StationId(path.stem), made_at=datetime.fromtimestamp(path.stat().st_mtime, UTC))
    people.prune()
    authorities = settings.signer_folder / "authorities"
    return Desk(book, StationKeys(keys), people, passwords=Argon2Passwords(), now=utc_now, authorities=authorities)


def _keep_to_itself() -> None:
    """Leave no core file behind, and let no other process of the same user look into our memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _ends_with(parent: int) -> bool:
    """Ask the kernel to end us with the process that started us; False when it is gone already."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == parent
