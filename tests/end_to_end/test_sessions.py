"""A whole session as the village hears it: jingle, relay, two bulletins, sign-off; in order, close, over in time."""

import json
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.end_to_end.station import Station, until
from tests.fixtures.radio import Icecast, Studio, ffmpeg
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420), needs("icecast2")]

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GAP = timedelta(milliseconds=300)
LENGTH = timedelta(seconds=75)
ORDER = ("Nhạc hiệu", "Tiếp sóng", "Lịch họp thôn", "Tiêm phòng", "Lời kết")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with Station(tmp_path / "station", devices=2) as running:
        yield running


@pytest.fixture
def radio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("radio")
    folder.chmod(0o777)
    sound = folder / "on-air.wav"
    ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=20:c=pink:a=0.4:seed=4:r=48000", "-ac", "1", str(sound))
    with Icecast() as icecast, Studio(icecast, "vov1", sound):
        yield icecast.url("vov1")


def test_session_sounds_in_order_without_gaps_and_ends_in_time(station: Station, radio: str, tmp_path: Path) -> None:
    jingle = in_library(station, tone(tmp_path, "jingle", seconds=2, hertz=660), "Nhạc hiệu", "jingle")
    sign_off = in_library(station, tone(tmp_path, "sign-off", seconds=3, hertz=330), "Lời kết", "sign-off")
    for title, text in (("Lịch họp thôn", "Tối nay thôn họp."), ("Tiêm phòng", "Sáng mai trạm y tế tiêm phòng.")):
        bulletin = station.approved(title, text, {"all": True})
        asked = station.call("POST", f"/bulletins/{bulletin['id']}/requests", {"wish": "next_session"})
        assert asked["fate"] == "waiting"

    due = next_minute(after=datetime.now(UTC) + timedelta(seconds=15))
    add_programme(station, due=due, radio=radio, jingle=jingle, sign_off=sign_off)

    session = the_session(station, due)
    assert [airing["title"] for airing in session["airings"]] == list(ORDER)
    for airing in session["airings"]:
        station.await_outcome(airing, "played", within_s=(due - datetime.now(UTC)).total_seconds() + 150)
    for number in range(2):
        heard = [stretches(station, airing, number) for airing in session["airings"]]
        for before, after in pairwise(heard):
            assert timedelta(0) <= after[0] - before[1] <= GAP, (number, heard)
        assert abs(heard[0][0] - due) < timedelta(milliseconds=200)
        assert heard[-1][1] <= due + LENGTH
    check_log(station, session["airings"])


def check_log(station: Station, airings: list[dict[str, Any]]) -> None:
    """The log has each item on each of the two clusters, from the right source, to the second."""
    sources = {airing["id"]: airing["source"] for airing in airings}

    def logged() -> list[dict[str, Any]] | None:
        lines = [line for line in station.call("GET", "/log") if line["subject"] in sources]
        return lines if len(lines) == 2 * len(sources) else None

    for line in until(logged, within_s=90):
        planned = next(a for a in airings if a["id"] == line["subject"])
        assert line["source"] == sources[line["subject"]]
        assert abs(when(line["started_at"]) - when(planned["start_at"])) < timedelta(seconds=1)
        assert abs(when(line["ended_at"]) - when(planned["end_at"])) < timedelta(seconds=1)


def stretches(station: Station, airing: dict[str, Any], number: int) -> tuple[datetime, datetime]:
    """Return when a box's sound of an airing began and ended: one unbroken stretch."""
    (found,) = station.sounds_of(airing, number)
    length = timedelta(seconds=found.about["frames"] / found.about["rate"])
    return found.first_frame_at, found.first_frame_at + length


def add_programme(station: Station, *, due: datetime, radio: str, jingle: str, sign_off: str) -> None:
    local = due.astimezone(ZONE)
    programme = {
        "title": "Buổi phát thử",
        "starts": f"{local:%H:%M}",
        "seconds": LENGTH // timedelta(seconds=1),
        "days": "FREQ=DAILY",
        "segments": [
            {"kind": "jingle", "id": "mo", "title": "Nhạc hiệu", "sound": jingle},
            {"kind": "relay", "id": "song", "title": "Tiếp sóng", "urls": [radio], "seconds": 31},
            {"kind": "bulletins", "id": "tin", "title": "Bản tin", "seconds": 30},
            {"kind": "sign_off", "id": "het", "title": "Lời kết", "sound": sign_off},
        ],
    }
    found = station.call("POST", "/programmes?preview=true", {"programme": programme})
    assert found["breaks"] == []
    confirmed = [each["words"] for each in found["unusual"]]
    station.call("POST", "/programmes", {"programme": programme, "confirmed": confirmed})


def the_session(station: Station, due: datetime) -> dict[str, Any]:
    sessions = station.call("GET", "/timetable")["sessions"]
    (found,) = [each for each in sessions if when(each["due_at"]) == due]
    assert found["verdict"] == "sounds", found
    return dict(found)


def in_library(station: Station, sound: Path, title: str, kind: str) -> str:
    """Return the id of a recording that was uploaded, submitted and approved."""
    fields = {"title": title, "kind": kind, "rights_holder": "Đài xã"}
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{sound.name}"\r\n\r\n'
    body = b"".join([*parts, head.encode(), sound.read_bytes(), f"\r\n--{boundary}--\r\n".encode()])
    request = urllib.request.Request(
        f"{station.about['url']}/api/v1/library",
        data=body,
        headers={
            "Authorization": f"Bearer {station.about['tokens']['editor']}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        item = json.loads(answer.read())
    station.call("POST", f"/library/{item['id']}/submit")
    said = {"recording_sha256": item["recording"]["sha256"]}
    station.call("POST", f"/library/{item['id']}/approve", said, role="approver")
    return str(item["id"])


def tone(folder: Path, name: str, *, seconds: int, hertz: int) -> Path:
    path = folder / f"{name}.wav"
    ffmpeg("-f", "lavfi", "-i", f"sine=frequency={hertz}:duration={seconds}:sample_rate=48000", str(path))
    return path


def next_minute(*, after: datetime) -> datetime:
    """Return the first whole minute from that instant on: sessions begin at whole minutes."""
    return after.replace(second=0, microsecond=0) + timedelta(minutes=1)


def when(written: str) -> datetime:
    return datetime.fromisoformat(written)
