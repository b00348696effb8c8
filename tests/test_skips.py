"""A skip is told at the end, and fails in CI."""

import pytest

from tests.fixtures import skips

SKIPPING = """
import pytest

def test_runs(): pass

@pytest.mark.skip(reason="no siren at hand")
def test_siren(): pass

@pytest.mark.xfail(strict=True, reason="a known defect")
def test_known_defect(): assert False
"""


def test_skip_is_named_with_its_reason(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(SKIPPING)

    result = pytester.runpytest("-p", "tests.fixtures.skips", "-p", "no:randomly")

    result.assert_outcomes(passed=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*not tested here*", "1 test(s): no siren at hand"])


def test_skip_fails_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(SKIPPING)

    result = pytester.runpytest("-p", "tests.fixtures.skips", "-p", "no:randomly")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*skipped, which CI does not allow: no siren at hand*"])


def test_skipped_module_fails_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile("import pytest\npytest.skip('no broker', allow_module_level=True)")

    result = pytester.runpytest("-p", "tests.fixtures.skips", "-p", "no:randomly")

    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*skipped, which CI does not allow: no broker*"])


def test_needs_marks_what_is_missing() -> None:
    assert skips.needs("sh").args == (False,)
    assert skips.needs("sh", "no-such-program").args == (True,)
    assert skips.needs("no-such-program").kwargs == {"reason": "no-such-program is not installed"}
