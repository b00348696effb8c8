"""A person's signing key, derived from the secret that only their browser or program holds.

The station's database keeps that secret as a fingerprint only, so nobody who reads the database can sign for anybody.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from broadcaster.domain.acting import Act, SignAct, SignedAct
from broadcaster.domain.alarm.vouching import Statement, Vouch, Vouched

_SALT = b"loa/session-key/v1"
_INFO = b"ed25519"
_ORDER = 2**252 + 27742317777372353535851937790883648493
_FIELD = 2**255 - 19
_SMALL_ORDER = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        int("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7", 16),
        int("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16),
    }
)
"""The y of the points for which a signature can be made that fits many messages; no honest key is one of them."""


def public_key_of(secret: str) -> str:
    """Return the public half of the key behind a session's or token's secret: 64 hexadecimal digits."""
    return _key_of(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def vouch_with(secret: str) -> Vouch:
    """Return what signs a statement for whoever holds that secret."""

    def vouch(statement: Statement) -> Vouched:
        signature = _key_of(secret).sign(statement.as_bytes()).hex()
        return Vouched(statement=statement, public_key=public_key_of(secret), signature=signature)

    return vouch


def act_with(secret: str) -> SignAct:
    """Return what signs an act on the signer's register for whoever holds that secret."""

    def sign(act: Act) -> SignedAct:
        signature = _key_of(secret).sign(act.as_bytes()).hex()
        return SignedAct(act=act, public_key=public_key_of(secret), signature=signature)

    return sign


def verify(vouched: Vouched) -> bool:
    """Return whether the session that a statement names really signed it. Whose session that is, a register says."""
    return stands(vouched.signature, vouched.statement.as_bytes(), public_key=vouched.public_key)


def stands(signature: str, signed: bytes, *, public_key: str) -> bool:
    """Return whether `public_key` signed exactly these bytes, by the strict reading of RFC 8032, section 5.1.7.

    Everything has one spelling: lower case hexadecimal, a reduced scalar, canonical points of the full order.
    """
    key, proof = _hexadecimal(public_key, 32), _hexadecimal(signature, 64)
    if key is None or proof is None or not (_is_point(key) and _is_point(proof[:32])):
        return False
    if int.from_bytes(proof[32:], "little") >= _ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(proof, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_point(encoded: bytes) -> bool:
    y = int.from_bytes(encoded, "little") & (2**255 - 1)
    return y < _FIELD and y not in _SMALL_ORDER


def _hexadecimal(text: str, length: int) -> bytes | None:
    if len(text) != 2 * length or not set(text) <= set("0123456789abcdef"):
        return None
    return bytes.fromhex(text)


def _key_of(secret: str) -> Ed25519PrivateKey:
    """Return the key, made anew each time: nothing of it stays in memory for whoever takes the process over later."""
    if not secret:
        raise ValueError("a session without a secret signs nothing")
    derived = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=_INFO).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)
