"""What somebody signs besides alerts: acts on the signer's register of people, which the signer obeys only so."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import Role


class ActKind(StrEnum):
    """All but the last are an administrator's; anybody prolongs their own session."""

    ADMIT = "admit"
    CHANGE = "change"
    GIVE_PASSWORD = "give_password"  # noqa: S105 - the name of an act, not a password
    GIVE_KEY = "give_key"
    RELEASE = "release"
    PROLONG = "prolong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of `actor` on `subject`. `nonce` makes it good for once; what a kind does not need stays empty.

    `verifier` is an argon2id hash, `key` the public half of a token's key and `key_name` the fingerprint of its secret.
    `version` and `file_sha256` name the program that boxes may run.
    """

    kind: ActKind
    station: StationId
    actor: UserId
    subject: UserId
    nonce: str
    at: datetime
    username: str = ""
    roles: frozenset[Role] = frozenset()
    disabled: bool = False
    verifier: str = ""
    key: str = ""
    key_name: str = ""
    version: str = ""
    file_sha256: str = ""

    def as_bytes(self) -> bytes:
        """Return what is signed; the first word keeps it from being taken for a statement on an alert."""
        plain = {
            "act": self.kind.value, "station": self.station, "actor": self.actor, "subject": self.subject,
            "nonce": self.nonce, "at": self.at.isoformat(), "username": self.username,
            "roles": sorted(role.value for role in self.roles), "disabled": self.disabled, "verifier": self.verifier,
            "key": self.key, "key_name": self.key_name, "version": self.version, "file_sha256": self.file_sha256,
        }  # fmt: skip
        return b"act " + json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAct:
    """An act, the public key of the session that it was made in, and that session's Ed25519 signature, in hex."""

    act: Act
    public_key: str
    signature: str


SignAct = Callable[[Act], SignedAct]
"""Signs an act with the session (or token) of whoever is asking; the web hands it to the use cases."""
