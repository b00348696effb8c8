"""Whom at this station an area of a CAP message means: by code, by shape on the map, and by name."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from broadcaster.domain.audience import EVERYBODY, Audience, of_hamlets
from broadcaster.domain.cap.message import Area, Named, Point
from broadcaster.domain.ids import HamletId

_KM_PER_DEGREE = 111.32
_COUNTRY = ((6.0, 24.0), (101.5, 118.5))
"""Between which latitudes and longitudes Việt Nam lies, its islands with it: a station is a commune of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HamletPlace:
    """Where a hamlet lies: the names that messages may give it, its codes, and the points of its poles or centre."""

    hamlet: HamletId
    names: tuple[str, ...] = ()
    geocodes: tuple[Named, ...] = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlace:
    """Where the station lies. Its own names and codes are those of the commune and of everything that holds it:
    district, province, country. `margin_km` is how far beyond a shape a point still counts as inside."""

    names: tuple[str, ...] = ()
    geocodes: tuple[Named, ...] = ()
    hamlets: tuple[HamletPlace, ...] = ()
    margin_km: float = 1.0


class Lies(Enum):
    """What could be found out of an area."""

    HERE = auto()
    ELSEWHERE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """`audience` stands where the area lies here."""

    lies: Lies
    audience: Audience | None = None


def locate(areas: Sequence[Area], place: StationPlace) -> Located:
    """Return whom these areas mean. ELSEWHERE only when shapes or codes that we can judge leave us out.

    A text that merely does not name us says nothing: it may name what we lie in by a name that we were not told.
    """
    hamlets: dict[HamletId, None] = {}
    for area in areas:
        if _names_all(area, place):
            return Located(lies=Lies.HERE, audience=EVERYBODY)
        hamlets |= dict.fromkeys(_hamlets_of(area, place))
    if hamlets:
        every = {h.hamlet for h in place.hamlets} <= hamlets.keys() and len(place.hamlets) > 1
        return Located(lies=Lies.HERE, audience=EVERYBODY if every else of_hamlets(hamlets))
    judged = bool(areas) and all(_can_be_judged(area, place) for area in areas)
    return Located(lies=Lies.ELSEWHERE if judged else Lies.UNKNOWN)


def _names_all(area: Area, place: StationPlace) -> bool:
    """Whether the whole station is meant: by code, or by name where no hamlet of ours is named beside it."""
    if _share_a_code(area.geocodes, place.geocodes):
        return True
    named = any(_holds(area.description, name) for name in place.names)
    return named and not any(_hamlets_of(area, place))


def _hamlets_of(area: Area, place: StationPlace) -> Iterable[HamletId]:
    """Return the hamlets that are meant. One that nobody put on the map goes with its neighbours: it is as near."""
    covered = {
        hamlet.hamlet
        for hamlet in place.hamlets
        if any(_covers(area, point, margin_km=place.margin_km) for point in hamlet.points)
    }
    return (
        hamlet.hamlet
        for hamlet in place.hamlets
        if hamlet.hamlet in covered
        or (covered and not hamlet.points)
        or _share_a_code(area.geocodes, hamlet.geocodes)
        or any(_holds(area.description, name) for name in hamlet.names)
    )


def _can_be_judged(area: Area, place: StationPlace) -> bool:
    """Whether not to be found in this area means to lie outside of it."""
    if area.unreadable:
        return False
    if area.polygons or area.circles:
        is_mapped = bool(place.hamlets) and all(hamlet.points for hamlet in place.hamlets)
        return is_mapped or not _touches_the_country(area)
    ours = {code.name.casefold() for code in place.geocodes}
    return bool(area.geocodes) and all(code.name.casefold() in ours for code in area.geocodes)


def _touches_the_country(area: Area) -> bool:
    """Return whether a shape comes near the country at all: that can be told of a station that is on no map."""
    boxes = [_box(polygon, 0.0) for polygon in area.polygons]
    boxes += [_box((circle.centre,), circle.radius_km / _KM_PER_DEGREE) for circle in area.circles]
    return any(
        all(low <= high_of and low_of <= high for (low, high), (low_of, high_of) in zip(box, _COUNTRY, strict=True))
        for box in boxes
    )


def _box(points: Sequence[Point], wider: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the latitudes and the longitudes between which the points lie, so many degrees of latitude wider."""
    latitudes, longitudes = [p.latitude for p in points], [p.longitude for p in points]
    nearest_pole = min(85.0, max(map(abs, latitudes)) + wider)
    sideways = wider / math.cos(math.radians(nearest_pole))
    return (min(latitudes) - wider, max(latitudes) + wider), (min(longitudes) - sideways, max(longitudes) + sideways)


def _share_a_code(theirs: Iterable[Named], ours: Iterable[Named]) -> bool:
    known = {(code.name.casefold(), code.value.casefold()) for code in ours}
    return any((code.name.casefold(), code.value.casefold()) in known for code in theirs)


def _holds(text: str, name: str) -> bool:
    """Return whether a text holds a name as whole words; capitals and diacritics do not matter."""
    bare = _bare(name)
    return bool(bare) and f" {bare} " in f" {_bare(text)} "


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join(re.findall(r"\w+", "".join(c for c in letters if not unicodedata.combining(c))))


def _covers(area: Area, point: Point, *, margin_km: float) -> bool:
    if any(math.hypot(*_flat(circle.centre, point)) <= circle.radius_km + margin_km for circle in area.circles):
        return True
    return any(_in_polygon(polygon, point, margin_km=margin_km) for polygon in area.polygons)


def _flat(point: Point, origin: Point) -> tuple[float, float]:
    """Return (east, north) in km of `point` from `origin`, on a plane that touches the earth there."""
    east = (point.longitude - origin.longitude + 180) % 360 - 180  # the short way round
    squeeze = math.cos(math.radians(origin.latitude))
    return east * _KM_PER_DEGREE * squeeze, (point.latitude - origin.latitude) * _KM_PER_DEGREE


def _in_polygon(polygon: Sequence[Point], point: Point, *, margin_km: float) -> bool:
    """Return whether the point lies inside, or within the margin of an edge (ray casting; the point is the origin)."""
    corners = [_flat(corner, point) for corner in polygon]
    inside = False
    for (x1, y1), (x2, y2) in pairwise(corners):
        if (y1 > 0) != (y2 > 0) and x1 + (x2 - x1) * (-y1) / (y2 - y1) > 0:
            inside = not inside
        if _distance_to(x1, y1, x2, y2) <= margin_km:
            return True
    return inside


def _distance_to(x1: float, y1: float, x2: float, y2: float) -> float:
    """Return how far the origin is from the stretch between two points."""
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    share = 0.0 if length == 0 else min(1.0, max(0.0, -(x1 * dx + y1 * dy) / length))
    return math.hypot(x1 + share * dx, y1 + share * dy)
