"""A relay as a listener hears it: real Icecast, real HLS, servers that die, fall silent, crawl or never come to it."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from device_agent.sound.decoder import RATE
from device_agent.sound.port import Piece
from device_agent.sound.relay_feed import FILLER, RelayFeed, Wanted
from device_agent.sound.tap_words import Opening, by_ffmpeg, by_mpv
from tests.device_agent.sound.pulse import find
from tests.fixtures.radio import (
    Certified,
    EndlessHeaders,
    HlsStudio,
    Icecast,
    Studio,
    dripping,
    ffmpeg,
    files_over_http,
    files_over_https,
    free_port,
    redirecting,
    serving,
)
from tests.fixtures.skips import needs
from tests.sound import Sound, decoded

pytestmark = [pytest.mark.slow, needs("icecast2", "mpv")]

OPENINGS = {"ffmpeg": by_ffmpeg(imageio_ffmpeg.get_ffmpeg_exe()), "mpv": by_mpv("mpv")}
ALIKE, OTHER = 0.4, 0.2
"""Lossy forms keep the shape to 0.9, and half of that where the seam of a loop goes through the middle of what is
compared; another noise has hardly a tenth of it."""
BLOCK = RATE // 50

OpenFeed = Callable[..., RelayFeed]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of three different noises, four of silence, and sound that falls silent after three seconds."""
    folder = tmp_path_factory.mktemp("sounds")
    folder.chmod(0o777)
    for seed, name in enumerate(("one", "two", "filler"), start=1):
        source = f"anoisesrc=d=8:c=pink:a=0.5:seed={seed}:r=48000,highpass=300,lowpass=6000"
        ffmpeg("-f", "lavfi", "-i", source, "-ac", "1", str(folder / f"{name}.wav"))
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "4", str(folder / "silence.wav"))
    ffmpeg("-i", str(folder / "one.wav"), "-af", "volume=0:enable='gt(t,3)',apad=pad_dur=60", str(folder / "dies.wav"))
    ffmpeg("-i", str(folder / "one.wav"), "-b:a", "96k", str(folder / "one.mp3"))
    return folder


CODECS = ("mp3", "aac", "opus", "vorbis")


@pytest.fixture(scope="module")
def icecast(sounds: Path) -> Iterator[Icecast]:
    """A server with five radios that have been on the air for a while: one noise in each form, and another one."""
    with Icecast() as icecast, ExitStack() as studios:
        for codec in CODECS:
            studios.enter_context(Studio(icecast, codec, sounds / "one.wav", codec=codec))
        studios.enter_context(Studio(icecast, "two", sounds / "two.wav"))
        time.sleep(5)
        yield icecast


@pytest.fixture
def on_air(icecast: Icecast, sounds: Path) -> Iterator[Callable[..., Studio]]:
    """Put a sound on the air under a mount's name; it goes off with the test."""
    with ExitStack() as studios:
        yield lambda mount, name, codec="mp3": studios.enter_context(
            Studio(icecast, mount, sounds / f"{name}.wav", codec=codec)
        )


@pytest.fixture(params=list(OPENINGS))
def decoder(request: pytest.FixtureRequest) -> Opening:
    return OPENINGS[request.param]


@pytest.fixture
def open_feed() -> Iterator[OpenFeed]:
    feeds: list[RelayFeed] = []

    def opened(*urls: str, by: Opening = OPENINGS["ffmpeg"], silence_ms: int = 1_500, **more: object) -> RelayFeed:
        wanted = replace(Wanted(urls=urls, silence_ms=silence_ms), **more)  # type: ignore[arg-type]  # the test's own
        feeds.append(RelayFeed(wanted, opening=by, changed=lambda: None))
        return feeds[-1]

    yield opened
    for feed in feeds:
        feed.close()
        feed.join()


def ready(feed: RelayFeed, *, within_s: float = 6.0) -> float:
    """Return after how long it had enough in hand to begin."""
    began = time.monotonic()
    while not feed.is_ready() and time.monotonic() - began < within_s:
        time.sleep(0.01)
    return time.monotonic() - began


def listen(feed: RelayFeed, seconds: float, *, until: Callable[[], object] = lambda: False) -> Sound:
    """Take what a player would take, as it would: a block each twentieth of a second."""
    heard, began = bytearray(), time.monotonic()
    while len(heard) < seconds * RATE * 2 and not until():
        block = feed.read(BLOCK)
        if not block:
            break
        heard += block
        time.sleep(max(0.0, began + len(heard) / 2 / RATE - time.monotonic()))
    return np.frombuffer(bytes(heard), dtype="<i2").astype(np.float64) / 32768


def original(sounds: Path, name: str) -> Sound:
    """Return it twice over, for it is sent without end."""
    once = decoded((sounds / f"{name}.wav").read_bytes())
    return np.concatenate([once, once])


def between(heard: Sound, start_s: float, end_s: float) -> Sound:
    return heard[round(start_s * RATE) : round(end_s * RATE)]


def alike(heard: Sound, name: str, sounds: Path, *, at_s: float = 0.3) -> float:
    """Return how alike half a second of what was heard is to any part of the original (1: the same shape)."""
    return find(between(heard, at_s, at_s + 0.5), original(sounds, name))[1]


def sources(feed: RelayFeed) -> list[str | None]:
    return [piece.source for piece in feed.pieces() if piece.to_frame - piece.from_frame > RATE // 20]


@pytest.mark.parametrize("codec", CODECS)
def test_stream_is_heard_in_every_form(
    codec: str, decoder: Opening, icecast: Icecast, open_feed: OpenFeed, sounds: Path
) -> None:
    feed = open_feed(icecast.url(codec), by=decoder)

    ready(feed)
    heard = listen(feed, 1.0)

    assert sources(feed) == [icecast.url(codec)]
    assert alike(heard, "one", sounds) > ALIKE
    assert alike(heard, "two", sounds) < OTHER


def test_playlist_of_segments_is_heard(decoder: Opening, tmp_path: Path, open_feed: OpenFeed, sounds: Path) -> None:
    with HlsStudio(tmp_path / "hls", sounds / "two.wav"), files_over_http(tmp_path / "hls") as address:
        feed = open_feed(f"{address}/live.m3u8", by=decoder)
        ready(feed)
        heard = listen(feed, 3.0)

    assert sources(feed) == [f"{address}/live.m3u8"]
    assert alike(heard, "two", sounds, at_s=2.0) > ALIKE


def test_it_ends_to_the_sample_and_without_a_click(icecast: Icecast, open_feed: OpenFeed) -> None:
    feed = open_feed(icecast.url("mp3"))
    ready(feed)
    feed.lasts(1.2345)

    heard = listen(feed, 5.0)

    assert len(heard) == round(1.2345 * RATE)
    assert np.abs(heard[-RATE // 1000 :]).max() < 0.01
    assert np.abs(heard[-RATE // 5 : -RATE // 10]).max() > 0.1
    assert feed.read(BLOCK) == b""


def test_dead_source_gives_way_to_the_next(decoder: Opening, icecast: Icecast, open_feed: OpenFeed) -> None:
    dead = f"http://127.0.0.1:{free_port()}/radio"
    feed = open_feed(dead, icecast.url("none"), icecast.url("mp3"), by=decoder)

    ready(feed)
    listen(feed, 0.5)

    assert sources(feed) == [icecast.url("mp3")]
    assert feed.faults() == {
        dead: "máy chủ từ chối kết nối",
        icecast.url("none"): "máy chủ không có luồng này (404)",
    }


def test_source_that_stops_in_the_middle_gives_way(
    decoder: Opening, icecast: Icecast, on_air: Callable[..., Studio], open_feed: OpenFeed, sounds: Path
) -> None:
    first = on_air("stops", "one")
    time.sleep(2)
    feed = open_feed(icecast.url("stops"), icecast.url("two"), by=decoder)
    ready(feed)
    listen(feed, 1.0)

    first.end()
    listen(feed, 15.0, until=lambda: feed.source == icecast.url("two"))
    heard = listen(feed, 1.5)

    assert [s for s in sources(feed) if s] == [icecast.url("stops"), icecast.url("two")]
    assert alike(heard, "two", sounds) > ALIKE
    assert feed.faults() == {icecast.url("stops"): "luồng bị ngắt"}


def test_dead_air_gives_way_to_the_next(
    decoder: Opening, icecast: Icecast, on_air: Callable[..., Studio], open_feed: OpenFeed
) -> None:
    on_air("silent", "dies")
    feed = open_feed(icecast.url("silent"), icecast.url("two"), by=decoder, silence_ms=2_000)
    ready(feed)

    heard = listen(feed, 12.0, until=lambda: feed.source == icecast.url("two"))

    first, *_, last = feed.pieces()
    assert first.source == icecast.url("silent")
    assert last.source == icecast.url("two")
    dead_s = (last.from_frame - first.to_frame) / RATE
    assert 1.9 < dead_s < 4.0
    assert np.abs(heard[first.to_frame + RATE // 5 : last.from_frame]).max() < 0.001
    assert feed.faults() == {icecast.url("silent"): "im lặng quá lâu"}


def test_filler_sounds_while_every_source_is_dead_and_gives_way_when_one_comes_back(
    decoder: Opening, icecast: Icecast, on_air: Callable[..., Studio], open_feed: OpenFeed, sounds: Path
) -> None:
    url = icecast.url("comes-back")
    feed = open_feed(url, by=decoder, filler=sounds / "filler.wav")

    listen(feed, 8.0, until=lambda: sources(feed)[-1:] == [FILLER])
    filled = listen(feed, 1.5)
    on_air("comes-back", "one")
    listen(feed, 15.0, until=lambda: feed.source == url)
    back = listen(feed, 1.0)

    assert alike(filled, "filler", sounds) > ALIKE
    assert alike(back, "one", sounds) > ALIKE
    assert feed.source == url
    silent = [piece for piece in feed.pieces() if piece.source is None]
    assert sum(piece.to_frame - piece.from_frame for piece in silent) / RATE < 4.0


def test_redirect_is_followed(decoder: Opening, icecast: Icecast, open_feed: OpenFeed) -> None:
    with serving(redirecting(icecast.url("mp3"))) as address:
        feed = open_feed(f"{address}/old", by=decoder)
        ready(feed)
        listen(feed, 0.5)

    assert sources(feed) == [f"{address}/old"]


def test_endless_headers_are_not_waited_for(decoder: Opening, icecast: Icecast, open_feed: OpenFeed) -> None:
    with serving(EndlessHeaders) as address:
        feed = open_feed(f"{address}/radio", icecast.url("mp3"), by=decoder)
        waited_s = ready(feed, within_s=14)

    assert feed.is_ready()
    assert waited_s < 12
    assert list(feed.faults()) == [f"{address}/radio"]


def test_stream_that_crawls_is_given_up(icecast: Icecast, open_feed: OpenFeed, sounds: Path) -> None:
    content = (sounds / "one.mp3").read_bytes() * 4
    with serving(dripping(content, bytes_per_s=6_000)) as address:  # half of what it needs
        feed = open_feed(f"{address}/slow", icecast.url("two"), silence_ms=10_000)
        listen(feed, 40.0, until=lambda: feed.source == icecast.url("two"))

    assert feed.source == icecast.url("two")
    assert feed.faults() == {f"{address}/slow": "đường truyền quá chậm"}


def test_playlist_that_leads_to_a_file_of_the_box_is_refused(
    decoder: Opening, tmp_path: Path, open_feed: OpenFeed, sounds: Path
) -> None:
    (tmp_path / "evil").mkdir()
    shutil.copy(sounds / "one.wav", tmp_path / "secret.wav")
    (tmp_path / "evil/live.m3u8").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nfile://{tmp_path}/secret.wav\n#EXT-X-ENDLIST\n"
    )
    with files_over_http(tmp_path / "evil") as address:
        feed = open_feed(f"{address}/live.m3u8", by=decoder)
        heard = listen(feed, 3.0)

    assert not np.any(heard)
    assert sources(feed) == [None]


@pytest.mark.parametrize("make", [by_ffmpeg, by_mpv], ids=["ffmpeg", "mpv"])
def test_server_that_nobody_vouches_for_is_not_believed(
    make: Callable[..., Opening], tmp_path: Path, open_feed: OpenFeed, sounds: Path
) -> None:
    binary = imageio_ffmpeg.get_ffmpeg_exe() if make is by_ffmpeg else "mpv"
    certified = Certified(tmp_path)
    with files_over_https(sounds, certified) as address:
        url = f"{address}/one.mp3"
        believed = open_feed(url, by=make(binary, authorities=certified.certificate))
        doubted = open_feed(url, by=make(binary))
        ready(believed)
        listen(believed, 0.5)
        listen(doubted, 1.5)

    assert sources(believed) == [url]
    assert sources(doubted) == [None]
    assert doubted.faults() == {url: "chứng chỉ của máy chủ không đáng tin"}


def test_gain_is_that_of_the_plan(decoder: Opening, icecast: Icecast, open_feed: OpenFeed) -> None:
    levels = []
    for gain_db in (0.0, -20.0):
        feed = open_feed(icecast.url("mp3"), by=decoder, gain_db=gain_db)
        ready(feed)
        levels.append(float(np.std(between(listen(feed, 1.0), 0.2, 1.0))))

    assert 20 * np.log10(levels[0] / levels[1]) == pytest.approx(20.0, abs=1.5)


def test_password_in_an_address_is_told_to_nobody(open_feed: OpenFeed) -> None:
    feed = open_feed(f"http://ten:mat-khau@127.0.0.1:{free_port()}/radio")

    listen(feed, 1.0)

    assert "mat-khau" not in str(feed.faults())
    assert feed.faults() != {}


def test_what_sounded_is_told_by_frames(open_feed: OpenFeed) -> None:
    feed = open_feed(f"http://127.0.0.1:{free_port()}/radio")

    listen(feed, 0.4)

    assert feed.pieces() == (Piece(source=None, from_frame=0, to_frame=round(0.4 * RATE)),)
