"""A real `device-agent run` as a real process, ended by its own process id."""

import os
import signal
import subprocess
import sys
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg

RATE = 48_000


@dataclass(kw_only=True)
class BoxProcess:
    """One box with its own data and sounds; it can be killed and started again."""

    data: Path
    sounds: Path
    environment: dict[str, str] = field(default_factory=dict)
    player: str = "wav"
    wrap: Callable[[list[str]], list[str]] = list
    """Makes the command another one that runs it, e.g. under a tracer."""
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @contextmanager
    def running(self) -> Iterator["BoxProcess"]:
        self.start()
        try:
            yield self
        except BaseException:
            print(self.log[-6000:])
            raise
        finally:
            self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        path = self.data / "test.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "device_agent", "run", "--data", str(self.data), "--player", self.player]
        with (self.data / "test.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.wrap([*command, "--sounds", str(self.sounds)]),
                stderr=log, stdout=log, env={**os.environ, **self.environment}, cwd=Path(__file__).parents[2],
            )  # fmt: skip

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        if self._process is not None:
            self._process.wait(timeout=10)

    def terminate(self) -> int:
        """End it politely and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=15)

    def heard(self) -> list[Path]:
        """Return the finished stretches of sound, oldest first."""
        return sorted(self.sounds.glob("*.wav")) if self.sounds.exists() else []


def wait_until(condition: object, *, timeout_s: float = 10.0) -> None:
    """Return as soon as the callable returns something true. Raises AssertionError after the time."""
    deadline = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]  # a callable
        assert time.monotonic() < deadline, f"not within {timeout_s} s"
        time.sleep(0.02)


def samples_of(path: Path) -> "array[int]":
    """Return a WAV's samples."""
    with wave.open(str(path), "rb") as sound:
        return array("h", sound.readframes(sound.getnframes()))


def decoded(audio: Path) -> "array[int]":
    """Return any audio file's samples at the box's rate."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(audio),
        "-f",
        "s16le",
        "-ac",
        "1",
        "-ar",
        str(RATE),
        "-",
    ]
    return array("h", subprocess.run(command, check=True, capture_output=True).stdout)


def noise(path: Path, *, seconds: float, kbit: int = 32) -> bytes:
    """Write speech-like noise as Ogg Opus, a different one for each file name, and return its bytes."""
    seed = sum(path.name.encode()) % 1000
    source = f"anoisesrc=d={seconds}:c=pink:r=48000:a=0.4:seed={seed}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-c:a", "libopus", "-b:a", f"{kbit}k", str(path)], check=True)
    return path.read_bytes()
