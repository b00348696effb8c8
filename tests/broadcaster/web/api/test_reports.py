"""The log, the report and the ledger for programs: the same figures as on paper."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from broadcaster.adapters.workbooks import workbook
from broadcaster.services import intake
from broadcaster.services.records import logbook
from tests.fakes.station_box import played
from tests.fakes.station_site import ApiCaller, Stage, caller, site_of
from tests.fakes.station_world import World


@pytest.fixture
def api(stage: Stage, sqlite_world: World, tmp_path: Path) -> ApiCaller:
    """The interface of a station that writes workbooks."""
    site = replace(site_of(sqlite_world, tmp_path), report_files={"xlsx": workbook})
    return caller(sqlite_world, stage.show(site))


@pytest.fixture
def airing_id(sqlite_world: World) -> str:
    """An airing that one box has played for twenty seconds; the other cluster has none."""
    box, world = sqlite_world.enrol(0), sqlite_world
    airing = world.plan(world.approved())
    known = intake.box(world.office, box.id)
    assert known is not None
    end = airing.start_at + timedelta(seconds=20)
    intake.note_reports(world.office, known, box.reports(played(1, airing.id, at=airing.start_at, ended_at=end)))
    world.clock.now = airing.over_at + timedelta(minutes=5)
    logbook.write_up(world.office)
    return airing.id


def test_log_is_read_in_its_order_and_checked(api: ApiCaller, airing_id: str) -> None:
    lines = api("GET", "/log").json()
    check = api("GET", "/log/check").json()

    assert [line["subject"] for line in lines] == [airing_id, airing_id]
    assert lines[1]["previous_sha256"] == lines[0]["sha256"]
    assert check == {"whole": True, "lines": 2, "broken_at": None, "last_sha256": lines[1]["sha256"]}
    assert [line["number"] for line in api("GET", "/log?after=1").json()] == [2]
    assert "đã phát trọn “Họp thôn”" in lines[0]["why"]
    assert "chưa lắp bộ thu" in lines[1]["why"]


def test_lists_come_in_pages(api: ApiCaller, airing_id: str, sqlite_world: World) -> None:
    again = sqlite_world.plan(sqlite_world.approved(), sqlite_world.clock.now + timedelta(hours=1)).id

    def ids(query: str) -> list[str]:
        return [each["id"] for each in api("GET", f"/airings?{query}").json()]

    assert ids("") == [airing_id, again]
    assert (ids("limit=1"), ids("limit=1&offset=1"), ids("offset=2")) == ([airing_id], [again], [])
    assert api("GET", "/airings?limit=0").status_code == 422
    assert api("GET", "/missed?offset=1").json() == []


def test_report_and_workbook_agree(api: ApiCaller, airing_id: str) -> None:
    report = api("GET", "/reports/2026-03").json()
    book = openpyxl.load_workbook(io.BytesIO(api("GET", "/reports/2026-03/xlsx").content))

    totals = report["totals"]
    assert (totals["deliveries"], totals["played"], totals["seconds"], totals["minutes"]) == (2, 1, 20, 0.3)
    row = next(book["Tổng hợp"].iter_rows(min_row=9, max_row=9, values_only=True))
    assert row[1:7] == (
        totals["items"], totals["aired"], totals["minutes"], totals["deliveries"], totals["played"],
        totals["played_share"],
    )  # fmt: skip
    assert report["failures"] == [{"outcome": "missed", "reason": "not_installed", "count": 1}]
    assert len(report["by_day"]) == 31


def test_what_is_no_month_is_refused(api: ApiCaller) -> None:
    answer = api("GET", "/reports/2026-13")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "month_unclear")
    assert api("GET", "/reports/2026-03/pdf").status_code == 404


def test_repeat_is_for_those_that_missed_it(api: ApiCaller, airing_id: str, sqlite_world: World) -> None:
    (missed,) = api("GET", "/missed").json()
    assert [(gap["cluster"], gap["reason"]) for gap in missed["gaps"]] == [("Cụm 2", "not_installed")]
    assert missed["gaps"][0]["why"].startswith("Cụm 2 (Thôn Ngọt) im lặng lúc")

    again = api("POST", f"/airings/{airing_id}/repeat", json={})
    assert (again.status_code, again.json()["audience"]) == (201, {"clusters": [sqlite_world.clusters[1]]})
    twice = api("POST", f"/airings/{airing_id}/repeat", json={"clusters": [sqlite_world.clusters[1]]})
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "nothing_missed")
    assert api("POST", f"/airings/{airing_id}/repeat", as_="hoa", json={}).status_code == 403
    assert api("POST", "/airings/lp-x/repeat", json={"clusters": ["x"]}).status_code == 404
