"""Messages through Apprise to a local receiver that takes them, refuses them, hangs, or is not there."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from broadcaster.adapters import apprise_messages
from broadcaster.adapters.apprise_messages import AppriseMessages


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it was sent; `/refuse` is answered by an error, `/hang` not at all."""

    received: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/hang":
            time.sleep(5)
        self.received.append(json.loads(body))
        self.send_response(500 if self.path == "/refuse" else 200)
        self.end_headers()

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

    assert AppriseMessages().send(f"{url}/ok", title="Đài xã An Bình", text="Lũ đang lên. Xem ngay!") is None

    (message,) = received
    assert (message["title"], message["message"]) == ("Đài xã An Bình", "Lũ đang lên. Xem ngay!")


def test_what_refuses_or_is_not_there_is_said(receiver: tuple[str, list[dict[str, Any]]]) -> None:
    url, _ = receiver

    assert AppriseMessages().send(f"{url}/refuse", title="t", text="x")
    assert AppriseMessages().send("json://127.0.0.1:9/x", title="t", text="x")


def test_what_hangs_is_given_up(
    receiver: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(apprise_messages, "READ_S", 0.5)
    began = time.monotonic()

    assert AppriseMessages().send(f"{receiver[0]}/hang", title="t", text="x")
    assert time.monotonic() - began < 4


def test_secrets_are_hidden_and_what_is_no_address_is_none() -> None:
    messages = AppriseMessages()

    shown = messages.shown("mailto://lan:mat-khau@xa.example.vn")
    assert shown is not None
    assert "mat-khau" not in shown
    assert [messages.shown(address) for address in ("", "xx", "file:///etc/passwd", "không phải")] == [None] * 4
