"""Two boxes that start together, in real recordings: the box's player beside Snapcast, idle and with every core busy.

Each box is a process of its own with a PulseAudio and a null sink of its own, whose monitor is recorded. A burst of
noise is found in both recordings by correlation. Snapcast (snapserver and two snapclients into the same two sinks) is
measured in the same way; it has no planned instant, so its error is that to its own usual delay.
Usage: together.py [STARTS]; prints one line of JSON, errors in milliseconds.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.port import Cue
from tests.device_agent.sound.pulse import RATE, PulseServer, Recording, find, noise

STARTS = 50
LENGTH_S = 0.25
AHEAD_S = 0.35
PAUSE_S = 0.45
LIKE = 0.5
"""Chance alone gives a tenth of this; Snapcast stretches what it plays a little to keep time."""
SNAP_AHEAD_S = 1.0
SNAP_PORT = 17_040
PROGRAMS = ("mpv", "pulseaudio", "parec", "chrt")
PEER_PROGRAMS = ("snapserver", "snapclient")
Pair = tuple[list[float], list[float]]
"""For each start, when the noise came out of the one sink and of the other, in seconds."""


class BoxPlayer:
    """A player in a process of its own, as on a pole, told when to start."""

    def __init__(self, address: str, file: Path) -> None:
        self._process = subprocess.Popen(
            ["chrt", "-f", "1", sys.executable, __file__, "--box", address, str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.await_answer()

    def tell(self, planned_at: float) -> None:
        """Have it start then."""
        assert self._process.stdin is not None
        print(planned_at, file=self._process.stdin, flush=True)

    def await_answer(self) -> None:
        """Wait until it is ready, or has played."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "the player's process has ended"

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


async def be_box(address: str, file: Path) -> None:
    """Be one box: prepare, read an instant, start, play, and again."""
    player = MpvPlayer(MpvSettings(device="pulse/sink", pulse_server=address))
    await player.prepare(Cue(path=file))
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        await player.start(float(line))
        await player.wait()
        await player.prepare(Cue(path=file))
        print("played", flush=True)
    await player.close()


def measure_boxes(servers: list[PulseServer], recordings: list[Recording], file: Path, starts: int) -> Pair:
    """Return the start errors of the two boxes, in seconds to the planned instant."""
    sent = noise(file, seconds=LENGTH_S)
    boxes = [BoxPlayer(server.address, file) for server in servers]
    errors: Pair = ([], [])
    for _ in range(starts):
        planned_at = time.monotonic() + AHEAD_S
        for box in boxes:
            box.tell(planned_at)
        for box in boxes:
            box.await_answer()
        for found, recording in zip(errors, recordings, strict=True):
            found.append(heard_at(recording, sent, planned_at - 0.2) - planned_at)
    for box in boxes:
        box.close()
    return errors


def measure_snapcast(servers: list[PulseServer], recordings: list[Recording], folder: Path, starts: int) -> Pair:
    """Return when the noise fed to snapserver came out of the two sinks, in seconds after its usual delay."""
    sent = noise(folder / "snap.wav", seconds=LENGTH_S)
    pcm = (sent * 32768).astype("<i2").tobytes()
    errors: Pair = ([], [])
    with snapcast(servers, folder) as fifo, fifo.open("wb", buffering=0) as pipe:
        feed(pipe, b"", seconds=4.0)
        for _ in range(starts):
            fed_at = time.monotonic()
            feed(pipe, pcm, seconds=SNAP_AHEAD_S + LENGTH_S + PAUSE_S)
            for found, recording in zip(errors, recordings, strict=True):
                found.append(heard_at(recording, sent, fed_at, within_s=SNAP_AHEAD_S + LENGTH_S + 0.4) - fed_at)
    usual = float(np.median(errors[0] + errors[1]))
    return [error - usual for error in errors[0]], [error - usual for error in errors[1]]


def feed(pipe: object, begin: bytes, *, seconds: float) -> None:
    """Write `begin` and then silence into the server's pipe at the speed at which it sounds."""
    whole = begin + bytes(max(0, int(seconds * RATE) * 2 - len(begin)))
    step, began_at = RATE // 50 * 2, time.monotonic()
    for number, at in enumerate(range(0, len(whole), step)):
        pipe.write(whole[at : at + step])  # type: ignore[attr-defined]  # a raw file
        time.sleep(max(0.0, began_at + (number + 1) / 50 - time.monotonic()))


@contextlib.contextmanager
def snapcast(servers: list[PulseServer], folder: Path) -> Iterator[Path]:
    """Run a snapserver that reads a pipe, and a snapclient into each sink; return the pipe."""
    fifo = folder / "snapfifo"
    source = f"pipe://{fifo}?name=b&mode=create&sampleformat={RATE}:16:1&codec=pcm&chunk_ms=20"
    told = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    (folder / "snap.conf").write_text(
        f"[server]\ndatadir = {folder}\n[http]\nenabled = false\n[tcp]\nenabled = false\n"
        f"[stream]\nbind_to_address = 127.0.0.1\nport = {SNAP_PORT}\n"
        f"buffer = {int(SNAP_AHEAD_S * 1000)}\nsource = {source}\n"
    )
    running = [subprocess.Popen(["chrt", "-f", "1", "snapserver", "-c", str(folder / "snap.conf")], **told)]  # type: ignore[call-overload]  # one dictionary for both
    try:
        while not fifo.exists():
            time.sleep(0.05)
        for number, server in enumerate(servers):
            command = ["snapclient", "-h", "127.0.0.1", "-p", str(SNAP_PORT), "-i", str(number + 1), "--hostID",
                       f"box-{number}", "--player", "pulse", "--logsink", "null"]  # fmt: skip
            own = os.environ | {"PULSE_SERVER": server.address, "HOME": str(folder)}
            running.append(subprocess.Popen(["chrt", "-f", "1", *command], env=own, **told))  # type: ignore[call-overload]  # as above
        yield fifo
    finally:
        for process in running:
            process.kill()
            process.wait()


def heard_at(recording: Recording, sent: "np.ndarray[tuple[int], np.dtype[np.float64]]", start: float, *,
             within_s: float = LENGTH_S + 0.6) -> float:  # fmt: skip
    """Return when the beginning of the noise sounded. Raises RuntimeError when the recording does not hold it."""
    heard = recording.between(start, start + within_s)
    offset_s, alike = find(sent[: RATE // 20], heard)
    if alike < LIKE:
        raise RuntimeError(f"the recording holds the noise only by {alike:.2f}")
    return start + offset_s


@contextlib.contextmanager
def busy_cores(wanted: bool) -> Iterator[None]:
    """Keep every core busy with a program that does nothing else."""
    count = os.cpu_count() or 1 if wanted else 0
    loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.wait()


def figures(errors: Pair) -> dict[str, float]:
    """Return the 95th percentiles, in milliseconds: to the planned instant, and between the two."""
    one, other = (np.array(side) * 1000 for side in errors)
    return {
        "to_plan_p50": round(float(np.percentile(np.abs([one, other]), 50)), 3),
        "to_plan_p95": round(float(np.percentile(np.abs([one, other]), 95)), 3),
        "between_p95": round(float(np.percentile(np.abs(one - other), 95)), 3),
    }


def measure(starts: int) -> dict[str, object]:
    """Return the figures of both, idle and busy."""
    has_peer = all(shutil.which(name) for name in PEER_PROGRAMS)
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="together-") as name, contextlib.ExitStack() as opened:
        folder = Path(name)
        servers = [opened.enter_context(PulseServer(folder / f"pulse{n}")) for n in (1, 2)]
        recordings = [opened.enter_context(Recording(server)) for server in servers]
        for state in ("idle", "busy"):
            with busy_cores(state == "busy"):
                found[state] = figures(measure_boxes(servers, recordings, folder / "noise.wav", starts))
                if has_peer:
                    (folder / state).mkdir()
                    peer = figures(measure_snapcast(servers, recordings, folder / state, starts))
                    found[f"snapcast_{state}"] = peer
    return found


def main() -> None:
    """Run, and print the line."""
    if len(sys.argv) == 4 and sys.argv[1] == "--box":
        asyncio.run(be_box(sys.argv[2], Path(sys.argv[3])))
        return
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        print(json.dumps({"benchmark": "together", "not_measured": f"not installed: {', '.join(missing)}"}))
        return
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else STARTS
    print(json.dumps({"benchmark": "together", "starts": starts, "unit": "ms"} | measure(starts)))


if __name__ == "__main__":
    main()
