"""In CI what waits for real time is tried again, and told; nothing else is, and nowhere else."""

import pytest

from tests.fixtures import once_more

SUITE = """
from pathlib import Path

import pytest

def fails_at_first(name):
    tried = Path(name)
    if not tried.exists():
        tried.touch()
        pytest.fail("the machine was busy")

@pytest.mark.slow
def test_slow(): fails_at_first("slow")

@pytest.mark.slow
def test_broken(): pytest.fail("always")

def test_pure(): fails_at_first("pure")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\nmarkers =\n slow: slow\n timing: timing")
    pytester.makepyfile(SUITE)
    return pytester


def run(suite: pytest.Pytester) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "tests.fixtures.once_more", "-p", "no:randomly", "-raR")


def test_in_ci_a_slow_test_is_tried_again_and_that_is_told(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    result = run(suite)

    assert result.parseoutcomes() == {"passed": 1, "failed": 2, "rerun": 2}
    result.stdout.fnmatch_lines(["RERUN *::test_slow*", "FAILED *::test_broken*", "FAILED *::test_pure*"])


def test_elsewhere_a_failure_is_final(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "")

    assert run(suite).parseoutcomes() == {"failed": 3}


@pytest.mark.parametrize(("marks", "tries"), [((), 0), (("slow",), 1), (("slow", "timing"), 2)])
def test_who_measures_an_instant_is_tried_most(marks: tuple[str, ...], tries: int) -> None:
    assert once_more.tries_again(marks) == tries
