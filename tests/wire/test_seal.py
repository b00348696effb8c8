"""The envelope: what the right key sealed opens, and nothing else does."""

import base64
import hmac
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from tests.wire.kinds import SIGNED_KINDS
from tests.wire.strategies import messages_of
from wire import seal
from wire.messages import Ack, Alerts, ClockReply, ClockRequest, Plan, Reports, Status, Value

KEY = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
                         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})  # fmt: skip  # RFC 8037's example key
OTHER_KEY = seal.new_key()
ACK = Ack(station="xa-an-binh", device="hop-1", journal="j1", up_to=7, issued_at="2026-01-01T00:00:00Z")


def _b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _by_hand(header: object, body: bytes, signature: bytes = b"\x00" * 64) -> bytes:
    return b".".join((_b64(json.dumps(header).encode()), _b64(body), _b64(signature)))


def _signed(header: dict[str, object], body: bytes, key: OKPKey = KEY) -> bytes:
    return jws.serialize_compact(header, body, key, algorithms=["Ed25519", "EdDSA"]).encode()


@given(st.sampled_from(sorted(SIGNED_KINDS)).flatmap(lambda kind: messages_of(SIGNED_KINDS[kind])))
def test_seal_opens_to_the_same_message(message: Value) -> None:
    assert seal.open_sealed(seal.seal(message, KEY), KEY, type(message)) == message


@given(st.data())
def test_open_refuses_any_changed_byte(data: st.DataObject) -> None:
    sealed = bytearray(seal.seal(ACK, KEY))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= data.draw(st.integers(1, 255))

    with pytest.raises(seal.SealError):
        seal.open_sealed(bytes(sealed), KEY, Ack)


@pytest.mark.parametrize("bit", range(6))
def test_open_refuses_every_changed_bit_of_the_last_letter(bit: int) -> None:
    """The last letter of the signature carries two bits only; a lenient decoder would let the others change."""
    sealed = seal.seal(ACK, KEY)
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed = alphabet[alphabet.index(sealed[-1]) ^ (1 << bit)]

    with pytest.raises(seal.SealError):
        seal.open_sealed(sealed[:-1] + bytes([changed]), KEY, Ack)


@given(st.data())
def test_open_refuses_a_cut_or_lengthened_envelope(data: st.DataObject) -> None:
    sealed = seal.seal(ACK, KEY)
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    longer = sealed + data.draw(st.binary(min_size=1, max_size=8))

    for broken in (cut, longer):
        with pytest.raises(seal.SealError):
            seal.open_sealed(broken, KEY, Ack)


@given(st.binary(max_size=400))
def test_open_refuses_junk(junk: bytes) -> None:
    with pytest.raises(seal.SealError):
        seal.open_sealed(junk, KEY, Ack)


@pytest.mark.parametrize("header", [[], "x", 1, None, {}, {"alg": []}, {"alg": {"a": 1}}, {"typ": "loa.ack"}])
def test_open_refuses_a_header_that_is_no_jws_header(header: object) -> None:
    with pytest.raises(seal.SealError):
        seal.open_sealed(_by_hand(header, b"{}"), KEY, Ack)


@pytest.mark.parametrize("depth", [100, 300, 100_000])
def test_open_refuses_a_deeply_nested_header_without_running_out_of_stack(depth: int) -> None:
    header = _b64(b"[" * depth + b"]" * depth)

    with pytest.raises(seal.SealError):
        seal.open_sealed(header + b".e30." + b"A" * 86, KEY, Ack)


def test_open_refuses_another_key() -> None:
    with pytest.raises(seal.SealError, match="signature does not stand"):
        seal.open_sealed(seal.seal(ACK, OTHER_KEY), KEY, Ack)


def test_open_refuses_alg_none() -> None:
    for signature in (b"", b"\x00" * 64):
        forged = _by_hand({"alg": "none", "typ": "loa.ack"}, ACK.model_dump_json().encode(), signature)
        with pytest.raises(seal.SealError, match="signature does not stand"):
            seal.open_sealed(forged, KEY, Ack)


def test_open_refuses_hs256_with_the_public_key_as_the_secret() -> None:
    body = _by_hand({"alg": "HS256", "typ": "loa.ack"}, ACK.model_dump_json().encode()).rpartition(b".")[0]
    for secret in (seal.public_pem(KEY).encode(), KEY.public_key.public_bytes_raw()):
        forged = body + b"." + _b64(hmac.digest(secret, body, "sha256"))
        with pytest.raises(seal.SealError, match="signature does not stand"):
            seal.open_sealed(forged, KEY, Ack)


@pytest.mark.filterwarnings("ignore:EdDSA")
def test_open_refuses_the_deprecated_name_even_by_the_right_key() -> None:
    forged = _signed({"alg": "EdDSA", "typ": "loa.ack"}, ACK.model_dump_json().encode())

    with pytest.raises(seal.SealError, match="signature does not stand"):
        seal.open_sealed(forged, KEY, Ack)


@pytest.mark.filterwarnings("ignore:EdDSA")
def test_open_refuses_a_key_that_the_header_brings_along() -> None:
    header: dict[str, object] = {"alg": "Ed25519", "typ": "loa.ack", "jwk": OTHER_KEY.as_dict(private=False)}

    with pytest.raises(seal.SealError, match="signature does not stand"):
        seal.open_sealed(_signed(header, ACK.model_dump_json().encode(), OTHER_KEY), KEY, Ack)


@pytest.mark.parametrize("expected", [Plan, Alerts, Status, Reports, ClockRequest, ClockReply])
def test_open_refuses_another_type_than_expected(expected: type[Value]) -> None:
    with pytest.raises(seal.SealError, match="was expected"):
        seal.open_sealed(seal.seal(ACK, KEY), KEY, expected)


@pytest.mark.parametrize("header", [{}, {"typ": "JWT"}, {"typ": "LOA.ACK"}])
def test_open_refuses_a_missing_or_foreign_type(header: dict[str, object]) -> None:
    with pytest.raises(seal.SealError, match="was expected"):
        seal.open_sealed(_signed({"alg": "Ed25519", **header}, ACK.model_dump_json().encode()), KEY, Ack)


def test_open_refuses_a_signed_body_that_is_no_message() -> None:
    for body in (b"", b"{", b"[]", b'{"kind":"plan"}', b"\xff\xfe", b"[" * 10_000):
        with pytest.raises(seal.SealError, match="not a valid"):
            seal.open_sealed(_signed({"alg": "Ed25519", "typ": "loa.ack"}, body), KEY, Ack)


def test_open_ignores_unknown_fields() -> None:
    body = ACK.model_dump(mode="json") | {"from_the_future": {"x": [1, 2]}}

    assert seal.open_sealed(_signed({"alg": "Ed25519", "typ": "loa.ack"}, json.dumps(body).encode()), KEY, Ack) == ACK


def test_open_refuses_an_oversized_envelope_before_looking_into_it() -> None:
    with pytest.raises(seal.SealError, match="more than a document may have"):
        seal.open_sealed(b"A" * (seal.SEALED_MAX_BYTES + 1), KEY, Ack)


def test_seal_refuses_what_no_receiver_would_open() -> None:
    with pytest.raises(seal.SealError, match="more than a document may have"):
        seal.seal(ACK.model_copy(update={"journal": "j" * seal.SEALED_MAX_BYTES}), KEY)


def test_seal_carries_a_document_nearly_as_large_as_allowed() -> None:
    """The signature library stops at 128,000 bytes by default, a plan of some 220 airings."""
    large = ACK.model_copy(update={"journal": "j" * (seal.SEALED_MAX_BYTES // 4 * 3 - 1000)})

    assert seal.open_sealed(seal.seal(large, KEY), KEY, Ack) == large


def test_claims_to_be_tells_the_echo_of_ones_own_message() -> None:
    sealed = seal.seal(ACK, OTHER_KEY)

    assert seal.claims_to_be(sealed, Ack)
    assert not seal.claims_to_be(sealed, Plan)


@given(st.binary(max_size=200))
def test_claims_to_be_survives_junk(junk: bytes) -> None:
    assert not seal.claims_to_be(junk, Ack)


def test_keys_survive_their_pem_form() -> None:
    key = seal.new_key()

    assert seal.key_id(seal.load_key(seal.private_pem(key))) == seal.key_id(key)
    assert seal.key_id(seal.load_key(seal.public_pem(key))) == seal.key_id(key)
    assert "PRIVATE" not in seal.public_pem(key)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey | ed448.Ed448PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
        ec.generate_private_key(ec.SECP256R1()),
        x25519.X25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
    ],
    ids=["RSA", "P-256", "X25519", "Ed448"],
)
def test_load_key_refuses_other_kinds_of_key(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey | ed448.Ed448PrivateKey,
) -> None:
    with pytest.raises(seal.SealError):
        seal.load_key(_pem(key))


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "{}"])
def test_load_key_refuses_junk(text: str) -> None:
    with pytest.raises(seal.SealError):
        seal.load_key(text)
