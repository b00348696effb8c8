"""The web application on a real database, and people at its pages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

from broadcaster.adapters import session_keys
from broadcaster.store.engine import Database
from broadcaster.web.site import Health, Loudspeaker, Site, VoiceChoice
from tests.broadcaster.web.client import TestClient
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.messages import FakeMessages
from tests.fakes.station_office import Clock, FastPasswords, Rung, office_of
from tests.fakes.station_site import Stage
from tests.fakes.station_world import FakeAccounts, World

SET_UP_CODE = "ABCD-EFGH-2345"
VOICES = (VoiceChoice(name="espeak", title="eSpeak – giọng Bắc"), VoiceChoice(name="gtts", title="Google"))
Arrives = Callable[[str], Visitor]


def site_on(database: Database, folder: Path, *, clock: Clock, loudspeakers: tuple[Loudspeaker, ...] = ()) -> Site:
    """Return a site on this database, with its recordings in `folder`."""
    return Site(
        office=office_of(database, clock, Rung()),
        passwords=FastPasswords(),
        voices=VOICES,
        recording_path=lambda sha256: folder / sha256,
        make_key=lambda _station: None,
        enrol=lambda _body, _address: {},
        broker_accounts=FakeAccounts(),
        health=lambda: Health(broker_connected=True, database=True, disk_free_bytes=10**10, version="0.1.0"),
        public_url="http://loa.example:8080",
        set_up_code=SET_UP_CODE,
        vouch_with=session_keys.vouch_with,
        act_with=session_keys.act_with,
        messages=FakeMessages(),
        loudspeakers=lambda: loudspeakers,
    )


@pytest.fixture
def site(sqlite_world: World, tmp_path: Path) -> Site:
    """The site of a station that is set up."""
    return site_on(sqlite_world.database, tmp_path, clock=sqlite_world.clock)


@pytest.fixture(scope="session")
def stage() -> Stage:
    """The application, built once."""
    return Stage()


@pytest.fixture
def app(stage: Stage, site: Site) -> FastAPI:
    """The application of that site."""
    return stage.show(site)


@pytest.fixture
def arrives(app: FastAPI, sqlite_world: World) -> Arrives:
    """Call it with somebody's short name: they sit at a browser, signed in; with "" nobody is signed in."""

    def arrive(name: str) -> Visitor:
        visitor = Visitor(TestClient(app))
        return visitor.sign_in(sqlite_world.username(name)) if name else visitor

    return arrive
