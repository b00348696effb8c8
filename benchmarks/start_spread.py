"""How far from its instant a sound begins in a real recording: the box's player beside `loadfile` sent to mpv at T.

Both play the same noise into the same PulseAudio sink, taking turns; its monitor is recorded and searched for the noise
by correlation. Usage: start_spread.py [STARTS]; prints one line of JSON, errors in milliseconds.
"""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_ipc import MpvProcess
from device_agent.sound.mpv_launch import MpvSettings, launch_arguments
from device_agent.sound.port import Cue
from tests.device_agent.sound.pulse import RATE, PulseServer, Recording, find, noise

STARTS = 30
LENGTH_S = 0.25
AHEAD_S = 0.3
PROGRAMS = ("mpv", "pulseaudio", "parec")


async def measure(folder: Path, starts: int) -> dict[str, list[float]]:
    """Return the start errors of the player and of its peer, and the errors of what the player says of itself."""
    file = folder / "noise.wav"
    sent = noise(file, seconds=LENGTH_S)
    found: dict[str, list[float]] = {"player": [], "peer": [], "claimed": []}
    with PulseServer(folder / "pulse") as server, Recording(server) as recording:
        settings = MpvSettings(device="pulse/sink", pulse_server=server.address)
        player = MpvPlayer(settings)
        peer = await MpvProcess.launch([*(await launch_arguments(settings)), "--pause=no"])

        def error_ms(planned_at: float) -> float:
            heard = recording.between(planned_at - 0.1, planned_at + LENGTH_S + 0.5)
            offset_s, alike = find(sent[: RATE // 20], heard)
            if alike < 0.9:
                raise RuntimeError(f"the recording holds the noise only by {alike:.2f}; is the machine busy?")
            return 1000 * (offset_s - 0.1)

        for _ in range(starts):
            await player.prepare(Cue(path=file))
            planned_at = time.monotonic() + AHEAD_S
            started = await player.start(planned_at)
            await player.wait()
            found["player"].append(error_ms(planned_at))
            found["claimed"].append(1000 * (started.at_monotonic - planned_at) - found["player"][-1])
            await asyncio.sleep(0.1)
            planned_at = time.monotonic() + AHEAD_S
            await asyncio.sleep(planned_at - 0.002 - time.monotonic())
            while time.monotonic() < planned_at:
                pass
            await peer.command("loadfile", str(file), deadline_s=2)
            await asyncio.sleep(LENGTH_S + 0.4)
            found["peer"].append(error_ms(planned_at))
        await player.close()
        await peer.close()
    return found


def figures(errors_ms: list[float]) -> dict[str, float]:
    """Return what the errors are, and how far they spread about their own middle."""
    sizes, spread = np.abs(errors_ms), np.abs(np.array(errors_ms) - np.median(errors_ms))
    return {
        "p50": round(float(np.percentile(sizes, 50)), 3),
        "p95": round(float(np.percentile(sizes, 95)), 3),
        "spread_p95": round(float(np.percentile(spread, 95)), 3),
    }


def main() -> None:
    """Run, and print the line."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        print(json.dumps({"benchmark": "start_spread", "not_measured": f"not installed: {', '.join(missing)}"}))
        return
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else STARTS
    with tempfile.TemporaryDirectory(prefix="start-spread-") as folder:
        found = asyncio.run(measure(Path(folder), starts))
    player, peer = figures(found["player"]), figures(found["peer"])
    line = {
        "benchmark": "start_spread",
        "starts": starts,
        "player_error_ms": player,
        "peer": "mpv loadfile at T",
        "peer_error_ms": peer,
        "ratio_p95": round(player["p95"] / peer["p95"], 4),
        "claimed_error_ms": figures(found["claimed"]),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
