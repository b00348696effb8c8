"""What other programs hold on to: paths, fields and outcomes exactly as the design names them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcaster.services import intake
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_site import ApiCaller
from tests.fakes.station_world import TEXT, World
from wire.enrolment import Sealed
from wire.messages import Heard, Reason
from wire.messages import Outcome as Said

BULLETIN = {"title": "Họp thôn", "text": TEXT, "audience": {"all": True}}


def approved(world: World, api: ApiCaller, **more: Any) -> dict[str, Any]:
    """Return a bulletin that went all the way, over the interface alone."""
    made = api("POST", "/bulletins", json=BULLETIN | more).json()
    world.render()
    api("POST", f"/bulletins/{made['id']}/submit")
    heard = api("GET", f"/bulletins/{made['id']}").json()
    hashes = {"text_sha256": heard["text_sha256"], "recording_sha256": heard["recording"]["sha256"]}
    answer = api("POST", f"/bulletins/{made['id']}/approve", as_="minh", json=hashes)
    assert answer.status_code == 200
    return dict(answer.json())


def test_bulletin_shows_what_was_agreed(sqlite_world: World, api: ApiCaller) -> None:
    answer = api("POST", "/bulletins", json=BULLETIN)
    draft = answer.json()

    assert (answer.status_code, draft["state"], draft["recording"]) == (201, "draft", None)
    assert draft["spoken"].lower().startswith("kính thưa bà con")
    sqlite_world.render()
    done = api("GET", f"/bulletins/{draft['id']}").json()
    assert done["recording"].keys() >= {"sha256", "duration_ms", "voice", "url"}
    sound = api.client.get(done["recording"]["url"], headers={"Authorization": f"Bearer {api.tokens['minh']}"})
    assert sound.content == sqlite_world.studio.files[done["recording"]["sha256"]]
    assert sound.headers["content-type"] == "audio/ogg"


def test_recording_is_served_in_ranges_and_to_its_station_alone(sqlite_world: World, api: ApiCaller) -> None:
    url = approved(sqlite_world, api)["recording"]["url"].removeprefix("/api/v1")

    part = api("GET", url, headers={"Range": "bytes=0-3"})
    assert (part.status_code, len(part.content)) == (206, 4)
    assert api("GET", url, as_=None).status_code == 401
    assert api("GET", "/recordings/" + "0" * 64).status_code == 404
    assert api("GET", "/recordings/..%2f..%2fetc%2fpasswd").status_code == 404


def test_recording_whose_file_is_gone_is_missed_in_words(
    sqlite_world: World, api: ApiCaller, tmp_path: Path
) -> None:  # fmt: skip
    made = approved(sqlite_world, api)
    sqlite_world.studio.files.clear()
    for file in (tmp_path / "recordings").iterdir():
        file.unlink()

    refused(api("GET", made["recording"]["url"].removeprefix("/api/v1")), 404, "no_such_thing")


def test_from_text_to_report(sqlite_world: World, api: ApiCaller) -> None:
    box = sqlite_world.enrol()
    bulletin = approved(sqlite_world, api)
    made = api("POST", "/airings", json={"bulletin_id": bulletin["id"], "start_at": "now"})
    airing = made.json()
    known = intake.box(sqlite_world.office, box.id)
    assert known is not None
    intake.note_reports(sqlite_world.office, known, box.reports(
        played(1, airing["id"], at=sqlite_world.clock.now, outcome=Said.INTERRUPTED, reason=Reason.ALERT,
               heard=Heard(verdict="unsure", score=0.1))
    ))  # fmt: skip
    here, there = api("GET", f"/airings/{airing['id']}").json()["deliveries"]

    assert made.status_code == 201
    assert here.keys() >= {"device_id", "outcome", "reason", "started_at", "ended_at", "start_error_ms"}
    assert (here["device_id"], here["outcome"], here["reason_code"], here["start_error_ms"]) == (
        box.id, "interrupted", "alert", 1.5,
    )  # fmt: skip
    assert here["reason"] == "Tin khẩn cấp đã ngắt lượt phát này."
    assert (there["device_id"], there["outcome"]) == (None, "planned")
    assert (here["heard"], there["heard"]) == ("unsure", None)


@pytest.mark.parametrize("kind", ["all", "hamlets", "clusters"])
def test_audience_has_three_forms(sqlite_world: World, api: ApiCaller, kind: str) -> None:
    audience = {"all": {"all": True}, "hamlets": {"hamlets": [sqlite_world.hamlets[0]]},
                "clusters": {"clusters": [sqlite_world.clusters[0]]}}[kind]  # fmt: skip
    bulletin = approved(sqlite_world, api, audience=audience)
    airing = api("POST", "/airings", json={"bulletin_id": bulletin["id"], "start_at": "now"}).json()

    assert (bulletin["audience"], airing["audience"]) == (audience, audience)
    assert len(airing["deliveries"]) == (2 if kind == "all" else 1)


def test_time_is_taken_with_any_zone(sqlite_world: World, api: ApiCaller) -> None:
    bulletin = approved(sqlite_world, api)
    airing = api("POST", "/airings", json={"bulletin_id": bulletin["id"], "start_at": "2026-03-02T17:00:00+07:00"})

    assert airing.json()["start_at"] == "2026-03-02T10:00:00Z"


def test_deleted_airing_stays_in_the_books(sqlite_world: World, api: ApiCaller) -> None:
    bulletin = approved(sqlite_world, api)
    airing = api("POST", "/airings", json={"bulletin_id": bulletin["id"], "start_at": "now"}).json()
    gone = api("DELETE", f"/airings/{airing['id']}", as_="minh")

    assert gone.status_code == 200
    assert gone.json()["cancelled_at"]
    assert [a["id"] for a in api("GET", "/airings").json()] == [airing["id"]]
    refused(api("DELETE", f"/airings/{airing['id']}"), 409, "airing_over")


def test_return_edit_and_withdraw(sqlite_world: World, api: ApiCaller) -> None:
    made = api("POST", "/bulletins", json=BULLETIN).json()
    path = f"/bulletins/{made['id']}"
    sqlite_world.render()
    api("POST", f"{path}/submit")
    back = api("POST", f"{path}/return", as_="minh", json={"note": "Sửa ngày."}).json()
    again = api("PUT", path, json=BULLETIN | {"text": "Ngày mai họp."}).json()
    gone = api("POST", f"{path}/withdraw", as_="minh").json()

    assert [b["state"] for b in (back, again, gone)] == ["returned", "draft", "withdrawn"]
    assert back["note"] == "Sửa ngày."
    assert [b["id"] for b in api("GET", "/bulletins?state=withdrawn").json()] == [made["id"]]
    assert api("GET", "/bulletins?state=draft").json() == []


def test_approval_of_what_was_not_heard_is_refused(sqlite_world: World, api: ApiCaller) -> None:
    made = api("POST", "/bulletins", json=BULLETIN).json()
    sqlite_world.render()
    api("POST", f"/bulletins/{made['id']}/submit")
    wrong = {"text_sha256": made["text_sha256"], "recording_sha256": "0" * 64}

    refused(api("POST", f"/bulletins/{made['id']}/approve", as_="minh", json=wrong), 409, "content_changed")
    refused(api("POST", f"/bulletins/{made['id']}/approve", as_="lan", json=wrong), 403, "not_allowed")


def test_box_is_enrolled_over_the_interface(sqlite_world: World, api: ApiCaller) -> None:
    cluster = api("POST", "/clusters", as_="hoa", json={"hamlet_id": sqlite_world.hamlets[0], "name": "Cụm chợ"}).json()
    code = api("POST", f"/clusters/{cluster['id']}/code", as_="hoa").json()
    box = FakeBox(now=sqlite_world.clock)
    sealed = box.request(code["code"])
    answer = api("POST", "/enrol", as_=None, json=sealed.model_dump())
    box.accept(Sealed.model_validate(answer.json()), code["code"])
    listed = api("GET", "/devices").json()

    assert code["command"] == f"device-agent enrol http://127.0.0.1:8080 {code['code']}"
    assert [(d["id"], d["cluster_id"], d["online"]) for d in listed] == [(box.id, cluster["id"], False)]
    refused(api("POST", "/enrol", as_=None, json=sealed.model_dump()), 409, "code_used")
    assert api("DELETE", f"/devices/{box.id}", as_="hoa").status_code == 204
    assert api("GET", "/devices").json() == []


def test_station_and_rules(sqlite_world: World, api: ApiCaller) -> None:
    changed = api("PATCH", "/station", as_="hoa", json={"quiet_hours": [["21:00", "05:00"]]}).json()

    assert changed["rules"]["quiet_hours"] == [["21:00", "05:00"]]
    assert changed["rules"]["self_approval"] is False
    assert len(changed["hamlets"]) == len(changed["clusters"]) == 2
    refused(api("PATCH", "/station", as_="hoa", json={"quiet_hours": [["25:00", "05:00"]]}), 422, "bad_time_of_day")
    refused(api("PATCH", "/station", as_="hoa", json={"voices": ["x"]}), 422, "unknown_voice")
    refused(api("PATCH", "/station", json={"self_approval": True}), 403, "not_allowed")


def test_reading_and_health(api: ApiCaller) -> None:
    read = api("POST", "/read", json={"text": "Họp lúc 7h30."}).json()
    health = api("GET", "/health", as_=None)

    assert read["written"] == "Họp lúc 7h30."
    assert "bảy giờ" in read["spoken"]
    assert all(span["written"] == read["written"][span["start"] : span["end"]] for span in read["spans"])
    assert (health.status_code, health.json()["status"]) == (200, "ok")


def test_every_operation_is_described_in_a_sentence(api: ApiCaller) -> None:
    paths = api.client.get("/api/openapi.json").json()["paths"]
    silent = [
        f"{method} {path}" for path, ways in paths.items() for method in ways if "description" not in ways[method]
    ]

    assert len(paths) > 50
    assert silent == []


def test_openapi_describes_it(api: ApiCaller) -> None:
    paths = api.client.get("/api/openapi.json").json()["paths"]

    assert {"/api/v1/bulletins", "/api/v1/bulletins/{bulletin_id}/approve", "/api/v1/airings/{airing_id}",
            "/api/v1/devices", "/api/v1/read", "/api/v1/health"} <= paths.keys()  # fmt: skip
    assert api.client.get("/api/docs").status_code == 200


def refused(answer: Any, status: int, code: str) -> None:
    """Check a refusal and its form."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == {"code", "message"}


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer x", "Basic bGFuOng=", "Bearer \u00e9", "x" * 5000])
def test_nobody_known_is_401(api: ApiCaller, token: str | None) -> None:
    headers = {"Authorization": token.encode("latin-1")} if token else {}
    for path in ("/bulletins", "/airings", "/devices", "/station"):
        answer = api("GET", path, as_=None, headers=headers)
        refused(answer, 401, "nobody_known")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_revoked_token_is_401(sqlite_world: World, api: ApiCaller) -> None:
    from broadcaster.services import people
    from broadcaster.store import accounts

    with sqlite_world.database.reading() as tx:
        (token,) = (t for t in accounts.tokens_of(tx, sqlite_world.station) if t.name == "lan")
    people.revoke_token(sqlite_world.office, actor=sqlite_world.person("hoa"), token_id=token.id)

    refused(api("GET", "/bulletins"), 401, "nobody_known")


def test_far_ends_of_the_calendar_may_be_listed(sqlite_world: World, api: ApiCaller) -> None:
    bulletin = approved(sqlite_world, api)
    start = sqlite_world.clock.now + timedelta(hours=2)
    api("POST", "/airings", json={"bulletin_id": bulletin["id"], "start_at": start.isoformat()})
    query = "start=0001-01-01T00:00:00%2B14:00&end=9999-12-31T23:59:59-12:00"

    assert len(api("GET", f"/airings?{query}").json()) == 1
    assert json.loads(api("GET", "/airings?start=2026-03-02").text)["error"]["code"] == "malformed"
