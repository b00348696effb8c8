"""Why the life before ended: only what is known is claimed, and a spoilt file costs nothing but its own words."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.health.boots import MOST, SERVICE_RESULT, Boot, Boots, Facts, Life, Why, why_ended
from tests.fakes.machine import Machine

AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.says("proc/sys/kernel/random/boot_id", "boot-1\n")
    return machine


def start(machine: Machine) -> Boots:
    boots = Boots(machine.data, root=machine.root)
    boots.begin()
    return boots


def boot_machine(machine: Machine) -> None:
    machine.says("proc/sys/kernel/random/boot_id", f"boot-{os.urandom(4).hex()}\n")


def whys(boots: Boots) -> list[Why]:
    return [boot.why for boot in boots.latest]


def test_the_first_start_knows_of_no_life_before(machine: Machine) -> None:
    assert start(machine).latest == (Boot(at=None, why="unknown"),)


def test_a_life_that_said_how_it_ends_is_believed(machine: Machine) -> None:
    start(machine).end("asked")
    start(machine).end("watchdog")
    start(machine).end("crash")
    updating = start(machine)
    updating.will_update()
    updating.end("asked")

    assert whys(start(machine)) == ["update", "crash", "watchdog", "asked", "unknown"]


def test_a_power_cut_leaves_another_boot_and_no_word(machine: Machine) -> None:
    start(machine)
    boot_machine(machine)

    assert whys(start(machine))[0] == "power"


def test_an_orderly_reboot_lets_the_life_end(machine: Machine) -> None:
    start(machine).end("asked")
    boot_machine(machine)

    assert whys(start(machine))[0] == "reboot"


def test_a_killed_agent_is_a_crash_and_one_that_systemd_killed_for_silence_is_not(machine: Machine) -> None:
    start(machine)
    assert whys(start(machine))[0] == "crash"
    (machine.data / SERVICE_RESULT).write_text("watchdog")
    assert whys(start(machine))[0] == "watchdog"
    assert not (machine.data / SERVICE_RESULT).exists(), "it says nothing of the next life"
    (machine.data / SERVICE_RESULT).write_text("oom-kill")
    assert whys(start(machine))[0] == "crash"


@pytest.mark.parametrize("folder", ["sys/fs/pstore", "var/lib/systemd/pstore"])
def test_a_kernel_that_crashed_left_its_dump(machine: Machine, folder: str) -> None:
    machine.says(f"{folder}/dmesg-old", "")
    os.utime(machine.root / folder / "dmesg-old", (0, 0))
    start(machine)
    boot_machine(machine)
    assert whys(start(machine))[0] == "power", "an old dump says nothing"
    machine.says(f"{folder}/dmesg-new", "")
    later = datetime.now(UTC).timestamp() + 60
    os.utime(machine.root / folder / "dmesg-new", (later, later))
    boot_machine(machine)
    assert whys(start(machine))[0] == "crash"


def test_the_machines_own_watchdog_says_that_it_bit(machine: Machine) -> None:
    start(machine)
    boot_machine(machine)
    machine.says("sys/class/watchdog/watchdog0/bootstatus", "32\n")

    assert whys(start(machine))[0] == "watchdog"


def test_the_latest_five_starts_are_kept_with_their_times(machine: Machine) -> None:
    for hour in range(MOST + 2):
        boots = start(machine)
        boots.began_at(AT + timedelta(hours=hour))
        boots.began_at(AT)  # said once, and not again
        boots.end("asked")

    assert [boot.at for boot in boots.latest] == [AT + timedelta(hours=hour) for hour in (6, 5, 4, 3, 2)]
    assert [boot.at for boot in start(machine).latest[1:]] == [AT + timedelta(hours=hour) for hour in (6, 5, 4, 3)]


@pytest.mark.parametrize(
    "spoilt",
    ["", "{", "[]", "null", '{"boots": 3}', '{"boots": [1, {}, {"why": "ghost"}, {"at": "x", "why": "power"}]}',
     '{"boot_id": 7, "ended": [], "boots": [{"at": "2026-01-01T00:00:00", "why": "power"}]}'],
)  # fmt: skip
def test_a_spoilt_file_costs_only_its_own_words(machine: Machine, spoilt: str) -> None:
    (machine.data / "boots.json").write_text(spoilt)

    boots = start(machine)

    assert whys(boots)[0] == "unknown"
    assert all(boot.at is None for boot in boots.latest)


def test_a_disk_that_refuses_does_not_stop_the_box(machine: Machine) -> None:
    boots = Boots(machine.data / "gone", root=machine.root)
    boots.begin()
    boots.end("asked")

    assert whys(boots) == ["unknown"]


ids = st.sampled_from([None, "a", "b"])
ends = st.sampled_from([None, "asked", "update", "watchdog", "crash"])
results = st.sampled_from([None, "success", "watchdog", "signal", "exit-code"])


@given(st.one_of(st.none(), st.builds(Life, boot_id=ids, ended=ends)), ids, results, st.booleans(), st.booleans())
def test_a_power_cut_is_only_claimed_when_nothing_had_time_to_speak(
    before: Life | None, boot_id: str | None, result: str | None, crashed: bool, reset: bool
) -> None:
    facts = Facts(boot_id=boot_id, service_result=result, kernel_crashed=crashed, watchdog_reset=reset)
    why = why_ended(before, facts)

    if why == "power":
        assert before is not None
        assert before.boot_id is not None
        assert boot_id is not None
        assert before.boot_id != boot_id
        assert before.ended not in {"asked", "update"}
        assert (result, crashed, reset) == (None, False, False)
    if before is None:
        assert why == "unknown"
