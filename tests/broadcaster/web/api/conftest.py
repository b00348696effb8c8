"""The REST interface of a station that was just set up."""

from pathlib import Path

import pytest

from tests.fakes.station_site import ApiCaller, application, caller
from tests.fakes.station_world import World


@pytest.fixture
def api(sqlite_world: World, tmp_path: Path) -> ApiCaller:
    """Who calls it, by the tokens of the world's people."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    return caller(sqlite_world, application(sqlite_world, folder))
