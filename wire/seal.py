"""Signed envelopes: JWS compact, Ed25519 only. Nothing unsigned passes, whatever the broker says."""

import functools
from typing import TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ValidationError

ALGORITHM = "Ed25519"  # RFC 9864's fully specified name for EdDSA over Curve25519
SEALED_MAX_BYTES = 512 * 1024

M = TypeVar("M", bound=BaseModel)


class SealError(Exception):
    """The envelope is broken, signed by somebody else, or holds something other than was expected."""


def new_key() -> OKPKey:
    """Return a fresh Ed25519 key pair."""
    return OKPKey.generate_key("Ed25519")


def key_id(key: OKPKey) -> str:
    """Return the key's RFC 7638 thumbprint (43 characters)."""
    key.ensure_kid()  # it costs more than a signature does, so the key remembers it
    return str(key.kid)


def public_pem(key: OKPKey) -> str:
    """Return the public half as PEM text."""
    return bytes(key.as_pem(private=False)).decode("ascii")


def private_pem(key: OKPKey) -> str:
    """Return the private half as PEM text: for the owner's disk only, mode 0600."""
    return bytes(key.as_pem(private=True)).decode("ascii")


def load_key(pem: str) -> OKPKey:
    """Return the key in `pem`; SealError unless it is Ed25519."""
    try:
        key = OKPKey.import_key(pem)
    except (JoseError, ValueError, TypeError) as exc:
        raise SealError("not an Ed25519 key in PEM form") from exc
    if key.curve_name != "Ed25519":
        raise SealError(f"an Ed25519 key is wanted, this is {key.curve_name}")
    return key


def seal(message: BaseModel, key: OKPKey) -> bytes:
    """Return `message` as a JWS compact serialisation signed by `key`. Its `kind` becomes the header's `typ`.

    Raises SealError when the result is larger than any receiver would open.
    """
    header = {"alg": ALGORITHM, "typ": _type_of(type(message)), "kid": key_id(key)}
    body = message.model_dump_json(exclude_none=True).encode()
    sealed = jws.serialize_compact(header, body, key, registry=_registry()).encode("ascii")
    _refuse_oversized(sealed)
    return sealed


def open_sealed(sealed: bytes, key: OKPKey, expected: type[M]) -> M:
    """Return the `expected` message inside `sealed`, if `key` signed it.

    Raises SealError for a broken or oversized envelope, another key or algorithm, another type, or a body that is
    not a valid message. The order matters: nothing of the body is parsed before the signature stands.
    """
    _refuse_oversized(sealed)
    try:
        opened = jws.deserialize_compact(sealed, key, registry=_registry())
    except (JoseError, ValueError, TypeError, KeyError) as exc:
        raise SealError(f"the signature does not stand ({type(exc).__name__})") from exc
    if opened.headers().get("typ") != _type_of(expected):
        raise SealError(f"a {_type_of(expected)} was expected, this is a {opened.headers().get('typ')!r}")
    try:
        return expected.model_validate_json(opened.payload)
    except ValidationError as exc:
        raise SealError(f"signed, but not a valid {_type_of(expected)}: {exc.error_count()} errors") from exc


def claims_to_be(sealed: bytes, expected: type[BaseModel]) -> bool:
    """Return whether the unverified header of `sealed` names that type.

    Fit for telling the echo of one's own message on a topic that both sides use; never for believing anything.
    """
    try:
        claimed = jws.extract_compact(sealed, registry=_registry()).headers().get("typ")
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return bool(claimed == _type_of(expected))


def _refuse_oversized(sealed: bytes) -> None:
    if len(sealed) > SEALED_MAX_BYTES:
        raise SealError(f"{len(sealed)} bytes are more than a document may have")


@functools.cache
def _registry() -> jws.JWSRegistry:
    registry = jws.JWSRegistry(algorithms=[ALGORITHM])
    registry.max_payload_length = SEALED_MAX_BYTES  # the library's own limit of 128,000 is a plan of 220 airings
    return registry


def _type_of(message: type[BaseModel]) -> str:
    return f"loa.{message.model_fields['kind'].default}"
