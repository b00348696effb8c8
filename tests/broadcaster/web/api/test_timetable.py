"""The week under `/api/v1`: a template, a preview, an exception, a request, a clash, and what is refused."""

from typing import Any

from sqlalchemy import event

from broadcaster.adapters.schedule_files import folder
from tests.broadcaster.web.api.test_contract import approved
from tests.fakes.station_site import ApiCaller
from tests.fakes.station_world import World

EVENING: dict[str, Any] = {
    "title": "Buổi chiều",
    "starts": "17:00",
    "minutes": 20,
    "segments": [
        {"kind": "relay", "id": "song", "title": "Thời sự", "urls": ["http://127.0.0.1:8000/vov1"], "minutes": 5},
        {"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 10},
    ],
}


def add(api: ApiCaller, **changes: Any) -> dict[str, Any]:
    answer = api("POST", "/programmes", json={"programme": EVENING | changes})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["programmes"][-1])


def test_template_is_looked_at_and_taken(sqlite_world: World, api: ApiCaller) -> None:
    body = {"template": "nong-thon-hai-buoi"}

    seen = api("POST", "/timetable/template?preview=true", json=body).json()
    assert (len(seen["changed"]), seen["breaks"], api("GET", "/programmes").json()) == (4, [], [])
    taken = api("POST", "/timetable/template", json=body).json()

    assert [each["name"] for each in taken["programmes"]] == ["sang", "chieu", "ram-mung-mot", "quoc-khanh"]
    sessions = api("GET", "/timetable?from=2026-03-03&to=2026-03-03").json()["sessions"]
    assert [(s["title"], s["verdict"]) for s in sessions][:2] == [
        ("Buổi phát thanh sáng", "sounds"),
        ("Buổi phát thanh chiều", "sounds"),
    ]
    assert {airing["source"] for s in sessions for airing in s["airings"]} == {"relay"}
    assert all(said["sentence"] for s in sessions for said in s["omitted"])


def test_programme_is_read_changed_excepted_and_undone(sqlite_world: World, api: ApiCaller) -> None:
    made = add(api)
    path = f"/programmes/{made['id']}"

    changed = api("PUT", path, json={"programme": made["programme"] | {"title": "Buổi tối"}, "version": 1}).json()
    stale = api("PUT", path, json={"programme": made["programme"], "version": 1})
    skipped = api("POST", f"{path}/exceptions", json={"kind": "skip", "day": "2026-03-03", "reason": "Đám tang"})
    undone = api("POST", f"/timetable/history/{skipped.json()['change']}/undo")

    assert changed["programmes"][0]["title"] == "Buổi tối"
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "changed_meanwhile")
    assert (skipped.status_code, undone.status_code) == (200, 200)
    assert [each["undone"] for each in api("GET", "/timetable/history").json()] == [False, True, False, False]
    assert api("DELETE", path).json()["programmes"] == []


def test_longer_timetable_asks_no_more_questions_of_the_database(sqlite_world: World, api: ApiCaller) -> None:
    api("POST", "/timetable/template", json={"template": "nong-thon-hai-buoi"})
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    counts = {}
    event.listen(sqlite_world.database.write_engine, "before_cursor_execute", note)
    event.listen(sqlite_world.database.read_engine, "before_cursor_execute", note)
    for last in ("2026-03-03", "2026-03-08"):
        asked.clear()
        sessions = api("GET", f"/timetable?from=2026-03-03&to={last}").json()["sessions"]
        counts[len(sessions)] = len(asked)
    event.remove(sqlite_world.database.write_engine, "before_cursor_execute", note)
    event.remove(sqlite_world.database.read_engine, "before_cursor_execute", note)

    few, many = sorted(counts)
    assert many >= 4 * few
    assert counts[few] == counts[many] > 5


def test_refusals_are_sentences(sqlite_world: World, api: ApiCaller) -> None:
    quiet = api("POST", "/programmes", json={"programme": EVENING | {"starts": "23:00"}})
    unusual = api("POST", "/programmes", json={"programme": EVENING | {"starts": "20:15"}})
    faulty = api("POST", "/programmes", json={"programme": {"title": "x"}})
    missing = api("PUT", "/programmes/ct-khong-co", json={"programme": EVENING})
    strange = api("GET", "/timetable?from=2026-03-03&to=2027-03-03")

    assert (quiet.status_code, "giờ yên lặng" in quiet.json()["error"]["message"]) == (409, True)
    assert (unusual.status_code, unusual.json()["error"]["code"]) == (409, "time_not_confirmed")
    assert (faulty.status_code, missing.status_code, strange.status_code) == (422, 404, 422)
    assert api("POST", "/programmes", as_=None, json={"programme": EVENING}).status_code == 401


def test_bulletin_asks_for_the_next_session(sqlite_world: World, api: ApiCaller) -> None:
    add(api)
    bulletin = approved(sqlite_world, api)
    path = f"/bulletins/{bulletin['id']}/requests"

    asked = api("POST", path, json={"wish": "next_session"})

    assert (asked.status_code, asked.json()["fate"]) == (201, "placed")
    assert "Buổi chiều" in asked.json()["reason"]
    (airing,) = asked.json()["airings"]
    assert api("GET", f"/airings/{airing}").json()["request_id"] == asked.json()["id"]
    assert [each["id"] for each in api("GET", path).json()] == [asked.json()["id"]]
    assert api("DELETE", f"/requests/{asked.json()['id']}").json()["closed_at"] is not None
    assert api("POST", path, json={"wish": "at_minute"}).status_code == 422


def test_clash_is_ordered_by_a_person(sqlite_world: World, api: ApiCaller) -> None:
    asked = []
    for title in ("Bão", "Lũ"):
        bulletin = approved(sqlite_world, api, title=title, priority="priority")
        body = {"wish": "at_minute", "at": "2026-03-02T17:00:00+07:00"}
        asked.append(api("POST", f"/bulletins/{bulletin['id']}/requests", json=body).json()["id"])

    (group,) = api("GET", "/clashes").json()
    assert {each["id"] for each in group} == set(asked)
    ordered = api("POST", "/clashes/order", json={"requests": asked[::-1]}).json()

    assert [each["rank"] for each in ordered] == [0, 1]
    assert api("GET", "/clashes").json() == []


def test_week_goes_out_as_a_file_and_comes_in_again(sqlite_world: World, api: ApiCaller) -> None:
    add(api)
    text = api("GET", "/timetable/export").json()["toml"]

    again = api("POST", "/timetable/import", json={"toml": text}).json()
    faulty = api("POST", "/timetable/import", json={"toml": "[station]\nname = 3\n"})

    assert again["change"] is None
    assert (faulty.status_code, "Dòng 2" in faulty.json()["error"]["message"]) == (422, True)


def test_limits_are_the_administrators(sqlite_world: World, api: ApiCaller) -> None:
    body = {"profile": "ha-noi-noi-thanh"}

    assert api("PUT", "/timetable/limits", json=body).status_code == 403
    assert api("PUT", "/timetable/limits", as_="hoa", json=body).json()["profile"] == "ha-noi-noi-thanh"
    assert api("PUT", "/timetable/limits", as_="hoa", json={"profile": "sao-hoa"}).status_code == 422


def test_airing_names_one_thing(sqlite_world: World, api: ApiCaller) -> None:
    assert api("POST", "/airings", json={"start_at": "now"}).status_code == 422
    missing = api("POST", "/airings", json={"start_at": "now", "library_item_id": "am-khong-co"})
    assert missing.status_code == 404


def test_one_of_a_clash_is_given_another_time(sqlite_world: World, api: ApiCaller) -> None:
    asked = []
    for title in ("Bão", "Lũ"):
        bulletin = approved(sqlite_world, api, title=title, priority="priority")
        body = {"wish": "at_minute", "at": "2026-03-02T17:00:00+07:00"}
        asked.append(api("POST", f"/bulletins/{bulletin['id']}/requests", json=body).json()["id"])

    path = f"/requests/{asked[1]}/wish"
    moved = api("PUT", path, json={"wish": "at_minute", "at": "2026-03-02T18:00:00+07:00"})
    past = api("PUT", path, json={"wish": "at_minute", "at": "2026-03-01T18:00:00+07:00"})

    assert (moved.status_code, moved.json()["fate"], past.status_code) == (200, "placed", 422)
    assert "18:00" in moved.json()["reason"]
    assert api("GET", "/clashes").json() == []
    assert api("GET", f"/requests/{asked[0]}").json()["fate"] == "placed"


def test_days_beyond_every_calendar_are_refused(sqlite_world: World, api: ApiCaller) -> None:
    made = add(api)
    asked = [
        api("GET", "/timetable?from=0001-01-01"),
        api("GET", "/timetable?from=9999-12-31"),
        api("POST", "/timetable/copy-week", json={"source": "2026-03-02", "target": "9999-12-31"}),
        api("POST", f"/programmes/{made['id']}/exceptions", json={"kind": "skip", "day": "9999-12-31"}),
        api("POST", f"/timetable/history/{10**30}/undo"),
    ]

    assert [answer.status_code for answer in asked] == [422] * 5
    assert "1901" in asked[0].json()["error"]["message"]


def test_limits_of_the_wrong_shape_are_refused(sqlite_world: World, api: ApiCaller) -> None:
    everybody = {"all": True}
    wrong: list[dict[str, Any]] = [
        {"sensitive": [{}]},
        {"sensitive": [{"name": "Trường", "audience": everybody, "gain_db": "abc"}]},
        {"sensitive": [{"name": "Trường", "audience": everybody, "quiet_hours": [["1"]]}]},
        {"sensitive": [{"name": "Trường", "audience": everybody, "quiet_hours": "22:00"}]},
        {"precincts": [{"audience": everybody, "profile": ["x"]}]},
    ]

    for body in wrong:
        assert api("PUT", "/timetable/limits", as_="hoa", json={"profile": "quoc-gia"} | body).status_code == 422, body
    right = {"name": "Trường", "audience": everybody, "gain_db": -3, "quiet_hours": [["07:00", "11:00"]]}
    kept = api("PUT", "/timetable/limits", as_="hoa", json={"profile": "quoc-gia", "sensitive": [right]}).json()
    assert (
        api("PUT", "/timetable/limits", as_="hoa", json={k: kept[k] for k in ("profile", "sensitive")}).json() == kept
    )


def test_unusual_hour_comes_back_only_in_words(sqlite_world: World, api: ApiCaller) -> None:
    body = {"programme": EVENING | {"starts": "20:30"}, "confirmed": ["tám giờ ba mươi phút tối"]}
    made = api("POST", "/programmes", json=body).json()["programmes"][-1]
    gone = api("DELETE", f"/programmes/{made['id']}").json()["change"]

    assert api("POST", f"/timetable/history/{gone}/undo").json()["error"]["code"] == "time_not_confirmed"
    words = {"confirmed": ["tám giờ ba mươi phút tối"]}
    assert api("POST", f"/timetable/history/{gone}/undo", json=words).status_code == 200


def test_file_is_taken_with_who_its_groups_are(sqlite_world: World, api: ApiCaller) -> None:
    text = (folder() / "mien-nui-hai-tieng.toml").read_text(encoding="utf-8")
    groups = {"mong": {"hamlets": [sqlite_world.hamlets[0]]}}

    taken = api("POST", "/timetable/import", json={"toml": text, "groups": groups}).json()
    slip = api("POST", "/timetable/import", json={"toml": text, "groups": {"mog": groups["mong"]}})

    morning = {each["name"]: each for each in taken["programmes"]}["sang"]["programme"]
    meant = {segment["id"]: segment.get("audience") for segment in morning["segments"]}
    assert (meant["vov4-mong"], meant["vov4-thai"]) == (groups["mong"], {"all": True})
    assert slip.json()["error"]["code"] == "unassigned_group"


def test_programmes_rest_for_some_days_and_one_of_them_is_as_usual_again(sqlite_world: World, api: ApiCaller) -> None:
    made = add(api)
    days = {"first_day": "2026-03-03", "last_day": "2026-03-05", "reason": "Quốc tang"}

    rested = api("POST", "/timetable/rest", json={"programmes": [made["id"]]} | days)
    unknown = api("POST", "/timetable/rest", json={"programmes": ["ct-khong-co"]} | days)
    turned = api("POST", "/timetable/rest", json={"programmes": [made["id"]]} | days | {"last_day": "2026-03-01"})
    api("POST", f"/programmes/{made['id']}/exceptions", json={"kind": "restore", "day": "2026-03-04"})

    assert [answer.status_code for answer in (rested, unknown, turned)] == [200, 404, 422]
    sessions = api("GET", "/timetable?from=2026-03-02&to=2026-03-06").json()["sessions"]
    assert [each["due_at"][:10] for each in sessions] == ["2026-03-02", "2026-03-04", "2026-03-06"]
