"""The shipped set-up of mosquitto: what it makes stays when it runs again, and it says what it needs."""

import os
import ssl
import stat
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.brokers import SETUP, set_up
from tests.fixtures.skips import needs

pytestmark = [pytest.mark.slow, needs("mosquitto", "openssl")]

KEPT = (
    "etc/mosquitto/loa/ca.crt",
    "etc/mosquitto/loa/ca.key",
    "etc/commune-broadcaster/broker-password",
    "var/lib/mosquitto/dynamic-security.json",
)


def _names(certificate: Path) -> str:
    text = ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", str(certificate)]
    return subprocess.run(text, capture_output=True, text=True, check=True).stdout


def test_second_run_changes_nothing(tmp_path: Path) -> None:
    set_up(tmp_path, "--name", "broker.example.vn")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    set_up(tmp_path, "--name", "broker.example.vn")

    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_new_name_renews_the_certificate_and_nothing_that_boxes_hold(tmp_path: Path) -> None:
    set_up(tmp_path, "--name", "broker.example.vn")
    before = {name: (tmp_path / name).read_bytes() for name in KEPT}

    set_up(tmp_path, "--name", "broker.example.vn", "--name", "203.0.113.7", "--name", "2001:db8::7")

    assert {name: (tmp_path / name).read_bytes() for name in KEPT} == before
    names = _names(tmp_path / "etc/mosquitto/loa/server.crt")
    assert "DNS:broker.example.vn, IP Address:203.0.113.7, IP Address:2001:DB8:0:0:0:0:0:7" in names


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    set_up(tmp_path, "--name", "localhost")

    secret = ("etc/mosquitto/loa/ca.key", "etc/commune-broadcaster/broker-password", KEPT[-1])
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in secret} == {0o600}
    assert stat.S_IMODE((tmp_path / "etc/mosquitto/loa/server.key").stat().st_mode) == 0o640


def test_password_is_printed_nowhere(tmp_path: Path) -> None:
    printed = set_up(tmp_path, "--name", "localhost")

    password = (tmp_path / "etc/commune-broadcaster/broker-password").read_text().strip()
    assert len(password) == 48
    assert password not in printed
    assert password not in (tmp_path / KEPT[-1]).read_text()


def test_certificate_passes_the_strictest_check_of_python(tmp_path: Path) -> None:
    """Python 3.13 refuses certificates that RFC 5280 would not have."""
    set_up(tmp_path, "--name", "localhost")
    authority, certificate = tmp_path / "etc/mosquitto/loa/ca.crt", tmp_path / "etc/mosquitto/loa/server.crt"

    verify = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost"]
    done = subprocess.run([*verify, "-CAfile", str(authority), str(certificate)], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert ssl.create_default_context(cafile=str(authority)).cert_store_stats()["x509_ca"] == 1


def test_foreign_configuration_is_kept_beside(tmp_path: Path) -> None:
    configuration = tmp_path / "etc/mosquitto/mosquitto.conf"
    configuration.parent.mkdir(parents=True)
    configuration.write_text("# somebody's own\n")

    set_up(tmp_path, "--name", "localhost")
    set_up(tmp_path, "--name", "localhost")

    assert (configuration.parent / "mosquitto.conf.before-loa").read_text() == "# somebody's own\n"
    assert "dynamic_security" in configuration.read_text()


def test_lost_password_is_said_and_nothing_is_overwritten(tmp_path: Path) -> None:
    set_up(tmp_path, "--name", "localhost")
    (tmp_path / "etc/commune-broadcaster/broker-password").unlink()
    before = (tmp_path / KEPT[-1]).read_bytes()

    done = _run(tmp_path, "--name", "localhost")

    assert done.returncode == 1
    assert "nhưng mất" in done.stderr
    assert (tmp_path / KEPT[-1]).read_bytes() == before


@pytest.mark.parametrize("arguments", [(), ("--port", "1"), ("--nam", "x")])
def test_missing_name_and_unknown_options_are_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = _run(tmp_path, *arguments)

    assert done.returncode != 0
    assert "setup.sh --name" in done.stderr
    assert list(tmp_path.iterdir()) == []


def _run(prefix: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["sh", str(SETUP), "--prefix", str(prefix), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
