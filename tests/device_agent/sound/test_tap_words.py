"""How a stream is opened and what is said of one that cannot be: to everybody, and never with a password in it."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.sound.port import SoundError
from device_agent.sound.tap_words import opening, shown, why

HERE = shutil.which("sh") or "sh"  # a program that is there


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://ten:mat@dai.vn:8000/x?c=1", "http://dai.vn:8000/x?c=1"),
        ("https://dai.vn/a@b", "https://dai.vn/a@b"),
        ("http://[::1/live", "http://[::1/live"),
        ("http://a@b@dai.vn/", "http://dai.vn/"),
    ],
)
def test_an_address_is_shown_without_who_may_listen(url: str, told: str) -> None:
    assert shown(url) == told


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_whatever_the_plan_calls_a_source_can_be_shown(rest: str) -> None:
    assert shown(f"http://{rest}").startswith("http://")


@pytest.mark.parametrize(
    "complaint",
    ["Failed to open http://ten:mat-khau@dai.vn/x.", "strange words about http://ten:mat-khau@dai.vn/x", "x" * 500],
)
def test_what_is_wrong_is_told_without_a_password(complaint: str) -> None:
    assert "mat-khau" not in why(complaint)
    assert len(why(complaint)) < 150


@pytest.mark.parametrize(
    ("origin", "by_mpv"),
    [
        ("http://dai.vn/live.mp3", False), ("http://dai.vn/live.m3u8?x", False), (Path("/tmp/filler.m3u"), False),
        ("https://dai.vn/live.mp3", True), ("http://dai.vn/live.m3u", True), ("http://dai.vn/nghe.PLS?c=1", True),
        ("http://dai.vn/x?next=a.mp3", False),
    ],
)  # fmt: skip
def test_each_source_is_opened_by_who_can(origin: str | Path, *, by_mpv: bool) -> None:
    """Debian's ffmpeg 5 checks no certificate of the segments' servers; no ffmpeg reads .m3u or .pls."""
    both, alone = opening(ffmpeg="ffmpeg", mpv=HERE), opening(ffmpeg="ffmpeg", mpv="no-such-mpv")

    assert (both(origin, 0.0, 3)[0] == HERE) is by_mpv
    assert alone(origin, 0.0, 3)[0] == "ffmpeg"
    assert opening(ffmpeg=None, mpv=HERE)(origin, 0.0, 3)[0] == HERE


def test_a_box_with_neither_says_so() -> None:
    with pytest.raises(SoundError, match="không tìm thấy"):
        opening(ffmpeg=None, mpv="no-such-mpv")
