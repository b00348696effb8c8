"""What every voice keeps, the real ones and the fake: whole sound for plain words, or a sentence for the officer."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broadcaster.adapters.voices.espeak import DIALECTS, EspeakVoice
from broadcaster.adapters.voices.gtts import GttsVoice
from broadcaster.adapters.voices.plain import SHORTEST_SYLLABLE_MS, SILENCE_PEAK, peak, plain, syllables
from broadcaster.adapters.voices.port import NothingToSay, Speech, Voice, VoiceError, WordsUnspeakable
from tests.fakes.google import base_url, google
from tests.fakes.voices import FakeVoice

SENTENCE = "Ủy ban nhân dân xã thông báo tạm ngừng cung cấp điện vào sáng ngày mai."
LONG = " ".join([SENTENCE.rstrip("."), "và đề nghị bà con chuẩn bị,"] * 60)[:5_000]


def _espeak(number: int) -> Callable[[ExitStack], Voice]:
    return lambda _stack: EspeakVoice(DIALECTS[number])


def _gtts(stack: ExitStack) -> Voice:
    return GttsVoice(base_url=base_url(stack.enter_context(google())))


VOICES: dict[str, Callable[[ExitStack], Voice]] = {
    "fake": lambda _stack: FakeVoice(),
    "espeak": _espeak(0),
    "espeak-trung": _espeak(1),
    "espeak-nam": _espeak(2),
    "gtts": _gtts,
}


@pytest.fixture(params=VOICES)
def voice(request: pytest.FixtureRequest) -> Iterator[Voice]:
    """Each voice in turn, closed afterwards."""
    with ExitStack() as stack:
        made = VOICES[request.param](stack)
        stack.callback(made.close)
        yield made


def test_voice_says_who_it_is(voice: Voice) -> None:
    assert voice.name.isascii()
    assert voice.title.strip() == voice.title != ""
    assert voice.version != ""


def test_voice_speaks_every_syllable_aloud(voice: Voice) -> None:
    speech = voice.speak(SENTENCE)

    assert speech.duration_ms / syllables(SENTENCE) == pytest.approx(240, abs=90)
    assert len(speech.pcm) % 2 == 0
    assert peak(speech.pcm) > 10 * SILENCE_PEAK


def test_voice_does_not_clip(voice: Voice) -> None:
    assert peak(voice.speak(SENTENCE).pcm) < 32_000


def test_voice_speaks_one_short_word(voice: Voice) -> None:
    assert 100 <= voice.speak("Có").duration_ms <= 1_500


def test_voice_speaks_five_thousand_characters_whole(voice: Voice) -> None:
    speech = voice.speak(LONG)

    assert speech.duration_ms / syllables(LONG) == pytest.approx(240, abs=90)


@pytest.mark.parametrize("text", ["", "   ", "\n", "...", "– !?", "\0", "\u200b"])
def test_voice_without_words_says_so(voice: Voice, text: str) -> None:
    with pytest.raises(NothingToSay, match="Không có chữ nào để đọc"):
        voice.speak(text)


def test_voice_speaks_decomposed_letters_like_composed_ones(voice: Voice) -> None:
    composed, decomposed = "tiếng Việt", "tie\u0302\u0301ng Vie\u0323\u0302t"

    assert voice.speak(decomposed).duration_ms == pytest.approx(voice.speak(composed).duration_ms, abs=5)


def test_voice_keeps_the_words_after_a_nul(voice: Voice) -> None:
    assert voice.speak("xin chào\0bà con").duration_ms == pytest.approx(
        voice.speak("xin chào bà con").duration_ms, abs=30
    )


def test_voice_serves_four_threads_at_once(voice: Voice) -> None:
    texts = [f"Thôn {word} họp lúc tám giờ" for word in ("một", "hai", "ba", "bốn")] * 2
    alone = [voice.speak(text).duration_ms for text in texts]

    with ThreadPoolExecutor(4) as threads:
        together = [speech.duration_ms for speech in threads.map(voice.speak, texts)]

    assert together == pytest.approx(alone, abs=20)


def test_voice_closes_twice(voice: Voice) -> None:
    voice.speak("xin chào")

    voice.close()
    voice.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
@example(text="<speak>xin <break time='9s'/> chào</speak>")
@example(text="[[h@'loU]] xin chào")
@example(text="\x01+99p\x0199s xin chào")
@example(text="xin \ud800 chào")
@example(text="Hẹn gặp :-D nhé")
@example(text="(-a _-b --c “-d")
@example(text='"],["jQ1olc","\\"')
def test_voice_answers_any_text_with_whole_sound_or_says_what_it_cannot_say(voice: Voice, text: str) -> None:
    speech, refusal = _spoken(voice, text)

    if speech is not None:
        assert speech.duration_ms >= syllables(plain(text)) * SHORTEST_SYLLABLE_MS
    else:
        assert refusal in (NothingToSay, WordsUnspeakable)


def _spoken(voice: Voice, text: str) -> tuple[Speech | None, type[VoiceError] | None]:
    try:
        return voice.speak(text), None
    except VoiceError as exc:
        return None, type(exc)
