"""Sources give way to each other and to the filler as the rule says, whatever they do."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.playout.sources import AGAIN_MS, PATIENCE_MS, Line, Seen, SourceRule, Sources

RULE = SourceRule(sources=3, silence_ms=10_000, has_filler=True)
ALONE = replace(RULE, sources=1)


def seen(at_ms: int = 0, *, quiet_ms: int = 0, on_air: Line = Line.WAITING, tried: Line = Line.WAITING) -> Seen:
    return Seen(at_ms=at_ms, quiet_ms=quiet_ms, on_air=on_air, tried=tried)


def test_first_source_is_tried_first_and_taken_when_it_sounds() -> None:
    begun = Sources()

    waiting = begun.after(seen(100), RULE)
    sounding = waiting.after(seen(200, tried=Line.SOUNDING), RULE)

    assert waiting.trying == 0
    assert (sounding.on_air, sounding.trying, sounding.fills) == (0, None, False)


def test_source_that_fails_gives_way_at_once() -> None:
    after = Sources().after(seen(100, tried=Line.DEAD), RULE)

    assert (after.on_air, after.trying, after.try_at_ms) == (None, 1, 100)


def test_whole_round_of_failures_is_followed_by_a_pause() -> None:
    state = Sources()
    for at_ms in (100, 200, 300):
        state = state.after(seen(at_ms, tried=Line.DEAD), RULE)

    assert (state.trying, state.try_at_ms) == (0, 300 + AGAIN_MS)
    assert state.after(seen(300 + AGAIN_MS - 1, tried=Line.DEAD), RULE) == state


@pytest.mark.parametrize(("quiet_ms", "on_air"), [(9_999, 1), (10_000, None)])
def test_dead_air_is_borne_for_as_long_as_the_plan_says(quiet_ms: int, on_air: int | None) -> None:
    playing = Sources(on_air=1, trying=None)

    assert playing.after(seen(50_000, quiet_ms=quiet_ms, on_air=Line.SOUNDING), RULE).on_air == on_air


def test_after_dead_air_the_next_is_tried_and_not_the_first() -> None:
    after = Sources(on_air=1, trying=None).after(seen(50_000, quiet_ms=10_000, on_air=Line.SOUNDING), RULE)

    assert (after.trying, after.fills) == (2, False)


def test_last_source_is_followed_by_the_first() -> None:
    after = Sources(on_air=2, trying=None).after(seen(50_000, on_air=Line.DEAD), RULE)

    assert after.trying == 0


def test_only_source_that_stays_silent_gives_way_to_the_filler() -> None:
    after = Sources(on_air=0, trying=None).after(seen(50_000, quiet_ms=10_000, on_air=Line.SOUNDING), ALONE)

    assert (after.on_air, after.fills, after.trying) == (None, True, 0)


def test_short_break_of_the_only_source_brings_no_filler() -> None:
    broken = Sources(on_air=0, trying=None).after(seen(50_000, on_air=Line.DEAD), ALONE)

    assert not broken.fills
    assert not broken.after(seen(50_000 + PATIENCE_MS - 1, quiet_ms=PATIENCE_MS - 1), ALONE).fills
    assert broken.after(seen(50_000 + PATIENCE_MS, quiet_ms=PATIENCE_MS), ALONE).fills


def test_filler_does_not_wait_for_a_slow_source_for_ever() -> None:
    trying = Sources(on_air=None, trying=1, failures=1)

    assert not trying.after(seen(quiet_ms=RULE.silence_ms), RULE).fills
    assert trying.after(seen(quiet_ms=RULE.silence_ms + PATIENCE_MS), RULE).fills


def test_filler_gives_way_to_a_source_that_comes_back() -> None:
    filling = Sources(on_air=None, trying=2, fills=True, failures=7)

    after = filling.after(seen(90_000, quiet_ms=60_000, tried=Line.SOUNDING), RULE)

    assert after == Sources(on_air=2, trying=None)


def test_without_a_filler_there_is_silence() -> None:
    rule = replace(RULE, has_filler=False)

    assert not Sources(failures=9).after(seen(quiet_ms=10**6), rule).fills


@dataclass(slots=True)
class World:
    """Sources that sound or not, as chance will have it; a line needs half a second to come to anything."""

    rule: SourceRule
    alive: list[bool]
    state: Sources = field(default_factory=Sources)
    at_ms: int = 0
    quiet_ms: int = 0
    tried_since_ms: int = 0
    tried: int | None = None

    def tick(self) -> None:
        self.at_ms += 100
        on_air, trying = self.state.on_air, self.state.trying
        if self.at_ms < self.state.try_at_ms:
            trying = None
        if trying != self.tried:
            self.tried, self.tried_since_ms = trying, self.at_ms
        known = trying is not None and self.at_ms - self.tried_since_ms >= 500
        tried = Line.WAITING if not known or trying is None else Line.SOUNDING if self.alive[trying] else Line.DEAD
        sounds = on_air is not None and self.alive[on_air]
        self.quiet_ms = 0 if sounds else self.quiet_ms + 100
        heard = Line.WAITING if on_air is None else Line.SOUNDING
        self.state = self.state.after(
            Seen(at_ms=self.at_ms, quiet_ms=self.quiet_ms, on_air=heard, tried=tried), self.rule
        )
        if on_air is None and self.state.on_air is not None:
            self.quiet_ms = 0  # it was taken because it sounds


@given(
    sources=st.integers(1, 4), silence_ms=st.integers(10, 100).map(lambda n: n * 100), has_filler=st.booleans(),
    changes=st.lists(st.tuples(st.integers(1, 300), st.integers(0, 3), st.booleans()), max_size=12),
)  # fmt: skip
def test_nobody_waits_longer_than_the_rule_says(
    sources: int, silence_ms: int, has_filler: bool, changes: list[tuple[int, int, bool]]
) -> None:
    rule = SourceRule(sources=sources, silence_ms=silence_ms, has_filler=has_filler)
    world = World(rule=rule, alive=[False] * sources)
    for ticks, source, alive in changes:
        for _ in range(ticks):
            world.tick()
            assert not (world.state.fills and world.state.on_air is not None)
            assert world.state.fills or not has_filler or world.quiet_ms <= silence_ms + PATIENCE_MS + 200
        world.alive[source % sources] = alive

    world.alive[0] = True
    for _ in range((silence_ms + AGAIN_MS + 2_000 * sources) // 100 + 10):
        world.tick()

    assert world.state.on_air is not None
    assert world.alive[world.state.on_air]
