"""The week as a file on its page: downloaded, refused with the line, previewed, and taken."""

from broadcaster.adapters.schedule_files import folder
from broadcaster.domain.audience import EVERYBODY, of_hamlets
from broadcaster.services.week import programmes as use_cases
from broadcaster.store import programmes
from tests.broadcaster.web.conftest import Arrives
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World

PATH = "/lich-tuan/tep"


def take_template(world: World, name: str = "nong-thon-hai-buoi") -> None:
    use_cases.save(world.office, actor=world.person("lan"), edit=use_cases.from_template(world.office, name))


def titles(world: World) -> list[str]:
    with world.database.reading() as tx:
        return [each.programme.title for each in programmes.of_station(tx, world.station)]


def upload(visitor: Visitor, text: str | bytes) -> None:
    """Choose a file on the page and send it."""
    visitor.open(PATH)
    content = text.encode() if isinstance(text, str) else text
    csrf = visitor.form(PATH).fields["csrf"][-1]
    visitor.page = visitor.client.post(PATH, data={"csrf": csrf}, files={"file": ("lich.toml", content)})


def test_week_goes_out_and_comes_back_the_same(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    visitor = arrives("lan")
    given = visitor.open(f"{PATH}/lich.toml")
    assert "attachment" in given.headers["content-disposition"]

    upload(visitor, given.text)

    assert "không có gì phải đổi" in visitor.page.text


def test_file_is_previewed_then_taken(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    before = titles(sqlite_world)
    visitor = arrives("lan")
    text = visitor.open(f"{PATH}/lich.toml").text
    text = text.replace('title = "Buổi phát thanh chiều"', 'title = "Buổi chiều mới"')
    head, _, last = text.rpartition("[[programmes]]\n")
    assert 'id = "quoc-khanh"' in last
    added = last.replace('id = "quoc-khanh"', 'id = "hoi-lang"').replace("Chào cờ mừng Quốc khánh", "Hội làng")

    upload(visitor, head + "[[programmes]]\n" + added)

    page = visitor.page.text
    assert "Sẽ thay đổi" in page
    assert page.index("Hội làng") < page.index("Buổi chiều mới") < page.index("Chào cờ mừng Quốc khánh")
    assert titles(sqlite_world) == before
    visitor.send(PATH, {"step": "save"})
    assert "Đã nhận lịch từ tệp" in visitor.page.text
    assert set(titles(sqlite_world)) == {*before, "Buổi chiều mới", "Hội làng"} - {
        "Buổi phát thanh chiều", "Chào cờ mừng Quốc khánh"
    }  # fmt: skip


def test_faults_are_said_with_their_lines_and_mended_on_the_page(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    visitor = arrives("lan")
    good = visitor.open(f"{PATH}/lich.toml").text
    line = next(n for n, each in enumerate(good.split("\n"), start=1) if each == 'starts = "17:00"')

    upload(visitor, good.replace('starts = "17:00"', 'starts = "25:00"').replace("minutes = 25", "phut = 25"))

    assert visitor.page.status_code == 422
    assert f"Dòng {line}: Mục “starts” ghi chưa đúng" in visitor.page.text
    assert visitor.page.text.count("Dòng ") >= 2
    visitor.send(PATH, {"toml": good.replace("Buổi phát thanh chiều", "Buổi chiều mới")})
    visitor.send(PATH, {"step": "save"})
    assert "Buổi chiều mới" in titles(sqlite_world)


def test_what_breaks_the_caps_is_not_taken(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world, "phuong-noi-thi")
    before = titles(sqlite_world)
    visitor = arrives("lan")
    text = visitor.open(f"{PATH}/lich.toml").text

    upload(visitor, text.replace("minutes = 15", "minutes = 40"))

    assert visitor.page.status_code == 409
    assert "Không lưu được" in visitor.page.text
    assert titles(sqlite_world) == before


def test_what_is_no_text_or_nothing_is_said(arrives: Arrives) -> None:
    visitor = arrives("lan")
    upload(visitor, b"\xff\xfe\x00")
    assert "không phải chữ Unicode" in visitor.page.text

    upload(visitor, "")
    assert "Chưa chọn tệp nào" in visitor.page.text


def test_file_with_groups_asks_who_they_are(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    upload(visitor, (folder() / "mien-nui-hai-tieng.toml").read_text(encoding="utf-8"))
    assert "Các bản người Mông" in visitor.page.text
    assert titles(sqlite_world) == []

    visitor.send(PATH, {"group-mong": sqlite_world.hamlets[0]})
    assert "Sẽ thay đổi" in visitor.page.text
    visitor.send(PATH, {"step": "save"})

    with sqlite_world.database.reading() as tx:
        morning = next(k.programme for k in programmes.of_station(tx, sqlite_world.station) if k.name == "sang")
    meant = {segment.id: segment.audience for segment in morning.segments}
    assert (meant["vov4-mong"], meant["vov4-thai"]) == (of_hamlets([sqlite_world.hamlets[0]]), EVERYBODY)
