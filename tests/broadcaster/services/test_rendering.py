"""Recordings are made one after another, survive a restart in the middle, and never replace what was approved."""

import pytest
from sqlalchemy.exc import OperationalError

from broadcaster.domain.bulletin import Bulletin, BulletinState
from broadcaster.services import bulletins as bulletin_cases
from broadcaster.services.rendering import BROKEN, NOT_AS_APPROVED, StudioFailed, render_again, render_next
from broadcaster.store import bulletins, recordings
from broadcaster.store.bulletins import Rendering
from tests.fakes.station_world import VOICES, World


def work(world: World, bulletin: Bulletin) -> Rendering:
    """Return the bulletin's rendering."""
    with world.database.reading() as tx:
        found = bulletins.rendering_of(tx, bulletin.id)
    assert found is not None
    return found


def test_recording_holds_the_words_and_is_kept_with_its_sentences(world: World) -> None:
    draft = world.write(text="Kính thưa bà con. Tối nay họp.")
    world.render()
    found = world.find(draft)

    with world.database.reading() as tx:
        sound = recordings.get(tx, world.station, str(found.recording_sha256))
    assert sound is not None
    assert (sound.voice, len(sound.sentence_offsets_ms), sound.sentence_offsets_ms[0]) == ("espeak", 2, 0)
    assert "kính thưa bà con" in world.studio.read(sound.sha256).decode().lower()
    assert (work(world, draft).state, work(world, draft).done, work(world, draft).total) == ("done", 2, 2)


def test_nothing_waits(world: World) -> None:
    assert not render_next(world.office, world.studio, voices=VOICES)


def test_oldest_request_is_served_first(world: World) -> None:
    first = world.write(text="Bản tin thứ nhất.")
    world.clock.advance(seconds=1)
    second = world.write(text="Bản tin thứ hai.")

    assert render_next(world.office, world.studio, voices=VOICES)
    assert (work(world, first).state, work(world, second).state) == ("done", "queued")


def test_text_changed_meanwhile_gets_its_own_recording(world: World) -> None:
    draft = world.write(text="Tối nay họp.")

    def change_once() -> None:
        world.studio.meanwhile = None
        world.rewrite(world.find(draft), text="Tối mai họp.")

    world.studio.meanwhile = change_once
    assert render_next(world.office, world.studio, voices=VOICES)
    assert world.find(draft).recording_sha256 is None
    world.render()

    assert "tối mai" in world.studio.read(str(world.find(draft).recording_sha256)).decode().lower()


def test_failure_is_told_in_its_own_words_and_mended_by_trying_again(world: World) -> None:
    draft = world.write()
    world.studio.failure = StudioFailed("Ổ đĩa của máy chủ đã đầy.")
    world.render()
    assert (work(world, draft).state, work(world, draft).message) == ("failed", "Ổ đĩa của máy chủ đã đầy.")

    world.studio.failure = None
    render_again(world.office, draft, request="rd-again")
    world.render()
    assert world.find(draft).recording_sha256


def test_text_that_breaks_the_studio_breaks_nothing_else(sqlite_world: World) -> None:
    """A defect met by one text must not be met again at every start, for ever."""
    poison = sqlite_world.write()
    sqlite_world.studio.failure = ZeroDivisionError()
    sqlite_world.render()
    sqlite_world.studio.failure = None
    other = sqlite_world.write(text="Bản tin khác.")
    sqlite_world.render()

    assert (work(sqlite_world, poison).state, work(sqlite_world, poison).message) == ("failed", BROKEN)
    assert sqlite_world.find(other).recording_sha256


def test_database_out_of_order_is_not_the_texts_fault(sqlite_world: World) -> None:
    draft = sqlite_world.write()
    sqlite_world.studio.failure = OperationalError("INSERT", {}, Exception("disk is full"))

    with pytest.raises(OperationalError):
        render_next(sqlite_world.office, sqlite_world.studio, voices=VOICES)
    sqlite_world.studio.failure = None
    sqlite_world.render()

    assert sqlite_world.find(draft).recording_sha256


def test_work_left_in_the_middle_is_taken_up_again(world: World) -> None:
    draft = world.write()
    with world.database.writing() as tx:
        bulletins.note_rendering(tx, work(world, draft).request, state="running", done=1, total=2)

    world.render()

    assert work(world, draft).state == "done"


def test_voice_that_took_over_is_recorded_and_told(world: World) -> None:
    world.studio.broken_voices = frozenset({"gtts"})
    draft = world.write(voice="gtts")
    world.render()

    with world.database.reading() as tx:
        sound = recordings.get(tx, world.station, str(world.find(draft).recording_sha256))
    assert sound is not None
    assert (sound.voice, work(world, draft).message) == ("espeak", "Giọng gtts không đọc được.")


def test_voice_that_is_gone_is_named(world: World) -> None:
    draft = world.write(voice="gtts")

    render_next(world.office, world.studio, voices=["espeak"])

    assert work(world, draft).message == "Đài không có giọng đọc “gtts”. Xin chọn giọng khác."


def test_approved_recording_is_never_replaced_by_another_sound(world: World) -> None:
    approved = world.approved()
    world.studio.flavour = "other "
    render_again(world.office, approved, request="rd-again")
    world.render()

    assert world.find(approved).recording_sha256 == approved.recording_sha256
    assert (work(world, approved).state, work(world, approved).message) == ("failed", NOT_AS_APPROVED)


def test_lost_file_of_an_approved_bulletin_is_made_again(world: World) -> None:
    approved = world.approved()
    world.studio.files.clear()
    render_again(world.office, approved, request="rd-again")
    world.render()

    assert world.studio.read(str(approved.recording_sha256))
    assert work(world, approved).state == "done"


def test_same_words_make_the_same_recording(world: World) -> None:
    one, other = world.write(), world.write()
    world.render()

    assert world.find(one).recording_sha256 == world.find(other).recording_sha256


def test_reading_twice_makes_another_recording(sqlite_world: World) -> None:
    once, twice = sqlite_world.write(), sqlite_world.write(read_twice=True)
    sqlite_world.render()

    assert sqlite_world.find(once).recording_sha256 != sqlite_world.find(twice).recording_sha256


def test_recording_of_a_withdrawn_bulletin_changes_nothing(sqlite_world: World) -> None:
    draft = sqlite_world.write()
    bulletin_cases.withdraw(sqlite_world.office, actor=sqlite_world.person("lan"), bulletin=draft.id)
    sqlite_world.render()

    assert sqlite_world.find(draft).state is BulletinState.WITHDRAWN
