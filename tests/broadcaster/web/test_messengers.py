"""The page of those who are told: an administrator's, whose addresses never show their secrets."""

from collections.abc import Callable

from tests.broadcaster.web.visitor import Visitor, forms

Arrives = Callable[[str], Visitor]
PATH = "/noi-nhan-tin"


def press(visitor: Visitor, end: str) -> str:
    (action,) = [form.action for form in forms(visitor.page) if form.action.endswith(end)]
    return visitor.send(action).text


def test_an_administrator_adds_tries_and_removes_a_messenger(arrives: Arrives) -> None:
    hoa = arrives("hoa")
    assert "Chưa có nơi nhận tin nào" in hoa.open(PATH).text

    page = hoa.send(PATH, {"name": "Nhóm trực", "address": "fake://secret"})
    assert "Nhóm trực" in page.text
    assert "secret" not in page.text

    assert "Đã gửi tin thử" in press(hoa, "/thu")
    assert "Nhóm trực" not in press(hoa, "/bo")


def test_a_bad_address_is_refused_in_words_and_nothing_typed_is_lost(arrives: Arrives) -> None:
    hoa = arrives("hoa")
    hoa.open(PATH)

    page = hoa.send(PATH, {"name": "Nhóm trực", "address": "sai"})

    assert page.status_code == 422
    assert "không đúng dạng" in page.text
    assert 'value="Nhóm trực"' in page.text


def test_nobody_else_sees_it(arrives: Arrives) -> None:
    assert arrives("lan").open(PATH).status_code == 403
