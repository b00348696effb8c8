"""The signer within a whole station: killed in the middle of an alert, and a database that somebody rewrites."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from broadcaster.services.office import fingerprint
from tests.end_to_end.station import Refused, Station, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ALERT = {
    "status": "Actual", "event": "lũ quét", "headline": "Lũ quét trên suối Ngọt", "text": "Nước suối đang lên nhanh.",
    "audience": {"all": True}, "siren": "flood", "times": 1,
}  # fmt: skip


def test_a_killed_signer_comes_back_within_a_live_alert(tmp_path: Path) -> None:
    with Station(tmp_path / "station", devices=1) as station:
        first = alarm(station)
        until(lambda: wailed(station, first), within_s=15)
        before = revision(station)
        os.kill(signer_of(station), signal.SIGKILL)
        until(lambda: station.call("GET", "/health")["signer"] is False or revision(station) > before, within_s=10)
        until(lambda: station.call("GET", "/health")["status"] == "ok", within_s=10)
        until(lambda: revision(station) > before, within_s=15)
        assert station.call("GET", f"/alerts/{first}")["state"] == "live"

        station.call("POST", "/alerts/cancel-all", {"reason": "thử"}, role="approver")
        second = alarm(station)
        until(lambda: wailed(station, second), within_s=15)


def test_who_rewrites_the_database_makes_no_second_person(tmp_path: Path) -> None:
    """An approver's row and token written straight into the database open every page, and no loudspeaker."""
    with Station(tmp_path / "station", devices=1) as station:
        station.about["tokens"]["made_up"] = "a token of nobody's"
        with closing(sqlite3.connect(tmp_path / "station" / "station" / "station.db", timeout=10)) as database:
            insert_approver(database, token="a token of nobody's")
        draft = station.call("POST", "/alerts", ALERT)
        with pytest.raises(Refused) as refused:
            approve(station, draft, role="made_up")
        assert refused.value.error["code"] == "second_person_missing"
        assert station.call("GET", f"/alerts/{draft['id']}")["state"] == "draft"
        approve(station, draft, role="approver")
        until(lambda: wailed(station, draft["id"]), within_s=15)


def test_an_installation_from_before_the_signer_goes_on(tmp_path: Path) -> None:
    """Its keys lie beside the database, and nobody is known to a signer: boxes go on obeying, people are taken over."""
    folder = tmp_path / "station"
    with Station(folder, devices=1) as station:
        assert station.call("GET", "/health")["signer"]
    data = folder / "station"
    (data / "signer" / "keys").rename(data / "keys")
    shutil.rmtree(data / "signer")

    with Station(folder, devices=1) as station:
        name = alarm(station)
        until(lambda: wailed(station, name), within_s=15)
        assert not (data / "keys").exists()
        assert "has taken its people over" in station.log_tail()


def alarm(station: Station) -> str:
    """Draft and approve; return the alert's id."""
    draft = station.call("POST", "/alerts", ALERT)
    assert approve(station, draft, role="approver")["state"] == "live"
    return str(draft["id"])


def approve(station: Station, draft: dict[str, Any], *, role: str) -> dict[str, Any]:
    body = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}
    return dict(station.call("POST", f"/alerts/{draft['id']}/approve", body, role=role))


def wailed(station: Station, alert: str) -> bool:
    deliveries: list[dict[str, Any]] = station.call("GET", f"/alerts/{alert}")["deliveries"]
    return all(delivery["siren_at"] for delivery in deliveries)


def revision(station: Station) -> list[int]:
    """Return which alerts document the box holds."""
    (device,) = station.call("GET", "/devices", role="admin")
    held = device["status"].get("alerts") or {"epoch": 0, "seq": 0}
    return [held["epoch"], held["seq"]]


def signer_of(station: Station) -> int:
    """Return the process that the server started as its signer."""
    assert station.process is not None
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended while we looked
        if b"--child-of" in words and parent == station.process.pid:
            return int(folder.name)
    raise AssertionError("the station has no signer")


def insert_approver(database: sqlite3.Connection, *, token: str) -> None:
    """Write a person with the approver's role and a token of theirs, as whoever owns the database could."""
    columns = [row[1] for row in database.execute("PRAGMA table_info(users)")]
    row = dict(zip(columns, database.execute("SELECT * FROM users WHERE username = 'duyet'").fetchone(), strict=True))
    row |= {"id": "nd-madeup", "username": "gia-mao", "full_name": "Giả Mạo"}
    places = ", ".join("?" for _ in columns)
    database.execute(f"INSERT INTO users ({', '.join(columns)}) VALUES ({places})", [row[name] for name in columns])
    columns = [row[1] for row in database.execute("PRAGMA table_info(tokens)")]
    row = dict(zip(columns, database.execute("SELECT * FROM tokens").fetchone(), strict=True))
    row |= {"id": "tk-madeup", "token_sha256": fingerprint(token), "user_id": "nd-madeup"}
    places = ", ".join("?" for _ in columns)
    database.execute(f"INSERT INTO tokens ({', '.join(columns)}) VALUES ({places})", [row[name] for name in columns])
    database.commit()
