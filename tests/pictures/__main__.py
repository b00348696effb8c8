"""Takes the pictures of every page for the documents: `python -m tests.pictures [FOLDER]`, or `make pictures`."""

import sys
import tempfile
from pathlib import Path

from tests.end_to_end.browsing import chromium
from tests.end_to_end.station import Station
from tests.pictures import alarm, bulletins, office, warnings, week
from tests.pictures.camera import Camera
from tests.pictures.cast import called

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


def main() -> None:
    """Walk through one demonstration station from its first page to its last."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, Station(Path(data)) as station, chromium() as browser:
        cast = called(station, browser, Camera(folder))
        for scene in (office.doors, bulletins.play, week.play, alarm.play, warnings.play, office.play):
            scene(cast)


if __name__ == "__main__":
    main()
