"""Enrolment against a real HTTP server: the code seals both ways, refusals come back in the station's words."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from device_agent import enrolment, identity
from device_agent.__main__ import EXIT_IDENTITY, EXIT_REFUSED, main
from device_agent.identity import BrokenIdentity, NotEnrolled
from wire import seal
from wire.enrolment import BrokerAccount, EnrolReply, EnrolRequest, Sealed, open_with_code, seal_with_code

CODE = "7K3M9Q2XP4RTW8YZ"
STATION_KEY = seal.new_key()

Answer = Callable[[Sealed], tuple[int, bytes]]


def welcome(sealed: Sealed) -> tuple[int, bytes]:
    open_with_code(sealed.sealed, CODE, EnrolRequest)
    return 200, seal_with_code(reply(), CODE).model_dump_json().encode()


def reply() -> EnrolReply:
    return EnrolReply(
        station="xa", device="loa-01", cluster="Cụm loa đình", hamlet="Thôn Đoài",
        station_key_pem=seal.public_pem(STATION_KEY), broker=BrokerAccount(url="mqtt://127.0.0.1:1883"),
    )  # fmt: skip


class FakeServer:
    """The server's half: `answer` says what becomes of a request."""

    def __init__(self) -> None:
        self.answer: Answer = welcome
        self.paths: list[str] = []
        self.headers: dict[str, str] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = outer.answer(Sealed.model_validate_json(body))
                self.send_response(status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    yield fake
    fake.close()


def test_a_box_is_enrolled_and_keeps_who_it_is(server: FakeServer, tmp_path: Path) -> None:
    assert main(["enrol", server.url, "7k3m-9q2x-p4rt-w8yz", "--data", str(tmp_path / "box")]) == 0
    me = identity.load(tmp_path / "box")
    assert (me.station, me.device, me.cluster, me.hamlet) == ("xa", "loa-01", "Cụm loa đình", "Thôn Đoài")
    assert seal.key_id(me.station_key) == seal.key_id(STATION_KEY)
    assert server.paths == ["/api/v1/enrol"]


def test_only_the_owner_can_read_the_key(server: FakeServer, tmp_path: Path) -> None:
    main(["enrol", server.url, CODE, "--data", str(tmp_path)])
    private = [path for path in tmp_path.iterdir() if "PRIVATE" in path.read_text()]
    assert [oct(path.stat().st_mode & 0o777) for path in private] == ["0o600"]
    assert (tmp_path / "identity.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "words",
    [["{url}", CODE], ["{url}/", "7k3m 9q2x p4rt w8yz"], ["loa:{url}?code=7K3M-9Q2X-P4RT-W8YZ"], ["{url} " + CODE]],
)
def test_the_address_and_the_code_may_come_as_people_write_them(words: list[str]) -> None:
    url = "https://loa.xa-thu.vn:8443"
    found = enrolment.read_invitation([word.format(url=url) for word in words])
    assert (found.url, found.code) == (url, CODE)


def test_a_second_enrolment_wants_to_be_meant(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["enrol", server.url, CODE, "--data", str(tmp_path)])
    first = seal.key_id(identity.load(tmp_path).key)
    assert main(["enrol", server.url, CODE, "--data", str(tmp_path)]) == EXIT_IDENTITY
    assert "--again" in capsys.readouterr().err
    assert seal.key_id(identity.load(tmp_path).key) == first
    assert main(["enrol", server.url, CODE, "--data", str(tmp_path), "--again"]) == 0
    assert seal.key_id(identity.load(tmp_path).key) != first
    assert len(list(tmp_path.glob("*.pem"))) == 1


def test_a_refusal_is_shown_in_the_stations_words(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = {"error": {"code": "code_used", "message": "Mã này đã được dùng."}}
    server.answer = lambda _: (409, json.dumps(refusal).encode())
    assert main(["enrol", server.url, CODE, "--data", str(tmp_path)]) == EXIT_REFUSED
    assert "Mã này đã được dùng." in capsys.readouterr().err
    assert not identity.exists(tmp_path)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda _: (502, b"<html>bad gateway"), "502"),
        (lambda _: (200, b"<html>a captive portal</html>"), "không phải của một đài"),
        (lambda _: (200, seal_with_code(reply(), "0" * 16).model_dump_json().encode()), "không đến từ đài"),
        (lambda s: (200, s.model_dump_json().encode()), "không đến từ đài"),
    ],
)
def test_an_answer_that_is_not_the_stations_is_not_obeyed(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Answer, said: str
) -> None:
    server.answer = answer
    assert main(["enrol", server.url, CODE, "--data", str(tmp_path)]) == EXIT_REFUSED
    assert said in capsys.readouterr().err
    assert not identity.exists(tmp_path)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_address_that_leads_elsewhere_is_named_and_not_followed(
    server: FakeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    server.answer = lambda _: (status, b"")
    server.headers["Location"] = "https://dai.xa.vn/api/v1/enrol"
    assert main(["enrol", server.url, CODE, "--data", str(tmp_path)]) == EXIT_REFUSED
    assert "dẫn sang https://dai.xa.vn; hãy ghép với địa chỉ đó" in capsys.readouterr().err


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"\x20\x02\x00\x05"])
def test_a_port_where_something_else_answers_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], greeting: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet() -> None:
            connection, _ = other.accept()
            connection.recv(65_536)
            connection.sendall(greeting)
            connection.close()

        threading.Thread(target=greet, daemon=True).start()
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        assert main(["enrol", url, CODE, "--data", str(tmp_path)]) == EXIT_REFUSED
    assert f"Không kết nối được với đài tại {url}:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ftp://xa.vn", CODE], "http"),
        (["xa.vn", CODE], "http"),
        (["http://127.0.0.1:9", "7K3M"], "16 chữ và số"),
        (["http://127.0.0.1:9"], "16 chữ và số"),
        (["http://127.0.0.1:9", CODE], "máy chủ không nhận kết nối"),
        (["http://127.0.0.1:99999", CODE], "Không kết nối được"),
        (["http://127.0.0.1:cong", CODE], "Không kết nối được"),
        (["http://khong-co.invalid", CODE], "không tìm thấy tên máy chủ"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["enrol", *words, "--data", str(tmp_path)]) == EXIT_REFUSED
    assert said in capsys.readouterr().err


def test_a_box_that_is_not_enrolled_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotEnrolled):
        identity.load(tmp_path)
    assert main(["run", "--data", str(tmp_path)]) == EXIT_IDENTITY
    assert "chưa được ghép" in capsys.readouterr().err


def test_a_broken_identity_is_named(tmp_path: Path) -> None:
    identity.store(tmp_path, reply(), key=seal.new_key())
    next(tmp_path.glob("*.pem")).write_text("not a key")
    with pytest.raises(BrokenIdentity):
        identity.load(tmp_path)
    (tmp_path / "identity.json").write_text("{")
    with pytest.raises(BrokenIdentity):
        identity.load(tmp_path)
