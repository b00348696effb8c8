"""Every setting has a default with which a commune can begin, a description, and is refused when it cannot be right."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from broadcaster.settings import Settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("LOA_"):
            monkeypatch.delenv(name)


def test_defaults_are_for_one_machine() -> None:
    settings = Settings()

    assert (settings.host, settings.broker_url, settings.broker_accounts) == ("127.0.0.1", "", "none")
    assert settings.database == "sqlite:///var/station/station.db"
    assert settings.url == "http://127.0.0.1:8080"


def test_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "LOA_DATA": "/srv/dai", "LOA_PORT": "80", "LOA_PUBLIC_URL": "https://loa.example.vn/",
        "LOA_DATABASE_URL": "postgresql+psycopg://dai@/dai", "LOA_BROKER_URL": "mqtts://dai:x@loa.example.vn",
        "LOA_UNKNOWN": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings = Settings()

    assert (settings.data, settings.port, settings.url) == (Path("/srv/dai"), 80, "https://loa.example.vn")
    assert settings.database == "postgresql+psycopg://dai@/dai"


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOA_PORT", "http"), ("LOA_PORT", "70000"), ("LOA_BROKER_PORT", "0"), ("LOA_BROKER_URL", "http://x"),
     ("LOA_BROKER_ACCOUNTS", "some"), ("LOA_LOG_LEVEL", "loud")],
)  # fmt: skip
def test_impossible_settings_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=re.escape(name.removeprefix("LOA_").lower())):
        Settings()


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
