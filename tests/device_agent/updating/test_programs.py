"""Versions on the box: whatever step the power is cut at, there is a program that starts; and a failure stays one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from device_agent.updating.programs import MOST_STARTS, PROGRAM, Programs

NEW, OLD = "9.2.0-bbbb", "9.1.0-aaaa"
Life = Callable[[Programs], None]


class PowerCut(BaseException):
    """The power fails: nothing runs any more, not even a handler."""


class Mains:
    """Cuts the power at the n-th step; None: never."""

    def __init__(self, at: int | None) -> None:
        self.left = at

    def __call__(self, _step: str) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise PowerCut


def versions(folder: Path, *, old: str | None = None) -> Programs:
    """Return a box that has both versions on its disk and runs `old`, None for the one installed by hand."""
    programs = Programs(folder)
    for name in (OLD, NEW):
        program = programs.path_of(name) / PROGRAM
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    if old is not None:
        programs.begin_trial(old, version="9.1.0", sha256="a" * 64)
        programs.choose()
        (programs.folder / "state.json").unlink()
    return programs


def tried(programs: Programs) -> None:
    programs.begin_trial(NEW, version="9.2.0", sha256="b" * 64)


def steps_of(life: Life, folder: Path, *, old: str | None) -> int:
    """Return at how many steps the power could fail."""
    seen: list[str] = []
    versions(folder, old=old)
    life(Programs(folder, step=seen.append))
    return len(seen)


def good(programs: Programs) -> None:
    """A version is switched to, starts, and proves itself."""
    tried(programs)
    assert programs.choose() == NEW
    programs.pass_trial()


def bad(programs: Programs) -> None:
    """A version is switched to, starts, fails, and the launcher goes back."""
    tried(programs)
    assert programs.choose() == NEW
    programs.fail_trial("hỏng")
    programs.choose()


def dying(programs: Programs) -> None:
    """A version is switched to and dies at every start."""
    tried(programs)
    for _ in range(MOST_STARTS + 1):
        programs.choose()


@pytest.mark.parametrize("old", [None, OLD], ids=["by hand", "by air"])
@pytest.mark.parametrize("life", [good, bad, dying])
def test_a_power_cut_at_any_step_leaves_a_box_that_starts(life: Life, old: str | None, tmp_path: Path) -> None:
    steps = steps_of(life, tmp_path / "counted", old=old)
    assert steps >= 5
    for step in range(steps):
        folder = tmp_path / str(step)
        versions(folder, old=old)
        with pytest.raises(PowerCut):
            life(Programs(folder, step=Mains(step)))
        after = Programs(folder)
        name = after.choose()
        assert name in {old, NEW}, "one of the two, never a third"
        assert name is None or after.starts(name)
        if name == NEW and after.record().trial is None:
            assert life is good, "a version that has proved nothing is on trial, or it is not started"
        # From here the box goes on, and whatever it had come to, a failure ends with the old one and never comes again.
        if after.refusal_of("b" * 64) is None and name == NEW and after.record().trial is not None:
            after.fail_trial("hỏng")
            name = after.choose()
            assert after.refusal_of("b" * 64) == "hỏng"
        if after.refusal_of("b" * 64) is not None:
            assert (name, after.current) == (old, old)
        assert after.choose() == name or after.record().trial is not None


class Hasty(Programs):
    """Leads to the new version before it is written down that it is on trial: a known-bad variant."""

    def begin_trial(self, name: str, *, version: str, sha256: str) -> None:
        self._lead_to(name)
        super().begin_trial(name, version=version, sha256=sha256)


def test_the_order_of_the_steps_is_what_saves_the_box(tmp_path: Path) -> None:
    versions(tmp_path, old=OLD)
    with pytest.raises(PowerCut):
        tried(Hasty(tmp_path, step=Mains(3)))
    after = Programs(tmp_path)
    assert (after.choose(), after.record().trial) == (NEW, None)


def test_it_may_die_once_and_not_twice(tmp_path: Path) -> None:
    programs = versions(tmp_path, old=OLD)
    tried(programs)
    assert [programs.choose() for _ in range(4)] == [NEW, NEW, OLD, OLD]
    assert programs.refusal_of("b" * 64) == "khởi động 2 lần đều dừng giữa chừng"
    assert programs.record().trial is None


def test_a_version_that_passed_may_start_for_ever_and_the_others_go(tmp_path: Path) -> None:
    programs = versions(tmp_path, old=OLD)
    good(programs)
    assert [programs.choose() for _ in range(10)] == [NEW] * 10
    assert [path.name for path in programs.venvs.iterdir()] == [NEW]


def test_a_version_that_is_gone_from_the_disk_gives_way_to_the_one_installed_by_hand(tmp_path: Path) -> None:
    programs = versions(tmp_path)
    good(programs)
    (programs.path_of(NEW) / PROGRAM).unlink()
    assert programs.choose() is None


def test_a_file_that_a_worn_card_spoilt_is_as_good_as_none(tmp_path: Path) -> None:
    programs = versions(tmp_path)
    good(programs)
    (tmp_path / "state.json").write_text('{"trial": 7')
    assert programs.choose() == NEW


def test_the_reason_of_a_failure_is_the_first_one(tmp_path: Path) -> None:
    programs = versions(tmp_path)
    tried(programs)
    programs.choose()
    programs.note_lacks("chưa kết nối được với đài")
    assert programs.lacks() == "chưa kết nối được với đài"
    programs.fail_trial("một")
    programs.fail_trial("hai")
    programs.choose()
    assert programs.refusal_of("b" * 64) == "một"
