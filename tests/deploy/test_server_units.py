"""The server's and the signer's systemd units: two users, one socket, settings that exist."""

import configparser
from pathlib import Path

import pytest

from broadcaster.settings import Settings

SERVER = Path(__file__).resolve().parents[2] / "deploy" / "server"


class Unit:
    """A unit file; `every` returns all values of a setting that may stand several times."""

    def __init__(self, name: str) -> None:
        self.lines = (SERVER / f"{name}.service").read_text(encoding="utf-8").splitlines()
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.read_string("\n".join(self.lines))
        self.service = parser["Service"]

    def environment(self) -> dict[str, str]:
        said = [line.removeprefix("Environment=") for line in self.lines if line.startswith("Environment=")]
        return dict(pair.split("=", 1) for pair in said)


def test_the_signer_runs_as_somebody_else() -> None:
    server, signer = Unit("loa-server"), Unit("loa-signer")
    assert signer.service["User"] != server.service["User"]
    assert signer.environment()["LOA_SIGNER_CLIENT"] == server.service["User"]
    assert signer.environment()["LOA_SIGNER_SOCKET"] == server.environment()["LOA_SIGNER_SOCKET"]
    assert signer.service["SupplementaryGroups"] == server.service["Group"]


def test_nobody_else_looks_into_the_signers_folder() -> None:
    signer, server = Unit("loa-signer"), Unit("loa-server")
    assert (signer.service["StateDirectoryMode"], signer.service["UMask"]) == ("0700", "0077")
    assert signer.environment()["LOA_SIGNER_DATA"] == f"/var/lib/{signer.service['StateDirectory']}"
    assert not signer.environment()["LOA_SIGNER_DATA"].startswith(server.environment()["LOA_DATA"] + "/")


def test_the_signer_has_no_network() -> None:
    signer = Unit("loa-signer").service
    assert (signer["PrivateNetwork"], signer["RestrictAddressFamilies"]) == ("yes", "AF_UNIX")


@pytest.mark.parametrize("name", ["loa-server", "loa-signer"])
def test_every_setting_exists_and_it_is_brought_back(name: str) -> None:
    unit = Unit(name)
    assert {key.removeprefix("LOA_").lower() for key in unit.environment()} <= set(Settings.model_fields)
    assert unit.service["Restart"] == "always"
