"""What a box must carry: two extras, and not a web framework or a database server among the box's."""

import ast
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SERVERS_ALONE = {
    "fastapi", "starlette", "uvicorn", "jinja2", "sqlalchemy", "alembic", "apscheduler", "babel", "pydub", "gtts",
    "iotcore", "espeakng-loader", "psycopg",
}  # fmt: skip
OF_THE_BOX = {"pydantic", "joserfc", "cryptography", "paho", "wire", "device_agent"}
OPTIONAL = {"imageio_ffmpeg", "numpy", "gpiod"}  # decoder, ear, pins: absent is said, not fatal


def test_the_box_brings_no_web_framework_and_no_database() -> None:
    pins = (ROOT / "requirements" / "agent.txt").read_text(encoding="utf-8").splitlines()
    packages = {pin.split("==")[0].strip().lower() for pin in pins if pin and not pin.startswith("#")}
    assert packages
    assert packages & SERVERS_ALONE == set()


def test_the_box_imports_only_what_it_brings() -> None:
    imported: set[str] = set()
    for path in (*(ROOT / "device_agent").rglob("*.py"), *(ROOT / "wire").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert imported - set(sys.stdlib_module_names) - OF_THE_BOX - OPTIONAL == set()


def test_pins_name_no_index() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "--" not in text, path


def test_what_the_box_installs_is_enough_to_run_and_holds_no_server(tmp_path: Path) -> None:
    """Resolved as pip would, from the installed packages' own metadata, and run with those and nothing else."""
    needed = closure("commune-broadcaster", extras={"agent"})
    assert needed & SERVERS_ALONE == set()
    for name in needed - {"commune-broadcaster"}:
        copy_of(distribution(name), tmp_path)
    for package in ("device_agent", "wire"):
        shutil.copytree(ROOT / package, tmp_path / package)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from device_agent.__main__ import main; main()"

    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program, "--help"], capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    assert "enrol" in ran.stdout


def closure(name: str, *, extras: set[str]) -> set[str]:
    """Return every distribution that installing `name` with these extras brings, itself among them."""
    found: set[str] = set()
    waiting = [(name, frozenset(extras))]
    while waiting:
        wanted, with_extras = waiting.pop()
        if wanted in found:
            continue
        found.add(wanted)
        for line in distribution(wanted).requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in with_extras or {""}):
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return found


def copy_of(package: Distribution, folder: Path) -> None:
    """Copy the files of an installed package."""
    for file in package.files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), target)
