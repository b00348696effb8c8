"""What the two commands build on: the pinned requirements, and scripts that say in a sentence what they cannot do."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
NAMES = ("server", "agent", "dev")
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[0-9][\w.]*)( ; (?P<marker>.+))?")


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    matches = [PIN.fullmatch(line) for line in lines if not line.startswith("#")]
    assert None not in matches
    return {match["name"]: match["version"] for match in matches if match}


def _wanted(*extras: str) -> set[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    names = {re.split(r"[\[<>=;~ ]", line, maxsplit=1)[0].lower() for line in lines}
    return names - {"commune-broadcaster"}


@pytest.mark.parametrize(
    ("name", "extras"), [("server", ("server", "agent")), ("agent", ("agent",)), ("dev", ("server", "agent", "dev"))]
)
def test_requirements_pin_everything_that_is_wanted(name: str, extras: tuple[str, ...]) -> None:
    """If this fails: `make lock`."""
    assert _wanted(*extras) - set(_pins(name)) == set()


def test_requirements_agree_with_each_other() -> None:
    dev = _pins("dev")

    for name in NAMES:
        assert _pins(name).items() <= dev.items()


def test_a_box_gets_no_web_framework_and_no_database() -> None:
    assert (
        set(_pins("agent")) & {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "jinja2", "iotcore"} == set()
    )


def _run(script: str, *arguments: str, path: Path) -> "subprocess.CompletedProcess[str]":
    """Run a set-up script that finds only the programs in `path`."""
    return subprocess.run(
        ["/bin/sh", str(ROOT / "deploy" / "setup" / script), *arguments],
        capture_output=True, text=True, check=False, env={"PATH": str(path)}, timeout=60,
    )  # fmt: skip


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with a shell's bare necessities, and neither apt-get nor sudo."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "id").write_text("#!/bin/sh\necho 1000\n")
    (folder / "id").chmod(0o755)
    return folder


def _python(folder: Path, body: str) -> None:
    (folder / "python3").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "python3").chmod(0o755)


def test_missing_python_is_said(programs: Path, tmp_path: Path) -> None:
    done = _run("venv.sh", str(tmp_path / "venv"), path=programs)

    assert done.returncode == 1
    assert "sudo apt-get install python3 python3-venv" in done.stderr


def test_old_python_is_said(programs: Path, tmp_path: Path) -> None:
    _python(programs, 'case "$2" in *platform*) echo 3.9.2;; *) exit 1;; esac')

    done = _run("venv.sh", str(tmp_path / "venv"), path=programs)

    assert done.returncode == 1
    assert "Cần Python 3.11 trở lên; python3 là 3.9.2." in done.stderr


def test_python_without_venv_is_said_where_nothing_may_be_installed(programs: Path, tmp_path: Path) -> None:
    _python(programs, 'case "$2" in *ensurepip*) exit 1;; esac')

    done = _run("venv.sh", str(tmp_path / "venv"), path=programs)

    assert done.returncode == 1
    assert "sudo apt-get install python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_missing_test_programs_are_named_and_do_not_stop_the_tests(programs: Path) -> None:
    done = _run("test-tools.sh", path=programs)

    assert done.returncode == 0
    assert "chromium" in done.stderr
    assert "bỏ qua" in done.stderr
