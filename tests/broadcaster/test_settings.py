"""Every setting has a default with which a commune can begin, a description, and is refused when it cannot be right."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from broadcaster.settings import Settings, SettingsError, load_settings, unknown_variables


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("LOA_PORT", "http", "LOA_PORT: cần một số nguyên"), ("LOA_PORT", "70000", "LOA_PORT: lớn nhất là 65535"),
     ("LOA_BROKER_PORT", "0", "LOA_BROKER_PORT: nhỏ nhất là 1"),
     ("LOA_BROKER_URL", "http://x", "LOA_BROKER_URL: địa chỉ broker bắt đầu bằng mqtt:// hoặc mqtts://"),
     ("LOA_BROKER_CA", "/none/ca.crt", "LOA_BROKER_CA: không đọc được tệp /none/ca.crt"),
     ("LOA_BROKER_ACCOUNTS", "some", "LOA_BROKER_ACCOUNTS: cần một trong: 'none', 'mosquitto'"),
     ("LOA_SECURE_COOKIES", "có", "LOA_SECURE_COOKIES: cần true hoặc false")],
)  # fmt: skip
def test_operator_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as end:
        load_settings()
    assert str(end.value) == f"Thiết lập không dùng được. {said}."


@pytest.mark.parametrize(
    ("url", "said", "https_alone"),
    [("https://loa.example.vn", None, True), ("http://192.0.2.7:8080", None, False), ("", None, False),
     ("https://loa.example.vn", False, False), ("", True, True)],
)  # fmt: skip
def test_cookies_go_through_https_alone_where_people_come_by_https(
    url: str, said: bool | None, https_alone: bool
) -> None:
    assert Settings(public_url=url, secure_cookies=said).https_alone is https_alone


def test_address_of_the_newer_kind_is_bracketed() -> None:
    assert Settings(host="::1", port=80).url == "http://[::1]:80"


def test_log_level_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_LOG_LEVEL", "debug")

    assert load_settings().log_level == "DEBUG"


def test_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_SECURE_COOKIE", "true")
    monkeypatch.setenv("LOA_PORT", "80")

    assert unknown_variables() == ("LOA_SECURE_COOKIE",)


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
