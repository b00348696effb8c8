"""A whole text by one voice: sentences rendered once, pauses where the text has them, the next voice when one fails."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.adapters.voices.port import NothingToSay, VoiceTimedOut, VoiceUnreachable
from broadcaster.adapters.voices.sentences import CachedVoices, NoVoiceSpoke, SpokenText, VoiceFailure
from tests.fakes.voices import SYLLABLE_MS, FakeVoice

SEGMENTS = [("Xin chào bà con.", 300), ("Sáng mai thôn mất điện.", 500), ("Xin cảm ơn.", 0)]


def speak(voices: CachedVoices, segments: Sequence[tuple[str, int]] = SEGMENTS, *order: str) -> SpokenText:
    """Return the text spoken, nobody watching."""
    return voices.speak(segments, order or ("fake",), lambda _done, _total: None)


def shop(folder: Path, *voices: FakeVoice) -> CachedVoices:
    """Return these voices with their cache in `folder`."""
    return CachedVoices({voice.name: voice for voice in voices}, folder)


def test_text_sounds_as_long_as_its_words_and_pauses(tmp_path: Path) -> None:
    spoken = speak(shop(tmp_path, FakeVoice()))

    words_ms = (4 + 5 + 3) * SYLLABLE_MS
    assert spoken.duration_ms == pytest.approx(words_ms + 800, abs=30)
    assert spoken.offsets_ms == pytest.approx((0, 4 * SYLLABLE_MS + 300, 9 * SYLLABLE_MS + 800), abs=20)
    assert (spoken.voice, spoken.failures) == ("fake", ())


def test_first_time_renders_all_and_second_time_nothing(tmp_path: Path) -> None:
    voice = FakeVoice()
    first, second = speak(shop(tmp_path, voice)), speak(shop(tmp_path, voice))

    assert (first.rendered, first.reused) == (3, 0)
    assert (second.rendered, second.reused) == (0, 3)
    assert first.pcm == second.pcm
    assert len(voice.said) == 3


def test_changed_sentence_is_the_only_one_rendered(tmp_path: Path) -> None:
    voice = FakeVoice()
    voices = shop(tmp_path, voice)
    speak(voices)
    changed = [SEGMENTS[0], ("Chiều mai thôn mất điện.", 500), SEGMENTS[2]]

    spoken = speak(voices, changed)

    assert (spoken.rendered, spoken.reused) == (1, 2)
    assert voice.said[3:] == ["Chiều mai thôn mất điện."]


def test_changed_pause_renders_nothing(tmp_path: Path) -> None:
    voices = shop(tmp_path, FakeVoice())
    before = speak(voices)

    after = speak(voices, [(words, pause + 100) for words, pause in SEGMENTS])

    assert after.rendered == 0
    assert after.duration_ms == pytest.approx(before.duration_ms + 300, abs=2)


def test_sentence_said_twice_is_rendered_once(tmp_path: Path) -> None:
    spoken = speak(shop(tmp_path, FakeVoice()), [("Chú ý!", 200)] * 3)

    assert (spoken.rendered, spoken.reused) == (1, 2)


def test_another_voice_or_version_does_not_use_the_sentences_of_the_first(tmp_path: Path) -> None:
    speak(shop(tmp_path, FakeVoice()))

    assert speak(shop(tmp_path, FakeVoice(version="2"))).rendered == 3
    assert speak(shop(tmp_path, FakeVoice("other")), SEGMENTS, "other").rendered == 3


def test_failing_voice_gives_the_whole_text_to_the_next(tmp_path: Path) -> None:
    refusal = VoiceTimedOut("Google", seconds=4.5)
    first = FakeVoice("online", hertz=900, failure=refusal, failing_on="cảm ơn")
    second = FakeVoice("local", rate=16_000)

    spoken = speak(shop(tmp_path, first, second), SEGMENTS, "online", "local")

    alone = speak(shop(tmp_path / "alone", FakeVoice("local", rate=16_000)), SEGMENTS, "local")
    assert spoken.voice == "local"
    assert spoken.failures == (VoiceFailure(voice="online", message=str(refusal)),)
    assert (spoken.pcm, spoken.rate) == (alone.pcm, 16_000)


def test_voice_that_recovered_speaks_again_with_what_it_had_said(tmp_path: Path) -> None:
    failing = FakeVoice("online", failure=VoiceUnreachable("Google"), failing_on="cảm ơn")
    speak(shop(tmp_path, failing, FakeVoice("local")), SEGMENTS, "online", "local")

    spoken = speak(shop(tmp_path, FakeVoice("online")), SEGMENTS, "online")

    assert (spoken.voice, spoken.rendered, spoken.reused) == ("online", 1, 2)


def test_unknown_voice_is_passed_over_and_named(tmp_path: Path) -> None:
    spoken = speak(shop(tmp_path, FakeVoice()), SEGMENTS, "piper", "fake")

    assert spoken.voice == "fake"
    assert [failure.message for failure in spoken.failures] == ["Máy chủ không có giọng đọc “piper”."]


def test_no_voice_at_all_gives_every_reason(tmp_path: Path) -> None:
    voices = shop(tmp_path, FakeVoice(failure=VoiceUnreachable("Google")))

    with pytest.raises(NoVoiceSpoke, match="Không giọng đọc nào đọc được bản tin") as refusal:
        speak(voices, SEGMENTS, "fake", "piper", "fake")

    assert [failure.voice for failure in refusal.value.failures] == ["fake", "piper"]
    assert "Không kết nối được" in str(refusal.value)


@pytest.mark.parametrize("segments", [[], [("", 100)], [("– ...", 0), ("\n", 5)]])
def test_text_without_words_is_refused_before_any_voice_is_asked(
    tmp_path: Path, segments: list[tuple[str, int]]
) -> None:
    voice = FakeVoice()

    with pytest.raises(NothingToSay):
        speak(shop(tmp_path, voice), segments)

    assert voice.said == []


def test_segment_without_words_is_a_pause_and_keeps_its_offset(tmp_path: Path) -> None:
    spoken = speak(shop(tmp_path, FakeVoice()), [("Một", 0), ("–", 400), ("hai", 0)])

    assert spoken.offsets_ms == pytest.approx((0, SYLLABLE_MS, SYLLABLE_MS + 400), abs=10)


def test_progress_counts_segments_and_begins_again_with_the_next_voice(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    failing = FakeVoice("online", failure=VoiceUnreachable("Google"), failing_on="Sáng mai")
    voices = shop(tmp_path, failing, FakeVoice())

    voices.speak(SEGMENTS, ["online", "fake"], lambda done, total: seen.append((done, total)))

    assert seen == [(0, 3), (1, 3), (0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("damage", [b"", b"LOS1", b"\0" * 5_000])
def test_damaged_sentence_is_rendered_anew(tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    voices = shop(tmp_path, FakeVoice())
    before = speak(voices)
    for path in (tmp_path / "sentences").iterdir():
        path.write_bytes(damage)

    after = speak(voices)

    assert (after.rendered, after.pcm) == (3, before.pcm)
    assert "sentence damaged" in caplog.text
    assert speak(voices).rendered == 0


def test_folder_that_takes_no_files_costs_the_cache_and_not_the_speech(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sentences").write_text("a file where the folder should be")

    spoken = speak(shop(tmp_path, FakeVoice()))

    assert spoken.rendered == 3
    assert "sentence not kept" in caplog.text


def test_four_threads_share_the_cache(tmp_path: Path) -> None:
    voices = shop(tmp_path, FakeVoice())

    with ThreadPoolExecutor(4) as threads:
        spoken = list(threads.map(lambda _n: speak(voices), range(8)))

    assert len({text.pcm for text in spoken}) == 1
    assert len(list((tmp_path / "sentences").iterdir())) == 3


def test_sentences_unused_for_long_are_forgotten(tmp_path: Path) -> None:
    voices = shop(tmp_path, FakeVoice())
    speak(voices)
    written = max(path.stat().st_mtime for path in (tmp_path / "sentences").iterdir())
    now = datetime.fromtimestamp(written, UTC) + timedelta(days=10)

    assert voices.prune(older_than=timedelta(days=11), now=now) == 0
    assert voices.prune(older_than=timedelta(days=9), now=now) == 3
    assert speak(voices).rendered == 3


def test_closing_closes_every_voice(tmp_path: Path) -> None:
    both = FakeVoice("a"), FakeVoice("b")

    shop(tmp_path, *both).close()

    assert [voice.closed for voice in both] == [True, True]


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(["thôn", "xã", "điện"]), max_size=3).map(" ".join), st.integers(0, 900)),
        max_size=6,
    ).filter(lambda segments: any(words for words, _ in segments))
)
def test_offsets_and_length_follow_from_words_and_pauses(
    tmp_path_factory: pytest.TempPathFactory, segments: list[tuple[str, int]]
) -> None:
    spoken = speak(shop(tmp_path_factory.getbasetemp() / "shared", FakeVoice()), segments)

    lengths = [len(words.split()) * SYLLABLE_MS + pause for words, pause in segments]
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    assert spoken.offsets_ms == pytest.approx(starts, abs=12 * len(segments))
    assert spoken.duration_ms == pytest.approx(sum(lengths), abs=12 * len(segments))
