"""The page's HTTP: what is not plainly right is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.button import http
from device_agent.button.http import Refused, Request

OWN = "192.168.4.1:8080"
FORM = {"host": OWN, "content-type": "application/x-www-form-urlencoded"}


def head(*lines: str) -> bytes:
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def post(**headers: str) -> Request:
    return Request(method="POST", path="/", headers=FORM | {n.replace("_", "-"): v for n, v in headers.items()})


def status_of(call: object, *arguments: object, **named: object) -> int:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)  # type: ignore[operator]  # a callable
    return refused.value.status


def test_a_plain_request_is_read() -> None:
    request = http.read_head(head("POST / HTTP/1.1", f"Host: {OWN}", "Content-Length: 11"))
    assert (request.method, request.path, request.headers["host"]) == ("POST", "/", OWN)
    assert http.body_length(request) == 11
    assert http.read_form(post(), b"ma=1234&tin=1") == {"ma": "1234", "tin": "1"}


@pytest.mark.parametrize(
    "lines",
    [("GET /",), ("GET / HTTP/2.0",), ("GET / HTTP/1.1", "no colon"), ("GET / HTTP/1.1", "Host: a", "Host: b"),
     ("GET  / HTTP/1.1",), ("GET / HTTP/1.1", ": nothing")],
)  # fmt: skip
def test_a_broken_head_is_refused(lines: tuple[str, ...]) -> None:
    assert status_of(http.read_head, head(*lines)) == 400


def test_a_body_is_bounded_and_its_length_is_plain() -> None:
    assert status_of(http.body_length, post(content_length="1025")) == 413
    assert [status_of(http.body_length, post(content_length=said)) for said in ("-1", "٣", "1e3", "9" * 30)] == [
        400
    ] * 4
    assert status_of(http.body_length, post(transfer_encoding="chunked")) == 400


def test_a_form_has_each_field_once_and_no_other_kind_is_read() -> None:
    assert status_of(http.read_form, post(), b"ma=1&ma=2") == 400
    assert status_of(http.read_form, post(), b"&".join(b"f%d=1" % n for n in range(9))) == 400
    assert status_of(http.read_form, post(), b"ma=%ff") == 400
    assert status_of(http.read_form, post(content_type="text/plain"), b"ma=1") == 415


def test_other_sites_send_nothing_here() -> None:
    http.check_origin(post(), own=OWN)
    http.check_origin(post(origin=f"http://{OWN}", sec_fetch_site="same-origin"), own=OWN)
    assert status_of(http.check_origin, post(host="ke-xau.example"), own=OWN) == 421
    assert status_of(http.check_origin, Request(method="GET", path="/", headers={}), own=OWN) == 421
    assert status_of(http.check_origin, post(origin="http://ke-xau.example"), own=OWN) == 403
    assert status_of(http.check_origin, post(origin="null"), own=OWN) == 403
    assert status_of(http.check_origin, post(sec_fetch_site="cross-site"), own=OWN) == 403


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(noise: bytes) -> None:
    with contextlib.suppress(Refused):
        http.read_head(noise + b"\r\n\r\n")
    with contextlib.suppress(Refused):
        http.read_form(post(), noise)
