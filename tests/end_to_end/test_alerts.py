"""An alert, its whole way: drafted, approved by another, the siren at once; and silence everywhere on one call."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.station import Refused, Station, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ALERT = {
    "status": "Actual", "event": "lũ quét", "headline": "Lũ quét trên suối Ngọt", "text": "Nước suối đang lên nhanh.",
    "instruction": "Bà con lên chỗ cao ngay.", "severity": "Severe", "urgency": "Immediate", "certainty": "Observed",
    "audience": {"all": True}, "siren": "flood", "times": 1,
}  # fmt: skip


def test_an_alert_sounds_everywhere_and_one_call_silences_it(tmp_path: Path) -> None:
    with Station(tmp_path / "station", devices=3) as station:
        draft = station.call("POST", "/alerts", ALERT)
        path = f"/alerts/{draft['id']}"
        body = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}
        with pytest.raises(Refused, match="403"):
            station.call("POST", f"{path}/approve", body)

        asked_at = datetime.now(UTC)
        assert station.call("POST", f"{path}/approve", body, role="approver")["state"] == "live"

        wailing = until(lambda: _all_wailing(station, path), within_s=60)
        for delivery in wailing:
            assert (datetime.fromisoformat(delivery["siren_at"]) - asked_at).total_seconds() < 3

        cancelled = station.call("POST", "/alerts/cancel-all", {"reason": "thử"}, role="approver")
        assert [alert["state"] for alert in cancelled] == ["cancelled"]
        until(lambda: not _playing(station), within_s=60)
        assert all(station.sounds(number) for number in range(3))


def _all_wailing(station: Station, path: str) -> list[dict[str, Any]] | None:
    deliveries: list[dict[str, Any]] = station.call("GET", path)["deliveries"]
    return deliveries if all(delivery["siren_at"] for delivery in deliveries) else None


def _playing(station: Station) -> list[object]:
    devices = station.call("GET", "/devices", role="admin")
    return [device["status"]["playing"] for device in devices if device["status"].get("playing")]
