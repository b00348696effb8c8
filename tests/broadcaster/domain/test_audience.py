"""An audience is exactly one of three kinds, and means only places that the station has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.audience import (
    EVERYBODY,
    Audience,
    EmptyAudience,
    MixedAudience,
    Place,
    UnknownAudience,
    as_json,
    check_known,
    clusters_of,
    from_json,
    of_clusters,
    of_hamlets,
)
from broadcaster.domain.ids import ClusterId, HamletId

PLACES = [
    Place(cluster=ClusterId("c1"), hamlet=HamletId("h1")),
    Place(cluster=ClusterId("c2"), hamlet=HamletId("h1")),
    Place(cluster=ClusterId("c3"), hamlet=HamletId("h2")),
]
names = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("audience", "meant"),
    [
        (EVERYBODY, {"c1", "c2", "c3"}),
        (of_hamlets(["h1"]), {"c1", "c2"}),
        (of_clusters(["c3", "c1"]), {"c1", "c3"}),
        (of_hamlets(["h9"]), set()),
    ],
)
def test_audience_means_its_clusters(audience: Audience, meant: set[str]) -> None:
    assert clusters_of(audience, PLACES) == meant


@given(st.one_of(st.just(EVERYBODY), names.map(of_hamlets), names.map(of_clusters)))
def test_audience_survives_json(audience: Audience) -> None:
    assert from_json(as_json(audience)) == audience


@pytest.mark.parametrize(
    "value",
    [{}, None, [], "all", {"all": False}, {"all": 1}, {"all": "true"}, {"hamlets": []}, {"hamlets": "h1"},
     {"clusters": [1]}, {"clusters": None}, {"everybody": True}],
)  # fmt: skip
def test_what_names_nobody_is_refused(value: object) -> None:
    with pytest.raises(EmptyAudience):
        from_json(value)


@pytest.mark.parametrize(
    "value", [{"all": True, "hamlets": ["h1"]}, {"hamlets": ["h1"], "clusters": ["c3"]}, {"all": True, "x": 1}]
)
def test_two_ways_at_once_are_refused(value: object) -> None:
    """Whoever means one hamlet must never be heard by the whole commune because of a field too many."""
    with pytest.raises(MixedAudience):
        from_json(value)


def test_a_place_counts_once() -> None:
    assert of_hamlets(["h1", "h1"]).hamlets == ("h1",)


def test_unknown_place_is_named() -> None:
    with pytest.raises(UnknownAudience) as refused:
        check_known(of_hamlets(["h1", "h9"]), hamlets=[HamletId("h1")], clusters=[])

    assert refused.value.name == "h9"


def test_long_unknown_name_is_cut() -> None:
    with pytest.raises(UnknownAudience) as refused:
        check_known(of_clusters(["x" * 10_000]), hamlets=[], clusters=[])

    assert len(str(refused.value)) < 200
