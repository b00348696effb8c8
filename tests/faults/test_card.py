"""The sound card vanishes in the middle of an airing: it is called failed, and the next one sounds when it is back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.device_agent.sound.pulse import PulseServer, Recording
from tests.fakes.box_process import BoxProcess, noise
from tests.fakes.box_station import FakeStation, audio_ref
from tests.fixtures.skips import needs
from wire.messages import Outcome, PlannedAiring, Reason

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), needs("mpv", "pulseaudio", "parec")]

SOUND_S = 6.0


@pytest.fixture
def station(embedded_broker: EmbeddedBroker) -> Iterator[FakeStation]:
    with FakeStation(embedded_broker.url).on_air() as fake:
        yield fake


def test_a_card_that_vanishes_in_the_middle_is_no_played_and_the_next_airing_sounds(
    station: FakeStation, tmp_path: Path
) -> None:
    station.enrol(tmp_path / "box")
    audio = noise(tmp_path / "a.opus", seconds=SOUND_S)
    station.publish_audio(audio)
    starts = [station.now() + timedelta(seconds=seconds) for seconds in (10.0, 26.0)]
    airings = [
        PlannedAiring(
            airing_id=f"a{n}", start_at=at, not_after=at + timedelta(seconds=3),
            recording=audio_ref(audio, int(SOUND_S * 1000)),
        )
        for n, at in enumerate(starts)
    ]  # fmt: skip
    station.publish_plan(station.plan(*airings))
    card = PulseServer(tmp_path / "pulse")
    box = BoxProcess(
        data=tmp_path / "box", sounds=tmp_path / "sounds", player="mpv", environment={"PULSE_SERVER": card.address}
    )
    with box.running():
        try:
            station.wait_for(lambda: station.status and station.status.playing, timeout_s=25, what="the first sample")
        finally:
            card.kill()
        cut_off = station.wait_for_report("a0", timeout_s=20)
        (tmp_path / "pulse" / "native").unlink(missing_ok=True)
        with PulseServer(tmp_path / "pulse") as again, Recording(again) as recording:
            whole = station.wait_for_report("a1", timeout_s=40)
            box.terminate()
            recording.stop()
            sounded = np.frombuffer(recording.everything, dtype="<i2").astype(float) / 32768

    assert (cut_off.outcome, cut_off.reason) == (Outcome.FAILED, Reason.SOUND_DEVICE)
    assert cut_off.played_ms < SOUND_S * 1000 - 500
    assert whole.outcome is Outcome.PLAYED
    assert np.count_nonzero(np.abs(sounded) > 0.001) > 0.8 * SOUND_S * 48_000
