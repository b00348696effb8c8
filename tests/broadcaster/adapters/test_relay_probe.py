"""Listening to relay sources: real Icecast, silence, pages that are no radio, servers that are gone or never answer."""

import threading
import time
from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.relay_probe import LOUD_DBFS, MOST_SOURCES, Listener, RelayProbes, loudest
from broadcaster.domain.rehearsal.values import Probe, SourceState
from tests.fakes.station_office import Clock
from tests.fixtures.radio import (
    EndlessHeaders,
    Icecast,
    Studio,
    dripping,
    ffmpeg,
    files_over_http,
    free_port,
    redirecting,
    serving,
)
from tests.fixtures.skips import needs

PATIENCE_S = 3.0


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    folder.chmod(0o777)
    ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=8:c=pink:a=0.5", "-ac", "1", str(folder / "noise.wav"))
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "30", str(folder / "silence.wav"))
    ffmpeg("-i", str(folder / "noise.wav"), "-b:a", "96k", str(folder / "noise.mp3"))
    (folder / "page.html").write_text("<html>đây không phải là đài</html>" * 100)
    return folder


@pytest.fixture
def listen() -> Iterator[Listener]:
    listener = Listener(lambda: datetime.now(UTC), patience_s=PATIENCE_S)
    yield listener
    listener.close()


@pytest.mark.slow
@needs("icecast2")
def test_radio_that_sounds_is_told_from_one_that_is_silent(listen: Listener, sounds: Path) -> None:
    with (
        Icecast() as icecast,
        Studio(icecast, "radio", sounds / "noise.wav"),
        Studio(icecast, "silent", sounds / "silence.wav"),
    ):
        radio, silent = listen(icecast.url("radio")), listen(icecast.url("silent"))
        gone = listen(icecast.url("nowhere"))

    assert radio.state is SourceState.SOUNDS
    assert radio.level_dbfs is not None
    assert radio.level_dbfs > LOUD_DBFS
    assert (silent.state, silent.detail) == (SourceState.QUIET, "có luồng nhưng im lặng")
    assert (gone.state, gone.detail) == (SourceState.DEAD, "máy chủ không có luồng này (404)")


@pytest.mark.slow
def test_sound_as_a_file_sounds_and_a_page_is_no_sound(listen: Listener, sounds: Path) -> None:
    with files_over_http(sounds) as url:
        assert listen(f"{url}/noise.mp3").state is SourceState.SOUNDS
        assert listen(f"{url}/page.html").state is SourceState.NOT_AUDIO
        (sounds / "radio.m3u").write_text(f"#EXTM3U\n{url}/none.mp3\n")
        listed = listen(f"{url}/radio.m3u")
        assert (listed.state, "danh sách phát" in listed.detail) == (SourceState.NOT_AUDIO, True)
        assert listen(f"{url}/gone.m3u").state is SourceState.DEAD


@pytest.mark.slow
def test_server_that_is_not_there_is_dead(listen: Listener) -> None:
    found = listen(f"http://127.0.0.1:{free_port()}/vov1")

    assert (found.state, found.detail) == (SourceState.DEAD, "máy chủ từ chối kết nối")


@pytest.mark.slow
def test_stream_leads_to_no_file_of_this_machine(listen: Listener, sounds: Path) -> None:
    with serving(redirecting(f"file://{sounds / 'noise.mp3'}")) as url:
        assert listen(url).state is SourceState.DEAD
    playlist = sounds / "list.m3u8"
    playlist.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nfile://{sounds / 'noise.mp3'}\n#EXT-X-ENDLIST\n"
    )
    with files_over_http(sounds) as url:
        assert listen(f"{url}/list.m3u8").state is not SourceState.SOUNDS


@pytest.mark.slow
@pytest.mark.parametrize("handler", ["headers", "drip"])
def test_server_that_never_comes_to_it_costs_its_deadline_and_no_more(
    listen: Listener, sounds: Path, handler: str
) -> None:
    slow = dripping((sounds / "noise.mp3").read_bytes(), bytes_per_s=400)
    began = time.monotonic()
    with serving(EndlessHeaders if handler == "headers" else slow) as url:
        found = listen(url)

    assert found.state is SourceState.DEAD
    assert time.monotonic() - began < 5.0 + PATIENCE_S + 4.0


@pytest.mark.slow
def test_listening_ends_at_once_when_the_server_does(listen: Listener) -> None:
    with serving(EndlessHeaders) as url:
        began = time.monotonic()
        threading.Timer(0.5, listen.close).start()
        listen(url)

    assert time.monotonic() - began < 3.0
    assert listen(url).state is SourceState.DEAD


def test_loudest_tenth_of_a_second_is_what_counts() -> None:
    silence, tone = array("h", [0] * 8_000), array("h", [16_384, -16_384] * 400)

    assert loudest(silence.tobytes()) == -120.0
    assert loudest((silence + tone + silence).tobytes()) == pytest.approx(-6.0, abs=0.1)
    assert loudest(b"") == -120.0
    assert loudest(array("h", [20, -20] * 4_000).tobytes()) < LOUD_DBFS


class Ear:
    """Hears every source, and remembers which it was asked for."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.asked: list[str] = []
        self._now = now

    def __call__(self, url: str) -> Probe:
        self.asked.append(url)
        return Probe(url=url, state=SourceState.SOUNDS, at=self._now())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ear(clock: Clock) -> Ear:
    return Ear(clock)


@pytest.fixture
def probes(ear: Ear, clock: Clock) -> RelayProbes:
    return RelayProbes(ear, clock, fresh_for=timedelta(minutes=5))


def test_source_is_listened_to_once_while_it_is_fresh(probes: RelayProbes, ear: Ear, clock: Clock) -> None:
    probes.listen_to_all(["a", "b", "a"])
    probes.listen_to_all(["a", "b"])
    assert ear.asked == ["a", "b"]

    clock.advance(minutes=5)
    probes.listen_to_all(["a", "b"])

    assert ear.asked == ["a", "b", "a", "b"]
    assert set(probes.known()) == {"a", "b"}


def test_one_turn_listens_to_one_source_the_longest_unheard_first(probes: RelayProbes, ear: Ear, clock: Clock) -> None:
    probes.listen_to_all(["a"])
    clock.advance(minutes=6)

    assert probes.listen_to_next(["a", "new"])
    assert ear.asked == ["a", "new"]
    assert probes.listen_to_next(["a", "new"])
    assert not probes.listen_to_next(["a", "new"])


def test_what_nobody_wants_any_more_is_forgotten(probes: RelayProbes) -> None:
    probes.listen_to_all(["a", "b"])

    probes.listen_to_all(["b"])

    assert set(probes.known()) == {"b"}


def test_number_of_sources_is_bounded(probes: RelayProbes, ear: Ear) -> None:
    probes.listen_to_all([str(n) for n in range(MOST_SOURCES * 2)])

    assert len(ear.asked) == MOST_SOURCES
