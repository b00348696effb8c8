"""Real wheels of this project under other version numbers, good ones and bad ones, built from a copy of the tree."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
_PARTS = (
    "device_agent",
    "wire",
    "broadcaster/__init__.py",
    "schedules/README.md",
    "README.md",
    "LICENSE",
    "pyproject.toml",
)


def wheel(folder: Path, *, version: str, changes: Mapping[str, tuple[str, str]] | None = None) -> Path:
    """Return a wheel of this version; `changes` replaces text in files, which must be there."""
    tree = folder / f"tree-{version}"
    for part in _PARTS:
        source, target = ROOT / part, tree / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, target)
    for name, (before, after) in (("pyproject.toml", _version(version)), *(changes or {}).items()):
        path = tree / name
        text = path.read_text(encoding="utf-8")
        assert before in text, (name, before)
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _BUILD, str(folder)], cwd=tree, capture_output=True, text=True, check=True
    )  # fmt: skip
    return folder / done.stdout.split()[-1]


def _version(version: str) -> tuple[str, str]:
    line = next(line for line in (ROOT / "pyproject.toml").read_text().splitlines() if line.startswith("version = "))
    return f"\n{line}\n", f'\nversion = "{version}"\n'
