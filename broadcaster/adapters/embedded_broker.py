"""The broker in a wheel, for a demonstration or a small commune: a child process that listens on loopback only.

It has no accounts and forgets everything when it ends; the station publishes again what a broker forgot. Boxes
elsewhere need mosquitto (`deploy/mosquitto/`).
"""

import logging
import socket
import time

import iotcore

from broadcaster.adapters.ports import free_port
from broadcaster.domain.errors import N_, Unavailable, refusal

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
PAYLOAD_MAX_BYTES = 1024 * 1024
CONNECTIONS_MAX = 1_000
START_TIMEOUT_S = 10.0
PORT_PATIENCE_S = 5.0  # a predecessor that was killed takes its broker down with it, but not in the same instant


@refusal
class BrokerPortTaken(Unavailable):
    port: int
    message = N_(
        "Cổng {port} đã có chương trình khác dùng nên broker nhúng không chạy được. "
        "Xin chọn cổng khác (LOA_BROKER_PORT) hoặc tắt chương trình kia."
    )


@refusal
class BrokerDidNotStart(Unavailable):
    why: str
    message = N_("Broker nhúng không khởi động được: {why}")


class EmbeddedBroker:
    """One broker on one port of loopback. It ends with `stop` or with this process, however that ends."""

    def __init__(self, *, port: int = 0) -> None:
        """Choose a free port if `port` is 0."""
        self.port = port or free_port()
        self._broker = iotcore.Broker(
            port=self.port,
            listen=HOST,
            max_payload_size=PAYLOAD_MAX_BYTES,
            max_connections=CONNECTIONS_MAX,
        )

    @property
    def url(self) -> str:
        """Return the address at which this machine's programs reach it."""
        return f"mqtt://{HOST}:{self.port}"

    @property
    def running(self) -> bool:
        """Return whether the child process lives."""
        return bool(self._broker.is_running)

    def start(self) -> None:
        """Return once connections are accepted. Raises BrokerPortTaken, BrokerDidNotStart."""
        self._await_port()
        try:
            self._broker.start(timeout=START_TIMEOUT_S)
        except OSError as exc:
            raise BrokerPortTaken(port=self.port) from exc
        except RuntimeError as exc:
            raise BrokerDidNotStart(why=str(exc)) from exc
        log.info("embedded broker on %s, loopback only, without accounts", self.url)

    def stop(self) -> None:
        """End the child process and free the port; safe to call twice."""
        self._broker.stop()

    def _await_port(self) -> None:
        deadline = time.monotonic() + PORT_PATIENCE_S
        while _in_use(self.port):
            if time.monotonic() > deadline:
                raise BrokerPortTaken(port=self.port)
            time.sleep(0.05)


def _in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
