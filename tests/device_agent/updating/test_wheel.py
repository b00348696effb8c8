"""A wheel is opened with suspicion, and laid out beside what runs; a power cut in the middle leaves no half of it."""

import contextlib
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from device_agent.updating.install import ROOM_LEFT_BYTES, install
from device_agent.updating.programs import PROGRAM, Programs
from device_agent.updating.requirements import allows, unsatisfied
from device_agent.updating.wheel import WheelRefused, check

INFO = "commune_broadcaster-9.9.0.dist-info"
ENVIRONMENT = {"python_version": "3.11", "sys_platform": "linux"}
INSTALLED = {"pydantic": "2.11.4", "paho-mqtt": "2.1.0", "numpy": "1.26"}


def wheel_at(path: Path, *, requires: str = "", more: Mapping[str, str] | None = None, **changes: str) -> Path:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    said = {"Name": "commune-broadcaster", "Version": "9.9.0", "Requires-Python": ">=3.11"} | named
    files = {
        f"{INFO}/METADATA": "".join(f"{k}: {v}\n" for k, v in said.items()) + requires,
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{INFO}/entry_points.txt": "[console_scripts]\ndevice-agent = box_of_test:main\n",
        "box_of_test.py": "import pydantic\ndef main() -> int:\n    print('it runs', pydantic.VERSION)\n    return 7\n",
        **(more or {}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as content:
        for name, text in files.items():
            content.writestr(name, text)
    return path


def test_a_wheel_that_fits_is_laid_out_and_runs_with_what_is_lent_to_it(tmp_path: Path) -> None:
    programs = Programs(tmp_path / "programs")
    opened = check(wheel_at(tmp_path / "a.whl", requires="Requires-Dist: pydantic>=2\n"), version="9.9.0")
    name = install(opened, programs, sha256="c" * 64)
    assert name == "9.9.0-cccccccccccc"
    done = subprocess.run([programs.path_of(name) / PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stdout.startswith("it runs 2")) == (7, True), done.stderr
    before = programs.path_of(name).stat().st_ino
    assert install(opened, programs, sha256="c" * 64) == name
    assert programs.path_of(name).stat().st_ino == before, "what is whole is not made again"


def test_half_of_a_version_never_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs(tmp_path / "programs")
    opened = check(wheel_at(tmp_path / "a.whl"), version="9.9.0")

    def cut() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.sync", cut)
    with pytest.raises(KeyboardInterrupt):
        install(opened, programs, sha256="c" * 64)
    assert [path.name for path in programs.venvs.iterdir()] == [".9.9.0-cccccccccccc.new"]
    monkeypatch.undo()
    name = install(opened, programs, sha256="c" * 64)
    assert [path.name for path in programs.venvs.iterdir()] == [name]


@pytest.mark.parametrize(
    ("wheel", "why"),
    [({"Name": "khac"}, "gói là khac"), ({"Version": "9.9.1"}, "9.9.1"), ({"Requires_Python": ">=3.99"}, "Python"),
     ({"requires": "Requires-Dist: pydantic>=99\n"}, "pydantic>=99"),
     ({"requires": "Requires-Dist: chua-co>=1\n"}, "chua-co"),
     ({"requires": "Requires-Dist: x; (a or b)\n"}, "x"),
     ({"more": {"../../evil.py": ""}}, "đường dẫn lạ"), ({"more": {"/evil.py": ""}}, "đường dẫn lạ"),
     ({"more": {"evil.pth": "import os"}}, "không cài được"), ({"more": {"a.data/scripts/x": ""}}, "không cài được"),
     ({"more": {f"{INFO}/entry_points.txt": "[console_scripts]\nkhac = a:b\n"}}, "không có lệnh"),
     ({"more": {f"{INFO}/entry_points.txt": "device-agent = a;b:c\n"}}, "không có lệnh")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_wheel_that_does_not_fit_is_refused_with_a_reason(wheel: dict[str, str], why: str, tmp_path: Path) -> None:
    with pytest.raises(WheelRefused, match=why):
        check(wheel_at(tmp_path / "a.whl", **wheel), version="9.9.0")  # type: ignore[arg-type]  # the test's own fields


def test_no_wheel_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(WheelRefused):
        check(tmp_path / "a.whl", version="9.9.0")


def test_a_version_leaves_room_for_what_the_agent_must_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs(tmp_path / "programs")
    opened = check(wheel_at(tmp_path / "a.whl"), version="9.9.0")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=opened.size_bytes + ROOM_LEFT_BYTES - 1))

    with pytest.raises(OSError, match="No space"):
        install(opened, programs, sha256="c" * 64)

    assert list(programs.venvs.iterdir()) == []


@pytest.mark.parametrize("name", ["METADATA", "WHEEL", "entry_points.txt"])
def test_a_wheel_that_lacks_a_part_is_refused(name: str, tmp_path: Path) -> None:
    whole = wheel_at(tmp_path / "a.whl")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "b.whl", "w") as new:
        for file in old.namelist():
            if not file.endswith(f"/{name}"):
                new.writestr(file, old.read(file))
    with pytest.raises(WheelRefused):
        check(tmp_path / "b.whl", version="9.9.0")


def test_a_wheel_that_is_damaged_anywhere_is_refused_or_can_be_laid_out(tmp_path: Path) -> None:
    """The station signed these bytes, so nothing else would ever keep a box from dying of them at every start."""
    whole = wheel_at(
        tmp_path / "a.whl", more={f"{INFO}/entry_points.txt": "device-agent = a:b\n\xe1", "long.py": "#" * 999}
    )
    content, chance = whole.read_bytes(), random.Random(2)
    for _ in range(300):
        spoilt = bytearray(content)
        spoilt[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        (tmp_path / "b.whl").write_bytes(spoilt)
        with contextlib.suppress(WheelRefused):
            check(tmp_path / "b.whl", version="9.9.0")
            with zipfile.ZipFile(tmp_path / "b.whl") as wheel:
                assert [wheel.read(name) for name in wheel.namelist()]


@pytest.mark.parametrize(
    ("bounds", "version", "is_met"),
    [("", "1", True), (">=2,<3", "2.11.4", True), (">=2,<3", "3.0", False), ("~=2.1", "2.9", True),
     ("~=2.1", "3.0", False), ("==2.*", "2.7", True), ("!=2.7", "2.7.0", False), (">=2", "1.99", False),
     ("===2", "2", False), (">=2", "abc", False), (">=3.11", "3.9", False)],
)  # fmt: skip
def test_bounds(bounds: str, version: str, *, is_met: bool) -> None:
    assert allows(bounds, version) is is_met


@pytest.mark.parametrize(
    ("line", "lacking"),
    [("pydantic>=2.11", False), ("pydantic (>=2.11)", False), ("fastapi>=1; extra == 'server'", False),
     ("fastapi>=1; extra == 'agent'", True), ("numpy>=2.0; extra == 'agent'", True),
     ("audioop; python_version >= '3.13' and extra == 'agent'", False), ("x; python_version >= '3.9'", True),
     ("paho-mqtt[socks]>=2", False), ("x @ https://a.example/b.whl", True),
     ("x; os_name == 'a' or extra == 'b'", True)],
)  # fmt: skip
def test_what_is_not_met_or_not_understood_is_named(line: str, *, lacking: bool) -> None:
    found = unsatisfied([line], installed=INSTALLED.get, environment=ENVIRONMENT, extra="agent")
    assert (found is not None) is lacking


def test_the_projects_own_needs_are_understood() -> None:
    from importlib.metadata import requires

    from device_agent.updating.wheel import installed_version

    environment = ENVIRONMENT | {"python_version": f"{sys.version_info[0]}.{sys.version_info[1]}"}
    needs = requires("commune-broadcaster") or []
    assert needs
    assert unsatisfied(needs, installed=installed_version, environment=environment, extra="agent") is None
