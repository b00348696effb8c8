"""Fetching over real sockets on loopback: conditions, limits, deadlines, and no step to anywhere else."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from broadcaster.adapters.cap_fetch import Fetcher
from broadcaster.adapters.cap_fetch_worker import fetch, is_allowed
from broadcaster.services.cap.polling import FetchFailed, Wanted

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers as told, and remembers who asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answers: dict[str, Answer] = {}

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server: Server = self.server  # type: ignore[assignment] # it is the one below
                server.asked.append((self.path, self.headers.get("If-None-Match", "")))
                server.answers.get(self.path, say(404))(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Door)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def say(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Return an answer."""

    def answer(door: BaseHTTPRequestHandler) -> None:
        door.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            door.send_header(name.replace("_", "-"), value)
        door.end_headers()
        door.wfile.write(body)

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback."""
    found = Server()
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    """The adapter with its own process, and a short deadline."""
    found = Fetcher(deadline_s=3.0)
    yield found
    found.close()


def wanted(url: str, *, private: bool = True, hosts: tuple[str, ...] = (), etag: str = "", most: int = 1000) -> Wanted:
    return Wanted(url=url, max_bytes=most, allow_private=private, hosts=hosts, etag=etag)


def failure(fetcher: Fetcher, of: Wanted) -> str:
    """Return the reason why something is not fetched."""
    with pytest.raises(FetchFailed) as failed:
        fetcher(of)
    assert len(str(failed.value)) > 20
    return failed.value.code


@pytest.mark.slow
def test_document_is_fetched_with_what_conditions_need(server: Server, fetcher: Fetcher) -> None:
    server.answers["/a"] = say(200, b"<a/>", ETag='"1"', Last_Modified="Mon, 02 Mar 2026 00:00:00 GMT")

    found = fetcher(wanted(f"{server.url}/a", etag='"0"'))

    assert (found.status, found.body, found.etag) == (200, b"<a/>", '"1"')
    assert found.last_modified == "Mon, 02 Mar 2026 00:00:00 GMT"
    assert server.asked == [("/a", '"0"')]


@pytest.mark.slow
def test_unchanged_gone_and_busy_are_told_by_their_status(server: Server, fetcher: Fetcher) -> None:
    server.answers |= {"/same": say(304), "/busy": say(503, Retry_After="120")}

    assert fetcher(wanted(f"{server.url}/same")).status == 304
    assert fetcher(wanted(f"{server.url}/none")).status == 404
    assert fetcher(wanted(f"{server.url}/busy")).retry_after == "120"


@pytest.mark.slow
def test_private_address_is_not_asked_at_all(server: Server, fetcher: Fetcher) -> None:
    assert failure(fetcher, wanted(f"{server.url}/a", private=False)) == "private_address"
    assert (
        failure(fetcher, wanted(f"http://localhost:{server.server_address[1]}/a", private=False)) == "private_address"
    )
    assert server.asked == []


@pytest.mark.slow
def test_redirects_stay_at_home(server: Server, fetcher: Fetcher) -> None:
    elsewhere = f"http://localhost:{server.server_address[1]}/b"
    server.answers |= {
        "/home": say(302, Location="/b"), "/away": say(302, Location=elsewhere), "/b": say(200, b"b"),
        "/round": say(301, Location="/round"), "/file": say(302, Location="file:///etc/passwd"),
    }  # fmt: skip

    assert fetcher(wanted(f"{server.url}/home")).url == f"{server.url}/b"
    assert failure(fetcher, wanted(f"{server.url}/away")) == "redirected_elsewhere"
    assert fetcher(wanted(f"{server.url}/away", hosts=("localhost",))).body == b"b"
    assert failure(fetcher, wanted(f"{server.url}/round")) == "too_many_redirects"
    assert failure(fetcher, wanted(f"{server.url}/file")) == "redirected_elsewhere"


@pytest.mark.slow
def test_too_much_is_not_read(server: Server, fetcher: Fetcher) -> None:
    def endless(door: BaseHTTPRequestHandler) -> None:
        door.send_response(200)
        door.end_headers()
        try:
            while True:
                door.wfile.write(b"x" * 65536)
        except OSError:
            pass

    server.answers |= {
        "/long": say(200, b"x" * 1001),
        "/endless": endless,
        "/packed": say(200, b"x", Content_Encoding="gzip"),
    }

    assert failure(fetcher, wanted(f"{server.url}/long")) == "too_large"
    assert failure(fetcher, wanted(f"{server.url}/endless")) == "too_large"
    assert failure(fetcher, wanted(f"{server.url}/packed")) == "packed"


@pytest.mark.slow
def test_dripping_answer_ends_at_the_deadline_and_the_next_question_is_answered(
    server: Server, fetcher: Fetcher
) -> None:
    def drip(door: BaseHTTPRequestHandler) -> None:
        door.send_response(200)
        door.end_headers()
        try:
            while True:
                door.wfile.write(b"x")
                door.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    server.answers |= {"/drip": drip, "/a": say(200, b"a")}
    started = time.monotonic()

    assert failure(fetcher, wanted(f"{server.url}/drip")) == "timed_out"
    assert time.monotonic() - started < 5
    assert fetcher(wanted(f"{server.url}/a")).body == b"a"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://127.0.0.1/x", "bad_address"),
        ("http://a:b@127.0.0.1/", "bad_address"),
        ("http://127.0.0.1:1/", "unreachable"),
        ("http://[x/", "unreachable"),
        ("http://127.0.0.1:99999/", "unreachable"),
        ("https://127.0.0.1:{port}/", "bad_certificate"),
    ],
)
def test_what_cannot_be_asked_is_told(server: Server, fetcher: Fetcher, url: str, code: str) -> None:
    assert failure(fetcher, wanted(url.format(port=server.server_address[1]))) == code


def test_answer_that_is_no_http_is_a_failure_and_no_fault(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)) as listener:

        def babble() -> None:
            line, _ = listener.accept()
            line.recv(1000)
            line.sendall(b"\x00\x01 nonsense\r\n\r\n")
            line.close()

        thread = threading.Thread(target=babble)
        thread.start()
        question = {
            "url": f"http://127.0.0.1:{free_port}/", "headers": {}, "timeout_s": 2, "max_bytes": 10,
            "allow_private": True, "hosts": [],
        }  # fmt: skip
        header, body = fetch(question)
        thread.join()

    assert (header["error"], body) == ("unreachable", b"")


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("8.8.8.8", True, True),
        ("127.0.0.1", False, True),
        ("10.0.0.1", False, True),
        ("192.168.1.1", False, True),
        ("169.254.169.254", False, True),
        ("100.64.0.1", False, True),
        ("0.0.0.0", False, False),
        ("224.0.0.1", False, False),
        ("::1", False, True),
        ("fe80::1%eth0", False, True),
        ("fd00::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("::ffff:8.8.8.8", True, True),
        ("64:ff9b::7f00:1", False, True),
        ("2002:7f00:1::", False, True),
        ("2606:4700:4700::1111", True, True),
    ],
)
def test_private_addresses_are_known_in_every_writing(address: str, public: bool, private: bool) -> None:
    assert is_allowed(address, allow_private=False) is public
    assert is_allowed(address, allow_private=True) is private
