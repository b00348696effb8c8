"""A site for tests of the REST interface: the world's office behind the real application, and a token for each."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from httpx import Response
from pydantic import ValidationError
from starlette.testclient import TestClient

from broadcaster.adapters import session_keys
from broadcaster.services import devices, people
from broadcaster.web.app import create_app
from broadcaster.web.site import Health, Site, VoiceChoice
from tests.fakes.messages import FakeMessages
from tests.fakes.station_office import FastPasswords
from tests.fakes.station_world import World
from wire import seal
from wire.enrolment import BrokerAccount, Sealed


@dataclass(kw_only=True)
class ApiCaller:
    """Calls `/api/v1` as one of the world's people, by token."""

    client: TestClient
    tokens: Mapping[str, str]

    def __call__(self, method: str, path: str, *, as_: str | None = "lan", **more: Any) -> Response:
        """Return the answer to a request."""
        headers = {"Authorization": f"Bearer {self.tokens[as_]}"} if as_ else {}
        return self.client.request(method, f"/api/v1{path}", headers=headers | more.pop("headers", {}), **more)


def site_of(world: World, folder: Path) -> Site:
    """Return the site of a world; recordings lie in `folder`."""

    def recording_path(sha256: str) -> Path:
        path = folder / sha256
        if sha256 in world.studio.files:
            path.write_bytes(world.studio.files[sha256])
        return path

    def enrol(body: Mapping[str, object], address: str) -> Mapping[str, object]:
        try:
            sealed = Sealed.model_validate(body)
        except ValidationError as exc:
            raise devices.CodeRefused from exc
        answer = devices.enrol(
            world.office, sealed=sealed, address=address,
            station_key_pem=lambda station: seal.public_pem(world.keys[station]),
            broker=BrokerAccount(url="mqtt://127.0.0.1:1883"), broker_accounts=world.accounts,
        )  # fmt: skip
        return answer.model_dump(mode="json")

    return Site(
        office=world.office,
        passwords=FastPasswords(),
        voices=(VoiceChoice(name="espeak", title="eSpeak NG"), VoiceChoice(name="gtts", title="Google")),
        recording_path=recording_path,
        make_key=lambda station: None,
        enrol=enrol,
        broker_accounts=world.accounts,
        health=lambda: Health(broker_connected=True, database=True, disk_free_bytes=1, version="0"),
        public_url="http://127.0.0.1:8080",
        set_up_code="ABCD1234",
        vouch_with=session_keys.vouch_with,
        act_with=session_keys.act_with,
        messages=FakeMessages(),
    )


class _Present:
    """Stands for what is shown at the moment: whatever is asked of it is asked of that."""

    def __init__(self, shown: Callable[[], Any], *, parts: Collection[str] = ()) -> None:
        self._shown = shown
        # What an application takes from its site once and for all must follow the site too.
        self.__dict__ |= {part: _Present(partial(self._part, part)) for part in parts}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shown(), name)

    def _part(self, name: str) -> Any:
        return getattr(self._shown(), name)


class Stage:
    """One application for many sites, since building it takes longer than most tests: it serves the present one."""

    def __init__(self) -> None:
        self._site: Site | None = None
        self._app: FastAPI | None = None

    def show(self, site: Site) -> FastAPI:
        """Return the application, which serves this site from now on."""
        self._site = site
        if self._app is None:
            present = _Present(lambda: self._site, parts=("office", "messages", "passwords"))
            self._app = create_app(cast(Site, present))
        return self._app


def caller(world: World, app: FastAPI) -> ApiCaller:
    """Return who calls the application; an exception in it is an answer of 500, as it is for others."""
    admin = world.person("hoa")
    tokens = {
        name: people.issue_token(world.office, actor=admin, user=world.person(name).id, name=name)
        for name in ("lan", "minh", "hoa", "dung")
    }
    return ApiCaller(client=TestClient(app, raise_server_exceptions=False), tokens=tokens)
