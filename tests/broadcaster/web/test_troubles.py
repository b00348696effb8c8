"""What a box reports of itself, as somebody reads it who has to see to it."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from broadcaster.services import intake
from tests.broadcaster.web.client import TestClient
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


def test_sentence_comes_where_the_database_itself_is_broken(app: FastAPI, sqlite_world: World) -> None:
    visitor = Visitor(TestClient(app, raise_server_exceptions=False)).sign_in(sqlite_world.username("lan"))
    with sqlite_world.database.writing() as tx:
        tx.execute(text("DROP TABLE sessions"))

    page = visitor.open("/lich-tuan")

    assert page.status_code == 503
    assert '<html lang="vi">' in page.text
    assert "Không thực hiện được" in page.text
    assert "no such table" not in page.text
