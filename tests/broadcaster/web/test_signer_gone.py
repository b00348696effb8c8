"""When the signer does not answer, the first page says so to everybody signed in, and the monitor sees it."""

from dataclasses import replace

import pytest

from broadcaster.web.site import Site
from tests.broadcaster.web.client import TestClient
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_site import Stage
from tests.fakes.station_world import World


@pytest.mark.parametrize("answers", [True, False])
def test_the_home_page_says_when_the_signer_is_gone(
    site: Site, stage: Stage, sqlite_world: World, answers: bool
) -> None:
    app = stage.show(replace(site, health=lambda: replace(site.health(), signer=answers)))
    visitor = Visitor(TestClient(app)).sign_in(sqlite_world.username("lan"))
    assert ('id="home-signer"' not in visitor.client.get("/").text) is answers


@pytest.mark.parametrize(("answers", "status"), [(True, "ok"), (False, "degraded")])
def test_a_monitor_sees_when_the_signer_is_gone(site: Site, stage: Stage, answers: bool, status: str) -> None:
    app = stage.show(replace(site, health=lambda: replace(site.health(), signer=answers)))
    said = TestClient(app).get("/api/v1/health").json()
    assert (said["status"], said["signer"]) == (status, answers)
