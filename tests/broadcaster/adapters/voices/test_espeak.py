"""The embedded voice: nothing left out in silence, nothing obeyed, and always there again."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from broadcaster.adapters.voices.espeak import CENTRAL, NORTHERN, SOUTHERN, EspeakVoice
from broadcaster.adapters.voices.port import VoiceTimedOut, WordsUnspeakable


@pytest.fixture
def voice() -> Iterator[EspeakVoice]:
    """The northern voice."""
    made = EspeakVoice()
    yield made
    made.close()


def test_espeak_names_the_words_it_would_leave_out(voice: EspeakVoice) -> None:
    with pytest.raises(WordsUnspeakable, match="không đọc được “٣”, “Ꭰ”") as refusal:
        voice.speak("Thôn ٣ họp Ꭰ lúc tám giờ")

    assert refusal.value.words == ("٣", "Ꭰ")


def test_espeak_takes_angle_brackets_for_signs(voice: EspeakVoice) -> None:
    """As markup, the break alone would last nine seconds, and the tags would not sound."""
    speech = voice.speak("xin <break time='9s'/> chào")

    assert speech.duration_ms < 6_000


def test_espeak_takes_double_brackets_for_signs(voice: EspeakVoice) -> None:
    """As phonemes, it would be one English word of half a second."""
    assert voice.speak("[[h@'loU]]").duration_ms > 900


def test_espeak_obeys_no_command_in_the_text(voice: EspeakVoice) -> None:
    plain, commanded = voice.speak("năm trăm s xin chào bà con"), voice.speak("\x01500s xin chào bà con")

    assert commanded.duration_ms == pytest.approx(plain.duration_ms, rel=0.5)


def test_espeak_dialects_sound_different() -> None:
    spoken = set()
    for dialect in (NORTHERN, CENTRAL, SOUTHERN):
        voice = EspeakVoice(dialect)
        spoken.add(voice.speak("Giọng của chúng tôi rất rõ ràng").pcm)
        voice.close()

    assert len(spoken) == 3


def test_espeak_speaks_22050_hertz(voice: EspeakVoice) -> None:
    assert voice.speak("xin chào").rate == 22_050


def test_espeak_worker_killed_between_two_sentences_is_replaced(voice: EspeakVoice) -> None:
    before = voice.speak("Xin chào bà con")
    (pid,) = voice.worker_pids()
    os.kill(pid, signal.SIGKILL)

    after = voice.speak("Xin chào bà con")

    assert after.duration_ms == before.duration_ms
    assert voice.worker_pids() != (pid,)


@pytest.mark.slow
def test_espeak_worker_that_hangs_is_killed_and_replaced() -> None:
    voice = EspeakVoice(deadline_s=1.0)
    voice.speak("xin chào")
    (pid,) = voice.worker_pids()
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()

    with pytest.raises(VoiceTimedOut, match="không trả lời trong 1 giây"):
        voice.speak("xin chào")

    assert time.monotonic() - begun < 2.5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert voice.speak("xin chào").duration_ms > 100
    voice.close()


def test_espeak_leaves_no_process_behind(voice: EspeakVoice) -> None:
    voice.speak("xin chào")
    (pid,) = voice.worker_pids()

    voice.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
