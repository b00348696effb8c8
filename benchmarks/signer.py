"""What the signer's socket costs: one document sealed through it and in this process, and a burst of answers.

`python -m benchmarks.signer` prints one JSON line: p50, p99 and max of 10,000 heartbeats, the same without a socket
(the floor), and how long 2,000 acknowledgements and 2,000 answers of the clock take one by one and in one request.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from broadcaster.adapters.signing.client import SignerClient, SignerGone
from wire.messages import Ack, Alerts, ClockReply, Revision
from wire.seal import new_key, seal

STATION = "xa-thu"
HEARTBEATS = 10_000
BURST = 2_000


def main() -> int:
    """Measure and print; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"LOA_DATA": folder, "LOA_SIGNER_DATA": f"{folder}/signer", "LOA_LOG_LEVEL": "WARNING"}
        command = [sys.executable, "-m", "broadcaster", "signer", "--child-of", str(os.getpid())]
        process = subprocess.Popen(command, env=environment)
        try:
            client = SignerClient(Path(folder) / "signer" / "socket")
            _await(client)
            client.make_key(STATION)
            print(json.dumps(_measured(client)))
        finally:
            process.kill()
            process.wait()
    return 0


def _measured(client: SignerClient) -> dict[str, object]:
    key = new_key()
    through = _each_ms(lambda: client.seal(STATION, _heartbeat()), times=HEARTBEATS)
    floor = _each_ms(lambda: seal(_heartbeat(), key), times=HEARTBEATS)
    acks = [_ack(n) for n in range(BURST)]
    clocks = [_clock(n) for n in range(BURST)]
    answers = [answer for pair in zip(acks, clocks, strict=True) for answer in pair]
    one_by_one = _once_ms(lambda: [client.seal(STATION, answer) for answer in answers])
    together = _once_ms(lambda: client.seal_many(STATION, answers))
    return {
        "seal_ms": through,
        "floor_ms": floor,
        "p50_ratio": round(through["p50"] / floor["p50"], 1),
        "burst_of": len(answers),
        "burst_one_by_one_ms": one_by_one,
        "burst_together_ms": together,
    }


def _each_ms(work: Callable[[], object], *, times: int) -> dict[str, float]:
    taken = sorted(_once_ms(work) for _ in range(times))
    cut = statistics.quantiles(taken, n=100)
    return {"p50": round(cut[49], 3), "p99": round(cut[98], 3), "max": round(taken[-1], 3)}


def _once_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _heartbeat() -> Alerts:
    return Alerts(station=STATION, revision=Revision(epoch=1, seq=1), issued_at=datetime.now(UTC))


def _ack(number: int) -> Ack:
    return Ack(station=STATION, device=f"loa-{number}", journal="j" * 20, up_to=number, issued_at=datetime.now(UTC))


def _clock(number: int) -> ClockReply:
    now = datetime.now(UTC)
    return ClockReply(
        station=STATION, device=f"loa-{number}", nonce="n" * 22, request_sent_at=now, received_at=now, sent_at=now
    )  # fmt: skip


def _await(client: SignerClient) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            client.public_pem(STATION)
        except SignerGone:
            time.sleep(0.1)
        except Exception:
            return  # it answers: there is no key yet
    raise TimeoutError("the signer does not come up")


if __name__ == "__main__":
    sys.exit(main())
