"""The enrolment code: forgiving to the hand that types it, merciless to the wrong code."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.kinds import ENROLMENT_KINDS
from tests.wire.strategies import messages_of
from wire import enrolment
from wire.enrolment import ALPHABET, CodeError, EnrolReply, EnrolRequest
from wire.messages import Value

codes = st.text(ALPHABET, min_size=enrolment.CODE_LENGTH, max_size=enrolment.CODE_LENGTH)
CODE = "7K3M9QXT2WBC4DFG"
REQUEST = EnrolRequest(public_key_pem="khoá công khai", agent_version="0.1.0")
few = settings(max_examples=6, deadline=None)  # each seal is stretched by scrypt on purpose, some 40 ms


@given(codes, st.data())
def test_normalise_forgives_case_hyphens_blanks_and_lookalikes(code: str, data: st.DataObject) -> None:
    letters = [data.draw(st.sampled_from(_ways_to_type(letter))) for letter in code]
    separator = data.draw(st.sampled_from(["", "-", " ", " - "]))

    assert enrolment.normalise(separator.join(letters)) == code


def _ways_to_type(letter: str) -> list[str]:
    lookalikes = {"0": ["O", "o"], "1": ["I", "i", "L", "l"]}
    return [letter, letter.lower(), *lookalikes.get(letter, [])]


@given(codes)
def test_grouped_reads_back(code: str) -> None:
    assert enrolment.grouped(code) == "-".join([code[:4], code[4:8], code[8:12], code[12:]])
    assert enrolment.normalise(enrolment.grouped(code)) == code


@given(st.text(max_size=30))
def test_normalise_refuses_or_returns_a_code(text: str) -> None:
    try:
        code = enrolment.normalise(text)
    except CodeError:
        return
    assert len(code) == enrolment.CODE_LENGTH
    assert set(code) <= set(ALPHABET)


@pytest.mark.parametrize("text", ["", "7K3M", CODE + "0", CODE[:-1], CODE[:-1] + "U", CODE[:-1] + "_", "é" * 16])
def test_normalise_refuses_what_is_no_code(text: str) -> None:
    with pytest.raises(CodeError):
        enrolment.normalise(text)


@few
@given(st.sampled_from(sorted(ENROLMENT_KINDS)).flatmap(lambda kind: messages_of(ENROLMENT_KINDS[kind])), codes)
def test_seal_with_code_opens_with_the_same_code(message: Value, code: str) -> None:
    sealed = enrolment.seal_with_code(message, code)

    assert sealed.code_name == code[:4]
    assert code[4:] not in sealed.model_dump_json()
    assert enrolment.open_with_code(sealed.sealed, code, type(message)) == message


@few
@given(st.integers(0, 15), st.sampled_from(ALPHABET))
def test_open_with_code_refuses_a_code_wrong_in_one_letter(position: int, letter: str) -> None:
    wrong = CODE[:position] + letter + CODE[position + 1 :]
    sealed = enrolment.seal_with_code(REQUEST, CODE).sealed

    if wrong != CODE:
        with pytest.raises(CodeError):
            enrolment.open_with_code(sealed, wrong, EnrolRequest)


@few
@given(st.data())
def test_open_with_code_refuses_any_changed_letter(data: st.DataObject) -> None:
    sealed = enrolment.seal_with_code(REQUEST, CODE).sealed
    position = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.sampled_from("Aa0-_.=é").filter(lambda other: other != sealed[position]))

    with pytest.raises(CodeError):
        enrolment.open_with_code(sealed[:position] + letter + sealed[position + 1 :], CODE, EnrolRequest)


@few
@given(st.text(max_size=200))
def test_open_with_code_refuses_junk(junk: str) -> None:
    with pytest.raises(CodeError):
        enrolment.open_with_code(junk, CODE, EnrolRequest)


def test_open_with_code_refuses_the_request_sent_back_as_the_reply() -> None:
    sealed = enrolment.seal_with_code(REQUEST, CODE).sealed

    with pytest.raises(CodeError):
        enrolment.open_with_code(sealed, CODE, EnrolReply)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "A256KW", "enc": "A256GCM"},
        {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "p2s": "AAAA", "p2c": 2_000_000_000},
        {"alg": "dir", "enc": "A128CBC-HS256"},
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
        [],
        "x",
    ],
)
def test_open_with_code_refuses_another_algorithm(header: object) -> None:
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    tail = enrolment.seal_with_code(REQUEST, CODE).sealed.partition(".")[2]

    with pytest.raises(CodeError):
        enrolment.open_with_code(f"{encoded}.{tail}", CODE, EnrolRequest)


def test_open_with_code_refuses_a_deeply_nested_header_without_running_out_of_stack() -> None:
    header = base64.urlsafe_b64encode(b"[" * 700).rstrip(b"=").decode()

    with pytest.raises(CodeError):
        enrolment.open_with_code(f"{header}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", CODE, EnrolRequest)
