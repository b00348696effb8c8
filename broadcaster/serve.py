"""Runs a built server until it is told to end."""

import gc
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from broadcaster.adapters.web_connections import Connection
from broadcaster.bootstrap import Server
from broadcaster.settings import Settings, load_settings, unknown_variables
from broadcaster.store import stations

log = logging.getLogger(__name__)

STARTED_WITHIN_S = 120.0
SWITCH_S = 0.001
"""A thread that computes gives way after so long: the alarm's thread must not wait behind an answer that is written,
and at the usual 5 ms it waits that long after its every look at the disk, the signer and the broker."""


class WebPortTaken(Exception):  # noqa: N818 - reads as what is wrong
    """The web server cannot listen there. The message is Vietnamese and meant for whoever starts the server."""

    def __init__(self, settings: Settings, *, why: str) -> None:
        super().__init__(
            f"Không mở được trang web ở {settings.host}:{settings.port} ({why}). Xin tắt chương trình đang dùng cổng "
            "này, hoặc chọn cổng khác (LOA_PORT, hoặc --port của bản trình diễn)."
        )


def serve() -> int:
    """Run the server that the environment describes; return its exit code."""
    settings = load_settings()
    set_up_logging(settings.log_level)
    for name in unknown_variables():
        log.warning("there is no setting %s: it changes nothing", name)
    if settings.host in ("0.0.0.0", "::") and not settings.public_url:  # noqa: S104 - compared, not listened on
        log.warning("LOA_PUBLIC_URL is not set: the codes of boxes will lead to %s, which is nowhere", settings.url)
    server = Server(settings)
    return run(server, once_started=lambda: _say_where(server))


def run(server: Server, *, once_started: Callable[[], None]) -> int:
    """Serve until SIGTERM or SIGINT; 0 when it was asked to end, 1 when a part of it failed. Raises WebPortTaken."""
    web = _Web(web_config(server))

    def end() -> None:
        server.crew.ending = True
        web.end()

    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda _number, _frame: end())
    door = listening(server.settings)
    sys.setswitchinterval(SWITCH_S)
    server.start()
    gc.freeze()  # what lasts as long as the server need not be looked through while an alarm goes out
    threading.Thread(target=_announce, args=(web, server, once_started), name="announce", daemon=True).start()
    try:
        web.run(sockets=[door])
    finally:
        server.stop()
    return 1 if server.crew.failed or not web.started else 0


class _Web(uvicorn.Server):
    """uvicorn without its own signal handlers: they raise the signal again at the end, before we have put away."""

    def end(self) -> None:
        """Stop serving; the second time, without waiting for anybody."""
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `run`."""
        yield


def web_config(server: Server) -> uvicorn.Config:
    """Return how the web server listens. A viewer who watches live events does not hold up the end."""
    settings = server.settings
    return uvicorn.Config(
        server.app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=3,
        ws="none",
        http=Connection,
        backlog=100,  # so many are taken in before the first of them can be turned away
    )


def listening(settings: Settings) -> socket.socket:
    """Return the socket on which the pages are served. Raises WebPortTaken."""
    door = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((settings.host, settings.port))
    except OSError as exc:
        door.close()
        raise WebPortTaken(settings, why=exc.strerror or str(exc)) from exc
    return door


def set_up_logging(level: str) -> None:
    """Write one event a line to standard error."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    for chatty in ("httpx", "apscheduler", "alembic", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _announce(web: uvicorn.Server, server: Server, once_started: Callable[[], None]) -> None:
    end = time.monotonic() + STARTED_WITHIN_S
    while not web.started and not web.should_exit and time.monotonic() < end:
        time.sleep(0.02)
    if web.should_exit:
        return
    if not web.started:
        log.error("the pages were not served within %.0f s; the server ends", STARTED_WITHIN_S)
        server.crew.failed = True
        web.should_exit = True
        return
    try:
        once_started()
    except BaseException:
        # The root of a thread: a server that nobody was told of would run on unnoticed.
        log.exception("the server runs, but what follows its start has failed; it ends")
        server.crew.failed = True
        web.should_exit = True


def _say_where(server: Server) -> None:
    with server.office.database.reading() as tx:
        is_set_up = stations.first(tx) is not None
    if is_set_up:
        log.info("đài đang chạy ở %s", server.settings.url)
    else:
        log.info("thiết lập đài ở %s/thiet-lap với mã %s", server.settings.url, server.site.set_up_code)
