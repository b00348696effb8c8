"""What the box sees of itself, on machines made of files: what is not there is null, and nonsense is not believed."""

import os
from pathlib import Path

import pytest

from device_agent.gpio import GpioError
from device_agent.health import line, supply
from device_agent.health.body import ASK_EVERY_S, Body, Observer
from device_agent.health.line import Modem
from device_agent.health.supply import Supply, UnknownMainsError, choose_mains
from device_agent.health.tools import NoTools, Tools
from tests.fakes.amplifiers import FakePins
from tests.fakes.machine import Machine
from wire.messages import Health, Network


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def look(machine: Machine) -> Body:
    return Observer(machine.data, root=machine.root, tools=Tools(path=str(machine.bin))).look()


def test_a_machine_without_senses_says_nothing(machine: Machine) -> None:
    body = look(machine)

    assert body.disk_free_bytes is not None
    assert body == Body(disk_free_bytes=body.disk_free_bytes)


def test_a_raspberry_pi_tells_of_its_parts(machine: Machine) -> None:
    machine.says("sys/class/thermal/thermal_zone0/temp", "61816\n")
    machine.says("proc/meminfo", "MemTotal:  3884332 kB\nMemFree:  100 kB\nMemAvailable:  2905000 kB\n")
    machine.says("proc/self/statm", "20000 16000 4000 1 0 9000 0\n")
    machine.says("sys/block/mmcblk0/device/life_time", "0x02 0x03\n")
    machine.says("sys/block/mmcblk1/device/life_time", "0x01 0x00\n")

    body = look(machine)

    assert body.cpu_temperature_c == 61.8
    assert body.memory_free_bytes == 2905000 * 1024
    assert body.agent_memory_bytes == 16000 * os.sysconf("SC_PAGE_SIZE")
    assert body.disk_wear_percent == 30


@pytest.mark.parametrize(
    ("said", "percent"), [("0x01 0x01", 10), ("0x0b 0x01", 100), ("0x00 0x00", None), ("", None), ("rubbish", None)]
)
def test_wear_of_the_disk_is_what_the_register_says_at_most(machine: Machine, said: str, percent: int | None) -> None:
    machine.says("sys/block/mmcblk0/device/life_time", said)

    assert look(machine).disk_wear_percent == percent


ODD = ("", "N/A", "-1", "-1 -1 -1", "0x", "1 9" * 9, "9" * 400, "1 " + "9" * 30, "\0", "nan", "²", "MemAvailable:",
       "MemAvailable: -5 kB", "MemAvailable: x kB", "if\neth0 00000000 0 0001 0 0 ² 00000000",
       "if\n\0 00000000 0 0001 0 0 5 00000000", "0" * 32 + " 00 a b c zz d e f eth0")  # fmt: skip
FILES = (
    "sys/class/thermal/thermal_zone0/temp", "sys/block/mmcblk0/device/life_time", "proc/meminfo", "proc/self/statm",
    "proc/net/route", "proc/net/ipv6_route", "sys/devices/platform/soc/soc:firmware/get_throttled",
)  # fmt: skip


@pytest.mark.parametrize("said", ODD)
def test_whatever_a_machine_says_of_itself_can_be_told_to_the_station(machine: Machine, said: str) -> None:
    for name in FILES:
        machine.says(name, said)

    body = look(machine)

    Health(
        disk_free_bytes=body.disk_free_bytes, disk_wear_percent=body.disk_wear_percent,
        memory_free_bytes=body.memory_free_bytes, agent_memory_bytes=body.agent_memory_bytes,
        cpu_temperature_c=body.cpu_temperature_c, network=Network(kind=body.line),
    )  # fmt: skip


def test_the_real_machine_tells_of_its_memory(tmp_path: Path) -> None:
    body = Observer(tmp_path, tools=NoTools()).look()

    assert body.memory_free_bytes
    assert body.memory_free_bytes > 10_000_000
    assert body.agent_memory_bytes
    assert 10_000_000 < body.agent_memory_bytes < 2_000_000_000


@pytest.mark.parametrize(
    ("bits", "under_voltage", "throttled"),
    [("0", False, False), ("50000", True, False), ("50005", True, True), ("8", False, True), ("80000", False, False)],
)
def test_the_firmware_tells_of_power_and_heat(
    machine: Machine, bits: str, under_voltage: bool, throttled: bool
) -> None:
    machine.says("sys/devices/platform/soc/soc:firmware/get_throttled", f"{bits}\n")
    by_file = look(machine)
    (machine.root / "sys/devices/platform/soc/soc:firmware/get_throttled").unlink()
    machine.runs("vcgencmd", f"echo throttled=0x{bits}")
    by_program = look(machine)

    for body in (by_file, by_program):
        assert (body.under_voltage, body.throttled) == (under_voltage, throttled)


def test_without_firmware_the_kernel_is_believed(machine: Machine) -> None:
    machine.runs("vcgencmd", "echo 'VCHI initialization failed'; exit 255")
    machine.says("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    machine.says("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    machine.says("sys/class/thermal/cooling_device0/type", "Fan\n")
    machine.says("sys/class/thermal/cooling_device0/cur_state", "3\n")
    machine.says("sys/class/thermal/cooling_device1/type", "cpufreq-cpu0\n")
    machine.says("sys/class/thermal/cooling_device1/cur_state", "0\n")

    assert supply.look(machine.root) == Supply(under_voltage=True, throttled=False)
    machine.says("sys/class/thermal/cooling_device1/cur_state", "2\n")
    assert supply.look(machine.root).throttled


def test_programs_are_asked_rarely_and_files_at_every_look(machine: Machine) -> None:
    seconds = 0.0
    machine.runs("vcgencmd", f'echo x >> "{machine.data}/asked"; echo throttled=0x0')
    observer = Observer(
        machine.data, root=machine.root, tools=Tools(path=str(machine.bin)), monotonic=lambda: seconds
    )  # fmt: skip
    for seconds in (0.0, 15.0, 30.0, ASK_EVERY_S - 1, ASK_EVERY_S, ASK_EVERY_S + 15):
        machine.says("sys/class/thermal/thermal_zone0/temp", f"{seconds * 1000:.0f}\n")
        assert observer.look().cpu_temperature_c == seconds

    assert (machine.data / "asked").read_text().count("x") == 2


def test_a_program_that_hangs_is_given_up(machine: Machine) -> None:
    machine.runs("mmcli", "exec sleep 30")

    assert Tools(path=str(machine.bin), deadline_s=0.2).ask("mmcli", "-L", "-J") is None


# -- the line --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hardware", "uevent", "kind"),
    [
        ("eth0", 1, "INTERFACE=eth0\nIFINDEX=2\n", "ethernet"),
        ("wlan0", 1, "DEVTYPE=wlan\nINTERFACE=wlan0\n", "wifi"),
        ("wwan0", 65534, "DEVTYPE=wwan\n", "mobile"),
        ("ppp0", 512, "", "mobile"),
        ("rmnet0", 519, "", "mobile"),
        ("tun0", 65534, "", "unknown"),
    ],
)
def test_kind_of_the_default_route(machine: Machine, name: str, hardware: int, uevent: str, kind: str) -> None:
    machine.routes((name, "00000000", 100), (name, "0002A8C0", 100))
    machine.interface(name, hardware=hardware, uevent=uevent)

    assert look(machine).line == kind


def test_the_cheapest_default_route_counts(machine: Machine) -> None:
    machine.interface("eth0", hardware=1)
    machine.interface("wwan0", hardware=519)
    machine.routes(("wwan0", "00000000", 700), ("eth0", "00000000", 100))

    assert line.kind(machine.root) == "ethernet"


def test_a_box_without_a_way_out_knows_none(machine: Machine) -> None:
    machine.routes(("eth0", "0002A8C0", 0))

    assert line.kind(machine.root) == "unknown"


def test_a_box_on_ipv6_alone_knows_its_way(machine: Machine) -> None:
    nothing = "0" * 32
    machine.interface("wlan0", hardware=1, uevent="DEVTYPE=wlan\n")
    row = f"{nothing} 00 {nothing} 00 fe80000000000000021122fffe334455 00000258 00000001 00000000 00450003    wlan0\n"
    unreachable = f"{nothing} 00 {nothing} 00 {nothing} ffffffff 00000001 00000000 00200200       lo\n"
    machine.says("proc/net/ipv6_route", row + unreachable)

    assert line.kind(machine.root) == "wifi"


MODEM = """{"modem": {"3gpp": {"operator-name": "Viettel", "operator-code": "45204", "registration-state": "home"},
"generic": {"state": "connected", "state-failed-reason": "--", "unlock-required": "sim-pin2",
"signal-quality": {"recent": "yes", "value": "41"}, "sim": "/org/freedesktop/ModemManager1/SIM/0"}}}"""


def modem(machine: Machine, said: str) -> Modem:
    machine.says("said.json", said)
    machine.runs(
        "mmcli",
        'if [ "$1" = -L ]; then echo \'{"modem-list": ["/org/freedesktop/ModemManager1/Modem/0"]}\'',
        f'elif [ "$2" = /org/freedesktop/ModemManager1/Modem/0 ]; then cat "{machine.root}/said.json"; else exit 1; fi',
    )
    return look(machine).modem


def test_a_modem_tells_of_its_signal(machine: Machine) -> None:
    assert modem(machine, MODEM) == Modem(signal_percent=41, operator="Viettel", sim="ready")


@pytest.mark.parametrize(
    ("changes", "sim"),
    [
        ({"sim-pin2": "sim-pin"}, "locked"),
        ({"sim-pin2": "sim-puk"}, "locked"),
        ({'"connected"': '"failed"', '"--"': '"sim-missing"'}, "missing"),
        ({'"connected"': '"failed"', '"--"': '"unknown-capabilities"'}, "failed"),
        ({"/org/freedesktop/ModemManager1/SIM/0": "--"}, None),
    ],
)
def test_a_modem_tells_of_its_sim(machine: Machine, changes: dict[str, str], sim: str | None) -> None:
    said = MODEM
    for before, after in changes.items():
        said = said.replace(before, after)

    assert modem(machine, said).sim == sim


def test_what_a_modem_calls_its_operator_can_be_told(machine: Machine) -> None:
    assert modem(machine, MODEM.replace("Viettel", r"Vie\u0000t\ud800\u001btel")).operator == "Viettel"


@pytest.mark.parametrize(
    "said", ["", "{", "[]", '{"modem": 3}', '{"modem": {"generic": []}}', "null", pytest.param("[" * 9999, id="deep")]
)
def test_a_modem_that_talks_nonsense_is_not_believed(machine: Machine, said: str) -> None:
    assert modem(machine, said) == Modem()


def test_a_machine_without_modems_has_none(machine: Machine) -> None:
    machine.runs("mmcli", "echo '{\"modem-list\": []}'")

    assert look(machine).modem == Modem()


# -- the mains -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "is_there"), [("1\n", True), ("0\n", False), ("", None), ("online", None)])
def test_mains_by_a_file(machine: Machine, said: str, is_there: bool | None) -> None:
    machine.says("sys/class/power_supply/ac/online", said)

    assert choose_mains(f"file:{machine.root}/sys/class/power_supply/ac/online")() is is_there


def test_mains_by_a_pin() -> None:
    pins = FakePins()
    mains, low = choose_mains("gpio:22", take=pins.take), choose_mains("gpio-low:23", take=pins.take)
    pins.level = {22: True, 23: True}
    assert (mains(), low()) == (True, False)
    pins.level = {22: False, 23: False}
    assert (mains(), low()) == (False, True)


def test_a_mains_pin_that_fails_is_taken_anew() -> None:
    pins = FakePins()
    mains = choose_mains("gpio:22", take=pins.take)
    pins.level[22] = True
    assert mains()
    pins.fault = GpioError("hỏng")
    assert mains() is None
    pins.fault = None
    assert mains()


def test_mains_is_unknown_where_nothing_tells() -> None:
    assert [choose_mains(nothing)() for nothing in (None, "", "none")] == [None, None, None]
    assert choose_mains("file:/nowhere/at/all")() is None


@pytest.mark.parametrize("setting", ["yes", "gpio:x", "file:relative", "file:"])
def test_choose_mains_refuses_what_tells_nothing(setting: str) -> None:
    with pytest.raises(UnknownMainsError, match="file:ĐƯỜNG_DẪN"):
        choose_mains(setting)
