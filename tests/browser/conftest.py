"""A running site and a real Chromium: what a person sees and can do, with and without scripts."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect, sync_playwright
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broadcaster.store.engine import open_database
from broadcaster.store.tables import metadata
from broadcaster.web.app import create_app
from broadcaster.web.site import Loudspeaker
from tests.broadcaster.web.conftest import site_on
from tests.browser.people import CHROMIUM, FLAGS, PATIENCE_MS, HoldBack, Running
from tests.fakes.station_world import open_world


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a module; each person gets a context of their own.

    Playwright keeps an event loop running in this thread, so it must be gone before other modules run their own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture
def running(tmp_path: Path, free_port: int, chromium: Browser) -> Iterator[Running]:
    """A station that was just set up, served on loopback, with one loudspeaker to listen to."""
    database = open_database(f"sqlite:///{tmp_path / 'station.db'}")
    metadata.create_all(database.write_engine)
    world = open_world(database)
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    loudspeaker = Loudspeaker(device=world.enrol().id, sounds=sounds)
    site = site_on(database, tmp_path, clock=world.clock, loudspeakers=(loudspeaker,))
    hold = HoldBack()
    with _served(_holding(create_app(site), hold), free_port):
        url = f"http://127.0.0.1:{free_port}"
        yield Running(world=world, url=url, chromium=chromium, folder=tmp_path, hold=hold)
    database.close()


def _holding(app: ASGIApp, hold: HoldBack) -> ASGIApp:
    """Return the application on a line that is as slow as a test wants it: the work is done, the answer comes later."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_later(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(hold.seconds)
            await send(message)

        is_slow = scope["type"] == "http" and bool(hold.ending) and scope["path"].endswith(hold.ending)
        await app(scope, receive, send_later if is_slow else send)

    return serve


class _served:  # noqa: N801 - reads as a context
    """Serves an application in a thread for as long as the context lasts."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, ws="none", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, name="web")

    def __enter__(self) -> None:
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            threading.Event().wait(0.02)

    def __exit__(self, *_exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
