"""The server and its broker killed in the middle of a live alert: it sounds where it had not, and no round twice."""

import time
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.station import Station, until
from tests.end_to_end.test_alerts import ALERT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SHORT = {"name": "ngan", "title": "Ngắn", "strokes": [[1500, 500, 2]], "source": "Quy chế của xã"}
BOXES = 2


def parts(station: Station, alert: str, number: int) -> list[str]:
    """Return what of the alert a box has sounded to its end, in its order."""
    return [s.about["part"] for s in station.sounds(number) if s.about.get("alert_id") == alert]


def spoke(station: Station, alert: str, number: int) -> bool:
    """Return whether a box has sounded the alert's words to their end."""
    return "speech" in parts(station, alert, number)


@pytest.mark.parametrize("after_s", [0.0, 1.5, 5.0], ids=["at the approval", "in the siren", "behind the siren"])
def test_server_and_broker_killed_in_a_live_alert_it_sounds_after_their_return_and_never_twice(
    after_s: float, tmp_path: Path
) -> None:
    with Station(tmp_path / "station", devices=BOXES) as station:
        station.call("PUT", "/alerts/sirens", SHORT, role="admin")
        draft = station.call("POST", "/alerts", ALERT | {"siren": "ngan"})
        alert = str(draft["id"])
        body = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}
        station.call("POST", f"/alerts/{alert}/approve", body, role="approver")
        time.sleep(after_s)

        station.kill()
        station.start()

        for number in range(BOXES):
            until(partial(parts, station, alert, number), within_s=15)
            until(partial(spoke, station, alert, number), within_s=30)
        time.sleep(6)
        for number in range(BOXES):
            sounded = parts(station, alert, number)
            assert sounded.count("speech") == 1
            assert sounded[-1] == "speech", "nothing of the round sounds again"
