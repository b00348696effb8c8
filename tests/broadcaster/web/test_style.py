"""The station's way of reading: set on its page, kept with its rules, heard in what is read from then on."""

from collections.abc import Callable

import pytest

from broadcaster.reading.style import EarlyDay, Four, Letters, Odd, Style, Thousand
from broadcaster.store import stations
from tests.broadcaster.web.visitor import Visitor
from tests.fakes.station_world import World

Arrives = Callable[[str], Visitor]


@pytest.fixture
def admin(arrives: Arrives) -> Visitor:
    """Hoa, signed in."""
    return arrives("hoa")


def test_way_of_reading_is_the_stations(admin: Visitor, arrives: Arrives, sqlite_world: World) -> None:
    bulletin = sqlite_world.write(text="Lúc 7h30 ngày 5/11 thu 1.105.024 đồng, gọi VTR.")
    admin.open("/dai")
    fields = admin.form("/dai").fields
    assert (fields["thousand"], fields["four"], fields["say_minutes"]) == (["nghìn"], ["tư"], ["1"])

    changes: dict[str, str | list[str]] = {
        "thousand": "ngàn", "odd": "lẻ", "four": "bốn", "early_day": "mùng", "letters": "central", "say_minutes": [],
    }  # fmt: skip
    admin.send("/dai", changes)

    with sqlite_world.database.reading() as tx:
        station = stations.get(tx, sqlite_world.station)
    assert station is not None
    assert station.rules.style == Style(
        thousand=Thousand.NGAN, odd=Odd.LE, four=Four.BON, early_day=EarlyDay.MUNG, letters=Letters.CENTRAL,
        say_minutes=False,
    )  # fmt: skip
    assert {name: admin.form("/dai").fields.get(name, []) for name in changes} == {
        name: value if isinstance(value, list) else [value] for name, value in changes.items()
    }
    page = arrives("lan").open(f"/ban-tin/{bulletin.id}").text
    for words in ("bảy giờ ba mươi", "mùng năm", "lẻ năm ngàn", "hai mươi bốn", "e rờ"):
        assert words in page
    assert "ba mươi phút" not in page
    sqlite_world.render()
    assert "ba mươi phút" not in " ".join(sqlite_world.studio.asked[-1])


def test_style_that_no_page_offers_changes_nothing(admin: Visitor, sqlite_world: World) -> None:
    admin.open("/dai")

    admin.send("/dai", {"thousand": "vạn", "letters": "", "early_day": ""})

    with sqlite_world.database.reading() as tx:
        station = stations.get(tx, sqlite_world.station)
    assert station is not None
    assert station.rules.style == Style(early_day=EarlyDay.NONE)
