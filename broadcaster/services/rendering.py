"""From a bulletin's text to its recording: read, spoken sentence by sentence, mastered, kept by content."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

from sqlalchemy.exc import SQLAlchemyError

from broadcaster.domain.bulletin import Bulletin, BulletinState
from broadcaster.domain.errors import Refusal
from broadcaster.domain.station import choose_voices
from broadcaster.reading.reading import Choice, Reading, Sentence
from broadcaster.services.office import Office
from broadcaster.services.reader import StationReader, station_reader
from broadcaster.store import audit, bulletins, recordings, stations

log = logging.getLogger(__name__)

PROGRESS_EVERY = timedelta(milliseconds=300)
BROKEN = "Máy chủ gặp lỗi khi đọc bản tin này. Xin sửa nội dung rồi thử lại, hoặc báo kỹ thuật viên."
NOT_AS_APPROVED = "Bản thu làm lại khác với bản đã duyệt nên không được dùng. Xin sửa bản tin rồi gửi duyệt lại."


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a studio hands back: the file's content hash and what it found out on the way."""

    sha256: str
    size_bytes: int
    duration_ms: int
    voice: str
    segment_offsets_ms: tuple[int, ...]
    remarks: tuple[str, ...] = ()
    """Vietnamese sentences for the officer: a voice that failed and which one took its place."""


Segments = Sequence[tuple[str, int]]
"""The words of a clause, and the pause after it in milliseconds."""
Progress = Callable[[int, int], None]
Studio = Callable[[Segments, Sequence[str], bool, Progress], Made]
"""(segments, voices in order, read twice, progress) -> Made, whose sound is on disk. Raises StudioFailed."""


class StudioFailed(Exception):  # noqa: N818 - reads as what happened
    """No voice could read the text, or the sound could not be kept; `sentence` is for the officer."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def render_next(office: Office, studio: Studio, *, voices: Sequence[str]) -> bool:
    """Make the recording that waits longest; False when none waits. A failure is kept for the officer to read."""
    with office.database.reading() as tx:
        waiting = bulletins.next_rendering(tx)
    if waiting is None:
        return False
    with office.database.writing() as tx:
        bulletins.note_rendering(tx, waiting.request, state="running", done=0)
    try:
        _render(office, studio, request=waiting.request, bulletin=_of(office, waiting), voices=voices)
    except (StudioFailed, Refusal) as exc:
        log.warning("rendering %s of %s failed: %s", waiting.request, waiting.bulletin, exc)
        _note_failure(office, waiting, message=str(exc))
    except SQLAlchemyError:
        raise
    except Exception:
        # One text that breaks a voice must not be tried again for ever and take the whole station with it.
        log.exception("rendering %s of %s broke the studio", waiting.request, waiting.bulletin)
        _note_failure(office, waiting, message=BROKEN)
    return True


def render_again(office: Office, bulletin: Bulletin, *, request: str) -> None:
    """Ask for a recording that failed or was lost once more. An approved bulletin keeps the one that was approved."""
    with office.database.writing() as tx:
        bulletins.queue_rendering(tx, bulletin.id, request=request, now=office.now())
    office.ring_renderer()


def read_bulletin(reader: StationReader, bulletin: Bulletin, choices: Sequence[Choice]) -> Reading:
    """Return how a bulletin is read aloud at its station, with what its officer chose."""
    return reader.read(bulletin.text, choices=choices, voice=bulletin.voice, repeat_key_fact=bulletin.repeat_key_fact)


def sentence_offsets(sentences: Sequence[Sentence], segment_offsets_ms: Sequence[int]) -> tuple[int, ...]:
    """Return where each sentence starts in the recording, of where each segment does."""
    firsts = accumulate((len(sentence.segments) for sentence in sentences), initial=0)
    return tuple(segment_offsets_ms[n] for n in firsts if n < len(segment_offsets_ms))


def _note_failure(office: Office, waiting: bulletins.Rendering, *, message: str) -> None:
    with office.database.writing() as tx:
        bulletins.note_rendering(tx, waiting.request, state="failed", message=message)


def _of(office: Office, waiting: bulletins.Rendering) -> Bulletin:
    with office.database.reading() as tx:
        return bulletins.by_id(tx, waiting.bulletin)


def _render(office: Office, studio: Studio, *, request: str, bulletin: Bulletin, voices: Sequence[str]) -> None:
    with office.database.reading() as tx:
        station = stations.get(tx, bulletin.station)
        assert station is not None  # noqa: S101 - a bulletin's station cannot be gone: a foreign key holds it
        reading = read_bulletin(station_reader(tx, station), bulletin, bulletins.choices_of(tx, bulletin.id))
    order = choose_voices(bulletin.voice, voices, station.rules.voices)
    segments = [(segment.spoken, segment.pause_ms) for sentence in reading.sentences for segment in sentence.segments]
    made = studio(segments, order, bulletin.read_twice, _progress(office, request))
    with office.database.writing() as tx:
        bulletins.note_rendering(tx, request, spoken=reading.spoken)
    offsets = sentence_offsets(reading.sentences, made.segment_offsets_ms)
    _keep(office, made, offsets=offsets, request=request, bulletin=bulletin)


def _progress(office: Office, request: str) -> Progress:
    """Return what notes the progress for the page, at most a few times a second: each note is a durable write."""
    shown = office.now()

    def show(done: int, total: int) -> None:
        nonlocal shown
        now = office.now()
        if done in (0, total) or now - shown >= PROGRESS_EVERY:
            shown = now
            with office.database.writing() as tx:
                bulletins.note_rendering(tx, request, done=done, total=total)

    return show


def _keep(office: Office, made: Made, *, offsets: tuple[int, ...], request: str, bulletin: Bulletin) -> None:
    """Give the bulletin its recording, unless it was changed meanwhile and a newer rendering was asked for.

    What was approved stays: another sound than the approved one is not taken in its place.
    """
    now = office.now()
    recording = recordings.Recording(
        station=bulletin.station,
        sha256=made.sha256,
        size_bytes=made.size_bytes,
        duration_ms=made.duration_ms,
        voice=made.voice,
        sentence_offsets_ms=offsets,
        created_at=now,
    )
    with office.database.writing() as tx:
        recordings.keep(tx, recording)
        present = bulletins.by_id(tx, bulletin.id)
        if present.state is BulletinState.APPROVED and present.recording_sha256 != made.sha256:
            bulletins.note_rendering(tx, request, state="failed", message=NOT_AS_APPROVED)
        elif bulletins.note_rendering(tx, request, state="done", message="\n".join(made.remarks) or None):
            bulletins.set_recording(tx, bulletin.id, made.sha256)
            audit.record(
                tx, bulletin.station, user=None, action="bulletin.recorded", subject=bulletin.id, now=now,
                recording_sha256=made.sha256, voice=made.voice,
            )  # fmt: skip
