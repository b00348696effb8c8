"""The listener brings ear, file and judge together, yields verdicts while it sounds, and keeps no sound anywhere."""

import asyncio
import subprocess
import sys
import threading
import wave
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from device_agent.hearing.band import Samples
from device_agent.hearing.listener import DecodingHungError, Listener
from device_agent.hearing.port import EarStoppedError, Sounding
from device_agent.hearing.reference import FileReference, ReferenceUnreadableError
from device_agent.hearing.verdict import Hearing, Verdict
from tests.device_agent.hearing import village
from tests.device_agent.hearing.airings import LOUDNESS
from tests.device_agent.hearing.village import RATE, Sound
from tests.fakes.ears import FakeEar, blocks_of

SECONDS = 10
STARTED_AT = 1_000.0
SENT = village.loud(village.wind(SECONDS * RATE, np.random.default_rng(4)), LOUDNESS**2)
OTHER = village.loud(village.wind(SECONDS * RATE, np.random.default_rng(5)), LOUDNESS**2)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "recording.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(village.pcm(SENT))
    return file


def _ear(heard: Sound, *, delay_s: float = 0.1, failure: EarStoppedError | None = None) -> FakeEar:
    return FakeEar(
        blocks_of(village.pcm(heard), rate=RATE, at=STARTED_AT + delay_s), rate=RATE, failure=failure
    )  # fmt: skip


def _listener(ear: FakeEar) -> Listener:
    return Listener(ear, ffmpeg=imageio_ffmpeg.get_ffmpeg_exe)


def _sounding(path: Path, **others: Any) -> Sounding:
    return Sounding(path=path, started_at=STARTED_AT, duration_s=SECONDS - 0.2, **others)


async def _hear(listener: Listener, sounding: Sounding, stop: asyncio.Event | None = None) -> list[Hearing]:
    async with aclosing(listener.listen(sounding, stop=stop)) as hearings:
        return [hearing async for hearing in hearings]


def test_what_sounds_is_heard_second_by_second_and_on_the_whole(recording: Path) -> None:
    hearings = asyncio.run(_hear(_listener(_ear(0.1 * SENT)), _sounding(recording)))

    assert [hearing.is_final for hearing in hearings] == [False] * (len(hearings) - 1) + [True]
    assert len(hearings) >= SECONDS - 1
    assert hearings[-1].verdict is Verdict.HEARD
    assert hearings[-1].delay_ms == pytest.approx(100, abs=5)
    assert hearings[-1].gain_db == pytest.approx(-20, abs=2)


def test_what_does_not_sound_is_not_heard(recording: Path) -> None:
    hearings = asyncio.run(_hear(_listener(_ear(0.1 * OTHER)), _sounding(recording)))

    assert hearings[-1].verdict is Verdict.NOT_HEARD
    assert min(hearing.at_s for hearing in hearings if hearing.verdict is Verdict.NOT_HEARD) <= 8


@pytest.mark.parametrize("container", ["ogg", "flac"])
def test_any_file_a_player_plays_can_be_compared(recording: Path, tmp_path: Path, container: str) -> None:
    codec = ["-c:a", "libopus", "-b:a", "32k"] if container == "ogg" else []
    other = tmp_path / f"recording.{container}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(recording), *codec, str(other)]
    subprocess.run(command, check=True, timeout=60)

    assert asyncio.run(_hear(_listener(_ear(0.1 * SENT)), _sounding(other)))[-1].verdict is Verdict.HEARD


def test_an_airing_that_is_resumed_is_compared_from_where_it_resumed(recording: Path) -> None:
    resumed = _sounding(recording, from_ms=2_000)
    continued = np.concatenate([SENT[2 * RATE :], np.zeros(2 * RATE)])

    heard = asyncio.run(_hear(_listener(_ear(continued)), resumed))
    not_heard = asyncio.run(_hear(_listener(_ear(SENT)), resumed))

    assert heard[-1].verdict is Verdict.HEARD
    assert not_heard[-1].verdict is Verdict.NOT_HEARD


def test_an_airing_that_is_stopped_gets_its_verdict_at_once(recording: Path) -> None:
    async def stop_after_seven_seconds() -> list[Hearing]:
        stop, ear, taken = asyncio.Event(), _ear(SENT), []
        async with aclosing(_listener(ear).listen(_sounding(recording), stop=stop)) as hearings:
            async for hearing in hearings:
                taken.append(hearing)
                if hearing.at_s >= 7:
                    stop.set()
        assert not ear.is_open
        return taken

    hearings = asyncio.run(stop_after_seven_seconds())

    assert hearings[-1].is_final
    assert (hearings[-1].verdict, hearings[-1].at_s < 8.2) == (Verdict.HEARD, True)


def test_an_ear_that_fails_is_told_of_and_no_final_verdict_is_made_up(recording: Path) -> None:
    ear = _ear(SENT[: 3 * RATE], failure=EarStoppedError("tai", detail="rút dây"))
    taken: list[Hearing] = []

    async def listen() -> None:
        async with aclosing(_listener(ear).listen(_sounding(recording))) as hearings:
            async for hearing in hearings:
                taken.append(hearing)

    with pytest.raises(EarStoppedError, match="rút dây"):
        asyncio.run(listen())
    assert [hearing.is_final for hearing in taken] == [False] * len(taken)


def test_a_file_that_cannot_be_decoded_is_told_of(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ogg"
    broken.write_bytes(b"OggS" + bytes(500))

    with pytest.raises(ReferenceUnreadableError, match="broken"):
        asyncio.run(_hear(_listener(_ear(SENT)), _sounding(broken)))


def test_a_listener_that_is_dropped_ends_ear_and_decoder(recording: Path) -> None:
    ear = _ear(SENT)

    async def listen_a_little() -> None:
        hearings = _listener(ear).listen(_sounding(recording))
        await anext(hearings)
        await hearings.aclose()

    asyncio.run(listen_a_little())

    assert not ear.is_open


class HungDecoder:
    """A decoder that answers only when it is closed, as ffmpeg on a dying card does."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def read(self, count: int) -> Samples:
        """Wait for the end."""
        self.closed.wait()
        return np.zeros(0, dtype=np.float32)

    def close(self) -> None:
        """End the wait."""
        self.closed.set()


@pytest.mark.slow
def test_a_decoder_that_hangs_is_told_of_and_closed(recording: Path) -> None:
    decoder, ear = HungDecoder(), _ear(SENT)

    async def listen() -> None:
        async for _ in _listener(ear).compare(decoder, _sounding(recording)):
            pytest.fail("there was nothing to compare with")

    with pytest.raises(DecodingHungError, match="bị treo"):
        asyncio.run(listen())
    assert decoder.closed.is_set()
    assert not ear.is_open


def test_a_decoder_that_is_closed_twice_is_closed(recording: Path) -> None:
    decoder = FileReference(recording, ffmpeg=imageio_ffmpeg.get_ffmpeg_exe())

    assert len(decoder.read(800)) == 800
    decoder.close()
    decoder.close()


# -- nothing is written ---------------------------------------------------------------------------------------------


def _written(work: Callable[[], object]) -> list[str]:
    """Return every file that was opened for writing while `work` ran, in this process."""
    written: list[str] = []
    watching = True

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "open" and _is_for_writing(arguments):
            written.append(str(arguments[0]))

    sys.addaudithook(audit)  # stays for good, hence `watching`
    work()
    watching = False
    return [path for path in written if path != "/dev/null"]


def _is_for_writing(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return any(sign in mode for sign in "wax+") if isinstance(mode, str) else bool((flags or 0) & 0b11)


def test_no_sound_is_ever_written(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    monkeypatch.setenv("TMPDIR", str(working))

    written = _written(lambda: asyncio.run(_hear(_listener(_ear(SENT)), _sounding(recording))))

    assert written == []
    assert list(working.iterdir()) == []


def test_the_watch_for_written_files_sees_them(tmp_path: Path) -> None:
    """Negative control of the test above."""
    assert _written(lambda: (tmp_path / "sound.wav").write_bytes(b"RIFF")) == [str(tmp_path / "sound.wav")]


def test_a_hearing_holds_numbers_only(recording: Path) -> None:
    hearing = asyncio.run(_hear(_listener(_ear(SENT)), _sounding(recording)))[-1]

    values = [getattr(hearing, name) for name in Hearing.__dataclass_fields__]
    assert all(value is None or isinstance(value, str | float | bool) for value in values)
