"""Warnings from outside through the REST interface: the verdict in the answer, the rules, the feeds, and who may."""

import re
import socket
from itertools import product

import pytest

from broadcaster.domain.alert import MsgType, Scope, Status
from broadcaster.domain.cap.xml_tree import MAX_BYTES
from tests.broadcaster.domain.cap.test_verdict import EXPECTED
from tests.broadcaster.domain.cap.test_xml_tree import HOSTILE
from tests.fakes.cap_documents import FILES, document, raw_file, reference
from tests.fakes.station_site import ApiCaller
from tests.fakes.station_world import World

CAP = {"Content-Type": "application/cap+xml"}
RULES = {"sources": [{"name": "post"}, {"name": "tinh"}]}
URL = "https://tin.example/cap/feed.xml"


def post(api: ApiCaller, raw: bytes, *, as_: str | None = "lan", source: str = "", **headers: str):  # type: ignore[no-untyped-def] # httpx's answer
    """Send a document."""
    query = f"?source={source}" if source else ""
    return api("POST", f"/alerts/cap{query}", as_=as_, content=raw, headers={**CAP, **headers})


def test_warning_becomes_a_draft_and_the_answer_says_so(api: ApiCaller) -> None:
    answer = post(api, raw_file("vn-flood.xml"))
    told = answer.json()
    alert = api("GET", f"/alerts/{told['alert_id']}").json()

    assert answer.status_code == 201
    assert (told["decision"], told["reason"]["code"]) == ("waits", "waits_for_a_person")
    assert told["reason"]["message"] == "Đã thành bản nháp tin khẩn cấp, chờ người của đài xem và duyệt."
    assert (told["sender"], told["identifier"]) == ("pctt@bacninh.example", "VN-BN-PCTT-2026-0031")
    assert (alert["state"], alert["status"], alert["headline"]) == ("draft", "Actual", "Lũ trên sông vượt báo động 2")


def test_second_time_it_is_the_same_answer_without_a_second_draft(api: ApiCaller) -> None:
    first, second = post(api, document()), post(api, document())

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["alert_id"] == second.json()["alert_id"]
    assert second.json()["times"] == 2


@pytest.mark.parametrize("status", Status)
def test_the_75_combinations_through_cap(api: ApiCaller, status: Status) -> None:
    """A draft from Actual and Exercise alerts that are public, and from nothing else; a siren for Actual alone."""
    drafts = 0
    for msg_type, scope in product(MsgType, Scope):
        named = f"{status}-{msg_type}-{scope}"
        raw = document(identifier=named, status=status, msg_type=msg_type, scope=scope, event="bão")
        answer = post(api, raw)
        told = answer.json()
        assert (told["decision"], told["reason"]["code"]) == EXPECTED[status, msg_type, scope]
        drafted = told["alert_id"] is not None
        assert drafted == (answer.status_code == 201) == (told["decision"] == "waits")
        if drafted:
            alert = api("GET", f"/alerts/{told['alert_id']}").json()
            assert (alert["status"], alert["scope"], alert["state"]) == (status, "Public", "draft")
            assert bool(alert["siren"]) == (status is Status.ACTUAL)
        drafts += drafted
    assert len(api("GET", "/alerts").json()) == drafts == (2 if status in (Status.ACTUAL, Status.EXERCISE) else 0)


@pytest.mark.parametrize("name", FILES)
def test_files_of_several_countries_are_answered(api: ApiCaller, name: str) -> None:
    answer = post(api, raw_file(name))

    assert answer.status_code in (200, 201)
    assert answer.json()["reason"]["message"]


def test_hostile_documents_are_refused_with_a_sentence_and_nothing_goes_out(
    api: ApiCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: tried.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *names, **_: tried.append(names))

    for case, (raw, _kind) in HOSTILE.items():
        answer = post(api, raw)
        assert answer.status_code in (413, 422), case
        assert len(answer.json()["error"]["message"]) > 15
    assert tried == []


def test_too_long_a_body_is_refused(api: ApiCaller) -> None:
    assert post(api, b" " * (MAX_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    "kind", ["application/xml", "text/xml; charset=utf-8", "application/x-www-form-urlencoded", ""]
)
def test_usual_content_types_are_taken(api: ApiCaller, kind: str) -> None:
    assert post(api, document(), **{"Content-Type": kind}).status_code == 201


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/html"])
def test_other_content_types_are_told_what_is_wanted(api: ApiCaller, kind: str) -> None:
    answer = post(api, document(), **{"Content-Type": kind})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "not_sent_as_xml")
    assert "application/cap+xml" in answer.json()["error"]["message"]


def test_only_those_who_may_alert_may_post(api: ApiCaller) -> None:
    assert [post(api, document(), as_=who).status_code for who in (None, "hoa", "minh")] == [401, 403, 201]


def test_a_bearer_of_a_token_is_nobody_s_second_person(api: ApiCaller, sqlite_world: World) -> None:
    """What came by a token has no author: for the whole area two people are still missing."""
    told = post(api, document()).json()
    alert = api("GET", f"/alerts/{told['alert_id']}").json()
    said = {"content_sha256": alert["content_sha256"], "phrase": alert["phrase"]}

    api("POST", f"/alerts/{alert['id']}/approve", as_="minh", json=said)

    assert api("GET", f"/alerts/{alert['id']}").json()["state"] == "draft"


def test_unreadable_document_is_in_the_list_with_its_bytes(api: ApiCaller) -> None:
    assert post(api, document(namespace="urn:oasis:names:tc:emergency:cap:1.1")).status_code == 422

    (kept,) = api("GET", "/cap/messages?decision=dropped").json()
    raw = api("GET", f"/cap/messages/{kept['id']}/raw")
    assert (kept["sender"], kept["reason"]["code"]) == (None, "unreadable")
    assert raw.content == document(namespace="urn:oasis:names:tc:emergency:cap:1.1")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert api("GET", f"/cap/messages/{kept['id']}").json() == kept
    assert api("GET", "/cap/messages/cb-x").status_code == 404


def test_cancel_that_follows_is_answered_as_such(api: ApiCaller) -> None:
    first = post(api, document(identifier="A")).json()
    answer = post(api, document(identifier="B", msg_type="Cancel", references=reference("A")))

    assert (answer.status_code, answer.json()["decision"]) == (200, "calls_off")
    assert api("GET", f"/alerts/{first['alert_id']}").json()["state"] == "discarded"


def test_rules_are_read_and_changed_by_an_administrator(api: ApiCaller, sqlite_world: World) -> None:
    place = {"names": ["Tỉnh Bắc Ninh"], "hamlets": [{"hamlet": sqlite_world.hamlets[0], "points": [[21.25, 106.15]]}]}

    assert api("PUT", "/cap/rules", json=RULES).status_code == 403
    changed = api("PUT", "/cap/rules", as_="hoa", json={**RULES, "place": place})

    assert changed.status_code == 200
    assert changed.json() == api("GET", "/cap/rules").json()
    assert changed.json()["sources"][1]["by_itself"] == "never"
    assert post(api, document(), source="tinh").json()["source"] == "tinh"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"sources": [{"name": "x", "by_itself": "signed"}]}, "profile_wrong"),
        ({"sources": [{"name": "x", "certificates": ["-----BEGIN CERTIFICATE-----"]}]}, "bad_certificate"),
        ({"sources": [], "place": {"hamlets": [{"hamlet": "th-x"}]}}, "unknown_hamlet_in_rules"),
    ],
)
def test_wrong_rules_are_refused(api: ApiCaller, rules: dict[str, object], code: str) -> None:
    answer = api("PUT", "/cap/rules", as_="hoa", json=rules)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


def test_unknown_source_is_told(api: ApiCaller) -> None:
    answer = post(api, document(), source="la")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_such_source")


def test_feeds_are_added_listed_and_removed(api: ApiCaller) -> None:
    api("PUT", "/cap/rules", as_="hoa", json=RULES)
    added = api("POST", "/cap/feeds", as_="hoa", json={"source": "tinh", "url": URL, "beat_within_s": 3600})

    assert added.status_code == 201
    assert (added.json()["url"], added.json()["silence"]) == (URL, None)
    assert api("GET", "/cap/feeds").json() == [added.json()]
    assert api("PUT", "/cap/rules", as_="hoa", json={"sources": []}).json()["error"]["code"] == "source_has_feeds"
    assert api("DELETE", f"/cap/feeds/{added.json()['id']}", as_="hoa").status_code == 204
    assert api("GET", "/cap/feeds").json() == []


def test_a_key_in_the_address_of_a_feed_is_for_administrators(api: ApiCaller) -> None:
    url = f"{URL}?key=mat-khau"
    api("POST", "/cap/feeds", as_="hoa", json={"source": "post", "url": url})

    assert [feed["url"] for feed in api("GET", "/cap/feeds", as_="hoa").json()] == [url]
    assert "mat-khau" not in api("GET", "/cap/feeds", as_="lan").text


def test_a_feed_rests_and_is_watched_again(api: ApiCaller) -> None:
    feed = api("POST", "/cap/feeds", as_="hoa", json={"source": "post", "url": URL}).json()
    path = f"/cap/feeds/{feed['id']}"

    resting = api("POST", f"{path}/pause", as_="hoa", json={"reason": "Tỉnh đổi máy chủ"}).json()
    assert (resting["paused"]["name"], resting["paused"]["reason"]) == ("Hoa", "Tỉnh đổi máy chủ")
    assert api("GET", "/cap/feeds").json() == [resting]
    assert api("POST", f"{path}/resume", as_="hoa").json()["paused"] is None
    refused = api("POST", f"{path}/pause", as_="hoa", json={"reason": " "})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "pause_unexplained")
    assert api("POST", f"{path}/pause", as_="minh", json={"reason": "x"}).status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"source": "post", "url": "file:///etc/passwd"}, {"source": "post", "url": URL, "x": 1}]
)
def test_wrong_feed_is_refused(api: ApiCaller, body: dict[str, object]) -> None:
    assert api("POST", "/cap/feeds", as_="hoa", json=body).status_code == 422


def test_interface_is_described(api: ApiCaller) -> None:
    paths = api.client.get("/api/openapi.json").json()["paths"]

    assert {path for path in paths if re.search(r"/cap\b", path)} == {
        "/api/v1/alerts/cap", "/api/v1/cap/messages", "/api/v1/cap/messages/{message_id}",
        "/api/v1/cap/messages/{message_id}/raw", "/api/v1/cap/rules", "/api/v1/cap/feeds",
        "/api/v1/cap/feeds/{feed_id}", "/api/v1/cap/feeds/{feed_id}/pause", "/api/v1/cap/feeds/{feed_id}/resume",
    }  # fmt: skip
