"""How a box and its station meet: a one-time code is the shared secret that seals both messages.

The code never travels: its first group names it, the rest becomes the key of a JWE (RFC 7516, `dir` + A256GCM). So
neither the box's key nor the station's can be exchanged on the way, even where the address is plain http. The key is
stretched by scrypt (RFC 7914), so that who recorded the messages cannot try the 60 secret bits one by one.
"""

import re
from typing import Literal, TypeVar

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import ValidationError

from wire.values import Slug, Value

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that is mistaken for something else
CODE_LENGTH = 16
NAME_LENGTH = 4
_ALGORITHMS = ["dir", "A256GCM"]

V = TypeVar("V", bound=Value)


class CodeError(Exception):
    """The text is not an enrolment code, or the message was not sealed with this code."""


class EnrolRequest(Value):
    """The box's half: its public key, and what it is."""

    kind: Literal["enrol_request"] = "enrol_request"
    public_key_pem: str
    agent_version: str


class BrokerAccount(Value):
    """Where and as whom the box reaches its broker; no username where the broker has no accounts."""

    url: str
    username: str | None = None
    password: str | None = None
    ca_pem: str | None = None


class EnrolReply(Value):
    """The station's half: who the box now is, whom it obeys, where it reports."""

    kind: Literal["enrol_reply"] = "enrol_reply"
    station: Slug
    device: Slug
    cluster: str
    hamlet: str
    station_key_pem: str
    broker: BrokerAccount


class Sealed(Value):
    """Either half on its way: `code_name` says which code, `sealed` is the JWE."""

    code_name: str
    sealed: str


def normalise(code: str) -> str:
    """Return the 16 letters of a code typed in any case, with or without hyphens. Raises CodeError."""
    letters = re.sub(r"[\s-]", "", code).upper().replace("O", "0").replace("I", "1").replace("L", "1")
    if len(letters) != CODE_LENGTH or any(letter not in ALPHABET for letter in letters):
        raise CodeError("an enrolment code has 16 letters and digits")
    return letters


def grouped(code: str) -> str:
    """Return the code as people read it: four groups of four."""
    return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def name_of(code: str) -> str:
    """Return the public part of a normalised code."""
    return code[:NAME_LENGTH]


def seal_with_code(message: Value, code: str) -> Sealed:
    """Return `message` encrypted and authenticated by the normalised `code`."""
    header = {"alg": "dir", "enc": "A256GCM"}
    body = message.model_dump_json().encode()
    return Sealed(code_name=name_of(code), sealed=jwe.encrypt_compact(header, body, _key(code), algorithms=_ALGORITHMS))


def open_with_code(sealed: str, code: str, expected: type[V]) -> V:
    """Return the `expected` message. Raises CodeError when another code sealed it or it is broken."""
    try:
        opened = jwe.decrypt_compact(sealed, _key(code), algorithms=_ALGORITHMS)
        return expected.model_validate_json(opened.plaintext or b"")
    except (JoseError, ValidationError, ValueError, TypeError, KeyError) as exc:
        raise CodeError("this was not sealed with this code") from exc


def _key(code: str) -> OctKey:
    stretched = Scrypt(salt=b"loa/v1/enrolment/" + name_of(code).encode(), length=32, n=2**14, r=8, p=1)
    return OctKey.import_key(stretched.derive(code[NAME_LENGTH:].encode()))
