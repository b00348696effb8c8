"""The library for programs: multipart upload, approval by the hash of the sound, refusals in words."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from tests.fakes.sound_desk import BROKEN, FakeSoundDesk, uploaded
from tests.fakes.station_site import ApiCaller, Stage, caller, site_of
from tests.fakes.station_world import World, open_neighbour

FIELDS = {"title": "Lời chào", "kind": "greeting", "language": "hmn", "rights_holder": "Đài tự thu"}


@pytest.fixture
def api(stage: Stage, sqlite_world: World, tmp_path: Path) -> ApiCaller:
    """The interface of a station with a sound desk."""
    desk = FakeSoundDesk(files=sqlite_world.studio.files)
    return caller(sqlite_world, stage.show(replace(site_of(sqlite_world, tmp_path), take_in_sound=desk.take_in)))


def send_up(api: ApiCaller, sound: bytes = b"xin chao", *, as_: str = "lan", **fields: str) -> Response:
    files = {"file": ("chao.wav", io.BytesIO(sound), "audio/wav")}
    return api("POST", "/library", as_=as_, data=FIELDS | fields, files=files)


def test_from_upload_to_approval(api: ApiCaller) -> None:
    answer = send_up(api, expires_on="2026-12-31")
    made: dict[str, Any] = answer.json()
    assert answer.status_code == 201
    assert (made["state"], made["language"], made["expires_on"]) == ("draft", "hmn", "2026-12-31")
    assert made["recording"].keys() >= {"sha256", "duration_ms", "voice", "url"}
    sound = api("GET", made["recording"]["url"].removeprefix("/api/v1"))
    assert sound.content == b"xin chao"

    path = f"/library/{made['id']}"
    assert api("POST", f"{path}/submit").json()["state"] == "submitted"
    heard = {"recording_sha256": made["recording"]["sha256"], "details_sha256": made["details_sha256"]}
    assert refused(api("POST", f"{path}/approve", json=heard)) == (403, "not_allowed")
    wrong = heard | {"recording_sha256": "0" * 64}
    assert refused(api("POST", f"{path}/approve", as_="minh", json=wrong)) == (409, "sound_changed")
    assert api("POST", f"{path}/approve", as_="minh", json=heard).json()["state"] == "approved"
    assert [item["id"] for item in api("GET", "/library?kind=greeting&state=approved").json()] == [made["id"]]
    assert api("POST", f"{path}/withdraw").json()["state"] == "withdrawn"


def refused(answer: Response) -> tuple[int, str]:
    """Return the code of a refusal, which is a sentence in Vietnamese besides."""
    assert answer.json()["error"]["message"].endswith((".", "mail"))
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("sound", "fields", "code"),
    [
        (BROKEN, {}, "sound_file_broken"),
        (b"", {}, "no_sound_file"),
        (b"x", {"title": ""}, "recording_untitled"),
        (b"x", {"kind": "podcast"}, "kind_unknown"),
        (b"x", {"language": "<b>"}, "language_unknown"),
        (b"x", {"expires_on": "2026-13-01"}, "expiry_unclear"),
    ],
)
def test_bad_uploads_are_refused_in_words(api: ApiCaller, sound: bytes, fields: dict[str, str], code: str) -> None:
    assert refused(send_up(api, sound, **fields)) == (422, code)


def test_what_is_no_form_is_refused(api: ApiCaller) -> None:
    assert refused(api("POST", "/library", json={"title": "x"})) == (422, "not_a_form")
    broken = {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data"}}
    assert refused(api("POST", "/library", **broken)) == (422, "not_a_form")


def test_nothing_is_read_of_somebody_unknown(api: ApiCaller) -> None:
    files = {"file": ("x.wav", b"x" * 100_000, "audio/wav")}

    assert api("POST", "/library", as_=None, data=FIELDS, files=files).status_code == 401
    assert refused(send_up(api, as_="minh")) == (403, "not_allowed")


def test_items_stay_within_their_station(api: ApiCaller, sqlite_world: World) -> None:
    item = uploaded(open_neighbour(sqlite_world))

    for method, path in (("GET", ""), ("POST", "/submit"), ("POST", "/withdraw")):
        assert refused(api(method, f"/library/{item.id}{path}", as_="dung")) == (404, "no_such_thing")
    assert api("GET", "/library").json() == []


def test_returned_and_described_anew(api: ApiCaller) -> None:
    made = send_up(api).json()
    path = f"/library/{made['id']}"
    api("POST", f"{path}/submit")
    back = api("POST", f"{path}/return", as_="minh", json={"note": "Tiếng rè"}).json()
    assert (back["state"], back["note"]) == ("returned", "Tiếng rè")

    again = api("PUT", path, json={"title": "Khác", "kind": "song", "rights_holder": "Nhạc sĩ A"}).json()
    assert (again["state"], again["title"], again["kind"], again["language"]) == ("draft", "Khác", "song", "vi")
