"""What limits the station: a profile with its source, own caps, quiet hours and exceptions, looked at before saving."""

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import of_clusters, of_hamlets
from broadcaster.domain.ids import HamletId
from broadcaster.domain.station import QuietHours
from broadcaster.domain.week.regime import OwnCaps, SensitivePlace
from broadcaster.services.week import limits
from broadcaster.services.week import programmes as use_cases
from broadcaster.services.week.limits import WantedLimits
from broadcaster.store import programmes, stations
from broadcaster.web.forms import Entered
from broadcaster.web.rules_form import entered_of, wanted_of
from tests.broadcaster.web.conftest import Arrives
from tests.broadcaster.web.visitor import forms
from tests.fakes.station_world import World

PATH = "/dai/dinh-muc"
HAMLETS = tuple(HamletId(f"t{n}") for n in range(4))

clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
quiet = st.lists(
    st.builds(lambda a, b: (a, b), clocks, clocks)
    .filter(lambda p: p[0] != p[1])
    .map(lambda p: QuietHours(start=p[0], end=p[1])),
    max_size=3,
).map(tuple)
somewhere = st.lists(st.sampled_from(HAMLETS), min_size=1, unique=True).map(of_hamlets)
wanted_limits = st.builds(
    WantedLimits,
    profile=st.sampled_from(["quoc-gia", "vinh-phuc"]),
    own=st.builds(
        OwnCaps,
        sessions_a_day=st.none() | st.integers(1, 24), minutes_a_session=st.none() | st.integers(1, 180),
        days_a_week=st.none() | st.integers(1, 7), document=st.sampled_from(["", "Quy chế số 12/QĐ-UBND"]),
    ),
    quiet_hours=quiet,
    precincts=st.lists(st.sampled_from([*HAMLETS, None]), max_size=1).map(
        lambda names: tuple((of_hamlets([n]) if n else of_clusters(["c1"]), "ha-noi-noi-thanh") for n in names)
    ),
    sensitive=st.lists(
        st.builds(
            SensitivePlace, name=st.sampled_from(["Trường mầm non", "Trạm y tế"]), audience=somewhere,
            gain_db=st.integers(-30, 0).map(float), quiet_hours=quiet,
        ),
        max_size=3,
    ).map(tuple),
)  # fmt: skip


@given(wanted=wanted_limits)
def test_limits_survive_their_form_unchanged(wanted: WantedLimits) -> None:
    assert wanted_of(entered_of(wanted), hamlets=HAMLETS, before=wanted) == wanted


@given(wanted=wanted_limits.filter(lambda w: w.sensitive and w.sensitive[0].quiet_hours))
def test_form_that_forgets_a_place_is_found_out(wanted: WantedLimits) -> None:
    """The negative control of the test above."""
    form = entered_of(wanted)
    forgetful = Entered(fields={n: v for n, v in form.fields.items() if n != "place_start-0"})

    assert wanted_of(forgetful, hamlets=HAMLETS, before=wanted) != wanted


def take_template(world: World, name: str = "nong-thon-hai-buoi") -> None:
    use_cases.save(world.office, actor=world.person("lan"), edit=use_cases.from_template(world.office, name))


def now_limited(world: World) -> WantedLimits:
    with world.database.reading() as tx:
        station = stations.get(tx, world.station)
        assert station is not None
        return limits.wanted_of(station, programmes.limits_of(tx, world.station))


def test_profiles_are_shown_with_their_legal_source(arrives: Arrives) -> None:
    page = arrives("hoa").open(PATH).text

    assert "1246/QĐ-UBND ngày 12/03/2021" in page
    assert "49/2024/NĐ-CP" in page
    assert "Mỗi ngày nhiều nhất 2 buổi, mỗi buổi dài nhất 15 phút, kể cả tiếp sóng." in page
    assert "Trong 22:00–04:30 loa không phát gì, trừ tin khẩn cấp." in page


def test_only_an_administrator_changes_the_rules(arrives: Arrives) -> None:
    editor = arrives("lan")
    page = editor.open(PATH)

    assert "Mỗi ngày nhiều nhất 3 buổi" in page.text
    assert 'name="profile"' not in page.text
    csrf = forms(page)[-1].fields["csrf"]
    assert editor.client.post(PATH, data={"csrf": csrf, "profile": "vinh-phuc", "step": "save"}).status_code == 403


def test_tighter_profile_shows_what_it_breaks_before_it_is_saved(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    admin = arrives("hoa")
    admin.open(PATH)
    admin.send(PATH, {"profile": "ha-noi-noi-thanh"})

    assert "Những buổi đang có sẽ vướng" in admin.page.text
    assert "được rút từ 45 còn 15 phút" in admin.page.text
    assert now_limited(sqlite_world).profile == "quoc-gia"

    admin.send(PATH, {"step": "save"})
    assert "Đã lưu định mức" in admin.page.text
    assert now_limited(sqlite_world).profile == "ha-noi-noi-thanh"


def test_own_caps_win_over_the_profile(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    admin = arrives("hoa")
    admin.open(PATH)
    admin.send(PATH, {"own_minutes": "30", "own_document": "Quyết định số 12/QĐ-UBND"})
    assert "mỗi buổi dài nhất 30 phút" in admin.page.text
    assert "theo “quy chế của đài”" in admin.page.text
    admin.send(PATH, {"step": "save"})

    assert now_limited(sqlite_world).own == OwnCaps(minutes_a_session=30, document="Quyết định số 12/QĐ-UBND")
    assert 'name="own_minutes" type="number" min="1" max="180" value="30"' in admin.page.text


def test_quiet_hours_over_a_session_say_so_first(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    admin = arrives("hoa")
    admin.open(PATH)
    admin.send(PATH, {"quiet_start": ["22:00"], "quiet_end": ["05:30"]})

    assert "rơi vào giờ yên lặng" in admin.page.text
    assert "Vẫn lưu định mức" in admin.page.text
    admin.send(PATH, {"step": "edit"})
    assert 'value="05:30"' in admin.page.text
    assert now_limited(sqlite_world).quiet_hours[0].end == time(4, 30)


def test_harmless_change_says_that_nothing_is_touched(arrives: Arrives, sqlite_world: World) -> None:
    take_template(sqlite_world)
    admin = arrives("hoa")
    admin.open(PATH)
    admin.send(PATH)

    assert "Không buổi nào, không bản tin nào bị ảnh hưởng" in admin.page.text


def test_hamlet_and_school_have_rules_of_their_own(arrives: Arrives, sqlite_world: World) -> None:
    east = sqlite_world.hamlets[0]
    admin = arrives("hoa")
    admin.open(PATH)
    admin.send(
        PATH,
        {
            f"precinct-{east}": "ha-noi-noi-thanh", "place-0": "Trường mầm non", "gain-0": "-10",
            "place_hamlet-0": [east], "place_start-0": ["11:30"], "place_end-0": ["14:00"],
        },
    )  # fmt: skip
    assert "Gần Trường mầm non" in admin.page.text
    assert "nhỏ hơn 10 dB" in admin.page.text
    assert "11:30–14:00" in admin.page.text
    admin.send(PATH, {"step": "save"})

    found = now_limited(sqlite_world)
    assert found.precincts == ((of_hamlets([east]), "ha-noi-noi-thanh"),)
    (place,) = found.sensitive
    assert (place.name, place.gain_db) == ("Trường mầm non", -10.0)
    admin.send(PATH)
    admin.send(PATH, {"step": "save"})
    assert now_limited(sqlite_world) == found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"own_minutes": "nhiều"}, "không phải là một số nguyên"),
        ({"own_days": "9"}, "1 đến 7 ngày một tuần"),
        ({"quiet_start": ["25:00"], "quiet_end": ["05:00"]}, "không phải là giờ trong ngày"),
        ({"place-0": "Trạm y tế"}, "chưa ghi nghe loa nào"),
        ({"place-0": "Trạm y tế", "place_hamlet-0": ["khong-co"]}, "Không có thôn hay cụm loa nào"),
        ({"profile": "sao-hoa"}, "Không có định mức"),
    ],
)
def test_what_cannot_be_meant_comes_back(arrives: Arrives, typed: dict[str, str], said: str) -> None:
    admin = arrives("hoa")
    admin.open(PATH)
    admin.send(PATH, typed)

    assert admin.page.status_code == 422
    assert said in admin.page.text


def test_rest_keeps_own_caps_that_it_does_not_name(sqlite_world: World) -> None:
    office, admin = sqlite_world.office, sqlite_world.person("hoa")
    limits.set_limits(office, actor=admin, profile="quoc-gia", own=OwnCaps(sessions_a_day=1))

    limits.set_limits(office, actor=admin, profile="vinh-phuc")

    assert now_limited(sqlite_world) == replace(
        now_limited(sqlite_world), profile="vinh-phuc", own=OwnCaps(sessions_a_day=1)
    )
