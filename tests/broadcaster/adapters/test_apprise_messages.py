"""Messages through Apprise to a local receiver that takes them, refuses them, hangs, or is not there."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from broadcaster.adapters import apprise_messages
from broadcaster.adapters.apprise_messages import AppriseMessages
from broadcaster.services.telling import Letter


def send(messages: AppriseMessages, address: str, *, title: str, text: str) -> str | None:
    """Send one message; return what went wrong with it."""
    (error,) = messages.send([Letter(address=address, title=title, text=text)])
    return error


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it was sent; `/refuse` is answered by an error, `/hang` not at all, `/drip` for ever and ever."""

    received: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/hang":
            time.sleep(5)
        self.received.append(json.loads(body))
        if self.path == "/drip":
            self.drip()
            return
        self.send_response(500 if self.path == "/refuse" else 200)
        self.end_headers()

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with suppress(OSError):
            for _ in range(1000):
                self.wfile.write(b"x")
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    received: list[dict[str, Any]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Receiver,), {"received": received}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


def test_a_message_arrives_whole(receiver: tuple[str, list[dict[str, Any]]]) -> None:
    url, received = receiver

    assert send(AppriseMessages(), f"{url}/ok", title="Đài xã An Bình", text="Lũ đang lên. Xem ngay!") is None

    (message,) = received
    assert (message["title"], message["message"]) == ("Đài xã An Bình", "Lũ đang lên. Xem ngay!")


def test_what_refuses_or_is_not_there_is_said(receiver: tuple[str, list[dict[str, Any]]]) -> None:
    url, _ = receiver

    assert send(AppriseMessages(), f"{url}/refuse", title="t", text="x")
    assert send(AppriseMessages(), "json://127.0.0.1:9/x", title="t", text="x")


def test_what_hangs_is_given_up(
    receiver: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(apprise_messages, "READ_S", 0.5)
    began = time.monotonic()

    assert send(AppriseMessages(), f"{receiver[0]}/hang", title="t", text="x")
    assert time.monotonic() - began < 4


def test_an_answer_that_drips_in_for_ever_is_given_up_and_bars_only_its_own_address(
    receiver: tuple[str, list[dict[str, Any]]],
) -> None:
    """Every byte begins the socket's time-out anew: one such receiver kept every officer from being told anything."""
    url, received = receiver
    messages = AppriseMessages(deadline_s=0.5)
    began = time.monotonic()

    assert send(messages, f"{url}/drip", title="t", text="x")
    assert send(messages, f"{url}/drip", title="t", text="again")
    assert time.monotonic() - began < 20
    assert [message["message"] for message in received] == ["x"]
    assert send(AppriseMessages(), f"{url}/ok", title="t", text="y") is None


def test_one_that_hangs_holds_no_other_up(receiver: tuple[str, list[dict[str, Any]]]) -> None:
    url, received = receiver
    letters = [Letter(address=f"{url}/{name}", title="t", text=name) for name in ("drip", "ok", "refuse", "drip")]

    errors = AppriseMessages(deadline_s=2).send(letters)

    assert [error is None for error in errors] == [False, True, False, False]
    assert sorted(message["message"] for message in received) == ["drip", "ok", "refuse"]


def test_two_stations_may_tell_the_same_address(receiver: tuple[str, list[dict[str, Any]]]) -> None:
    url, received = receiver
    letters = [Letter(address=f"{url}/ok", title="t", text=name) for name in ("một", "hai", "ba")]

    assert AppriseMessages().send(letters) == (None, None, None)
    assert len(received) == 3


@pytest.mark.parametrize("kind", ["json", "jsons", "xml", "form"])
def test_path_of_a_webhook_is_a_secret(kind: str) -> None:
    address = f"{kind}://lan:mat-khau@tin.example/moc/BI-MAT?+X-Khoa=BI-MAT"

    assert AppriseMessages().shown(address) == f"{kind}://lan:****@tin.example/…"


@pytest.mark.parametrize("address", ["tgram//123:BI-MAT/1", "https://moc.example/BI-MAT", "twilio://BI-MAT:x@y/z"])
def test_secrets_of_an_address_that_is_none_are_not_logged(address: str, caplog: pytest.LogCaptureFixture) -> None:
    messages = AppriseMessages()

    messages.shown(address)
    send(messages, address, title="t", text="x")

    assert "BI-MAT" not in caplog.text


def test_secrets_are_hidden_and_what_is_no_address_is_none() -> None:
    messages = AppriseMessages()

    shown = messages.shown("mailto://lan:mat-khau@xa.example.vn")
    assert shown is not None
    assert "mat-khau" not in shown
    assert [messages.shown(address) for address in ("", "xx", "file:///etc/passwd", "không phải")] == [None] * 4
