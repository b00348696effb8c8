"""The report, its files, the log and the ledger: the same numbers everywhere, a repeat only where it lacks."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import text

from broadcaster.adapters.papers import pdf
from broadcaster.adapters.workbooks import workbook
from broadcaster.domain.records.logbook import effective
from broadcaster.domain.timetable import Airing
from broadcaster.services import intake
from broadcaster.services.records import logbook, presence
from broadcaster.store import airings
from broadcaster.store import logbook as rows
from broadcaster.store import targets as targets_of
from broadcaster.web.site import Site
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_box import FakeBox, played
from tests.fakes.station_world import World, open_neighbour
from wire.messages import Heard, PlaybackReport

Arrives = Callable[[str], Visitor]
MONTH = "?thang=2026-03"


@pytest.fixture
def site(site: Site) -> Site:
    """The site that writes files too."""
    return replace(site, report_files={"xlsx": workbook, "pdf": pdf})


def said(world: World, box: FakeBox, report: PlaybackReport) -> None:
    known = intake.box(world.office, box.id)
    assert known is not None
    intake.note_reports(world.office, known, box.reports(report))


def aired(world: World, box: FakeBox, *, number: int = 1, **draft: str) -> Airing:
    """Return an airing that one box has played and the other cluster has not, as the log has it."""
    airing = world.plan(world.approved(**{"title": "Tin chiều"} | draft))
    world.clock.now = airing.end_at
    report = played(number, airing.id, at=airing.start_at, ended_at=airing.end_at,
                    heard=Heard(verdict="heard", score=0.9))  # fmt: skip
    said(world, box, report)
    world.clock.now = airing.over_at + timedelta(minutes=2)
    logbook.write_up(world.office)
    return airing


@pytest.fixture
def box(sqlite_world: World) -> FakeBox:
    """The only box; the second cluster has none."""
    return sqlite_world.enrol(0)


def test_numbers_of_the_workbook_are_those_of_the_log(arrives: Arrives, sqlite_world: World, box: FakeBox) -> None:
    for number in (1, 2, 3):
        aired(sqlite_world, box, title=f"Tin {number}", number=number)
    with sqlite_world.database.reading() as tx:
        known = effective(line for line in rows.every(tx, sqlite_world.station) if line)

    answer = arrives("lan").client.get(f"/bao-cao-thang/tep{MONTH}&dang=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))

    assert answer.headers["content-disposition"] == 'attachment; filename="bao-cao-thang-2026-03.xlsx"'
    table = list(book["Nhật ký"].iter_rows(min_row=9, max_row=8 + len(known), values_only=True))
    assert [(row[0], row[2], row[6], row[9]) for row in table] == [
        (line.number, line.entry.title, line.entry.place.cluster_name, round(line.entry.sounded.total_seconds()))
        for line in known
    ]
    whole = next(book["Tổng hợp"].iter_rows(min_row=9, max_row=9, values_only=True))
    seconds = sum(round(line.entry.sounded.total_seconds()) for line in known)
    assert whole == ("Cả tháng", 3, 3, round(seconds / 60, 1), 6, 3, 50, 100)


def test_page_shows_the_figures_as_a_drawing_and_as_a_table(
    arrives: Arrives, sqlite_world: World, box: FakeBox
) -> None:
    aired(sqlite_world, box)
    presence.look(sqlite_world.office)
    sqlite_world.clock.advance(minutes=1)
    presence.look(sqlite_world.office)

    page = arrives("lan").open(f"/bao-cao-thang{MONTH}").text

    assert "Báo cáo tháng 03/2026" in page
    assert "built-in" not in page
    assert re.search(r"<td data-name=\"Phát trọn\">1/2<span class=\"quiet\"> 50%</span></td>", page)
    assert page.count('<rect class="chart-bar"') >= 31
    assert "Cụm loa này chưa có bộ thu nào được lắp." in page
    assert "Nhật ký nguyên vẹn: 2 dòng" in page
    assert "Bản tin của đài" in page


def test_months_are_looked_through_and_nonsense_is_this_month(arrives: Arrives) -> None:
    visitor = arrives("lan")

    assert "Báo cáo tháng 12/2025" in visitor.open("/bao-cao-thang?thang=2025-12").text
    assert 'href="/bao-cao-thang?thang=2026-01"' in visitor.page.text
    for nonsense in ("2026-99", "<script>", "99999999999-1", ""):
        assert "Báo cáo tháng 03/2026" in visitor.open(f"/bao-cao-thang?thang={nonsense}").text


def test_pdf_comes_as_a_file(arrives: Arrives) -> None:
    answer = arrives("minh").client.get(f"/bao-cao-thang/tep{MONTH}&dang=pdf")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert arrives("minh").client.get(f"/bao-cao-thang/tep{MONTH}&dang=exe").status_code == 404


def test_log_shows_each_line_to_the_second_and_says_when_it_was_changed(
    arrives: Arrives, sqlite_world: World, box: FakeBox
) -> None:
    airing = aired(sqlite_world, box)
    visitor = arrives("lan")
    page = visitor.open("/nhat-ky-phat").text
    start = airing.start_at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))

    assert f"{start:%H:%M:%S}" in page
    assert "Cụm 1, Thôn Kép" in page
    assert "Nhật ký nguyên vẹn: 2 dòng" in visitor.open("/nhat-ky-phat?kiem=1").text
    with sqlite_world.database.writing() as tx:
        tx.execute(text("DROP TRIGGER broadcast_log_no_update"))
        tx.execute(text("UPDATE broadcast_log SET title = 'Khác' WHERE number = 2"))
    assert "đã bị thay đổi từ dòng 2" in visitor.open("/nhat-ky-phat?kiem=1").text


def test_long_log_is_read_in_pages(arrives: Arrives, sqlite_world: World) -> None:
    for _ in range(51):
        airing = sqlite_world.plan(sqlite_world.approved())
        sqlite_world.clock.now = airing.over_at + timedelta(minutes=5)
        if sqlite_world.clock.now.hour >= 14:
            sqlite_world.clock.advance(hours=10)
        logbook.write_up(sqlite_world.office)
    visitor = arrives("lan")

    assert visitor.open("/nhat-ky-phat").text.count('class="log-line"') == 100
    assert visitor.open("/nhat-ky-phat?truoc=3").text.count('class="log-line"') == 2


def test_repeat_is_planned_only_where_it_was_not_heard(arrives: Arrives, sqlite_world: World, box: FakeBox) -> None:
    first = aired(sqlite_world, box)
    visitor = arrives("lan")
    page = visitor.open("/chua-nghe").text
    assert "Cụm 2" in page
    assert "Cụm 1" not in page

    done = visitor.send(f"/chua-nghe/{first.id}/phat-lai")
    assert "Đã đặt phát lại" in done.text
    with sqlite_world.database.reading() as tx:
        again = airings.get(tx, sqlite_world.station, done.url.path.rpartition("/")[2])  # type: ignore[arg-type] # an airing's id
        assert again is not None
        targets = [target.cluster for target in targets_of.of_airings(tx, [again.id])[again.id]]
    assert (targets, again.recording_sha256) == ([sqlite_world.clusters[1]], first.recording_sha256)
    assert "Đã đặt phát lại:" in visitor.open("/chua-nghe").text
    assert "checkbox" not in visitor.page.text


def test_repeat_that_was_heard_settles_the_ledger(arrives: Arrives, sqlite_world: World, box: FakeBox) -> None:
    first = aired(sqlite_world, box)
    second = sqlite_world.enrol(1)
    visitor = arrives("lan")
    visitor.open("/chua-nghe")
    again = visitor.send(f"/chua-nghe/{first.id}/phat-lai").url.path.rpartition("/")[2]
    sqlite_world.clock.advance(minutes=2)
    said(sqlite_world, second, played(1, again, at=sqlite_world.clock.now, ended_at=sqlite_world.clock.now))
    logbook.write_up(sqlite_world.office)

    assert "Mọi cụm loa đều đã nghe đủ." in visitor.open("/chua-nghe").text


def test_nothing_is_repeated_without_a_place_a_reason_or_the_right(
    arrives: Arrives, sqlite_world: World, box: FakeBox
) -> None:
    first = aired(sqlite_world, box)
    visitor, action = arrives("lan"), f"/chua-nghe/{first.id}/phat-lai"
    visitor.open("/chua-nghe")
    assert "Chưa chọn cụm loa nào" in visitor.send(action, {"cluster": []}).text
    assert "không còn thiếu" in visitor.send(action, {"cluster": [sqlite_world.clusters[0]]}).text
    admin = arrives("hoa")
    admin.open("/chua-nghe")
    assert "checkbox" not in admin.page.text
    assert admin.send(action, {"cluster": [sqlite_world.clusters[1]]}).status_code == 403


def test_page_that_was_gone_back_to_repeats_what_is_pressed_there(
    arrives: Arrives, sqlite_world: World, box: FakeBox
) -> None:
    """A second press of one button plans nothing twice; another button on the same old page is another repeat."""
    first, second = (aired(sqlite_world, box, title=f"Tin {n}", text=f"Tin thứ {n}.", number=n) for n in (1, 2))
    visitor = arrives("lan")
    page = visitor.open("/chua-nghe")
    done = [visitor.send(f"/chua-nghe/{first.id}/phat-lai").url.path]
    for airing in (first, second):
        visitor.page = page
        done.append(visitor.send(f"/chua-nghe/{airing.id}/phat-lai").url.path)

    assert done[0] == done[1] != done[2]
    assert "Tin 2" in visitor.page.text


def test_log_is_narrowed_and_read_on_in_pages(arrives: Arrives, sqlite_world: World, box: FakeBox) -> None:
    aired(sqlite_world, box)
    visitor = arrives("lan")
    visitor.open("/nhat-ky-phat")

    lost = visitor.open("/nhat-ky-phat?ngay=2026-03-02&loi=1").text
    assert (lost.count('class="log-line"'), "Cụm 2" in lost, 'value="2026-03-02"' in lost) == (1, True, True)
    assert "Không có dòng nào như vậy." in visitor.open("/nhat-ky-phat?ngay=2026-03-01").text
    assert visitor.open("/nhat-ky-phat?ngay=mai&thon=&loi=khong").text.count('class="log-line"') == 2
    other = visitor.open(f"/nhat-ky-phat?thon={sqlite_world.hamlets[0]}").text
    assert ("Cụm 1" in other, "Cụm 2" in other) == (True, False)


def test_changed_bulletin_is_not_repeated_as_if_it_were_the_same(
    arrives: Arrives, sqlite_world: World, box: FakeBox
) -> None:
    first = aired(sqlite_world, box)
    assert first.bulletin is not None
    sqlite_world.rewrite(sqlite_world.find(first.bulletin), text="Nội dung đã đổi.")
    visitor = arrives("lan")
    visitor.open("/chua-nghe")

    page = visitor.send(f"/chua-nghe/{first.id}/phat-lai")

    assert (page.status_code, "không còn được duyệt" in page.text) == (409, True)


def test_reports_of_another_station_are_not_there(arrives: Arrives, sqlite_world: World) -> None:
    neighbour = open_neighbour(sqlite_world)
    airing = neighbour.plan(neighbour.approved(title="Của xã bên"))
    sqlite_world.clock.now = airing.over_at + timedelta(minutes=5)
    logbook.write_up(sqlite_world.office)

    for path in (f"/bao-cao-thang{MONTH}", "/nhat-ky-phat", "/chua-nghe"):
        page = arrives("dung").open(path).text
        assert "Của xã bên" not in page
        assert "Thôn Xa" not in page
