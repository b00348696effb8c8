"""A private PulseAudio with a null sink, and a recording of its monitor that knows the instant of every sample."""

import functools
import os
import shutil
import subprocess
import threading
import time
import wave
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
SINK = "sink"
_REALTIME = ("chrt", "-f", "5")
"""As the box's unit runs it, and as whatever measures must run, when every core is busy: without it PulseAudio itself
tears the sound, by seconds. Where the machine does not allow it, it has to do without."""
SETTLE_S = 0.8
"""A new sink has rendered some silence in advance; what is sent to it before that has passed is late."""


@functools.cache
def precedence() -> tuple[str, ...]:
    """Return what a command is started with so that it runs when its instant comes."""
    allowed = shutil.which("chrt") is not None and subprocess.run(
        [*_REALTIME, "true"], check=False, capture_output=True
    ).returncode == 0  # fmt: skip
    return _REALTIME if allowed else ()


class PulseServer:
    """A daemon of our own on a socket of its own; no device, no configuration, nothing shared."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.address = f"unix:{directory / 'native'}"
        flags = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--system=false", "--use-pid-file=no"]
        # No rewinds: what a rewound sink plays anew, its monitor has already handed out as silence.
        modules = [
            f"module-native-protocol-unix auth-anonymous=1 socket={directory / 'native'}",
            f"module-null-sink sink_name={SINK} rate={RATE} channels=1 format=s16le norewinds=1",
        ]
        loading = [word for module in modules for word in ("-L", module)]
        self._daemon = subprocess.Popen(
            [*precedence(), "pulseaudio", *flags, "--log-target=file:/dev/null", *loading],
            env=os.environ | {"PULSE_RUNTIME_PATH": str(directory), "HOME": str(directory)},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not (directory / "native").exists():
            if time.monotonic() > deadline or self._daemon.poll() is not None:
                self.kill()
                raise RuntimeError("pulseaudio did not start")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once."""
        self._daemon.kill()
        self._daemon.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Recording:
    """What the sink plays, from its monitor, as it comes."""

    def __init__(self, server: PulseServer) -> None:
        command = [
            *precedence(),
            "parec",
            "--server",
            server.address,
            "-d",
            f"{SINK}.monitor",
            "--raw",
            "--latency-msec=2",
        ]
        form = ["--format=s16le", f"--rate={RATE}", "--channels=1"]
        self._recorder = subprocess.Popen([*command, *form], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._bytes = bytearray()
        self._arrivals: list[tuple[float, int]] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        time.sleep(SETTLE_S)

    def between(self, start: float, end: float) -> NDArray[np.float64]:
        """Return the samples, full scale 1, that sounded between two instants; wait until they are there."""
        while self._index_of(end) > len(self._bytes) // 2:
            time.sleep(0.02)
        whole = np.frombuffer(bytes(self._bytes[: len(self._bytes) // 2 * 2]), dtype="<i2").astype(np.float64) / 32768
        return whole[self._index_of(start) : self._index_of(end)]

    @property
    def everything(self) -> bytes:
        """Every sample so far, 16 bits each."""
        return bytes(self._bytes[: len(self._bytes) // 2 * 2])

    def stop(self) -> None:
        """End the recorder; doing it twice is harmless."""
        if self._recorder.poll() is None:
            self._recorder.terminate()
        self._recorder.wait()
        self._listener.join()
        assert self._recorder.stdout is not None
        self._recorder.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _index_of(self, instant: float) -> int:
        # The monitor hands a block over when its first sample is due. Few arrive early (two blocks at once), many a
        # little late: a low percentile is the clock of the sink.
        offsets = [arrived_at - index / RATE for arrived_at, index in self._arrivals[20:]]
        return round((instant - float(np.percentile(offsets, 10))) * RATE)

    def _listen(self) -> None:
        assert self._recorder.stdout is not None
        while block := os.read(self._recorder.stdout.fileno(), 65_536):
            self._arrivals.append((time.monotonic(), len(self._bytes) // 2))
            self._bytes += block


def find(needle: NDArray[np.float64], haystack: NDArray[np.float64]) -> tuple[float, float]:
    """Return where `needle` begins in `haystack`, in seconds, and how alike they are there (1 is the same shape)."""
    size = 1 << (len(haystack) + len(needle)).bit_length()
    product = np.fft.rfft(haystack, size) * np.conj(np.fft.rfft(needle, size))
    at = int(np.argmax(np.fft.irfft(product, size)[: max(1, len(haystack) - len(needle) + 1)]))
    part = haystack[at : at + len(needle)]
    alike = float(part @ needle / (np.linalg.norm(part) * np.linalg.norm(needle) + 1e-12))
    return at / RATE, alike


def noise(path: Path, *, seconds: float, seed: int = 1) -> NDArray[np.float64]:
    """Write a WAV of noise that begins at full strength with its first sample; return its samples."""
    samples = (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 3_000).clip(-32_000, 32_000)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.astype("<i2").tobytes())
    return samples.astype("<i2").astype(np.float64) / 32768
