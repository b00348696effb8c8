"""Our alerts for others: open to everybody, valid by the OASIS schema, and nothing of it that was not said aloud."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from lxml import etree

from broadcaster.domain.alert import Alert, AlertState, Status
from broadcaster.domain.audience import of_hamlets
from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.ids import AlertId
from broadcaster.services.alarm import alerts as use_cases
from broadcaster.services.alarm.contents import AlertDraft
from broadcaster.services.cap.index import read_index
from broadcaster.store import alerts
from tests.broadcaster.web.client import TestClient
from tests.fakes.cap_documents import SCHEMA
from tests.fakes.station_world import World

BASE = "http://loa.example:8080"


@pytest.fixture
def anybody(app: FastAPI) -> TestClient:
    """Somebody with no account."""
    return TestClient(app)


def live(
    world: World, *, status: Status = Status.ACTUAL, state: AlertState = AlertState.LIVE, **changes: object
) -> Alert:
    """Return an alert put where people would have put it."""
    wanted = AlertDraft(
        status=status, event="bão số 3", headline="Bão sắp vào", text="Bão vào chiều nay.",
        audience=of_hamlets([world.hamlets[0]]),
    )  # fmt: skip
    drafted = use_cases.draft(world.office, actor=None, wanted=wanted, vouch=None, source="thử", station=world.station)
    alert = replace(drafted, state=state, live_at=world.clock.now, **changes)  # type: ignore[arg-type] # passed on as they are
    with world.database.writing() as tx:
        alerts.save(tx, alert)
    return alert


def listed(anybody: TestClient, address: str = "/cap/feed.xml") -> list[str]:
    """Return the addresses that the feed lists, each of which must lead to a valid document."""
    index = read_index(anybody.get(address).content, url=BASE + address)
    for item in index.items:
        answer = anybody.get(item.url.removeprefix(BASE))
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/cap+xml")
        etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(answer.content))
    return [item.url for item in index.items]


def test_live_alert_is_in_the_feed_and_its_document_is_valid(anybody: TestClient, sqlite_world: World) -> None:
    alert = live(sqlite_world)
    address = f"/cap/{sqlite_world.station}/{alert.id}.xml"

    assert listed(anybody) == listed(anybody, f"/cap/{sqlite_world.station}/feed.xml") == [BASE + address]
    message = cap_xml.read(anybody.get(address).content)
    assert (message.sender, message.status) == (f"{sqlite_world.station}@loa.example", Status.ACTUAL)
    assert message.infos[0].headline == "Bão sắp vào"
    assert message.infos[0].areas[0].description == "Thôn Kép – Xã Hồng Phong, Bắc Ninh"


def test_drill_is_marked_where_it_is_listed(anybody: TestClient, sqlite_world: World) -> None:
    live(sqlite_world, status=Status.EXERCISE)

    assert len(listed(anybody)) == 1
    text = anybody.get("/cap/feed.xml").text
    assert "<title>[DIỄN TẬP] Bão sắp vào</title>" in text
    assert '<category term="Exercise"/>' in text.replace("></category>", "/>")


@pytest.mark.parametrize("state", [AlertState.DRAFT, AlertState.APPROVED, AlertState.DISCARDED])
def test_what_was_never_live_is_nobody_s_business(anybody: TestClient, sqlite_world: World, state: AlertState) -> None:
    alert = live(sqlite_world, state=state)
    with sqlite_world.database.writing() as tx:
        alerts.save(tx, replace(alert, live_at=None))

    assert listed(anybody) == []
    assert anybody.get(f"/cap/{sqlite_world.station}/{alert.id}.xml").status_code == 404


def test_loudspeaker_test_is_not_told(anybody: TestClient, sqlite_world: World) -> None:
    alert = live(sqlite_world, status=Status.TEST)

    assert listed(anybody) == []
    assert anybody.get(f"/cap/{sqlite_world.station}/{alert.id}.xml").status_code == 404


def test_cancelled_alert_is_followed_by_its_cancel_for_a_day(anybody: TestClient, sqlite_world: World) -> None:
    alert = live(sqlite_world, state=AlertState.CANCELLED, ended_at=sqlite_world.clock.now, end_reason="Báo nhầm.")
    address = f"/cap/{sqlite_world.station}/{alert.id}.huy.xml"

    assert listed(anybody) == [BASE + address]
    cancel = cap_xml.read(anybody.get(address).content)
    assert cancel.references == (cap_xml.read(anybody.get(address.replace(".huy", "")).content).name,)
    sqlite_world.clock.advance(hours=25)
    assert listed(anybody) == []


def test_there_is_no_cancel_of_what_lives(anybody: TestClient, sqlite_world: World) -> None:
    alert = live(sqlite_world)

    assert anybody.get(f"/cap/{sqlite_world.station}/{alert.id}.huy.xml").status_code == 404


def test_expired_alert_leaves_the_feed_and_keeps_its_document(anybody: TestClient, sqlite_world: World) -> None:
    alert = live(sqlite_world, state=AlertState.EXPIRED, ended_at=sqlite_world.clock.now)

    assert listed(anybody) == []
    assert anybody.get(f"/cap/{sqlite_world.station}/{alert.id}.xml").status_code == 200


def test_update_refers_to_what_it_replaced(anybody: TestClient, sqlite_world: World) -> None:
    first = live(sqlite_world, state=AlertState.UPDATED, ended_at=sqlite_world.clock.now)
    second = replace(
        first,
        id=AlertId("kc-2"),
        version=2,
        state=AlertState.LIVE,
        live_at=sqlite_world.clock.now + timedelta(minutes=1),
    )
    with sqlite_world.database.writing() as tx:
        alerts.add(tx, second)

    (address,) = listed(anybody)
    update = cap_xml.read(anybody.get(address.removeprefix(BASE)).content)
    assert (update.msg_type, [r.identifier for r in update.references]) == ("Update", [first.id])


def test_unchanged_feed_costs_no_body_and_moves_with_time(anybody: TestClient, sqlite_world: World) -> None:
    alert = live(sqlite_world)
    for address in ("/cap/feed.xml", f"/cap/{sqlite_world.station}/{alert.id}.xml"):
        etag = anybody.get(address).headers["etag"]
        for asked in (etag, f'W/{etag}, "x"', "*"):
            again = anybody.get(address, headers={"If-None-Match": asked})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert anybody.get(address, headers={"If-None-Match": '"x"'}).status_code == 200

    before = read_index(anybody.get("/cap/feed.xml").content, url=BASE).updated
    sqlite_world.clock.advance(minutes=5)
    after = read_index(anybody.get("/cap/feed.xml").content, url=BASE).updated
    assert after - before == timedelta(minutes=5)  # type: ignore[operator] # the feed names both


@pytest.mark.parametrize("address", ["/cap/x/feed.xml", "/cap/x/y.xml", "/cap/xa-hong-phong/y.xml"])
def test_what_is_not_there_is_not_there(anybody: TestClient, address: str) -> None:
    assert anybody.get(address).status_code == 404


def test_empty_feed_is_valid_and_empty(anybody: TestClient) -> None:
    answer = anybody.get("/cap/feed.xml")

    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/atom+xml")
    assert listed(anybody) == []
