"""An ear on bare ALSA: a USB microphone or a line input, through `arecord`."""

from collections.abc import AsyncGenerator, Callable

from device_agent.hearing.capture import Program, capture
from device_agent.hearing.port import Block

_RATE = 48_000  # what every card does by itself; ALSA's own resampling folds what it should cut off
_BUFFER_US = 500_000


class ArecordEar:
    """`device` is an ALSA name (`arecord -L`); `plughw:…` brings any card to mono and 16 bit."""

    def __init__(
        self, device: str = "default", *, monotonic: Callable[[], float], void_is_silence: bool = False,
        rate: int = _RATE, binary: str = "arecord",
    ) -> None:  # fmt: skip
        self.name = f"ALSA “{device}”"
        self.rate = rate
        self.void_is_silence = void_is_silence
        self._monotonic = monotonic
        how = ["--format=S16_LE", f"--rate={rate}", "--channels=1", f"--buffer-time={_BUFFER_US}"]
        self._argv = [binary, "--quiet", f"--device={device}", "--file-type=raw", *how]

    def listen(self) -> AsyncGenerator[Block, None]:
        """Capture from now on until the generator is closed. Raises EarError."""
        program = Program(argv=self._argv, name=self.name, package="alsa-utils", rate=self.rate)
        return capture(program, monotonic=self._monotonic)
