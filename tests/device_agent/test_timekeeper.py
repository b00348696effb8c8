"""The box's belief of the station's time: which witness wins, and that the bound is never too small."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.timekeeper import HOLD_MS, Sample, SystemClock, Timekeeper, read_system_clock
from wire.messages import ClockReply

TRUE = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


class World:
    """True time, the box's monotonic clock (from 1,000 s) and its system clock, all turned by the test."""

    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.station_ahead = timedelta(0)
        self.system_unix = 0.0  # 1970, as a box without a battery clock wakes
        self.system_error_ms: float | None = None
        self.keeper = Timekeeper(monotonic=lambda: self.monotonic, system=self._system)

    def _system(self) -> SystemClock:
        return SystemClock(unix_s=self.system_unix + self.monotonic, error_ms=self.system_error_ms)

    def station(self) -> datetime:
        return TRUE + timedelta(seconds=self.monotonic) + self.station_ahead

    def exchange(
        self, *, up_s: float = 0.02, down_s: float = 0.02, nonce: str = "n" * 16, **wrong: object
    ) -> Sample | None:
        sent_at = self.keeper.ask(nonce)
        self.monotonic += up_s
        received_at = self.station()
        self.monotonic += 0.001
        values = {
            "nonce": nonce,
            "request_sent_at": sent_at,
            "received_at": received_at,
            "sent_at": self.station(),
            **wrong,
        }
        self.monotonic += down_s
        reply = ClockReply(station="xa", device="loa", **values)  # type: ignore[arg-type]  # the test's own fields
        return self.keeper.take(reply, received_monotonic=self.monotonic)

    def error_s(self) -> float:
        return abs((self.keeper.now() - self.station()).total_seconds())


def test_a_fresh_box_trusts_nothing() -> None:
    world = World()
    belief = world.keeper.belief()
    assert (belief.trusted, belief.source) == (False, "none")
    assert world.keeper.trusted_since() is None


def test_one_quick_exchange_makes_the_time_trusted() -> None:
    world = World()
    world.exchange()
    belief = world.keeper.belief()
    assert (belief.trusted, belief.source) == (True, "samples")
    assert belief.error_ms is not None
    assert belief.error_ms <= 21
    assert world.error_s() < 0.001


def test_an_exchange_over_a_second_long_is_not_good_enough() -> None:
    world = World()
    world.exchange(up_s=0.6, down_s=0.6)
    assert world.keeper.trusted_since() is None


def test_the_quickest_of_many_exchanges_counts() -> None:
    world = World()
    for up_s in (0.4, 0.3, 0.005, 0.2):
        world.exchange(up_s=up_s, down_s=0.005)
    assert world.error_s() < 0.001


def test_the_shortest_round_trip_is_known_without_the_stations_own_time() -> None:
    world = World()
    assert world.keeper.round_trip_ms() is None
    for seconds in (0.05, 0.02, 0.2):
        world.exchange(up_s=seconds, down_s=seconds, nonce=f"{seconds:<16}")
    assert world.keeper.round_trip_ms() == 40.0


def test_an_old_quick_sample_gives_way_when_drift_has_eaten_it() -> None:
    world = World()
    world.exchange(up_s=0.005, down_s=0.005)
    world.monotonic += 48 * 3600
    world.exchange(up_s=0.1, down_s=0.1)
    error_ms = world.keeper.belief().error_ms
    assert error_ms is not None
    assert 99 < error_ms < 101


def test_a_reply_nobody_asked_for_is_ignored() -> None:
    world = World()
    reply = ClockReply(
        station="xa", device="loa", nonce="x" * 16, request_sent_at=TRUE, received_at=TRUE, sent_at=TRUE
    )  # fmt: skip
    assert world.keeper.take(reply, received_monotonic=1000.1) is None


def test_a_reply_counts_once() -> None:
    world = World()
    sent_at = world.keeper.ask("n" * 16)
    reply = ClockReply(
        station="xa", device="loa", nonce="n" * 16, request_sent_at=sent_at,
        received_at=world.station(), sent_at=world.station(),
    )  # fmt: skip
    assert world.keeper.take(reply, received_monotonic=1000.1) is not None
    assert world.keeper.take(reply, received_monotonic=1000.1) is None


def test_a_reply_to_another_instant_is_ignored() -> None:
    assert World().exchange(request_sent_at=TRUE) is None


def test_a_reply_quicker_than_its_own_stay_is_impossible_and_ignored() -> None:
    world = World()
    assert world.exchange(sent_at=world.station() + timedelta(seconds=5)) is None


def test_a_held_back_reply_widens_the_bound_instead_of_shifting_the_time() -> None:
    world = World()
    world.exchange(down_s=120)
    error_ms = world.keeper.belief().error_ms
    assert world.keeper.trusted_since() is None
    assert error_ms is not None
    assert world.error_s() * 1000 <= error_ms


@given(
    exchanges=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 5000), st.floats(-20, 20)), min_size=1)
)
def test_the_bound_always_covers_the_error(exchanges: list[tuple[float, float, float, float]]) -> None:
    world = World()
    for up_s, down_s, pause_s, drift_ppm in exchanges:
        world.exchange(up_s=up_s, down_s=down_s)
        world.monotonic += pause_s
        world.station_ahead += timedelta(seconds=pause_s * drift_ppm / 1e6)
        error_ms = world.keeper.belief().error_ms
        assert error_ms is not None
        assert world.error_s() * 1000 <= error_ms + 0.01


def test_a_synchronised_system_clock_is_trusted_without_the_station() -> None:
    world = World()
    world.system_unix, world.system_error_ms = TRUE.timestamp(), 40.0
    belief = world.keeper.belief()
    assert (belief.trusted, belief.source, belief.error_ms) == (True, "system", 40.0)
    assert world.error_s() < 0.001


@pytest.mark.parametrize("ahead_s", [-3 * 86400, 366 * 86400])
def test_a_system_clock_that_a_signed_document_contradicts_is_not_believed(ahead_s: float) -> None:
    world = World()
    world.system_unix, world.system_error_ms = TRUE.timestamp() + ahead_s, 40.0
    world.keeper.hear(world.station(), received_monotonic=world.monotonic)
    assert world.keeper.trusted_since() is None


def test_the_stations_samples_win_over_a_system_clock_that_disagrees() -> None:
    world = World()
    world.exchange()
    world.system_unix, world.system_error_ms = TRUE.timestamp() + 366 * 86400, 1.0
    assert world.keeper.belief().source == "samples"
    assert world.error_s() < 0.001


def test_a_stepped_system_clock_does_not_move_the_stations_time() -> None:
    world = World()
    world.exchange()
    before = world.keeper.now()
    world.system_unix += 366 * 86400
    assert world.keeper.now() == before


def test_the_time_stays_trusted_for_days_without_a_network_and_says_how_wrong_it_may_be() -> None:
    world = World()
    world.exchange()
    assert world.keeper.trusted_since() is not None
    world.monotonic += 72 * 3600
    belief = world.keeper.belief()
    assert belief.trusted
    assert belief.error_ms is not None
    assert 5000 < belief.error_ms < 6000


def test_trust_ends_at_last_and_is_not_regained_by_a_bound_that_is_merely_tolerable() -> None:
    world = World()
    world.exchange()
    assert world.keeper.trusted_since() is not None
    world.monotonic += (HOLD_MS / 0.02) + 3600
    assert world.keeper.trusted_since() is None
    world.exchange(up_s=1.0, down_s=1.0)
    assert world.keeper.trusted_since() is None
    world.exchange()
    assert world.keeper.trusted_since() is not None


def test_a_signed_document_gives_a_lower_bound_and_no_trust() -> None:
    world = World()
    world.keeper.hear(TRUE, received_monotonic=world.monotonic)
    world.keeper.hear(TRUE - timedelta(days=3), received_monotonic=world.monotonic)
    world.monotonic += 5
    assert world.keeper.now() == TRUE + timedelta(seconds=5)
    assert (world.keeper.belief().trusted, world.keeper.belief().source) == (False, "heartbeat")


def test_samples_from_before_the_stations_clock_was_set_are_forgotten() -> None:
    world = World()
    world.exchange(up_s=0.001, down_s=0.001)
    world.station_ahead = timedelta(minutes=-10)
    world.exchange()
    assert world.error_s() < 0.001


def test_a_sample_of_an_earlier_run_is_taken_up() -> None:
    world = World()
    sample = world.exchange()
    assert sample is not None
    later = World()
    later.monotonic = world.monotonic + 3600
    later.keeper.remember(sample)
    assert later.keeper.trusted_since() is not None
    assert later.error_s() < 0.001


def test_a_sample_from_the_future_of_this_clock_is_of_another_boot() -> None:
    world = World()
    world.keeper.remember(Sample(offset_s=0, error_ms=1, at_monotonic=world.monotonic + 1))
    assert world.keeper.remembered() is None


def test_going_there_and_back_between_the_clocks_changes_nothing() -> None:
    world = World()
    world.exchange()
    assert abs(world.keeper.monotonic_at(world.keeper.instant_at(2000.0)) - 2000.0) < 1e-5


def test_the_kernel_says_what_time_it_is() -> None:
    clock = read_system_clock()
    assert clock.unix_s > 1.7e9
    assert clock.error_ms is None or clock.error_ms >= 0


def test_a_crystal_that_always_errs_the_same_way_is_learnt() -> None:
    world = World()
    for _ in range(24 * 6):
        world.exchange()
        world.monotonic += 600
        world.station_ahead += timedelta(seconds=600 * 12e-6)
    assert abs(world.keeper.drift_ppm() - 12) < 1
    assert world.keeper.trusted_since() is not None
    world.monotonic += 72 * 3600
    world.station_ahead += timedelta(seconds=72 * 3600 * 12e-6)
    assert world.error_s() < 0.3, "three days alone, and a third of a second off at most"
    error_ms = world.keeper.belief().error_ms
    assert error_ms is not None
    assert 5_000 < error_ms < 9_000
    assert world.keeper.trusted_since() is not None


def test_a_drift_is_not_guessed_from_a_short_or_coarse_line() -> None:
    world = World()
    for _ in range(5):
        world.exchange(up_s=0.2, down_s=0.05)
        world.monotonic += 600
    assert world.keeper.drift_ppm() == 0


def test_a_sample_of_an_earlier_run_is_no_answer_of_the_station_to_this_one() -> None:
    earlier, later = World(), World()
    earlier.exchange()
    sample = earlier.keeper.remembered()
    assert sample is not None
    later.monotonic = earlier.monotonic + 60
    later.keeper.remember(sample)
    assert later.keeper.answered_monotonic() is None
    later.exchange()
    assert later.keeper.answered_monotonic() is not None
