"""Each import contract bites: one offending line in a copy of the tree, and exactly that contract says so."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("broadcaster", "device_agent", "wire")

# Who imports what he may not, and the contract that must refuse it.
OFFENCES = [
    ("server-layers", "broadcaster/domain/errors.py", "import broadcaster.services"),
    ("server-layers", "broadcaster/reading/offence.py", "from broadcaster.store import tables"),
    ("server-layers", "broadcaster/services/offence.py", "from broadcaster import adapters"),
    ("server-layers", "broadcaster/web/offence.py", "import broadcaster.adapters.voices"),
    ("server-layers", "broadcaster/adapters/offence.py", "import broadcaster.web"),
    ("server-layers", "broadcaster/newroom.py", "x = 1"),
    ("box-layers", "device_agent/playout/offence.py", "import device_agent.journal"),
    ("box-layers", "device_agent/settings.py", "import device_agent.link"),
    ("box-layers", "device_agent/newroom.py", "x = 1"),
    ("two-halves", "device_agent/settings.py", "import broadcaster.domain.errors"),
    ("two-halves", "broadcaster/services/offence.py", "from device_agent import playout"),
    ("wire-alone", "wire/chunks.py", "import broadcaster.domain"),
    ("wire-alone", "wire/topics.py", "from device_agent import journal"),
    ("wire-stays-at-the-rim", "broadcaster/domain/offence.py", "from wire import messages"),
    ("wire-stays-at-the-rim", "broadcaster/store/offence.py", "import wire.seal"),
    ("wire-stays-at-the-rim", "broadcaster/web/offence.py", "from wire.messages import Plan"),
    ("purity", "broadcaster/domain/offence.py", "import time"),
    ("purity", "broadcaster/reading/offence.py", "from pathlib import Path"),
    ("purity", "device_agent/playout/offence.py", "import os.path"),
    ("purity", "wire/chunks.py", "import random"),
    ("purity", "wire/seal.py", "import logging"),
    ("purity", "broadcaster/domain/offence.py", "import fastapi"),
    ("keys-stay-with-the-signer", "broadcaster/services/offence.py", "from broadcaster.adapters import keys"),
    ("keys-stay-with-the-signer", "broadcaster/bootstrap.py", "import broadcaster.adapters.keys"),
    ("mqtt-at-the-rim", "broadcaster/services/offence.py", "import paho.mqtt.client"),
    ("mqtt-at-the-rim", "broadcaster/web/offence.py", "import iotcore"),
]


def _contracts() -> dict[str, str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract["name"] for contract in contracts}


def _lint(tree: Path, contract: str) -> str:
    """Return what lint-imports prints about one contract in that tree."""
    command = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo", "--contract", contract],
        cwd=tree, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the three packages and the contracts."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "module", "line"), OFFENCES)
def test_contract_bites(tree: Path, contract: str, module: str, line: str) -> None:
    file = tree / module
    file.parent.mkdir(exist_ok=True)
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")

    output = _lint(tree, contract)

    assert re.search(rf"^{re.escape(_contracts()[contract])} BROKEN", output, re.MULTILINE), output
    assert module.removesuffix(".py").replace("/", ".") in output.replace("\n    ", ""), output


@pytest.mark.slow
def test_contracts_are_kept_without_an_offence(tree: Path) -> None:
    """The control of the tests above: the copy as such breaks nothing."""
    for contract, name in _contracts().items():
        assert f"{name} KEPT" in _lint(tree, contract)


def test_every_contract_has_an_offence() -> None:
    assert {contract for contract, _, _ in OFFENCES} == set(_contracts())
