"""Whatever is sent, the answer is a refusal with a Vietnamese sentence, never a fault, and the station goes on."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import OperationalError, TimeoutError

from broadcaster.store.engine import Database
from tests.broadcaster.web.api.test_contract import BULLETIN, approved
from tests.fakes.station_site import ApiCaller, Stage, caller, site_of
from tests.fakes.station_world import World, open_neighbour, open_world

VIETNAMESE = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]")
JSON = {"Content-Type": "application/json"}


def is_refusal(answer: Any, *, status: int | None = None) -> str:
    """Check that the answer is a refusal in the agreed form; return its code."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert status in (None, answer.status_code)
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert VIETNAMESE.search(body["error"]["message"])
    assert len(body["error"]["message"]) < 400
    return str(body["error"]["code"])


BAD_BULLETINS: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "empty_text"), ({"text": "  \n"}, "empty_text"), ({"text": "\u200b"}, "empty_text"),
    ({"text": "a" * 10_001}, "text_too_long"), ({"text": "!!!"}, "nothing_to_say"),
    ({"text": "Họp\u0007"}, "control_character"), ({"text": "Họp\u0000"}, "malformed"),
    ({"title": " "}, "empty_title"), ({"title": "a" * 201}, "title_too_long"),
    ({"audience": {}}, "empty_audience"), ({"audience": {"hamlets": []}}, "empty_audience"),
    ({"audience": {"all": False}}, "empty_audience"), ({"audience": {"hamlets": [1]}}, "empty_audience"),
    ({"audience": {"all": True, "hamlets": ["x"]}}, "mixed_audience"),
    ({"audience": {"hamlets": ["th-nowhere"]}}, "unknown_audience"),
    ({"audience": {"clusters": ["x" * 100_000]}}, "unknown_audience"),
    ({"audience": "all"}, "malformed"), ({"audience": None}, "malformed"),
    ({"voice": "nobody"}, "unknown_voice"), ({"priority": "emergency"}, "malformed"),
    ({"title": 5}, "malformed"), ({"text": None}, "malformed"), ({"read_twice": "maybe"}, "malformed"),
    ({"extra": 1}, "malformed"), ({"choices": [{"written": "a"}]}, "malformed"),
    ({"choices": [{"written": "a", "occurrence": -1, "spoken": "b"}]}, "malformed"),
    ({"choices": [{"written": "a", "occurrence": 0, "spoken": " "}]}, "malformed"),
]  # fmt: skip


def test_bad_bulletins(api: ApiCaller) -> None:
    met = [(change, is_refusal(api("POST", "/bulletins", json=BULLETIN | change), status=422))
           for change, _ in BAD_BULLETINS]  # fmt: skip

    assert met == BAD_BULLETINS
    assert api("GET", "/bulletins").json() == []


@pytest.mark.parametrize("text", ["a" * 10_000, "e\u0302\u0301" * 10_000, "Chào \u202eba\u0300 con\u200f 🙂"])
def test_long_and_odd_texts_are_taken(api: ApiCaller, text: str) -> None:
    assert api("POST", "/bulletins", json=BULLETIN | {"text": text}).status_code == 201


BAD_JSON = [
    b"", b"{", b"null", b"[]", b"5", b'"x"', b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"{}" * 2, b"[" * 100_000,
    b'{"title":' + b"[" * 900 + b"]" * 900 + b"}", b'{"title": NaN}', b'{"title": 1e999}',
    b'{"read_twice": ' + b"9" * 5_000 + b"}", b'{"\\ud800": 1}', b'{"title": "\\ud800"}',
    b'{"title": "\\udfff\\ud800", "text": "a", "audience": {"all": true}}',
    b'{"title": "a", "text": "a\\ud83d", "audience": {"all": true}}',
    b'{"title": "a", "text": "a", "audience": {"hamlets": ["\\ud800"]}}',
    b'{"title": "a", "text": "a", "audience": {"\\u0000": ["x"]}}',
    b'{"title": "a", "text": "a", "audience": {"hamlets": ["\\u0000"]}}',
]  # fmt: skip


@pytest.mark.parametrize("path", ["/bulletins", "/airings", "/read", "/enrol"])
def test_bad_json(sqlite_world: World, api: ApiCaller, path: str) -> None:
    for body in BAD_JSON:
        sqlite_world.clock.advance(minutes=5)  # so that the limit on guessing codes is not what refuses
        is_refusal(api("POST", path, content=body, headers=JSON))


def test_wrong_content_type(api: ApiCaller) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "\u00e9"):
        is_refusal(api("POST", "/bulletins", content=b"title=a", headers={"Content-Type": kind.encode("latin-1")}))


def test_huge_body(api: ApiCaller) -> None:
    assert is_refusal(api("POST", "/bulletins", content=b"x" * 2_000_000, headers=JSON), status=413) == "http_413"


BAD_TIMES: list[tuple[object, str]] = [
    ("2020-01-01T00:00:00Z", "time_in_the_past"), ("2027-01-01T00:00:00Z", "time_too_far_ahead"),
    ("2026-03-02T23:15:00+07:00", "in_quiet_hours"), ("2026-03-02T17:00:00", "malformed"),
    ("0001-01-01T00:00:00+14:00", "time_in_the_past"), ("9999-12-31T23:59:59Z", "time_too_far_ahead"),
    ("9999-12-31T23:59:59-12:00", "time_too_far_ahead"), ("soon", "malformed"), ("", "malformed"),
    (None, "malformed"), (0, "time_in_the_past"), (1e300, "malformed"), (-1e15, "malformed"), ([], "malformed"),
    ({"now": 1}, "malformed"), (True, "malformed"), ("NOW", "malformed"), ("2026-02-30T10:00:00Z", "malformed"),
]  # fmt: skip


def test_bad_times(sqlite_world: World, api: ApiCaller) -> None:
    bulletin = approved(sqlite_world, api)
    met = [
        (start_at, is_refusal(api("POST", "/airings", json={"bulletin_id": bulletin["id"], "start_at": start_at})))
        for start_at, _ in BAD_TIMES
    ]

    assert met == BAD_TIMES


def test_bad_time_says_how_to_write_one(api: ApiCaller) -> None:
    answer = api("POST", "/airings", json={"bulletin_id": "x", "start_at": "2026-03-02T17:00:00"})

    assert "múi giờ" in answer.json()["error"]["message"]


def test_unknown_things(api: ApiCaller) -> None:
    for name in ("nowhere", "%00", "%F0%9F%99%82", "a" * 3000, "..%2f", "'%20or%201=1"):
        for who, method, path in (
            ("lan", "GET", "/bulletins/{}"), ("lan", "POST", "/bulletins/{}/submit"), ("lan", "GET", "/airings/{}"),
            ("lan", "POST", "/bulletins/{}/withdraw"), ("lan", "DELETE", "/airings/{}"), ("hoa", "GET", "/devices/{}"),
            ("hoa", "DELETE", "/devices/{}"), ("hoa", "POST", "/clusters/{}/code"), ("lan", "GET", "/recordings/{}"),
            ("lan", "GET", "/{}"),
        ):  # fmt: skip
            is_refusal(api(method, path.format(name), as_=who))


def test_neighbours_things_do_not_exist(sqlite_world: World, api: ApiCaller) -> None:
    neighbour = open_neighbour(sqlite_world)
    theirs, box = neighbour.approved(), neighbour.enrol()
    airing = neighbour.plan(theirs)
    hashes = {"text_sha256": theirs.text_sha256, "recording_sha256": theirs.recording_sha256}
    calls: list[tuple[str, str, str, Any]] = [
        ("GET", f"/bulletins/{theirs.id}", "lan", None),
        ("PUT", f"/bulletins/{theirs.id}", "lan", BULLETIN),
        ("POST", f"/bulletins/{theirs.id}/submit", "lan", None),
        ("POST", f"/bulletins/{theirs.id}/approve", "minh", hashes),
        ("POST", f"/bulletins/{theirs.id}/return", "minh", {"note": "x"}),
        ("POST", f"/bulletins/{theirs.id}/withdraw", "minh", None),
        ("GET", f"/recordings/{theirs.recording_sha256}", "lan", None),
        ("POST", "/airings", "lan", {"bulletin_id": theirs.id, "start_at": "now"}),
        ("GET", f"/airings/{airing.id}", "lan", None),
        ("DELETE", f"/airings/{airing.id}", "lan", None),
        ("GET", f"/devices/{box.id}", "hoa", None),
        ("DELETE", f"/devices/{box.id}", "hoa", None),
        ("POST", f"/clusters/{neighbour.clusters[0]}/code", "hoa", None),
        ("POST", "/clusters", "hoa", {"hamlet_id": neighbour.hamlets[0], "name": "x"}),
    ]

    for method, path, who, body in calls:
        assert is_refusal(api(method, path, as_=who, json=body), status=404) == "no_such_thing", path
    audience = {"hamlets": [neighbour.hamlets[0]]}
    assert is_refusal(api("POST", "/bulletins", json=BULLETIN | {"audience": audience})) == "unknown_audience"
    assert api("GET", "/bulletins").json() == api("GET", "/airings").json() == api("GET", "/devices").json() == []


@pytest.mark.slow
def test_no_character_is_a_fault_on_postgresql(stage: Stage, postgresql: Database, tmp_path: Path) -> None:
    """PostgreSQL keeps no NUL and no text that is longer than its column."""
    world = open_world(postgresql)
    api = caller(world, stage.show(site_of(world, tmp_path)))
    for name in ("%00", "x%00y", "a" * 3000):
        for path in ("/bulletins/{}", "/airings/{}", "/devices/{}", "/recordings/{}"):
            is_refusal(api("GET", path.format(name)))
        is_refusal(api("POST", f"/clusters/{name}/code", as_="hoa"))
    for change, _ in BAD_BULLETINS:
        is_refusal(api("POST", "/bulletins", json=BULLETIN | change))
    is_refusal(api("POST", "/airings", json={"bulletin_id": "\0", "start_at": "now"}))
    is_refusal(api("POST", "/clusters", as_="hoa", json={"hamlet_id": world.hamlets[0], "name": "a" * 81}))

    assert api("POST", "/bulletins", json=BULLETIN | {"text": "🙂 Họp thôn " * 700}).status_code == 201


def test_unrouted_requests_answer_in_the_same_form(api: ApiCaller) -> None:
    assert is_refusal(api("GET", "/nothing"), status=404) == "http_404"
    assert is_refusal(api("DELETE", "/bulletins"), status=405) == "http_405"


@pytest.mark.parametrize(
    "error", [OperationalError("INSERT", {}, Exception("database or disk is full")), TimeoutError()]
)
def test_unusable_database_is_said_and_survived(sqlite_world: World, api: ApiCaller, error: Exception) -> None:
    def fail(_connection: object) -> None:
        raise error

    event.listen(sqlite_world.database.write_engine, "begin", fail)
    answer = api("POST", "/bulletins", json=BULLETIN)
    event.remove(sqlite_world.database.write_engine, "begin", fail)

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "database_unusable")
    assert answer.headers["Retry-After"]
    assert VIETNAMESE.search(answer.json()["error"]["message"])
    assert api("POST", "/bulletins", json=BULLETIN).status_code == 201


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["now", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
fields = {
    "/bulletins": ["title", "text", "audience", "voice", "read_twice", "priority", "choices"],
    "/airings": ["bulletin_id", "start_at", "audience"],
    "/read": ["text", "voice", "document", "choices"],
    "/clusters": ["hamlet_id", "name"],
    "/enrol": ["code_name", "sealed"],
}
requests = st.sampled_from(sorted(fields)).flatmap(
    lambda path: st.tuples(st.just(path), st.dictionaries(st.sampled_from(fields[path]), anything) | anything)
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests)
def test_no_json_is_a_fault(api: ApiCaller, request_: tuple[str, object]) -> None:
    path, body = request_
    answer = api("POST", path, as_="hoa" if path == "/clusters" else "lan", content=json.dumps(body), headers=JSON)

    if answer.status_code >= 300:
        is_refusal(answer)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200) | st.text("0123456789/.-:%hđ \n", max_size=60))
def test_no_text_is_a_fault(api: ApiCaller, text: str) -> None:
    answer = api("POST", "/bulletins", content=json.dumps(BULLETIN | {"text": text}), headers=JSON)

    if answer.status_code != 201:
        is_refusal(answer, status=422)
