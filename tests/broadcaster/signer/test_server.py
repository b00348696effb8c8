"""The signer's socket: hostile frames, half-open connections, strangers; the honest client is served meanwhile."""

import json
import os
import socket
import stat
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.client import SignerClient, SignerGone, SignerRefuses
from broadcaster.adapters.signing.frames import FRAME_MAX_BYTES
from broadcaster.signer.server import CONNECTIONS_MAX, SocketServer
from tests.fakes.signer_room import Room
from wire import messages
from wire.seal import load_key, open_sealed

LENGTH = struct.Struct(">I")
NOBODY = 65534
OPENED: list[socket.socket | SignerClient] = []
"""What a test has opened, closed after it."""


@pytest.fixture(autouse=True)
def _closed_afterwards() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture
def served(room: Room) -> Iterator[Path]:
    """The socket at which the room's signer answers; a frame that has begun must come within half a second."""
    path = room.folder / "socket"
    server = SocketServer(path, room.desk.answer, frame_within_s=0.5)
    server.start()
    yield path
    server.stop()


def client_of(path: Path, *, within_s: float = 3.0, on_back: Callable[[], None] = lambda: None) -> SignerClient:
    client = SignerClient(path, within_s=within_s, on_back=on_back)
    OPENED.append(client)
    return client


def connected(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    OPENED.append(sock)
    sock.settimeout(5)
    sock.connect(str(path))
    return sock


def is_hung_up(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def test_many_requests_go_over_one_connection(room: Room, served: Path) -> None:
    client = client_of(served)
    key = load_key(client.public_pem(room.station))
    sealed = [client.seal(room.station, room.alerts()) for _ in range(50)]
    opened = [open_sealed(each, key, messages.Alerts).revision.seq for each in sealed]
    assert opened == list(range(1, 51))


def test_a_batch_comes_back_in_its_order(room: Room, served: Path) -> None:
    client = client_of(served)
    key = load_key(client.public_pem(room.station))
    acks = [
        messages.Ack(station=room.station, device=f"loa-{n}", journal="j", up_to=n, issued_at=room.now)
        for n in range(2_500)
    ]
    sealed = client.seal_many(room.station, acks)
    assert [open_sealed(each, key, messages.Ack) for each in sealed[::500]] == acks[::500]
    assert len(sealed) == len(acks)


def test_several_threads_are_served_at_once(room: Room, served: Path) -> None:
    client, failed = client_of(served), []

    def work() -> None:
        for _ in range(30):
            try:
                client.ask(requests.Ping())
            except SignerGone as exc:
                failed.append(exc)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_refusal_reaches_whoever_asked(room: Room, served: Path) -> None:
    client = client_of(served)
    with pytest.raises(SignerRefuses, match="kc-1") as refused:
        client.seal_alerts(room.alerts(room.live(room.content())))
    assert (refused.value.reason, refused.value.about) == ("alert_not_covered", "kc-1")


def test_the_socket_is_for_its_owner_and_group(served: Path) -> None:
    assert stat.S_IMODE(served.stat().st_mode) == 0o660


def test_a_socket_left_by_a_predecessor_is_replaced(room: Room, served: Path) -> None:
    again = SocketServer(served, room.desk.answer)
    again.start()
    assert client_of(served).ask(requests.Ping()) == requests.Answer()
    again.stop()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_stranger_is_hung_up_on(room: Room) -> None:
    with tempfile.TemporaryDirectory(prefix="signer-") as folder:
        path = Path(folder) / "socket"
        server = SocketServer(path, room.desk.answer)
        server.start()
        Path(folder).chmod(0o755)
        path.chmod(0o666)  # as an operator's mistake would leave it
        answered = [_is_answered_as(user, path) for user in (os.getuid(), NOBODY)]
        server.stop()
    assert answered == [True, False]


def test_a_frame_too_large_is_not_read(served: Path) -> None:
    sock = connected(served)
    sock.sendall(LENGTH.pack(FRAME_MAX_BYTES + 1))
    assert is_hung_up(sock)


def test_a_frame_that_trickles_in_is_given_up(served: Path) -> None:
    sock = connected(served)
    sock.sendall(LENGTH.pack(100) + b"x")
    began = time.monotonic()
    assert is_hung_up(sock)
    assert time.monotonic() - began < 2


def test_a_frame_that_is_cut_off_harms_nobody(served: Path) -> None:
    for piece in (b"\0", b"\0\0\0\5", b"\0\0\0\5ab", LENGTH.pack(1_000_000) + b"y" * 1000):
        with connected(served) as sock:
            sock.sendall(piece)
    assert client_of(served).ask(requests.Ping()) == requests.Answer()


@pytest.mark.parametrize("frame", [b"", b"\0" * 1000, b"\xff" * 1000, b"{}", b"null", b'{"op":"sign_everything"}'])
def test_rubbish_is_answered_and_the_connection_goes_on(served: Path, frame: bytes) -> None:
    with connected(served) as sock:
        for _ in range(3):
            sock.sendall(LENGTH.pack(len(frame)) + frame)
            (length,) = LENGTH.unpack(sock.recv(4))
            assert json.loads(sock.recv(length))["refused"] == "not_understood"


def test_silent_guests_do_not_keep_others_out_for_ever(room: Room, served: Path) -> None:
    guests = [connected(served) for _ in range(CONNECTIONS_MAX - 2)]
    for guest in guests:
        guest.sendall(b"\0")  # each has begun a frame, and now has half a second
    assert client_of(served).ask(requests.Ping()) == requests.Answer()
    assert all(is_hung_up(guest) for guest in guests)
    assert client_of(served).ask(requests.Ping()) == requests.Answer()


def test_whoever_only_sits_there_makes_room_for_one_who_asks(served: Path) -> None:
    guests = [connected(served) for _ in range(CONNECTIONS_MAX)]
    _wait_until(lambda: _answers(client_of(served)))  # by when all of them have been let in
    guests += [connected(served) for _ in range(5)]
    for _ in range(3):
        assert client_of(served).ask(requests.Ping()) == requests.Answer()
    assert is_hung_up(guests[0])
    guests[-1].sendall(LENGTH.pack(13) + b'{"op":"ping"}')
    assert guests[-1].recv(4), "who came last was not the longest silent"


def test_one_guest_too_many_is_turned_away_while_all_are_being_answered(tmp_path: Path) -> None:
    asked, done = threading.Semaphore(0), threading.Event()

    def answer(_frame: bytes) -> bytes:
        asked.release()
        return b"{}" if done.wait(20) else b""

    server = SocketServer(tmp_path / "busy", answer)
    server.start()
    guests = [connected(tmp_path / "busy") for _ in range(CONNECTIONS_MAX)]
    for guest in guests:
        guest.sendall(LENGTH.pack(2) + b"{}")
    assert all(asked.acquire(timeout=20) for _ in guests)
    assert _is_turned_away(tmp_path / "busy")
    done.set()
    assert all(guest.recv(4) for guest in guests)
    server.stop()


def test_an_answer_that_nobody_reads_is_given_up(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "deaf"
    server = SocketServer(path, lambda _frame: b"z" * 6_000_000, frame_within_s=0.3)
    server.start()
    with connected(path) as sock:
        sock.sendall(LENGTH.pack(2) + b"{}")
        time.sleep(1.0)
        got = 0
        while piece := sock.recv(1_000_000):
            got += len(piece)
    assert got < 6_000_000
    server.stop()


def test_a_dead_signer_is_known_at_once(tmp_path: Path) -> None:
    client = client_of(tmp_path / "nothing")
    began = time.monotonic()
    for _ in range(100):
        with pytest.raises(SignerGone):
            client.ask(requests.Ping())
    assert time.monotonic() - began < 0.5
    assert not client.answers


def test_a_hung_signer_holds_nobody_up_for_long(tmp_path: Path) -> None:
    path = tmp_path / "hung"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(path))
        door.listen()
        client = client_of(path, within_s=0.3)
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(SignerGone):
                client.ask(requests.Ping())
        assert time.monotonic() - began < 1.0


def test_a_client_finds_a_signer_that_was_started_again(room: Room) -> None:
    path, back = room.folder / "socket", []
    client = client_of(path, on_back=lambda: back.append(1))
    for _ in range(3):
        server = SocketServer(path, room.desk.answer)
        server.start()
        _wait_until(lambda: _answers(client))
        assert client.ask(requests.Ping()) == requests.Answer()
        server.stop()
        with pytest.raises(SignerGone):
            client.ask(requests.Ping())
    assert back == [1, 1, 1]


def test_a_socket_may_lie_deep(room: Room) -> None:
    folder = room.folder / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    server = SocketServer(folder / "socket", room.desk.answer)
    server.start()
    client = client_of(folder / "socket")
    assert client.ask(requests.Ping()) == requests.Answer()
    server.stop()


def _answers(client: SignerClient) -> bool:
    try:
        client.ask(requests.Ping())
    except SignerGone:
        return False
    return True


def _is_answered_as(user: int, path: Path) -> bool:
    """Return whether a process of this user is answered; it is a fork, as others may not run our interpreter."""
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, 1)
        return code == 0
    try:
        os.setresuid(user, user, user)
        os._exit(1 if _is_turned_away(path) else 0)
    except BaseException:
        os._exit(2)  # a child of a test must never return into it


def _is_turned_away(path: Path) -> bool:
    with connected(path) as sock:
        try:
            sock.sendall(LENGTH.pack(13) + b'{"op":"ping"}')
        except (BrokenPipeError, ConnectionResetError):
            return True
        return is_hung_up(sock)


def _wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
