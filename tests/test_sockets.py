"""No test reaches beyond this machine."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize("host", ["192.0.2.1", "8.8.8.8"])
def test_no_test_reaches_the_internet(host: str) -> None:
    with socket.socket() as line, pytest.raises(SocketConnectBlockedError):
        line.connect((host, 80))


def test_loopback_is_open(free_port: int) -> None:
    """The control: it is the address that is refused, not sockets as such."""
    with socket.socket() as listener, socket.socket() as line:
        listener.bind(("127.0.0.1", free_port))
        listener.listen()

        line.connect(("127.0.0.1", free_port))

        assert line.getpeername() == ("127.0.0.1", free_port)
