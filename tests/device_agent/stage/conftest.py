"""A radio that has been on the air for a while, and the sounds of which it and the boxes are made."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device_agent.stage.relays import ITEM_S
from tests.fixtures.radio import Icecast, Studio, ffmpeg


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    folder.chmod(0o777)
    for seed, (name, seconds) in enumerate((("radio", 20), ("item", ITEM_S), ("filler", 3), ("siren", 2)), start=1):
        source = f"anoisesrc=d={seconds}:c=pink:a=0.5:seed={seed}:r=48000,highpass=300,lowpass=6000"
        ffmpeg("-f", "lavfi", "-i", source, "-ac", "1", str(folder / f"{name}.wav"))
    return folder


@pytest.fixture(scope="module")
def radio(sounds: Path) -> Iterator[str]:
    """The address of a radio that has been on the air for a while."""
    with Icecast() as icecast, Studio(icecast, "song", sounds / "radio.wav"):
        time.sleep(4)
        yield icecast.url("song")
