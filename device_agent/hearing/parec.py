"""An ear on PulseAudio or PipeWire: a microphone, or the monitor of a sink, through `parec`."""

from collections.abc import AsyncGenerator, Callable

from device_agent.hearing.capture import Program, capture
from device_agent.hearing.port import Block

_LATENCY_MS = 100
_RATE = 8_000  # the sound server resamples, and well; nothing more has to pass through the pipe


class ParecEar:
    """`source` is a source's name (`pactl list short sources`), None the default; `server` as in PULSE_SERVER."""

    def __init__(
        self, source: str | None = None, *, monotonic: Callable[[], float], void_is_silence: bool = False,
        server: str | None = None, rate: int = _RATE, binary: str = "parec",
    ) -> None:  # fmt: skip
        self.name = f"PulseAudio “{source or 'mặc định'}”"
        self.rate = rate
        self.void_is_silence = void_is_silence
        self._monotonic = monotonic
        where = [f"--device={source}"] if source else []
        whom = [f"--server={server}"] if server else []
        how = ["--raw", "--format=s16le", f"--rate={rate}", "--channels=1", f"--latency-msec={_LATENCY_MS}"]
        self._argv = [binary, *whom, *where, *how, "--client-name=device-agent-ear"]

    def listen(self) -> AsyncGenerator[Block, None]:
        """Capture from now on until the generator is closed. Raises EarError."""
        program = Program(argv=self._argv, name=self.name, package="pulseaudio-utils", rate=self.rate)
        return capture(program, monotonic=self._monotonic)
