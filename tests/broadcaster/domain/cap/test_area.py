"""Whom an area of a message means: shapes on the earth, codes, and names as whole words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import EVERYBODY, of_hamlets
from broadcaster.domain.cap.area import HamletPlace, Lies, Located, StationPlace, locate
from broadcaster.domain.cap.message import Area, Circle, Named, Point
from broadcaster.domain.ids import HamletId

KEP = HamletId("th-kep")
HOME = Point(latitude=21.25, longitude=106.15)
NORTH_OF_THE_BORDER = Circle(centre=Point(latitude=30, longitude=110), radius_km=700)


def place_at(point: Point | None, *, margin_km: float = 0, **more: object) -> StationPlace:
    """Return a station with one hamlet there."""
    hamlet = HamletPlace(hamlet=KEP, names=("Thôn Kép",), points=(point,) if point else ())
    return StationPlace(hamlets=(hamlet,), margin_km=margin_km, **more)  # type: ignore[arg-type] # passed on as they are


def square(south: float, west: float, north: float, east: float) -> tuple[Point, ...]:
    """Return a polygon along the lines of a map."""
    corners = [(south, west), (south, east), (north, east), (north, west), (south, west)]
    return tuple(Point(latitude=latitude, longitude=longitude) for latitude, longitude in corners)


def of_polygon(*polygon: Point) -> list[Area]:
    return [Area(description="", polygons=(polygon,))]


latitudes = st.floats(-60, 60)
longitudes = st.floats(-180, 180)
offsets = st.floats(0.01, 20) | st.floats(-20, -0.01)
"""How far a side of a square lies from the point, in degrees: never on it, and never half around the earth."""
spans = st.tuples(offsets, offsets).map(sorted).filter(lambda span: span[1] - span[0] > 0.01)


@given(latitudes, longitudes, spans, spans)
def test_a_point_lies_in_a_square_when_its_sides_lie_around_it(
    latitude: float, longitude: float, up: list[float], right: list[float]
) -> None:
    sides = (latitude + up[0], longitude + right[0], latitude + up[1], longitude + right[1])
    around = up[0] < 0 < up[1] and right[0] < 0 < right[1]

    found = locate(of_polygon(*square(*sides)), place_at(Point(latitude=latitude, longitude=longitude)))

    assert found.lies is (Lies.HERE if around else Lies.ELSEWHERE)


def test_a_hole_of_a_bent_polygon_is_outside() -> None:
    bent = [(21.2, 106.1), (21.2, 106.2), (21.3, 106.2), (21.3, 106.17), (21.22, 106.17), (21.22, 106.13),
            (21.3, 106.13), (21.3, 106.1), (21.2, 106.1)]  # fmt: skip
    polygon = [Point(latitude=latitude, longitude=longitude) for latitude, longitude in bent]

    assert locate(of_polygon(*polygon), place_at(HOME)).lies is Lies.ELSEWHERE
    assert locate(of_polygon(*polygon), place_at(HOME, margin_km=3)).lies is Lies.HERE


@pytest.mark.parametrize(
    ("away_km", "margin_km", "lies"), [(4, 0, Lies.HERE), (6, 0, Lies.ELSEWHERE), (6, 2, Lies.HERE)]
)
def test_circle_reaches_as_far_as_it_says(away_km: float, margin_km: float, lies: Lies) -> None:
    east = HOME.longitude + away_km / (111.32 * math.cos(math.radians(HOME.latitude)))
    circle = Circle(centre=Point(latitude=HOME.latitude, longitude=east), radius_km=5)

    assert locate([Area(description="", circles=(circle,))], place_at(HOME, margin_km=margin_km)).lies is lies


def test_shapes_across_the_date_line_are_measured_the_short_way() -> None:
    circle = Circle(centre=Point(latitude=0, longitude=179.9), radius_km=50)

    found = locate([Area(description="", circles=(circle,))], place_at(Point(latitude=0, longitude=-179.9)))

    assert found.lies is Lies.HERE


@pytest.mark.parametrize(
    ("areas", "place"),
    [
        ([], place_at(HOME)),
        (of_polygon(*square(10, 105, 11, 106)), place_at(None)),
        (
            [Area(description="x", circles=(Circle(centre=Point(latitude=30, longitude=110), radius_km=700),))],
            place_at(None),
        ),
        ([Area(description="x", unreadable=True)], place_at(HOME)),
        ([Area(description="x", geocodes=(Named(name="SAME", value="1"),))], place_at(HOME)),
        ([*of_polygon(*square(1, 1, 2, 2)), Area(description="Lưu vực sông Cầu")], place_at(HOME)),
    ],
)
def test_what_nobody_can_judge_is_unknown_and_not_elsewhere(areas: list[Area], place: StationPlace) -> None:
    assert locate(areas, place) == Located(lies=Lies.UNKNOWN)


def test_hamlet_that_nobody_put_on_the_map_goes_with_its_neighbours() -> None:
    """To be left out for want of a point on a map would be to miss the warning."""
    far, nowhere = HamletId("th-xa"), HamletId("th-moi")
    place = StationPlace(
        hamlets=(
            HamletPlace(hamlet=KEP, points=(HOME,)),
            HamletPlace(hamlet=far, points=(Point(latitude=10, longitude=106),)),
            HamletPlace(hamlet=nowhere),
        )
    )

    assert locate(of_polygon(*square(21, 106, 22, 107)), place).audience == of_hamlets([KEP, nowhere])
    assert locate([Area(description="x", geocodes=(Named(name="a", value="1"),))], place).audience is None


@pytest.mark.parametrize(
    "area",
    [
        Area(description="Oklahoma", polygons=(square(36, -98, 37, -96),)),
        Area(description="Batanes", circles=(Circle(centre=Point(latitude=20.4, longitude=121.9), radius_km=100),)),
        Area(description="Nam Cực", circles=(Circle(centre=Point(latitude=-89, longitude=110), radius_km=500),)),
    ],
)
def test_what_does_not_touch_the_country_is_elsewhere_for_a_station_on_no_map(area: Area) -> None:
    assert locate([area], place_at(None)).lies is Lies.ELSEWHERE


def test_another_value_of_a_known_code_is_elsewhere() -> None:
    place = place_at(HOME, geocodes=(Named(name="VN-TINH", value="24"),))

    assert locate([Area(description="", geocodes=(Named(name="VN-TINH", value="01"),))], place).lies is Lies.ELSEWHERE
    assert locate([Area(description="", geocodes=(Named(name="vn-tinh", value="24"),))], place).audience == EVERYBODY


@pytest.mark.parametrize(
    ("text", "lies"),
    [
        ("THON KEP", Lies.HERE),
        ("thôn Kép, thôn khác", Lies.HERE),
        ("thôn Képa", Lies.UNKNOWN),
        ("Kép thôn", Lies.UNKNOWN),
    ],
)
def test_names_are_found_as_whole_words_without_diacritics(text: str, lies: Lies) -> None:
    assert locate([Area(description=text)], place_at(HOME)).lies is lies
