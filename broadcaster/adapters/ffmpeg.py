"""The ffmpeg binary that `imageio-ffmpeg` carries: it decodes, measures, levels and encodes.

Sound goes through pipes only.
"""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import imageio_ffmpeg

_LIMITER_RATE = 48_000
_OPUS_RATE = 24_000
"""No voice has more, and horns have less; so the bits go where something is heard."""
_OPUS_BITS_PER_SECOND = 32_000
_STEADY = ("-application", "audio", "-compression_level", "6")
"""From level 7 on libopus guesses whether it hears speech or music and changes its method in mid-word. Where it does, a
peak of several decibels can come out of nowhere, by no pattern; and it takes three times as long."""
_STARTING_S = 30.0
_SECONDS_PER_MEGABYTE = 10.0
"""Time allowed: far more than a Raspberry Pi needs, far less than for ever."""
_INTEGRATED = re.compile(r"^ +I: +(-?[\d.]+|-inf|nan) LUFS", re.MULTILINE)
_TRUE_PEAK = re.compile(r"^ +Peak: +(-?[\d.]+|-inf|nan) dBFS", re.MULTILINE)


class FfmpegError(Exception):
    """ffmpeg did not do what it was asked."""

    def __init__(self, detail: str) -> None:
        self.detail = detail[-500:]
        super().__init__(f"Không xử lý được âm thanh: {self.detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """As EBU R 128 and ITU-R BS.1770 measure it. `integrated_lufs` is -70 or less for silence."""

    integrated_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What is done to a sound before it is encoded: a gain, then a limiter whose ceiling is `limit_dbfs`."""

    gain_db: float
    limit_dbfs: float


def executable() -> str:
    """Return the path of the binary."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def decode(audio: bytes, *, kind: str, rate: int) -> bytes:
    """Return `audio` as mono, signed 16 bit at `rate`. `kind` is ffmpeg's name of the format: nothing is guessed.

    Raises FfmpegError when there is no sound in it.
    """
    options = ["-f", kind, "-i", "pipe:0", "-map", "0:a:0", "-ac", "1", "-ar", str(rate), "-f", "s16le", "pipe:1"]
    pcm, _ = _run(options, audio)
    if not pcm:
        raise FfmpegError("không có âm thanh")
    return pcm


def measure_pcm(pcm: bytes, rate: int) -> Loudness:
    """Return how loud mono, signed 16 bit `pcm` is."""
    return _measure(_pcm_input(rate), pcm)


def measure_opus(opus: bytes) -> Loudness:
    """Return how loud an Ogg Opus file is when it is decoded: what the listener gets."""
    return _measure(["-f", "ogg", "-i", "pipe:0"], opus)


def measure_levelled(pcm: bytes, rate: int, *, levels: Levels) -> float:
    """Return how loud, in LUFS, `pcm` would be with `levels`. Quick: there is no encoding and no true peak."""
    chain = f"{_chain(levels)},ebur128=framelog=quiet"
    _, log = _run([*_pcm_input(rate), "-af", chain, "-f", "null", "-"], pcm, log_level="info")
    return _last(_INTEGRATED, log)


def encode_opus(pcm: bytes, rate: int, *, levels: Levels) -> bytes:
    """Return `pcm` levelled, as Ogg Opus, mono. The same input gives the same bytes: no date, no chance."""
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    codec = ["-c:a", "libopus", "-b:a", str(_OPUS_BITS_PER_SECOND), "-vbr", "constrained", *_STEADY]
    opus, _ = _run(
        [
            *_pcm_input(rate),
            *exact,
            "-af",
            f"{_chain(levels)},aresample={_OPUS_RATE}",
            *codec,
            "-ac",
            "1",
            "-f",
            "ogg",
            "pipe:1",
        ],
        pcm,
    )
    return opus


def _pcm_input(rate: int) -> list[str]:
    return ["-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"]


def _measure(source: Sequence[str], sound: bytes) -> Loudness:
    _, log = _run([*source, "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"], sound, log_level="info")
    return Loudness(integrated_lufs=_last(_INTEGRATED, log), true_peak_dbtp=_last(_TRUE_PEAK, log))


def _chain(levels: Levels) -> str:
    # The limiter works at 48 kHz, where the peaks between the samples of speech are nearly samples themselves.
    limit = 10 ** (levels.limit_dbfs / 20)
    return (
        f"volume={levels.gain_db:.3f}dB:precision=float,aresample={_LIMITER_RATE},"
        f"alimiter=limit={limit:.6f}:attack=3:release=60:level=false:latency=true"
    )


def _last(figure: re.Pattern[str], log: str) -> float:
    found = figure.findall(log)
    if not found:
        raise FfmpegError("không đo được độ lớn")
    return float(found[-1])


def _run(options: Sequence[str], sound: bytes, *, log_level: str = "error") -> tuple[bytes, str]:
    command = [executable(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", log_level, *options]
    time_s = _STARTING_S + len(sound) / 1e6 * _SECONDS_PER_MEGABYTE
    try:
        done = subprocess.run(  # noqa: S603 - the bundled binary, no shell, options of our own
            command, input=sound, capture_output=True, timeout=time_s, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise FfmpegError(f"quá {time_s:.0f} giây") from exc
    except OSError as exc:
        raise FfmpegError(str(exc)) from exc
    log = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        raise FfmpegError(log.strip() or f"mã thoát {done.returncode}")
    return done.stdout, log
