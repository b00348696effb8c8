"""The documents keep up: a setting that nobody wrote down fails here."""

import re
from pathlib import Path

from broadcaster.domain.delivery import OUTCOME_NAMES
from broadcaster.settings import Settings

ROOT = Path(__file__).parent.parent


def test_every_setting_of_the_server_is_in_the_operations_page() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`LOA_([A-Z_]+)`", page)) == {name.upper() for name in Settings.model_fields}


def _settings_of_the_box() -> set[str]:
    source = (ROOT / "device_agent" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"values(?:\.get\(|\[|, )\"([A-Z_]+)\"", source))


def test_every_setting_of_the_box_is_in_the_operations_page() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`DEVICE_AGENT_([A-Z_]+)`", page)) == _settings_of_the_box()


def test_every_setting_of_the_box_is_in_its_defaults_file() -> None:
    known = _settings_of_the_box()
    defaults = (ROOT / "deploy" / "agent" / "device-agent.default").read_text(encoding="utf-8")
    assert known <= set(re.findall(r"DEVICE_AGENT_([A-Z_]+)", defaults)), known


def test_links_between_documents_lead_somewhere() -> None:
    pages = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "schedules" / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
    ]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_files_that_the_architecture_page_names_are_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:broadcaster|device_agent|wire|tests|docs)/[\w./]+)`", page)
    assert len(named) > 40
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_glossary_names_outcomes_as_the_pages_do() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert [f"`{o}` {name.lower()}" for o, name in OUTCOME_NAMES.items() if f"`{o}` {name.lower()}" not in page] == []
