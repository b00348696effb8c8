"""The REST interface of a station that was just set up."""

from pathlib import Path

import pytest

from tests.fakes.station_site import ApiCaller, Stage, caller, site_of
from tests.fakes.station_world import World


@pytest.fixture
def api(stage: Stage, sqlite_world: World, tmp_path: Path) -> ApiCaller:
    """Who calls it, by the tokens of the world's people."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    return caller(sqlite_world, stage.show(site_of(sqlite_world, folder)))
