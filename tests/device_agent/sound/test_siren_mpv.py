"""The siren on a real mpv and a real PulseAudio: held for as long as it takes, then heard at once and to the sample."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from device_agent.playout.siren import length_ms
from device_agent.sound.mpv import MpvPlayer
from device_agent.sound.mpv_launch import MpvSettings
from device_agent.sound.port import Cue, EndedWhy
from device_agent.sound.siren import SirenFeed, rendered
from tests.device_agent.sound.pulse import RATE, PulseServer, Recording, find, noise
from tests.fixtures.skips import needs
from wire.messages import Burst

pytestmark = [pytest.mark.slow, pytest.mark.timing, needs("mpv", "pulseaudio", "parec", "chrt")]

HELD = (Burst(on_ms=30_000, off_ms=5000, times=5),)
WANTED = (Burst(on_ms=1000, off_ms=300, times=2),)


def test_a_held_siren_becomes_the_wanted_one_and_words_follow_without_a_gap(tmp_path: Path) -> None:
    async def play(server: PulseServer, recording: Recording) -> None:
        settings = MpvSettings(device="pulse/sink", pulse_server=server.address)
        siren, speaker = MpvPlayer(settings, name="siren"), MpvPlayer(settings, name="speaker")
        try:
            await heard_whole(siren, speaker, recording)
        finally:
            await siren.close()
            await speaker.close()

    async def heard_whole(siren: MpvPlayer, speaker: MpvPlayer, recording: Recording) -> None:
        feed = SirenFeed(HELD)
        await siren.prepare(Cue(path=Path("siren"), feed=feed))
        words = noise(tmp_path / "words.wav", seconds=0.5)
        await speaker.prepare(Cue(path=tmp_path / "words.wav"))
        await asyncio.sleep(1.5)  # what mpv reads ahead it has read by now
        assert feed.retune(WANTED, gain_db=0.0)
        told_at = time.monotonic()
        started = await siren.start(told_at)
        ends_at = started.at_monotonic + length_ms(WANTED) / 1000
        await speaker.start(ends_at)
        assert (await siren.wait()).why is EndedWhy.FINISHED
        await speaker.wait()
        heard = recording.between(told_at - 0.1, ends_at + 1.0)
        sent = np.frombuffer(rendered(WANTED), dtype="<i2").astype(np.float64) / 32768
        siren_s, alike = find(sent, heard)
        assert alike > 0.99, "the wanted pattern, whole"
        assert siren_s - 0.1 < 0.06
        ended = round((siren_s + length_ms(WANTED) / 1000) * RATE)
        later = RATE // 50  # their first milliseconds may lie under the last of a siren that is a little slow
        words_s, alike = find(words[later : later + RATE // 20], heard[ended:])
        assert alike > 0.9
        assert abs(words_s - later / RATE) < 0.05

    with PulseServer(tmp_path / "pulse") as server, Recording(server) as recording:
        asyncio.run(play(server, recording))
