"""An MP3 is whole to the last byte of its last frame, or it is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.adapters import ffmpeg
from broadcaster.adapters.voices.mp3 import Mp3Error, duration_ms
from tests.fakes.google import SYLLABLE_MS, mp3_of

WHOLE = mp3_of(6)
TAGGED = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + b"\0" * 10 + WHOLE + b"TAG" + b"\0" * 125


@pytest.mark.parametrize("mp3", [WHOLE, TAGGED], ids=["bare", "tagged"])
def test_whole_file_has_its_duration(mp3: bytes) -> None:
    assert duration_ms(mp3) == pytest.approx(6 * SYLLABLE_MS, abs=100)


def test_two_files_in_a_row_have_both_durations() -> None:
    assert duration_ms(WHOLE + WHOLE) == 2 * duration_ms(WHOLE)


@given(st.integers(1, len(WHOLE) - 1))
def test_file_cut_anywhere_is_refused_or_shorter_by_whole_frames(end: int) -> None:
    """24 ms are one frame at 24 kHz; a cut exactly between two frames is found by the duration alone."""
    try:
        left_ms = duration_ms(WHOLE[:end])
    except Mp3Error:
        return

    assert left_ms % 24 == 0
    assert left_ms == pytest.approx(duration_ms(WHOLE) * end / len(WHOLE), abs=24)


def test_decoder_alone_would_take_a_cut_file_for_whole() -> None:
    """Negative control: this is why the frames are walked."""
    assert ffmpeg.decode(WHOLE[: len(WHOLE) // 2 + 7], kind="mp3", rate=24_000) != b""


@pytest.mark.parametrize("noise", [b"", b"\0" * 4_000, b"<html>" * 500, bytes(range(256)) * 40])
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(Mp3Error):
        duration_ms(noise)


@given(st.binary(max_size=4_000))
def test_any_bytes_have_a_duration_or_are_refused(content: bytes) -> None:
    with suppress(Mp3Error):
        assert duration_ms(content) > 0
