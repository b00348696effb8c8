"""The files of the WAV player: one that grows while it sounds, and finished ones named by the instant they began.

`live.wav.part` can be listened to while it grows: its header gives no length; what begins while another fades out is
`live-2.wav.part`. Its meaning stands beside it, so that whatever a killed box leaves behind is finished truthfully at
the next start.
"""

import json
import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from device_agent.sound.decoder import BYTES_PER_FRAME, RATE

LIVE = "live.wav.part"
LIVE_PATTERN = "live*.wav.part"
_AT_ONCE = 8
"""More sounds than this never fade out at a time."""
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_UNKNOWN_LENGTH = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """For the sake of what it sounds; exactly one is set."""

    airing_id: str | None = None
    alert_id: str | None = None
    part: str | None = None


class LiveFile:
    """The growing file of one stretch of sound. Every frame written is in the kernel's hands at once."""

    def __init__(self, directory: Path) -> None:
        """Open the file, with nothing but its header. Raises OSError."""
        self._directory = directory
        self.live, self._descriptor = _opened(directory)
        os.write(self._descriptor, _header(None))
        self.frames = 0

    def name(self, label: Label, first_frame_at: datetime) -> None:
        """Write down what this is and when its first frame sounded."""
        meta = {**_label_json(label), "first_frame_at": _rfc3339(first_frame_at), "rate": RATE}
        path = self._directory / _meta_of(self.live)
        temporary = path.with_name(f".{path.name}")
        temporary.write_text(json.dumps(meta))
        temporary.replace(path)

    def write(self, pcm: bytes) -> None:
        """Append frames."""
        view = memoryview(pcm)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self.frames += len(pcm) // BYTES_PER_FRAME

    def close(self) -> None:
        os.close(self._descriptor)

    def finish(self) -> Path | None:
        """Return the finished WAV; None when nothing sounded."""
        return finish(self._directory, self.live)


def finish(directory: Path, name: str = LIVE) -> Path | None:
    """Turn what a growing file holds into a finished WAV and its JSON; None when there is nothing that sounded.

    Used at the end of each stretch, and at start for whatever a killed process left.
    """
    live, meta_path = directory / name, directory / _meta_of(name)
    try:
        meta = json.loads(meta_path.read_text())
        first_frame_at = datetime.fromisoformat(meta["first_frame_at"])
        frames = (live.stat().st_size - _HEADER.size) // BYTES_PER_FRAME
    except (OSError, ValueError, KeyError, TypeError):
        frames = 0
    if frames <= 0:
        live.unlink(missing_ok=True)
        meta_path.unlink(missing_ok=True)
        return None
    with live.open("r+b") as file:
        file.write(_header(frames))
        file.truncate(_HEADER.size + frames * BYTES_PER_FRAME)
    stamp = first_frame_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    described = directory / f"{stamp}.json"
    meta_path.write_text(json.dumps({**meta, "frames": frames}))
    # The description comes first: whoever sees the WAV finds it.
    meta_path.replace(described)
    return live.replace(directory / f"{stamp}.wav")


def _opened(directory: Path) -> tuple[str, int]:
    """Return a growing file that nobody else writes, and its descriptor. The last name is taken whatever it holds."""
    names = (LIVE, *(f"live-{n}.wav.part" for n in range(2, _AT_ONCE)))
    for name in names:
        try:
            return name, os.open(directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            continue
    return names[-1], os.open(directory / names[-1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)


def _meta_of(name: str) -> str:
    return name.replace(".wav.part", ".json.part")


def _header(frames: int | None) -> bytes:
    data_bytes = _UNKNOWN_LENGTH if frames is None else frames * BYTES_PER_FRAME
    riff_bytes = _UNKNOWN_LENGTH if frames is None else data_bytes + _HEADER.size - 8
    return _HEADER.pack(
        b"RIFF", riff_bytes, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * BYTES_PER_FRAME, BYTES_PER_FRAME, 16,
        b"data", data_bytes,
    )  # fmt: skip


def _label_json(label: Label) -> dict[str, str]:
    if label.alert_id is not None:
        return {"alert_id": label.alert_id, **({"part": label.part} if label.part is not None else {})}
    return {"airing_id": label.airing_id or ""}


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
