"""Plain speech as a WAV file."""

import wave
from pathlib import Path

import pytest

from broadcaster.adapters.voices.sentences import CachedVoices
from broadcaster.adapters.wav import write_wav
from tests.fakes.voices import FakeVoice


def test_wav_holds_the_plain_speech(tmp_path: Path) -> None:
    voices = CachedVoices({"fake": FakeVoice()}, tmp_path)
    spoken = voices.speak([("Xin chào bà con", 200)], ["fake"], lambda _done, _total: None)

    write_wav(spoken, tmp_path / "out.wav")

    with wave.open(str(tmp_path / "out.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8_000)
        assert file.readframes(file.getnframes()) == spoken.pcm


def test_wav_into_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    voices = CachedVoices({"fake": FakeVoice()}, tmp_path)
    spoken = voices.speak([("Xin chào", 0)], ["fake"], lambda _done, _total: None)

    with pytest.raises(FileNotFoundError):
        write_wav(spoken, tmp_path / "absent" / "out.wav")
