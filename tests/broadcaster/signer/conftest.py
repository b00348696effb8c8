"""A signer for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.signer_room import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A signer two days old, with everybody signed in."""
    opened = Room(folder=tmp_path)
    yield opened
    opened.book.close()
