"""The brokers that a benchmark runs: mosquitto as a station has it, and one with nothing but speed."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fixtures.brokers import Mosquitto, set_up

MEMORY = Path("/dev/shm")
"""Where so many boxes' memory cards are kept: they are not one disk."""


@contextmanager
def mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Yield mosquitto as deploy/mosquitto/setup.sh makes it, or as it was in that folder before; not started."""
    kept = folder / "port"
    if not kept.exists():
        port = _free_port()
        set_up(folder, "--name", "localhost", "--name", "127.0.0.1", "--port", str(port), "--bind", "127.0.0.1")
        kept.write_text(str(port))
    port = int(kept.read_text())
    password = (folder / "etc/commune-broadcaster/broker-password").read_text().strip()
    broker = Mosquitto(
        folder=folder, configuration=folder / "etc/mosquitto/mosquitto.conf", port=port,
        url=f"mqtts://loa-station:{password}@127.0.0.1:{port}",
        ca_pem=(folder / "etc/mosquitto/loa/ca.crt").read_text(),
    )  # fmt: skip
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def plain_mosquitto(folder: Path) -> Iterator[Mosquitto]:
    """Run a mosquitto without TLS, accounts and disk."""
    folder.mkdir(parents=True, exist_ok=True)
    port, configuration = _free_port(), folder / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nset_tcp_nodelay true\nlog_dest none\n"
    )
    broker = Mosquitto(folder=folder, configuration=configuration, port=port, url=f"mqtt://127.0.0.1:{port}")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def broker_arguments(broker: Mosquitto, folder: Path) -> list[str]:
    """Return what `broadcaster demo` is told of that broker; its certificate is written into the folder."""
    (folder / "ca.pem").write_text(broker.ca_pem or "")
    return ["--broker", broker.url, "--broker-ca", str(folder / "ca.pem")]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
