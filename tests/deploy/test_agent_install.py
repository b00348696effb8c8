"""The installer of the box: what it writes where, that it may run twice, and that its parts are sound."""

import subprocess
from pathlib import Path

import pytest

from tests.fixtures.skips import needs

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "deploy" / "agent"
FILES = {
    "etc/default/device-agent": 0o644,
    "etc/device-agent/sound.pa": 0o644,
    "etc/systemd/journald.conf.d/device-agent.conf": 0o644,
    "etc/systemd/system/device-agent-sound.service": 0o644,
    "etc/systemd/system/device-agent.service": 0o644,
    "usr/local/bin/device-agent": 0o755,
}


def install(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the installer without touching the system."""
    return subprocess.run(["sh", AGENT / "install.sh", *arguments], capture_output=True, text=True)


def test_puts_every_file_in_its_place_and_names_the_next_step(tmp_path: Path) -> None:
    done = install("--prefix", tmp_path, "--no-venv")

    assert (done.returncode, done.stderr) == (0, "")
    written = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: path.stat().st_mode & 0o777 for name, path in written.items()} == FILES
    assert done.stdout.splitlines()[-1].split() == ["sudo", "device-agent", "enrol", "ĐỊA_CHỈ_ĐÀI", "MÃ"]


def test_second_run_keeps_what_the_owner_set_and_renews_the_rest(tmp_path: Path) -> None:
    install("--prefix", tmp_path, "--no-venv")
    settings = tmp_path / "etc/default/device-agent"
    unit = tmp_path / "etc/systemd/system/device-agent.service"
    settings.write_text("DEVICE_AGENT_AUDIO_DEVICE=pulse/usb\n")
    unit.write_text("old")

    done = install("--prefix", tmp_path, "--no-venv")

    assert done.returncode == 0
    assert settings.read_text() == "DEVICE_AGENT_AUDIO_DEVICE=pulse/usb\n"
    assert unit.read_text() == (AGENT / "device-agent.service").read_text()


def test_enrolled_box_is_not_told_to_enrol_again(tmp_path: Path) -> None:
    state = tmp_path / "var/lib/device-agent"
    state.mkdir(parents=True)
    (state / "identity.json").write_text("{}")

    done = install("--prefix", tmp_path, "--no-venv")

    assert "enrol" not in done.stdout
    assert "device-agent doctor" in done.stdout


def test_parts_that_were_asked_for_are_set_once(tmp_path: Path) -> None:
    settings = tmp_path / "etc/default/device-agent"
    parts = ["--ear", "alsa:plughw:1,0", "--amplifier", "command:/usr/local/bin/relay 1", "--mains", "gpio-low:27"]
    install("--prefix", tmp_path, "--no-venv", "--ear", "pulse")
    with settings.open("a") as more:
        more.write("DEVICE_AGENT_OUTPUT_LATENCY_MS=40\n")

    done = install("--prefix", tmp_path, "--no-venv", *parts)

    assert (done.returncode, done.stderr) == (0, "")
    sourced = subprocess.run(
        ["sh", "-c", 'set -a; . "$1"; env', "sh", settings], capture_output=True, text=True, check=True, env={}
    )  # fmt: skip
    found = dict(line.split("=", 1) for line in sourced.stdout.splitlines() if line.startswith("DEVICE_AGENT_"))
    assert found == {
        "DEVICE_AGENT_AUDIO_DEVICE": "pulse", "DEVICE_AGENT_EAR": "alsa:plughw:1,0",
        "DEVICE_AGENT_AMPLIFIER": "command:/usr/local/bin/relay 1", "DEVICE_AGENT_MAINS": "gpio-low:27",
        "DEVICE_AGENT_OUTPUT_LATENCY_MS": "40",
    }  # fmt: skip
    assert settings.read_text().count("\nDEVICE_AGENT_EAR=") == 1
    assert {path.name for path in settings.parent.iterdir()} == {"device-agent"}


@pytest.mark.parametrize(("parts", "hears"), [(["--ear", "pulse"], True), (["--mains", "gpio:1"], False)])
def test_an_ear_brings_the_program_that_decodes_what_it_is_compared_with(
    tmp_path: Path, parts: list[str], hears: bool
) -> None:
    """The system's own programs are replaced by ones that note what they are told, the last of which ends the run."""
    for program, body in {
        "id": "echo 0", "dpkg-query": "exit 1", "apt-get": f'echo "$@" >>{tmp_path}/told; [ "$1" = update ]',
    }.items():  # fmt: skip
        (tmp_path / program).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / program).chmod(0o755)

    subprocess.run(
        ["sh", AGENT / "install.sh", *parts], capture_output=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}
    )  # fmt: skip

    update, installed = (tmp_path / "told").read_text().splitlines()
    assert update.startswith("update")
    assert {"mpv", "python3-venv"} <= set(installed.split())
    assert ("ffmpeg" in installed.split()) is hears


@pytest.mark.parametrize("value", ['gpio:1"; reboot', "command:$(reboot)", "command:`reboot`", "a\nb", "a\\b"])
def test_a_part_cannot_smuggle_a_command_into_the_settings(tmp_path: Path, value: str) -> None:
    done = install("--prefix", tmp_path, "--no-venv", "--amplifier", value)

    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "ký tự không dùng được" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--prefix"], "cần một thư mục"),
        (["--prefix", "/"], "khác thư mục gốc"),
        (["--no-venv"], "chỉ dùng cùng --prefix"),
        (["--sideways"], "không hiểu tùy chọn --sideways"),
        (["--prefix", "{tmp}", "{tmp}/none.whl"], "không có tệp"),
        (["--prefix", "{tmp}", "{tmp}"], "không phải tệp .whl hay thư mục mã nguồn"),
    ],
)
def test_wrong_use_is_refused_and_writes_nothing(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    done = install(*(argument.format(tmp=tmp_path) for argument in arguments))

    assert done.returncode == 1
    assert complaint in done.stderr
    assert list(tmp_path.iterdir()) == []


@needs("shellcheck")
def test_scripts_pass_shellcheck() -> None:
    done = subprocess.run(["shellcheck", *AGENT.glob("*.sh")], capture_output=True, text=True)

    assert done.stdout == ""
    assert done.returncode == 0


@needs("systemd-analyze")
@pytest.mark.parametrize("name", ["device-agent", "device-agent-sound"])
def test_units_are_understood_by_systemd(tmp_path: Path, name: str) -> None:
    unit = tmp_path / f"{name}.service"
    text = (AGENT / unit.name).read_text()
    # Neither program need be installed here; every other line is checked as it stands.
    programs = ("/opt/commune-broadcaster/bin/device-agent-launch", "/usr/bin/pulseaudio")
    for program in programs:
        text = text.replace(f"ExecStart={program}", "ExecStart=/bin/true")
    unit.write_text(text)

    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_service_runs_without_privilege_and_comes_back() -> None:
    lines = (AGENT / "device-agent.service").read_text().splitlines()

    assert {"User=loa", "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(lines)
    assert "Type=notify" in lines
    assert "WatchdogSec=60" in lines


def test_the_launcher_starts_it_and_versions_have_a_folder_of_their_own() -> None:
    lines = (AGENT / "device-agent.service").read_text().splitlines()

    assert "ExecStart=/opt/commune-broadcaster/bin/device-agent-launch run" in lines
    assert "Environment=DEVICE_AGENT_PROGRAMS=/var/lib/device-agent-programs" in lines
    assert "StateDirectory=device-agent device-agent-programs" in lines, "all else is read-only for it"
    assert not any(line.startswith("ReadWritePaths") for line in lines)


def test_installing_by_hand_takes_precedence_over_what_came_by_air(tmp_path: Path) -> None:
    programs = tmp_path / "var/lib/device-agent-programs"
    (programs / "venvs" / "9.1.0-aaaa").mkdir(parents=True)
    (programs / "current").symlink_to("venvs/9.1.0-aaaa")
    (programs / "state.json").write_text("{}")

    done = install("--prefix", tmp_path, "--no-venv")

    assert done.returncode == 0
    assert [path.name for path in programs.iterdir()] == ["venvs"]


def test_the_button_is_set_when_it_is_asked_for(tmp_path: Path) -> None:
    done = install(
        "--prefix", tmp_path, "--no-venv", "--button", "gpiochip0/23:1,gpiochip0/24:2",
        "--button-page", "192.168.4.1:8080",
    )  # fmt: skip

    lines = (tmp_path / "etc/default/device-agent").read_text().splitlines()
    assert done.returncode == 0
    assert 'DEVICE_AGENT_BUTTON="gpiochip0/23:1,gpiochip0/24:2"' in lines
    assert 'DEVICE_AGENT_BUTTON_PAGE="192.168.4.1:8080"' in lines
