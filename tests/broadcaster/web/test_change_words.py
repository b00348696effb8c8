"""What a change did, in words: from the programme as it was and as it is, and from nothing else."""

from typing import Any

import pytest

from broadcaster.web.change_words import what_changed
from tests.broadcaster.web.conftest import Arrives
from tests.broadcaster.web.test_week import session_of, with_week
from tests.fakes.station_world import World

SEGMENTS = [{"id": "nhac", "title": "Nhạc hiệu"}, {"id": "tin", "title": "Bản tin"}]
WAS: dict[str, Any] = {
    "title": "Buổi chiều",
    "starts": "17:00",
    "minutes": 45,
    "days": "FREQ=DAILY",
    "segments": SEGMENTS,
}
REST = {"first_day": "2026-03-04", "last_day": "2026-03-04", "reason": "Sửa loa"}
DAYS = {"first_day": "2026-03-04", "last_day": "2026-03-06"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"starts": "17:10"}, ["giờ bắt đầu 17:00 thành 17:10"]),
        ({"title": "Buổi tối", "minutes": 30}, ["tên “Buổi chiều” thành “Buổi tối”", "dài 45 phút thành 30 phút"]),
        ({"days": "FREQ=WEEKLY;BYDAY=MO"}, ["các ngày phát"]),
        ({"audience": {"hamlets": ["th-1"]}}, ["nơi nghe"]),
        ({"active": False}, ["tạm ngừng"]),
        ({"moves": [{"day": "2026-03-05", "starts": "17:10"}]}, ["ngày 05/03/2026 phát lúc 17:10"]),
        ({"breaks": [REST]}, ["nghỉ ngày 04/03/2026 (Sửa loa)"]),
        ({"breaks": [DAYS]}, ["nghỉ từ 04/03/2026 đến hết 06/03/2026"]),
        ({"extra_days": ["2026-03-09"]}, ["thêm buổi ngày 09/03/2026"]),
        ({"segments": SEGMENTS[:1]}, ["bỏ mục “Bản tin”"]),
        ({"segments": SEGMENTS[::-1]}, ["đổi thứ tự các mục"]),
        ({"segments": [*SEGMENTS, {"id": "het", "title": "Lời kết"}]}, ["thêm mục “Lời kết”"]),
        ({"segments": [SEGMENTS[0], SEGMENTS[1] | {"minutes": 9}]}, ["sửa mục “Bản tin”"]),
        ({}, []),
    ],
)
def test_each_change_is_said(changes: dict[str, Any], said: list[str]) -> None:
    assert what_changed(WAS, WAS | changes, str) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"moves": [{"day": "2026-03-05", "starts": "17:10"}]}, "ngày 05/03/2026 lại phát giờ thường lệ"),
        ({"breaks": [REST]}, "không nghỉ ngày 04/03/2026 nữa (Sửa loa)"),
        ({"extra_days": ["2026-03-09"]}, "bỏ buổi thêm ngày 09/03/2026"),
        ({"active": False}, "phát trở lại"),
    ],
)
def test_what_is_taken_back_is_said(before: dict[str, Any], said: str) -> None:
    assert what_changed(WAS | before, WAS, str) == [said]


def test_day_that_rests_is_not_said_to_have_its_usual_time() -> None:
    moved = WAS | {"moves": [{"day": "2026-03-04", "starts": "17:10"}]}

    assert what_changed(moved, WAS | {"breaks": [REST]}, str) == ["nghỉ ngày 04/03/2026 (Sửa loa)"]


def test_many_changes_are_counted() -> None:
    many = [{"day": f"2026-03-{day:02}", "starts": "17:10"} for day in range(1, 11)]

    assert what_changed(WAS, WAS | {"moves": many}, str)[-1] == "và 4 chỗ khác"
    assert what_changed(None, WAS, str) == what_changed(WAS, None, str) == []


def test_history_says_what_was_moved_and_when(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = session_of(sqlite_world, "Buổi phát thanh chiều")
    visitor.open(path)
    visitor.send(f"{path}/doi", {"time": "17:10"})
    visitor.send(f"{path}/doi", {"step": "save"})

    assert "ngày 03/03/2026 phát lúc 17:10" in visitor.page.text
    assert "ngày 03/03/2026 phát lúc 17:10" in visitor.open("/lich-tuan/lich-su").text
