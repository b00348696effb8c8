"""The rules of the house hold everywhere, and each of them bites."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import rules
from tests.rules import Module

ROOT = Path(__file__).parent.parent
FOLDERS = (*rules.PACKAGES, "tests", "benchmarks")
NOT_OURS = {".venv", ".git", "var", "dist", "build", "audio_cache"}
READABLE = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".sh",
    ".html",
    ".js",
    ".css",
    ".po",
    ".conf",
    ".service",
    ".yml",
    ".ini",
    "",
}

Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [
    rules.not_too_long,
    rules.telling_names,
    rules.clocks_are_handed_in,
    rules.only_settings_read_the_environment,
    rules.has_docstring,
    rules.empty_init,
    rules.exceptions_carry_reasons,
    rules.nothing_happens_at_import,
]


def _texts() -> Iterator[tuple[str, str]]:
    own = Path(rules.__file__)
    for file in sorted(ROOT.rglob("*")):
        parts = file.relative_to(ROOT).parts
        hidden = any(part in NOT_OURS or part.endswith(("_cache", "__", ".egg-info")) or part == ".hypothesis"
                     for part in parts)  # fmt: skip
        if not hidden and file.is_file() and file.suffix in READABLE and file not in (own, Path(__file__)):
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds_everywhere(rule: Rule) -> None:
    complaints = [complaint for module in rules.modules(ROOT, *FOLDERS) for complaint in rule(module)]

    assert complaints == []


def test_no_file_names_a_machine_or_an_index() -> None:
    assert [complaint for path, text in _texts() for complaint in rules.names_no_machine(path, text)] == []


def test_the_rules_see_the_whole_tree() -> None:
    """Negative control of the walk itself: an empty list of modules would satisfy every rule."""
    seen = {module.path for module in rules.modules(ROOT, *FOLDERS)}

    assert {"wire/seal.py", "tests/rules.py", "broadcaster/domain/errors.py", "device_agent/settings.py"} <= seen
    assert {"Makefile", "pyproject.toml", ".ci/run", "docs/wire.md"} <= {path for path, _ in _texts()}


BAD: list[tuple[Rule, str, str]] = [
    (rules.not_too_long, "wire/a.py", "x = 1\n" * 401),
    (rules.telling_names, "wire/utils.py", '"""."""'),
    (rules.telling_names, "wire/audio_helper.py", '"""."""'),
    (rules.telling_names, "wire/a.py", "def process_text(): ..."),
    (rules.telling_names, "wire/a.py", "def _process(): ..."),
    (rules.telling_names, "wire/a.py", "async def handle_data(): ..."),
    (rules.telling_names, "wire/a.py", "class SessionManager: ..."),
    (rules.telling_names, "tests/a.py", "def common_part(): ..."),
    (rules.clocks_are_handed_in, "broadcaster/domain/a.py", "import datetime as dt\nnow = dt.datetime.now"),
    (rules.clocks_are_handed_in, "broadcaster/store/a.py", "from datetime import datetime\ndatetime.utcnow()"),
    (rules.clocks_are_handed_in, "device_agent/journal.py", "from time import time as wall\ndef f(): return wall()"),
    (rules.clocks_are_handed_in, "wire/a.py", "import time\ndef f(): return time.time_ns()"),
    (rules.clocks_are_handed_in, "wire/a.py", "from datetime import date\ndef f(): return date.today()"),
    (rules.only_settings_read_the_environment, "broadcaster/bootstrap.py", "import os\nx = os.environ['A']"),
    (rules.only_settings_read_the_environment, "device_agent/link.py", "from os import getenv\ndef f(): getenv('A')"),
    (rules.has_docstring, "wire/a.py", "x = 1"),
    (rules.empty_init, "broadcaster/__init__.py", "from broadcaster import x"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # noqa"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # noqa: E501"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # noqa - because it is long"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # type: ignore[misc]"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # type: ignore  # the library has no types"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # pragma: no cover"),
    (rules.nothing_happens_at_import, "broadcaster/a.py", "connect()"),
    (rules.nothing_happens_at_import, "broadcaster/a.py", "import x\nENGINE = x.create_engine('sqlite://')"),
    (rules.nothing_happens_at_import, "broadcaster/a.py", "from pathlib import Path\nT = tuple(Path('a').read_text())"),
    (rules.nothing_happens_at_import, "broadcaster/a.py", "with open('a') as f:\n    x = f.read()"),
]

GOOD: list[tuple[Rule, str, str]] = [
    (rules.not_too_long, "wire/a.py", "x = 1\n" * 400),
    (rules.telling_names, "wire/seal.py", "class Processor: ...\ndef start_process(): ...\ndef uncommonly(): ..."),
    (rules.telling_names, "tests/a.py", "from html.parser import HTMLParser\ndef handle_data(): ..."),
    (rules.clocks_are_handed_in, "broadcaster/bootstrap.py", "from datetime import datetime\ndatetime.now()"),
    (rules.clocks_are_handed_in, "tests/a.py", "import time\ntime.time()"),
    (rules.clocks_are_handed_in, "wire/a.py", "import time\ntime.monotonic()\nplan.time.time()"),
    (rules.only_settings_read_the_environment, "device_agent/settings.py", "import os\nx = os.environ"),
    (rules.has_docstring, "wire/__init__.py", ""),
    (rules.empty_init, "wire/__init__.py", "\n"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # noqa: E501, S105 - a sentence of the law"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # type: ignore[misc]  # the library has no types"),
    (rules.exceptions_carry_reasons, "wire/a.py", "x = 1  # pragma: no cover - needs a modem\ny = '# noqa'"),
    (rules.nothing_happens_at_import, "wire/a.py", "import re\nA = re.compile('a')\nB = lambda: open('x')"),
    (rules.nothing_happens_at_import, "broadcaster/a.py", "if __name__ == '__main__':\n    main()"),
]


@pytest.mark.parametrize(("rule", "path", "source"), BAD)
def test_rule_bites(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module(path=path, source=source))) != []


@pytest.mark.parametrize(("rule", "path", "source"), GOOD)
def test_rule_lets_the_right_thing_pass(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module(path=path, source=source))) == []


@pytest.mark.parametrize(
    "text",
    ["see /work/here/x", "cp /root/.x y", "from https://index.example/simple", "pip --index-url x", "/opt/own/x"],
)
def test_machine_rule_bites(text: str) -> None:
    assert list(rules.names_no_machine("README.md", text)) != []


@pytest.mark.parametrize("text", ["tests/work/a", "/var/lib/mosquitto", "the work/day", "https://example.org/work/"])
def test_machine_rule_lets_the_right_thing_pass(text: str) -> None:
    assert list(rules.names_no_machine("README.md", text)) == []
