"""Alerts through the REST interface: all 75 kinds of CAP, the whole life, and its refusals."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from broadcaster.domain.alert import MsgType, Scope, Status
from broadcaster.services.alarm.following import TELL_AFTER
from tests.broadcaster.web.api.test_bad_input import is_refusal
from tests.fakes.station_alerts import AlertDesk
from tests.fakes.station_post import FakePost
from tests.fakes.station_site import ApiCaller
from tests.fakes.station_world import World

ALERT: dict[str, Any] = {
    "status": "Actual", "event": "bão", "headline": "Bão số 10", "text": "Bão đang vào rất gần.",
    "instruction": "Bà con ở yên trong nhà.", "severity": "Severe", "urgency": "Immediate", "certainty": "Likely",
    "audience": {"all": True},
}  # fmt: skip
KINDS = list(product(Status, MsgType, Scope))


def drafted(api: ApiCaller, *, as_: str = "lan", **changes: Any) -> dict[str, Any]:
    """Return a new draft."""
    answer = api("POST", "/alerts", as_=as_, json=ALERT | changes)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def approved(api: ApiCaller, alert: dict[str, Any], *, as_: str = "minh", **more: str) -> dict[str, Any]:
    """Return the alert after an approval of what was shown."""
    body = {"content_sha256": alert["content_sha256"], "phrase": alert["phrase"]} | more
    answer = api("POST", f"/alerts/{alert['id']}/approve", as_=as_, json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_there_are_75_kinds() -> None:
    assert len(KINDS) == 75


def test_the_siren_sounds_for_the_right_kinds_alone(sqlite_world: World, api: ApiCaller) -> None:
    """Of 75 kinds 3 may sound as new alerts, 1 of them with a siren; the other 72 are refused, each with a sentence."""
    desk, post = AlertDesk(world=sqlite_world), FakePost()
    sounding, wailing = [], []
    for kind in KINDS:
        status, msg_type, scope = (part.value for part in kind)
        body = ALERT | {"status": status, "msg_type": msg_type, "scope": scope}
        answer = api("POST", "/alerts", json=body)
        if answer.status_code != 201:
            is_refusal(answer, status=422)
            continue
        live = approved(api, answer.json())
        sounding.append(kind)
        desk.herald(post).turn(["heartbeat"])
        (told,) = desk.document(post).alerts
        assert (told.status.value, told.scope.value) == (status, scope)
        assert bool(told.siren) == bool(live["siren"])
        if told.siren:
            wailing.append(kind)
        api("POST", f"/alerts/{live['id']}/cancel", as_="minh", json={"reason": "xong"})

    assert sounding == [(s, MsgType.ALERT, Scope.PUBLIC) for s in (Status.ACTUAL, Status.EXERCISE, Status.TEST)]
    assert wailing == [(Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC)]


def test_update_and_cancel_go_through_their_own_routes(sqlite_world: World, api: ApiCaller) -> None:
    live = approved(api, drafted(api))
    answer = api("POST", f"/alerts/{live['id']}/update", json={"text": "Bão đã suy yếu."})
    new = answer.json()

    assert answer.status_code == 201
    assert (new["msg_type"], new["version"], new["references"], new["siren"]) == (
        "Update",
        2,
        live["id"],
        live["siren"],
    )
    assert (new["headline"], new["state"], new["thread"]) == ("Bão số 10", "draft", live["id"])
    assert approved(api, new)["state"] == "live"
    assert api("GET", f"/alerts/{live['id']}").json()["state"] == "updated"


def test_a_draft_shows_what_is_missing_and_who_spoke(api: ApiCaller) -> None:
    draft = drafted(api)

    assert draft["phrase"] == "báo động thật bão toàn xã"
    assert "hai người" in draft["missing"]
    assert (draft["area_wide"], draft["siren_name"], draft["repeat_every_s"]) == (True, "storm", 7200)
    assert [(v["name"], v["part"]) for v in draft["approvals"]] == [("Lan", "author")]
    live = approved(api, draft)
    assert (live["missing"], live["counts"]["silent"]) == (None, 2)
    assert {d["outcome"] for d in live["deliveries"]} == {"silent"}


@pytest.mark.parametrize(
    ("body", "code"),
    [({"phrase": "sai"}, "wrong_phrase"), ({"content_sha256": "0" * 64}, "alert_changed")],
)
def test_wrong_approvals(api: ApiCaller, body: dict[str, str], code: str) -> None:
    draft = drafted(api)
    right = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}

    assert is_refusal(api("POST", f"/alerts/{draft['id']}/approve", as_="minh", json=right | body)) == code
    assert api("GET", f"/alerts/{draft['id']}").json()["state"] == "draft"


def test_self_approval_glass_and_late_approval(sqlite_world: World, api: ApiCaller) -> None:
    draft = drafted(api, as_="dung")
    body = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}
    path = f"/alerts/{draft['id']}/approve"

    assert is_refusal(api("POST", path, as_="dung", json=body), status=403) == "own_alert"
    assert is_refusal(api("POST", path, as_="lan", json=body), status=403) == "not_allowed"
    sqlite_world.clock.advance(minutes=31)
    assert is_refusal(api("POST", path, as_="minh", json=body), status=409) == "approval_too_late"
    changed = api("PUT", f"/alerts/{draft['id']}", as_="dung", json=ALERT).json()
    assert approved(api, changed, as_="dung", break_glass="mất liên lạc")["state"] == "live"


def test_one_call_silences_and_one_more_corrects(api: ApiCaller) -> None:
    live = approved(api, drafted(api))

    stopped = api("POST", "/alerts/cancel-all", as_="minh", json={"reason": "nhầm"}).json()
    correction = api("POST", f"/alerts/{live['id']}/correct", as_="minh").json()

    assert [(a["id"], a["state"], a["end_reason"]) for a in stopped] == [(live["id"], "cancelled", "nhầm")]
    assert (correction["state"], correction["siren"], correction["event"]) == ("live", [], "đính chính")
    again = api("POST", f"/alerts/{live['id']}/correct", as_="dung").json()
    assert again["id"] == correction["id"], "pressed twice, it says which correction there is"


def test_cancel_takes_no_body_too(api: ApiCaller) -> None:
    live = approved(api, drafted(api))

    assert api("POST", f"/alerts/{live['id']}/cancel", as_="minh").json()["state"] == "cancelled"
    assert api("POST", f"/alerts/{live['id']}/cancel", as_="minh").json()["state"] == "cancelled"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"status": "Real"}, "malformed"), ({"scope": "public"}, "malformed"), ({"audience": {}}, "empty_audience"),
    ({"audience": {"hamlets": ["x"]}}, "unknown_audience"), ({"headline": ""}, "part_missing"),
    ({"event": " "}, "part_missing"), ({"text": "x" * 3001}, "part_too_long"), ({"text": "!!!"}, "nothing_to_say"),
    ({"siren": "còi"}, "unknown_siren"), ({"status": "Test", "siren": "storm"}, "siren_only_for_real"),
    ({"times": 0}, "bad_repeat"), ({"repeat_every_s": 5}, "bad_repeat"), ({"repeat_every_s": 10**30}, "bad_repeat"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "expiry_in_the_past"),
    ({"expires_at": "9999-12-31T00:00:00Z"}, "expiry_too_far"), ({"expires_at": "2026-03-02T12:00:00"}, "malformed"),
    ({"effective_at": "2027-01-01T00:00:00Z"}, "effective_too_far"), ({"template": "x"}, "unknown_template"),
    ({"template": "lu", "blanks": {}}, "blank_missing"), ({"template": "lu", "blanks": {"a": 1}}, "malformed"),
    ({"extra": 1}, "malformed"), ({"text": "a\u0007"}, "control_character"),
    ({"msg_type": "Update"}, "update_needs_alert"), ({"event": "🔥"}, "part_missing"),
    ({"headline": "…"}, "part_missing"), ({"text": "Đây là diễn tập."}, "real_says_practice"),
    ({"status": "Exercise", "text": "Đây không phải diễn tập."}, "practice_says_real"),
]  # fmt: skip


def test_bad_alerts(api: ApiCaller) -> None:
    assert [(change, is_refusal(api("POST", "/alerts", json=ALERT | change))) for change, _ in BAD] == BAD
    assert api("GET", "/alerts").json() == []


def test_a_wrong_word_is_told_the_right_ones(api: ApiCaller) -> None:
    answer = api("POST", "/alerts", json=ALERT | {"severity": "Very bad"})

    assert is_refusal(answer) == "malformed"
    assert "“severity” chỉ nhận một trong: Extreme, Severe, Moderate, Minor, Unknown." in answer.text


def test_silence_says_why_there_it_is_silent(api: ApiCaller) -> None:
    live = approved(api, drafted(api))
    (missed, *_) = api("GET", "/alerts/missed").json()

    assert live["deliveries"][0]["reason"] == "Cụm loa này chưa có bộ thu nào được lắp."
    assert missed["delivery"]["reason"] == "Cụm loa này chưa có bộ thu nào được lắp."

    api("POST", f"/alerts/{live['id']}/cancel", as_="minh", json={"reason": "x" * 9000})
    over = api("GET", f"/alerts/{live['id']}").json()
    assert "chưa lắp bộ thu nên tin khẩn cấp “Bão số 10”" in over["deliveries"][0]["reason"]
    assert over["end_reason"] == "x" * 300


def test_templates_sirens_and_what_is_made_ready(api: ApiCaller) -> None:
    templates = {t["id"]: t for t in api("GET", "/alerts/templates").json()}
    assert [b["name"] for b in templates["xa-lu"]["blanks"]] == ["tên hồ", "giờ xả"]
    assert {"storm", "flood", "extreme", "general"} <= {s["name"] for s in api("GET", "/alerts/sirens").json()}

    own = {"name": "cua-dai", "title": "Của đài", "strokes": [[3000, 1000, 4]], "source": "Quy chế của xã"}
    assert api("PUT", "/alerts/sirens", as_="hoa", json=own).json()["strokes"] == [[3000, 1000, 4]]
    assert drafted(api, siren="cua-dai")["siren"] == [[3000, 1000, 4]]
    is_refusal(api("PUT", "/alerts/sirens", as_="hoa", json=own | {"strokes": [[0, 0, 0]]}), status=422)
    assert is_refusal(api("PUT", "/alerts/sirens", as_="hoa", json=own | {"name": "none"})) == "name_means_silence"

    message = api("POST", "/alerts/prepared", as_="minh", json={"template": "so-tan"}).json()
    button = api("PUT", "/alerts/button", as_="hoa", json={"messages": [message["id"]], "pin": "1234"}).json()
    assert button == {"messages": [message["id"]], "has_pin": True, "least_interval_s": 300}
    assert api("GET", "/alerts/prepared").json()[0]["on_button"]
    assert api("DELETE", f"/alerts/prepared/{message['id']}", as_="minh").status_code == 204
    assert api("GET", "/alerts/button").json()["messages"] == []


def test_an_alert_from_a_template(api: ApiCaller) -> None:
    body = {"status": "Actual", "audience": {"all": True}, "template": "xa-lu",
            "blanks": {"tên hồ": "hồ Cấm Sơn", "giờ xả": "14:30"}}  # fmt: skip
    draft = api("POST", "/alerts", json=body).json()

    assert (draft["headline"], draft["siren_name"], draft["template"]) == (
        "Hồ Cấm Sơn xả lũ lúc 14:30",
        "flood",
        "xa-lu",
    )
    drill = api("POST", "/alerts", json=body | {"status": "Exercise"}).json()
    assert (drill["siren"], drill["event"]) == ([], "xả lũ")


def test_drills_and_the_ledger(sqlite_world: World, api: ApiCaller) -> None:
    at = sqlite_world.clock.now + timedelta(hours=1)
    waiting = approved(api, drafted(api, status="Exercise", effective_at=at.isoformat()), as_="minh")
    assert waiting["state"] == "approved"
    sqlite_world.clock.now = at
    AlertDesk(world=sqlite_world).herald(FakePost()).turn([])
    sqlite_world.clock.now = at + TELL_AFTER

    drills = api("GET", "/alerts/drills", params={"month": "2026-03"}).json()

    assert (drills["points"], drills["meant"], len(drills["drills"])) == (0, 2, 1)
    assert {m["alert_id"] for m in api("GET", "/alerts/missed").json()} == {waiting["id"]}
    is_refusal(api("GET", "/alerts/drills", params={"month": "tháng ba"}), status=422)


def test_nobody_asks_without_a_token(api: ApiCaller) -> None:
    for method, path in (("GET", "/alerts"), ("POST", "/alerts"), ("POST", "/alerts/cancel-all"),
                         ("POST", "/alerts/x/approve"), ("GET", "/alerts/templates")):  # fmt: skip
        is_refusal(api(method, path, as_=None, json=ALERT), status=401)
