"""Spread over workers, the longest tests begin first, timed ones come last, and a module's fixture is set up once."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.fixtures import order

SUITE = """
import pytest

@pytest.fixture(scope="module")
def station(): ...

def test_fast(): ...
def test_shares_a_station(station): ...

@pytest.mark.slow
def test_slow(): ...

@pytest.mark.slow
@pytest.mark.timeout(900)
def test_slowest(): ...

@pytest.mark.slow
@pytest.mark.timeout(400)
def test_slow_at_the_station(station): ...
"""
TIMED = """
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timing]

def test_first_sample(): ...
def test_last_sample(): ...
"""
WORKER: Any = SimpleNamespace(workerinput={})
NO_WORKER: Any = SimpleNamespace()


def names(items: list[pytest.Item]) -> list[str]:
    return [item.name.removeprefix("test_") for item in items]


@pytest.fixture
def collect(pytester: pytest.Pytester) -> Any:
    """Call it with suites: their tests, in the order of the files."""

    def collecting(*suites: str) -> list[pytest.Item]:
        pytester.makeini("[pytest]\nmarkers =\n slow: slow\n timing: timing\ntimeout = 120")
        pytester.makepyfile(**{f"test_{number}": suite for number, suite in enumerate(suites)})
        return pytester.inline_genitems("-p", "no:randomly")[0]

    return collecting


def together(items: list[pytest.Item]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for item in items:
        _, _, group = item.nodeid.partition("@")
        if group:
            groups.setdefault(group, set()).add(item.name.removeprefix("test_"))
    return groups


def test_longest_begin_first_and_a_modules_fixture_is_not_torn_apart(collect: Any) -> None:
    items = collect(SUITE)

    order.pytest_collection_modifyitems(WORKER, items)

    assert names(items) == ["slowest", "shares_a_station", "slow_at_the_station", "slow", "fast"]
    assert together(items) == {"test_0.py": {"shares_a_station", "slow_at_the_station"}}


def test_timed_ones_come_last_and_no_more_at_once_than_cores(collect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0, 1})
    items = collect(TIMED, SUITE, TIMED, TIMED)

    order.pytest_collection_modifyitems(WORKER, items)

    assert names(items) == [
        "slowest", "shares_a_station", "slow_at_the_station", "slow", "fast", *["first_sample", "last_sample"] * 3,
    ]  # fmt: skip
    assert set(together(items)) == {"test_1.py", "timing-0", "timing-1"}
    assert {item.nodeid.partition("::")[0] for item in items[:5]} == {"test_1.py"}


def test_who_stays_together_is_on_one_worker(pytester: pytest.Pytester) -> None:
    """The endings are those that xdist reads: without it, the five would be on two workers."""
    pytester.makeini("[pytest]\nmarkers = slow: slow\ntimeout = 120")
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def station(worker_id):
            with open("set-up.txt", "a") as file:
                file.write(f"{worker_id}\\n")

        @pytest.mark.parametrize("number", range(5))
        def test_at_the_station(station, number): ...
        """
    )

    result = pytester.runpytest_subprocess(
        "-p", "tests.fixtures.order", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"
    )

    result.assert_outcomes(passed=5)
    assert len((pytester.path / "set-up.txt").read_text().splitlines()) == 1


def test_order_stays_where_nothing_is_spread(collect: Any) -> None:
    items = collect(SUITE)

    order.pytest_collection_modifyitems(NO_WORKER, items)

    assert names(items) == ["fast", "shares_a_station", "slow", "slowest", "slow_at_the_station"]


@pytest.mark.parametrize(("chosen", "a_core"), [("", order.WAITERS_A_CORE), ("not slow", 1)])
def test_who_waits_shares_a_core(chosen: str, a_core: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0, 1})
    config: Any = SimpleNamespace(option=SimpleNamespace(markexpr=chosen))

    assert order.pytest_xdist_auto_num_workers(config) == 2 * a_core


def test_a_number_in_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "5")

    assert order.pytest_xdist_auto_num_workers(NO_WORKER) is None
