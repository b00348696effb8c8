"""The rules for warnings from outside as data: kept and read back, and refused by the name of the wrong part."""

from typing import Any

import pytest

from broadcaster.domain.alert import Severity
from broadcaster.domain.cap.area import HamletPlace, StationPlace
from broadcaster.domain.cap.message import Named, Point
from broadcaster.domain.cap.profile import ByItself, Profile, ProfileWrong, Source, Treatment, as_json, from_json
from broadcaster.domain.ids import HamletId

RICH = Profile(
    sources=(
        Source(name="post"),
        Source(
            name="tinh", title="Ban Chỉ huy", senders=("pctt@tinh.example",), certificates=("PEM",),
            signature_required=True, by_itself=ByItself.SIGNED, exercises=Treatment.NOTE, tests=Treatment.WAIT,
            least_severity=Severity.SEVERE, unwanted_events=("nắng nóng",), max_age_h=6, life_min=60,
        ),
    ),
    place=StationPlace(
        names=("Huyện Lục Nam",),
        geocodes=(Named(name="VN-XA", value="07123"),),
        hamlets=(HamletPlace(hamlet=HamletId("th-1"), names=("Kép",), points=(Point(latitude=2, longitude=1),)),),
        margin_km=2.5,
    ),
)  # fmt: skip


@pytest.mark.parametrize("profile", [Profile(), RICH])
def test_rules_are_read_as_they_were_written(profile: Profile) -> None:
    assert from_json(as_json(profile)) == profile


def test_house_rules_let_nothing_play_by_itself() -> None:
    (source,) = from_json({}).sources

    assert (source.name, source.by_itself, source.exercises, source.tests) == (
        "post", ByItself.NEVER, Treatment.WAIT, Treatment.NOTE
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"sources": "x"}, "sources"),
        ({"sources": [1]}, "sources.1"),
        ({"sources": [{}]}, "sources.1.name"),
        ({"sources": [{"name": "a b"}]}, "sources.name"),
        ({"sources": [{"name": "a"}, {"name": "a"}]}, "sources.name"),
        ({"sources": [{"name": "a", "by_itself": "always"}]}, "sources.1.by_itself"),
        ({"sources": [{"name": "a", "by_itself": "signed"}]}, "sources.a.certificates"),
        ({"sources": [{"name": "a", "signature_required": True}]}, "sources.a.certificates"),
        ({"sources": [{"name": "a", "signature_required": 1}]}, "sources.1.signature_required"),
        ({"sources": [{"name": "a", "max_age_h": 0}]}, "sources.1.max_age_h"),
        ({"sources": [{"name": "a", "life_min": True}]}, "sources.1.life_min"),
        ({"sources": [{"name": "a", "senders": [""]}]}, "sources.1.senders"),
        ({"sources": [{"name": "a", "sender": ["x"]}]}, "sources.1.sender"),
        ({"place": []}, "place"),
        ({"place": {"geocodes": [["a"]]}}, "place.geocodes"),
        ({"place": {"hamlets": [{"hamlet": "x", "points": [[91, 0]]}]}}, "place.hamlets.1.points"),
        ({"place": {"hamlets": [{"hamlet": "x", "points": [[True, 0]]}]}}, "place.hamlets.1.points"),
        ({"other": 1}, "other"),
        ({"sources": [{"name": "a"}] * 501}, "sources"),
    ],
)
def test_wrong_rules_are_refused_by_the_name_of_their_part(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(ProfileWrong) as refused:
        from_json(wanted)

    assert refused.value.field == field
