"""Files as people really send them, whole, cut off, broken and hostile: a sound in the cache, or a sentence."""

import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.adapters import ffmpeg
from broadcaster.adapters.audio_cache import AudioCache, AudioCacheFull
from broadcaster.adapters.mastering import CEILING_DBTP, TARGET_LUFS, TOLERANCE_LU
from broadcaster.adapters.sound_containers import look_into
from broadcaster.adapters.sound_desk import SoundDesk
from broadcaster.domain import sound_files
from broadcaster.domain.errors import Refusal

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2")
FORMATS = {
    "mp3": ("-b:a", "64k", "-f", "mp3"),
    "wav": ("-f", "wav"),
    "m4a": ("-c:a", "aac", "-f", "ipod"),
    "faststart": ("-c:a", "aac", "-movflags", "+faststart", "-f", "ipod"),
    "opus": ("-c:a", "libopus", "-f", "ogg"),
    "vorbis": ("-c:a", "libvorbis", "-f", "ogg"),
}


def made(folder: Path, *options: str) -> bytes:
    """Return a file that ffmpeg wrote."""
    path = folder / "made"
    subprocess.run([ffmpeg.executable(), "-y", "-loglevel", "error", *options, str(path)], check=True, timeout=60)
    return path.read_bytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A second tone of two seconds in every format."""
    folder = tmp_path_factory.mktemp("made")
    return {name: made(folder, *TONE, *options) for name, options in FORMATS.items()}


@pytest.fixture
def desk(tmp_path: Path) -> SoundDesk:
    """A desk with an empty cache."""
    return SoundDesk(AudioCache(tmp_path / "cache"), tmp_path / "uploads")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_becomes_a_levelled_recording(
    desk: SoundDesk, files: dict[str, bytes], kind: str, tmp_path: Path
) -> None:
    taken = desk.take_in(io.BytesIO(files[kind]))
    audio = AudioCache(tmp_path / "cache").read(taken.sha256)
    loudness = ffmpeg.measure_opus(audio)

    assert audio[:4] == b"OggS"
    assert len(audio) == taken.size_bytes
    assert abs(taken.duration_ms - 2140) < 60
    assert abs(loudness.integrated_lufs - TARGET_LUFS) <= TOLERANCE_LU
    assert loudness.true_peak_dbtp <= CEILING_DBTP
    assert list((tmp_path / "uploads").iterdir()) == []


def test_same_file_is_the_same_recording(desk: SoundDesk, files: dict[str, bytes]) -> None:
    assert desk.take_in(io.BytesIO(files["wav"])) == desk.take_in(io.BytesIO(files["wav"]))


def test_silence_is_trimmed_at_both_ends_and_nowhere_else(desk: SoundDesk, tmp_path: Path) -> None:
    padded = "adelay=1500,apad=pad_dur=2,volume=0.2,volume=0:enable='between(t,2.0,2.6)'"
    taken = desk.take_in(io.BytesIO(made(tmp_path, *TONE, "-af", padded, "-f", "wav")))

    assert abs(taken.duration_ms - 2140) < 60


@pytest.mark.parametrize("kind", FORMATS)
def test_file_that_was_cut_off_anywhere_is_refused(files: dict[str, bytes], kind: str) -> None:
    whole = files[kind]

    for end in (len(whole) - 1, len(whole) - 20, len(whole) * 3 // 4, len(whole) // 2, len(whole) // 7, 40):
        with pytest.raises(Refusal) as refused:
            look_into(whole[:end])
        assert "Xin" in str(refused.value)


def test_truncated_file_is_called_truncated(desk: SoundDesk, files: dict[str, bytes]) -> None:
    with pytest.raises(sound_files.SoundFileCutOff, match="cắt cụt"):
        desk.take_in(io.BytesIO(files["mp3"][:-2000]))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", sound_files.NoSoundFile),
        (b"#EXTM3U\nhttp://127.0.0.1/x.mp3\n", sound_files.SoundFormatUnknown),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", sound_files.SoundFormatUnknown),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", sound_files.SoundFormatUnknown),
        (b"PK\x03\x04" + b"x" * 500, sound_files.SoundFormatUnknown),
        (b"RIFF\x10\0\0\0WAVEfmt ", sound_files.SoundFileCutOff),
        (b"RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\xff" + b"\0" * 999, sound_files.SoundFileBroken),
        (b"ID3\x03\0\0\0\0\0\x0a" + b"\0" * 100_000, sound_files.SoundFormatUnknown),
        (b"\0\0\0\x18ftypM4A \0\0\0\0" + b"\xff" * 500, sound_files.SoundFileCutOff),
        (b"OggS" + b"\0" * 500, sound_files.SoundFormatUnknown),
    ],
)
def test_what_is_no_sound_is_refused_in_words(desk: SoundDesk, content: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as refused:
        desk.take_in(io.BytesIO(content))

    assert "Xin" in str(refused.value)


def test_channels_that_cancel_each_other_out_are_heard(desk: SoundDesk, tmp_path: Path) -> None:
    """A cable with two wires changed over makes one channel the other's reverse: their sum is silence."""
    wave = "0.5*sin(2*PI*440*t)"
    turned = made(tmp_path, "-f", "lavfi", "-i", f"aevalsrc={wave}|-{wave}:d=2:s=48000", "-f", "wav")

    assert abs(desk.take_in(io.BytesIO(turned)).duration_ms - 2140) < 60


def test_silence_too_short_and_too_long_are_refused(desk: SoundDesk, tmp_path: Path) -> None:
    for source, refusal in (
        ("anullsrc=d=3", sound_files.SoundSilent),
        ("sine=frequency=440:duration=0.2", sound_files.SoundTooShort),
        ("anullsrc=d=901", sound_files.SoundTooLong),
    ):
        with pytest.raises(refusal):
            desk.take_in(io.BytesIO(made(tmp_path, "-f", "lavfi", "-i", source, "-ar", "8000", "-f", "mp3")))


def test_file_that_promises_more_than_it_holds_is_refused(desk: SoundDesk, files: dict[str, bytes]) -> None:
    """A hole in the middle that keeps the structure: the decoder skips it, the promised length gives it away."""
    whole = bytearray(files["opus"])
    at = whole.index(b"OggS", len(whole) // 3)
    whole[at + 30 : at + 30 + 4000] = bytes(4000)

    with pytest.raises(Refusal):
        desk.take_in(io.BytesIO(bytes(whole)))


def test_file_over_the_limit_is_not_read_to_its_end(desk: SoundDesk) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"\0" * size

    endless = Endless()
    with pytest.raises(sound_files.SoundFileTooBig):
        desk.take_in(endless)  # type: ignore[arg-type] # a file in all that is used of it

    assert endless.given <= sound_files.UPLOAD_MAX_BYTES + 2 * 1024 * 1024


def test_full_disk_is_said(files: dict[str, bytes], tmp_path: Path) -> None:
    class Full(AudioCache):
        def put(self, audio: bytes) -> str:
            raise AudioCacheFull(size_bytes=len(audio))

    with pytest.raises(sound_files.SoundNotKept, match="Ổ đĩa"):
        SoundDesk(Full(tmp_path), tmp_path / "uploads").take_in(io.BytesIO(files["wav"]))


@settings(max_examples=300)
@given(st.sampled_from(sorted(FORMATS)), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12))
def test_looking_into_damaged_files_ends_in_an_answer(
    files: dict[str, bytes], kind: str, damage: list[tuple[float, int]]
) -> None:
    data = bytearray(files[kind])
    for where, value in damage:
        data[int(where * min(len(data), 400))] = value

    try:
        answer = look_into(bytes(data)).kind
    except Refusal as refused:
        answer = str(refused)

    assert answer in {"mp3", "wav", "mov", "ogg"} or "Xin" in answer
