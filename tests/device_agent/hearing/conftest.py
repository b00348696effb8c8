"""The embedded voice reads once for all tests of the ear."""

import pytest

from tests.device_agent.hearing.airings import Readings


@pytest.fixture(scope="session")
def readings() -> Readings:
    """Every sentence in every dialect."""
    return Readings.make()
