"""What a box tells of its body, power and line, as somebody reads it who has to see to it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcaster.services import intake
from broadcaster.web import i18n
from broadcaster.web.body_words import facts, troubles
from broadcaster.web.i18n import catalogues
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World
from wire.messages import Boot, Health, Heard, Network, SelfTest, Status

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
GOLDEN = Path(i18n.__file__).parents[2] / "tests/wire/golden/v1/status-health.json"


def told(health: Health) -> list[str]:
    return facts(health.model_dump(mode="json"), now=NOW, translate=catalogues()["vi"])


def wrong(**health: Any) -> list[str]:
    return troubles(Health(**health).model_dump(mode="json"), translate=catalogues()["vi"])


def test_everything_that_a_box_can_tell_is_on_its_page() -> None:
    health = Status.model_validate_json(GOLDEN.read_bytes()).health

    assert told(health.model_copy(update={"cpu_temperature_c": 61.4, "disk_free_bytes": 12_000_000_000})) == [
        "Phần mềm 0.2.0",
        "Cập nhật phần mềm: 0.2.0: đang theo dõi, còn 75 giây",
        "Thẻ nhớ còn 12,0 GB",
        "Thẻ nhớ đã dùng khoảng 30 % tuổi thọ",
        "Bộ nhớ còn 2,8 GB",
        "Phần mềm dùng 71,0 MB bộ nhớ",
        "Nhiệt độ 61 °C",
        "Mất điện lưới, đang chạy bằng ắc quy",
        "Tăng âm đang bật",
        "Mạng di động (Viettel)",
        "Sóng di động 41 %",
        "Đi về tới đài 84 ms",
        "Đã nối lại mạng 3 lần từ khi khởi động",
        "Tự kiểm tra ban đêm 7 giờ trước: nghe thấy loa",
        "Khởi động 1 giờ trước: mất điện",
        "Khởi động 7 giờ trước: cập nhật phần mềm",
        "Khởi động 2 ngày trước: máy được khởi động lại",
        "Khởi động 9 ngày trước: phần mềm bị treo",
        "Khởi động (chưa biết giờ): không rõ lý do",
    ]


def test_a_box_that_can_tell_nothing_says_nothing() -> None:
    assert told(Health()) == []
    assert wrong() == []
    assert facts({}, now=NOW, translate=catalogues()["vi"]) == []


@pytest.mark.parametrize(
    ("health", "sentence"),
    [
        ({"mains": False}, "Mất điện lưới, bộ thu đang chạy bằng ắc quy. Xin kiểm tra điện ở cột"),
        ({"under_voltage": True}, "Nguồn điện yếu. Xin kiểm tra bộ nguồn và dây."),
        ({"throttled": True}, "Xin che nắng, làm thoáng hộp và kiểm tra bộ nguồn."),
        ({"cpu_temperature_c": 80.0}, "Bộ thu quá nóng. Xin kiểm tra thông gió."),
        ({"disk_wear_percent": 80}, "Thẻ nhớ sắp hỏng (đã dùng khoảng 80 % tuổi thọ)."),
        ({"disk_free_bytes": 1000}, "Thẻ nhớ gần đầy."),
        ({"memory_free_bytes": 1000}, "Bộ nhớ của bộ thu gần cạn."),
        ({"network": Network(sim="locked")}, "Thẻ SIM bị khóa"),
        ({"network": Network(sim="missing")}, "Không thấy thẻ SIM."),
        ({"network": Network(sim="failed")}, "Xin thử SIM khác"),
        ({"network": Network(kind="mobile", sim="ready", signal_percent=19)}, "Sóng di động yếu (19 %)."),
        ({"boots": tuple(Boot(why="power") for _ in range(3))}, "Bộ thu mất điện nhiều lần gần đây."),
        ({"boots": (Boot(why="crash"), Boot(why="watchdog"), Boot(why="crash"))}, "phải tự khởi động lại nhiều lần"),
        (
            {"self_test": SelfTest(at=NOW - timedelta(hours=7), heard=Heard(verdict="not_heard", score=0.0))},
            "không nghe thấy loa. Xin kiểm tra tăng âm, dây loa và loa.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(health: dict[str, Any], sentence: str) -> None:
    (said,) = wrong(**health)

    assert sentence in said


@pytest.mark.parametrize(
    "health",
    [
        {"mains": True, "under_voltage": False, "throttled": False, "cpu_temperature_c": 79.0},
        {"disk_wear_percent": 70, "disk_free_bytes": 10**9, "memory_free_bytes": 10**9},
        {"network": Network(kind="mobile", sim="ready", signal_percent=20)},
        {"network": Network(kind="ethernet", signal_percent=3)},
        {"boots": (Boot(why="power"), Boot(why="asked"), Boot(why="power"), Boot(why="crash"))},
        {"self_test": SelfTest(at=NOW, heard=Heard(verdict="unsure", score=0.05))},
    ],
)
def test_what_is_in_order_troubles_nobody(health: dict[str, Any]) -> None:
    assert wrong(**health) == []


def test_the_page_of_the_box_shows_it(arrives: Any, sqlite_world: World) -> None:
    box = sqlite_world.enrol()
    known = intake.box(sqlite_world.office, box.id)
    assert known is not None
    health = Health(
        mains=False, amplifier_on=False, network=Network(kind="mobile", operator="<b>Viettel", sim="locked"),
        boots=(Boot(why="power"),), audio_errors=("amplifier:chân GPIO 17 bận",),
    )  # fmt: skip
    intake.note_status(sqlite_world.office, known, box.status(health=health))
    admin: Visitor = arrives("hoa")

    page = admin.open(f"/cum-loa/{sqlite_world.clusters[0]}").text

    for words in (
        "Mất điện lưới, đang chạy bằng ắc quy", "Tăng âm đang tắt", "Mạng di động (&lt;b&gt;Viettel)",
        "Thẻ SIM bị khóa", "Khởi động (chưa biết giờ): mất điện", "Không đóng cắt được tăng âm: chân GPIO 17 bận.",
    ):  # fmt: skip
        assert words in page
