"""How mpv is started: what the owner may set, and the flags that make it a quiet part that plays what it is told."""

from dataclasses import dataclass
from pathlib import Path

from device_agent.sound.mpv_ipc import supported_options
from device_agent.sound.port import Cue

FADE_LABEL = "fade"
FADE_IN_S = 0.005
NEVER_S = 1_000_000
CHUNK_SAMPLES = 480

# Options of some versions only: mpv refuses to start with one that it does not know.
OPTIONAL = ("load-stats-overlay", "load-osd-console", "load-console", "load-select", "load-auto-profiles")


@dataclass(frozen=True, slots=True, kw_only=True)
class MpvSettings:
    """Where the sound goes, and through how much buffer.

    `device` is `DRIVER` or `DRIVER/NAME` as `mpv --audio-device=help` lists them (pulse, pipewire, alsa, null); None
    lets mpv take the first driver that works. `output_latency_ms` is what passes from the device to the horn beyond
    what the device itself reports. `buffer_ms` is held twice, in the device and before it, for mpv's own queue is never
    shorter than the device's: more of it survives a busier machine, and a stop begins its ramp later by as much.
    `runtime` is where pipes lie, None for where the system keeps what lasts a moment.
    """

    binary: str = "mpv"
    device: str | None = None
    client_name: str = "device-agent"
    pulse_server: str | None = None
    output_latency_ms: float = 0.0
    buffer_ms: int = 120
    runtime: Path | None = None

    @property
    def driver(self) -> str:
        """The driver's name, or the list from which mpv chooses."""
        return self.device.split("/")[0] if self.device else "pulse,pipewire,alsa"

    @property
    def device_label(self) -> str:
        """The device for a technician to read."""
        return self.device or "mặc định"

    @property
    def lookahead_s(self) -> float:
        """How far beyond what is heard samples may already have left the filters, with a margin for a busy machine."""
        return (2 * self.buffer_ms + 40) / 1000


async def launch_arguments(settings: MpvSettings) -> list[str]:
    """Return mpv's command line. Raises MpvMissingError when there is no mpv."""
    known = await supported_options(settings.binary)
    arguments = [settings.binary, *_QUIET, *(f"--{name}=no" for name in OPTIONAL if name in known)]
    arguments += [
        f"--ao={settings.driver}",
        f"--audio-client-name={settings.client_name}",
        f"--audio-buffer={settings.buffer_ms / 1000}",
        f"--pulse-buffer={settings.buffer_ms}",
        f"--alsa-buffer-time={settings.buffer_ms * 1000}",
    ]
    if settings.device and "/" in settings.device:
        arguments.append(f"--audio-device={settings.device}")
    if settings.pulse_server:
        arguments.append(f"--pulse-host={settings.pulse_server}")
    return arguments


def filters(cue: Cue) -> str:
    """Return the filters of one cue: its gain in true decibels, and a fade-out that waits to be told when.

    mpv's own volume is cubic and steps; these filters are exact to the sample. Short chunks keep them near the output.
    """
    chain = (
        f"asetnsamples=n={CHUNK_SAMPLES}:p=0",
        f"volume=volume={cue.gain_db:.2f}dB:precision=float",
        f"afade=t=out:st={NEVER_S}:d=1",
    )
    fading_out = f"@{FADE_LABEL}:lavfi=[{','.join(chain)}]"
    if not cue.from_ms:
        return fading_out
    # Beginning in the middle of a wave would click. A chain of its own, for a command reaches every filter of one.
    return f"lavfi=[afade=t=in:st={cue.from_ms / 1000}:d={FADE_IN_S}],{fading_out}"


_QUIET = (
    "--no-config", "--no-terminal", "--msg-level=all=no", "--load-scripts=no", "--osc=no", "--ytdl=no",
    "--input-default-bindings=no", "--input-media-keys=no", "--autoload-files=no", "--access-references=no",
    "--idle=yes", "--pause=yes", "--keep-open=no", "--gapless-audio=no", "--no-video", "--audio-display=no",
    "--hr-seek=yes", "--resume-playback=no", "--save-position-on-quit=no", "--cache=no", "--replaygain=no",
    "--volume=100", "--mute=no", "--audio-fallback-to-null=no", "--audio-pitch-correction=no",
)  # fmt: skip
