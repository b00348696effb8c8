"""What every test may rely on: the profiles of Hypothesis, free ports, real brokers, and no silent skips in CI."""

import os
import socket

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.fixtures.skips", "tests.fixtures.once_more", "tests.fixtures.order", "tests.fixtures.brokers"]

# No deadlines: the machine is shared, and pytest has its own limit per test.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True, print_blob=True)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


@pytest.fixture
def free_port() -> int:
    """A port on loopback that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
