"""The station's rule for the nightly self-test: off until somebody wants it, kept, and told to every box."""

from datetime import time
from typing import Any

import pytest

from broadcaster.domain.station import Rules
from broadcaster.services import stations
from broadcaster.store import stations as station_rows
from tests.broadcaster.services.test_planning import plan_of
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import VOICES, World


def rules_of(world: World) -> Rules:
    with world.database.reading() as tx:
        station = station_rows.get(tx, world.station)
    assert station is not None
    return station.rules


def test_boxes_test_themselves_only_when_the_station_wants_it(world: World) -> None:
    box = world.enrol()
    world.plan(world.approved())
    world.reconcile()
    assert plan_of(world, box.id).settings.self_test_at is None

    stations.change_rules(
        world.office, actor=world.person("hoa"), rules=Rules(self_test_at=time(2, 40)), voices=VOICES
    )  # fmt: skip
    world.reconcile()

    assert rules_of(world).self_test_at == time(2, 40)
    assert plan_of(world, box.id).settings.self_test_at == "02:40"


@pytest.mark.parametrize(("entered", "kept"), [("02:40", time(2, 40)), ("", None), ("  ", None)])
def test_the_page_switches_it_on_and_off(arrives: Any, sqlite_world: World, entered: str, kept: time | None) -> None:
    stations.change_rules(
        sqlite_world.office, actor=sqlite_world.person("hoa"), rules=Rules(self_test_at=time(3)), voices=VOICES
    )  # fmt: skip
    admin: Visitor = arrives("hoa")
    admin.open("/dai")
    assert admin.form("/dai").fields["self_test_at"] == ["03:00"]

    assert admin.send("/dai", {"self_test_at": entered}).status_code == 200

    assert rules_of(sqlite_world).self_test_at == kept


def test_the_page_refuses_what_is_no_time(arrives: Any, sqlite_world: World) -> None:
    admin: Visitor = arrives("hoa")
    admin.open("/dai")

    page = admin.send("/dai", {"self_test_at": "25:00"})

    assert page.status_code == 422
    assert "không phải là giờ trong ngày" in page.text
    assert rules_of(sqlite_world).self_test_at is None
