"""The 75 kinds of CAP through the page's own form: what no loudspeaker may say is refused, whatever a browser sends."""

from collections.abc import Callable
from itertools import product

import pytest

from broadcaster.domain.alert import MsgType, Scope, Status
from broadcaster.store import alerts
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]
WORDS = {
    "event": "lũ quét", "headline": "Lũ quét trên suối Ngọt", "text": "Nước suối đang lên rất nhanh.", "life": "6",
}  # fmt: skip
PAGES = {
    "/tin-khan/tu-soan": WORDS,
    "/tin-khan/soan": {"template": "lu-quet", "filled": "1"},
}
"""The form of own words, and a template's."""
MAY_SOUND = {(status, MsgType.ALERT, Scope.PUBLIC) for status in (Status.ACTUAL, Status.EXERCISE, Status.TEST)}


@pytest.mark.parametrize("page", PAGES)
def test_three_of_75_kinds_become_drafts_through_the_page_and_one_of_them_has_a_siren(
    page: str, arrives: Arrives, sqlite_world: World
) -> None:
    dung = arrives("dung")
    secret = dung.form("/dang-xuat").fields["csrf"][0]
    drafted: dict[tuple[Status, MsgType, Scope], bool] = {}
    for status, msg_type, scope in product(Status, MsgType, Scope):
        before = {alert.id for alert in every(sqlite_world)}
        kind = {"status": status.value, "msg_type": msg_type.value, "scope": scope.value}
        body = {"csrf": secret, "hamlet": sqlite_world.hamlets[0], **PAGES[page], **kind}
        answer = dung.client.post(page, data=body)

        new = [alert for alert in every(sqlite_world) if alert.id not in before]
        is_refused = answer.status_code in (404, 422)
        assert is_refused == (not new), (kind, answer.status_code)
        assert not is_refused or len(answer.text) > 500, "a refusal is a page with a sentence"
        if new:
            drafted[status, msg_type, scope] = bool(new[0].content.siren)

    assert drafted.keys() == MAY_SOUND
    assert [kind[0] for kind, wails in drafted.items() if wails] == [Status.ACTUAL]


def test_each_refusal_of_a_real_alert_has_its_own_sentence(arrives: Arrives, sqlite_world: World) -> None:
    dung = arrives("dung")
    secret = dung.form("/dang-xuat").fields["csrf"][0]
    for kind, words in (
        ({"scope": "Private"}, "tin riêng cho từng địa chỉ"),
        ({"scope": "Restricted"}, "chỉ dành cho một số người"),
        ({"msg_type": "Ack"}, "không phải tin để phát ra loa"),
        ({"msg_type": "Error"}, "lời từ chối tin giữa các hệ thống"),
        ({"msg_type": "Update"}, "phải nói rõ thay cho tin nào"),
        ({"msg_type": "Cancel"}, "phải nói rõ hủy tin nào"),
        ({"scope": "Everybody"}, "không có trong CAP 1.2"),
    ):
        body = {"csrf": secret, "hamlet": sqlite_world.hamlets[0], "status": "Actual", **WORDS, **kind}
        answer = dung.client.post("/tin-khan/tu-soan", data=body)
        assert (answer.status_code, words in answer.text) == (422, True), kind
    assert every(sqlite_world) == ()


def test_a_live_alert_s_form_of_new_words_takes_no_other_kind_either(arrives: Arrives, sqlite_world: World) -> None:
    dung = arrives("dung")
    secret = dung.form("/dang-xuat").fields["csrf"][0]
    body = {"csrf": secret, "hamlet": sqlite_world.hamlets[0], "status": "Actual", **WORDS}
    draft = dung.client.post("/tin-khan/tu-soan", data=body).url.path
    dung.open(draft)
    dung.send(f"{draft}/phat")

    for kind in ({"scope": "Private"}, {"scope": "Restricted"}, {"msg_type": "Ack", "scope": "Private"}):
        assert dung.client.post(f"{draft}/cap-nhat", data={**body, **kind}).status_code == 422
    assert len(every(sqlite_world)) == 1


def every(world: World):  # type: ignore[no-untyped-def] # alerts, newest first
    with world.database.reading() as tx:
        return alerts.of_station(tx, world.station)
