"""A button pressed twice, two tabs, somebody else meanwhile: one change, true sentences, and a way on."""

import re
import threading

from starlette.responses import RedirectResponse, Response

from broadcaster.domain.ids import UserId
from broadcaster.store import programmes
from broadcaster.web.forms import Entered
from broadcaster.web.once import KEPT_S, Once
from tests.broadcaster.web.conftest import Arrives
from tests.broadcaster.web.test_week import RURAL, session_of, with_week
from tests.fakes.station_world import World

LAN, FORM = UserId("ng-lan"), Entered(fields={"step": ["save"]})


class Counted:
    """What a press does, counted."""

    def __init__(self, *, status: int = 303) -> None:
        self.count = 0
        self._status = status

    def __call__(self) -> Response:
        self.count += 1
        return RedirectResponse("/xong", status_code=303) if self._status == 303 else Response(status_code=self._status)


def test_second_press_leads_where_the_first_one_did() -> None:
    once, done = Once(), Counted()

    answers = [once.press(LAN, "/x", FORM, done) for _ in range(2)]

    assert done.count == 1
    assert [a.headers["location"] for a in answers] == ["/xong", "/xong"]


def test_another_person_another_form_and_a_later_press_are_meant() -> None:
    now = [0.0]
    once, done = Once(lambda: now[0]), Counted()

    once.press(LAN, "/x", FORM, done)
    once.press(UserId("ng-minh"), "/x", FORM, done)
    once.press(LAN, "/y", FORM, done)
    once.press(LAN, "/x", Entered(fields={"step": ["save"], "time": ["17:10"]}), done)
    now[0] = KEPT_S + 1
    once.press(LAN, "/x", FORM, done)

    assert done.count == 5


def test_what_was_refused_may_be_pressed_again() -> None:
    once, refused = Once(), Counted(status=409)

    for _ in range(2):
        once.press(LAN, "/x", FORM, refused)

    assert refused.count == 2


def test_press_meanwhile_waits_for_the_first() -> None:
    once, may_end, began, count = Once(), threading.Event(), threading.Event(), []

    def slowly() -> Response:
        count.append(1)
        began.set()
        may_end.wait(30)
        return RedirectResponse("/xong", status_code=303)

    both = [threading.Thread(target=once.press, args=(LAN, "/x", FORM, slowly)) for _ in range(2)]
    both[0].start()
    assert began.wait(30)
    both[1].start()
    may_end.set()
    for thread in both:
        thread.join(30)

    assert len(count) == 1


def test_template_pressed_twice_is_taken_once(arrives: Arrives, sqlite_world: World) -> None:
    visitor = arrives("lan")
    page = visitor.open(RURAL)
    for _ in range(2):
        visitor.page = page
        visitor.send(RURAL, {"step": "save"})

    assert "Đã nhận mẫu" in visitor.page.text
    with sqlite_world.database.reading() as tx:
        titles = [k.programme.title for k in programmes.of_station(tx, sqlite_world.station)]
    assert len(titles) == len(set(titles))


def test_second_tab_is_told_and_may_save_over_it(arrives: Arrives, sqlite_world: World) -> None:
    visitor = with_week(arrives)
    path = "/chuong-trinh/" + session_of(sqlite_world, "Buổi phát thanh sáng").split("/")[3]
    tab = visitor.open(path)
    visitor.send(path, {"title": "Buổi sáng A"})
    visitor.send(path, {"step": "save"})
    visitor.page = tab
    visitor.send(path, {"title": "Buổi sáng B"})
    assert "đã được sửa và lưu trong lúc này" in visitor.page.text

    visitor.send(path, {"step": "edit"})
    assert "Lưu ở đây là thay bằng bản của bạn" in visitor.page.text
    visitor.send(path)
    visitor.send(path, {"step": "save"})

    assert re.search(r"Buổi sáng B", visitor.open("/chuong-trinh").text)
    assert "Buổi sáng A" not in visitor.page.text
