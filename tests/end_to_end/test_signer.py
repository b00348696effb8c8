"""The signer within a whole station: killed in the middle of an alert, and a database that somebody rewrites."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws

from broadcaster.services.office import fingerprint
from tests.device_agent.updating.test_wheel import wheel_at
from tests.end_to_end.station import Refused, Station, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ALERT = {
    "status": "Actual", "event": "lũ quét", "headline": "Lũ quét trên suối Ngọt", "text": "Nước suối đang lên nhanh.",
    "audience": {"all": True}, "siren": "flood", "times": 1,
}  # fmt: skip


def test_a_killed_signer_comes_back_within_a_live_alert(tmp_path: Path) -> None:
    with Station(tmp_path / "station", devices=1) as station:
        first = alarm(station)
        until(lambda: wailed(station, first), within_s=60)
        before = revision(station)
        os.kill(signer_of(station), signal.SIGKILL)
        until(lambda: station.call("GET", "/health")["signer"] is False or revision(station) > before, within_s=60)
        until(lambda: station.call("GET", "/health")["status"] == "ok", within_s=60)
        until(lambda: revision(station) > before, within_s=60)
        assert station.call("GET", f"/alerts/{first}")["state"] == "live"

        station.call("POST", "/alerts/cancel-all", {"reason": "thử"}, role="approver")
        second = alarm(station)
        until(lambda: wailed(station, second), within_s=60)


def test_who_rewrites_the_database_makes_no_second_person(tmp_path: Path) -> None:
    """An approver's row and token written straight into the database open every page, and no loudspeaker."""
    with Station(tmp_path / "station", devices=1) as station:
        station.about["tokens"]["made_up"] = "a token of nobody's"
        with closing(sqlite3.connect(tmp_path / "station" / "station" / "station.db", timeout=60)) as database:
            insert_approver(database, token="a token of nobody's")
        draft = station.call("POST", "/alerts", ALERT)
        with pytest.raises(Refused) as refused:
            approve(station, draft, role="made_up")
        assert refused.value.error["code"] == "second_person_missing"
        assert station.call("GET", f"/alerts/{draft['id']}")["state"] == "draft"
        approve(station, draft, role="approver")
        until(lambda: wailed(station, draft["id"]), within_s=60)


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
        until(lambda: wailed(station, name), within_s=60)
        assert not (data / "keys").exists()
        assert "has taken its people over" in station.log_tail()


def test_only_an_administrator_s_word_brings_the_boxes_another_program(tmp_path: Path) -> None:
    """Who rewrites the database names no program; who knows the administrator's password does."""
    folder = tmp_path / "station"
    with Station(folder, devices=1) as station:
        with closing(sqlite3.connect(folder / "station" / "station.db", timeout=60)) as database:
            insert_release(database, version="6.6.6")
        plan_now(station)
        until(lambda: "goes out without the new program" in station.log_tail(), within_s=60)
        assert program_wanted(folder) is None

        wheel = wheel_at(tmp_path / "a.whl")
        wrong = agent_release(station, wheel, password="a guess")
        assert (wrong.returncode, "Bộ ký không nhận mật khẩu này" in wrong.stderr) == (1, True)
        right = agent_release(station, wheel, password=station.about["passwords"]["quan-tri"])
        assert right.returncode == 0, right.stderr
        plan_now(station)
        until(lambda: program_wanted(folder) == "9.9.0", within_s=60)


def plan_now(station: Station) -> None:
    """Ring the planner, which would look by itself within half a minute."""
    station.call("PUT", "/alerts/button", {"messages": []}, role="admin")


def agent_release(station: Station, wheel: Path, *, password: str) -> "subprocess.CompletedProcess[str]":
    """Offer a wheel at the server's console, as the station's administrator."""
    data = station.folder / "station"
    return subprocess.run(
        [*station.program, "agent-release", str(wheel), "--user", "quan-tri"],
        env={**os.environ, "LOA_DATA": str(data), "LOA_AUDIO_CACHE": str(data / "audio_cache")},
        input=f"{password}\n", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def program_wanted(folder: Path) -> str | None:
    """Return which program the plan on the box's own disk names."""
    sealed = (folder / "boxes" / "0" / "documents" / "plan.jws").read_bytes()
    body = json.loads(jws.extract_compact(sealed).payload)
    return (body["settings"].get("agent") or {}).get("version")


def insert_release(database: sqlite3.Connection, *, version: str) -> None:
    """Offer a program, as whoever owns the database could."""
    (station,) = database.execute("SELECT id FROM stations").fetchone()
    database.execute(
        "INSERT INTO agent_releases (id, station_id, version, sha256, size_bytes, offered_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        ("ar-madeup", station, version, "f" * 64, 10, "2026-01-01 00:00:00.000000"),
    )
    database.commit()


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
