"""The keys behind sessions: whoever has the secret signs, and nobody else, in one spelling only."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.adapters.session_keys import act_with, public_key_of, stands, verify, vouch_with
from broadcaster.domain.acting import Act, ActKind
from broadcaster.domain.alarm.vouching import Part, Statement, Vouched
from broadcaster.domain.ids import AlertId, StationId, UserId

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ORDER = 2**252 + 27742317777372353535851937790883648493
STATEMENT = Statement(
    station=StationId("xa-hong-phong"), alert=AlertId("ca-1"), content_sha256="0" * 64, person=UserId("nd-1"),
    part=Part.APPROVER, phrase="báo động thật lũ quét toàn xã", reason="", at=NOW,
)  # fmt: skip


def vouched(statement: Statement = STATEMENT, *, secret: str = "bí mật") -> Vouched:
    return vouch_with(secret)(statement)


def test_a_vouched_statement_stands() -> None:
    assert verify(vouched())
    assert vouched().public_key == public_key_of("bí mật")


def test_another_secret_is_another_key() -> None:
    assert public_key_of("bí mật") != public_key_of("bí mật ")


def test_no_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="without a secret"):
        public_key_of("")


@given(
    st.sampled_from(
        [
            {"station": "xa-khac"}, {"alert": "ca-2"}, {"content_sha256": "1" * 64}, {"person": "nd-2"},
            {"part": Part.BREAK_GLASS}, {"phrase": "x"}, {"reason": "y"}, {"at": NOW.replace(second=1)},
        ]
    )
)  # fmt: skip
def test_a_changed_statement_falls(change: dict[str, object]) -> None:
    assert not verify(replace(vouched(), statement=replace(STATEMENT, **change)))  # type: ignore[arg-type] # fields by their names


@given(st.integers(0, 511))
def test_one_flipped_bit_of_the_signature_falls(bit: int) -> None:
    good = vouched()
    broken = bytearray.fromhex(good.signature)
    broken[bit // 8] ^= 1 << (bit % 8)
    assert not verify(replace(good, signature=broken.hex()))


@pytest.mark.parametrize("text", ["", "0", "zz", "é" * 64, "00" * 31, "00" * 33, " " + "00" * 32])
def test_a_key_that_is_none_falls(text: str) -> None:
    assert not verify(replace(vouched(), public_key=text))
    assert not verify(replace(vouched(), signature=text))


def test_a_signature_has_one_spelling() -> None:
    good = vouched()
    proof = bytes.fromhex(good.signature)
    larger = (int.from_bytes(proof[32:], "little") + ORDER).to_bytes(32, "little")
    assert not verify(replace(good, signature=good.signature.upper()))
    assert not verify(replace(good, signature=(proof[:32] + larger).hex()))


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_of_small_order_signs_nothing(y: int, sign: int) -> None:
    weak = (y | sign << 255).to_bytes(32, "little")
    identity = (1).to_bytes(32, "little")
    assert not stands((identity + bytes(32)).hex(), b"anything", public_key=weak.hex())


def test_an_act_is_no_statement() -> None:
    act = Act(
        kind=ActKind.PROLONG, station=STATEMENT.station, actor=STATEMENT.person, subject=STATEMENT.person,
        nonce="n" * 20, at=NOW,
    )  # fmt: skip
    signed = act_with("bí mật")(act)
    assert stands(signed.signature, act.as_bytes(), public_key=signed.public_key)
    assert not stands(signed.signature, STATEMENT.as_bytes(), public_key=signed.public_key)
