"""What a box reports of itself, as somebody reads it who has to see to it."""

from collections.abc import Callable

import pytest

from broadcaster.services import intake
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World
from wire.messages import Health

Arrives = Callable[[str], Visitor]


@pytest.fixture
def admin(arrives: Arrives) -> Visitor:
    """Hoa, signed in."""
    return arrives("hoa")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("disk_full", "Thẻ nhớ của bộ thu đã đầy"),
        ("chunk_damaged:0123abcd:3", "Bản thu 0123abcd bị hỏng trên đường truyền 3 lần"),
        ("hash_mismatch:0123abcd:2", "Bản thu 0123abcd tải về 2 lần đều khác bản đã duyệt"),
        ("document_unwritable", "không ghi được lịch phát vào thẻ nhớ"),
        ("journal_unwritable", "không ghi được nhật ký phát vào thẻ nhớ"),
        ("sound_device:Không mở được loa: không có thiết bị", "Không mở được loa: không có thiết bị. Xin kiểm tra"),
        ("sound_device:Đang {bận}.", "Đầu ra âm thanh báo lỗi: Đang {bận}. Xin kiểm tra"),
        ("khac:<b>", "Bộ thu báo lỗi “khac:&lt;b&gt;”"),
    ],
)
def test_trouble_of_a_box_is_said_with_what_to_do(
    admin: Visitor, sqlite_world: World, code: str, sentence: str
) -> None:
    box = sqlite_world.enrol()
    known = intake.box(sqlite_world.office, box.id)
    assert known is not None
    path = f"/cum-loa/{sqlite_world.clusters[0]}"
    assert sentence not in admin.open(path).text

    status = box.status(health=Health(agent_version="0.1.0", disk_free_bytes=1000, audio_errors=(code,)))
    intake.note_status(sqlite_world.office, known, status)

    page = admin.open(path).text
    assert sentence in page
    assert ("Thẻ nhớ gần đầy" in page) == (code != "disk_full")
