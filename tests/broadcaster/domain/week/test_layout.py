"""What follows what: gaps an ear does not notice, nothing over anything, obstacles kept clear of."""

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.week.layout import LEAD_MS, RELAY_LEAST_MS, Entry, Obstacle, lay_out

masks = st.integers(1, 7)
entries = st.lists(st.builds(Entry, mask=masks, ms=st.integers(0, 90_000), elastic=st.booleans()), max_size=8)
obstacles = st.lists(
    st.tuples(st.integers(-50_000, 300_000), st.integers(1, 90_000), masks).map(
        lambda o: Obstacle(start_ms=o[0], end_ms=o[0] + o[1], mask=o[2])
    ),
    max_size=4,
).map(lambda found: tuple(sorted(found, key=lambda o: o.start_ms)))


def test_gap_within_a_session_is_under_what_is_allowed() -> None:
    assert 0 < LEAD_MS <= 300


def test_items_follow_each_other() -> None:
    stretches, end = lay_out([Entry(mask=1, ms=1000), Entry(mask=1, ms=500)], ())

    assert [(s.start_ms, s.ms) for s in stretches] == [(0, 1000), (1000 + LEAD_MS, 500)]
    assert end == 1500 + LEAD_MS


def test_items_for_different_clusters_are_side_by_side() -> None:
    stretches, end = lay_out([Entry(mask=1, ms=1000), Entry(mask=2, ms=700), Entry(mask=3, ms=100)], ())

    assert [s.start_ms for s in stretches] == [0, 0, 1000 + LEAD_MS]
    assert end == 1100 + LEAD_MS


def test_relay_is_cut_before_an_obstacle() -> None:
    other = Obstacle(start_ms=60_000, end_ms=90_000, mask=1)

    stretches, _ = lay_out([Entry(mask=1, ms=200_000, elastic=True), Entry(mask=1, ms=1000)], (other,))

    assert stretches[0].ms == 60_000 - LEAD_MS
    assert stretches[1].start_ms == 90_000 + LEAD_MS


@given(entries, obstacles)
def test_nothing_stands_over_anything(wanted: list[Entry], others: tuple[Obstacle, ...]) -> None:
    stretches, end = lay_out(wanted, others)

    placed = [(s.start_ms, s.end_ms, e.mask) for s, e in zip(stretches, wanted, strict=True) if s.ms]
    taken = placed + [(o.start_ms, o.end_ms, o.mask) for o in others]
    for n, (start, stop, mask) in enumerate(placed):
        assert 0 <= start < stop <= end
        for other_start, other_stop, other_mask in placed[n + 1 :] + taken[len(placed) :]:
            assert not mask & other_mask or stop <= other_start or other_stop <= start


@given(entries, obstacles)
def test_only_what_is_elastic_is_cut(wanted: list[Entry], others: tuple[Obstacle, ...]) -> None:
    stretches, _ = lay_out(wanted, others)

    for stretch, entry in zip(stretches, wanted, strict=True):
        assert stretch.ms == entry.ms or (entry.elastic and RELAY_LEAST_MS - LEAD_MS <= stretch.ms < entry.ms)


@given(st.lists(st.builds(Entry, mask=masks, ms=st.integers(1, 90_000)), min_size=1, max_size=8), st.integers(1, 900))
def test_one_more_item_moves_the_end_by_its_own_length_at_most(wanted: list[Entry], ms: int) -> None:
    """What the planner's quick way of asking *does it fit?* rests on."""
    _, before = lay_out(wanted, ())
    _, after = lay_out([*wanted[:1], Entry(mask=wanted[0].mask, ms=ms), *wanted[1:]], ())

    assert after <= before + ms + LEAD_MS
