"""Fetching audio by chunks: in order, some at a time, resumed where it broke off, and never believed unchecked."""

import asyncio
import errno
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_agent.audio_store import AudioStore, fits
from device_agent.fetcher import DISK_RETRY_S, Fetcher, Question
from device_agent.pace import AT_FIRST, MOST
from device_agent.playout.values import Moment
from device_agent.provisions import Provisions
from wire.chunks import CHUNK_BYTES, Chunk, pack, split, unpack
from wire.messages import AudioRef

T = TypeVar("T")

AUDIO = bytes(range(256)) * 1024 + b"the end"  # five chunks, the last one short


def ref_of(audio: bytes) -> AudioRef:
    return AudioRef(
        sha256=hashlib.sha256(audio).hexdigest(), size_bytes=len(audio), chunks=len(split(audio)), duration_ms=1000
    )


class Rig:
    """A fetcher with a broker that answers when told to; time stands still unless moved."""

    def __init__(self, directory: Path, *, free_bytes: int = 1 << 40) -> None:
        self.now = 0.0
        self.free_bytes = free_bytes
        self.asked: list[Question] = []
        self.waiting: list[Question] = []
        self.ceased: list[Question] = []
        self.store = AudioStore(directory, reserve_bytes=1000, free_bytes=lambda _: self.free_bytes)
        self.fetcher = Fetcher(
            self.store, ask=self._ask, cease=self.ceased.extend, fits=fits, on_disk=_at_once, monotonic=lambda: self.now
        )
        self.fetcher.connected()

    def _ask(self, questions: Sequence[Question]) -> None:
        self.asked.extend(questions)
        self.waiting.extend(questions)

    def know_the_line(self) -> None:
        """Fetch something at once, so that the line is known to be a good one."""
        self.fetcher.want([ref_of(b"nho")])
        self.answer(b"nho")
        for told in (self.asked, self.waiting, self.ceased):
            told.clear()

    def open_questions(self) -> list[Question]:
        asked, self.asked = self.asked, []
        return asked

    def answer(self, audio: bytes, *, limit: int = 10_000, spoil: Callable[[bytes], bytes] = lambda p: p) -> int:
        """Answer what is asked, up to `limit` chunks; return how many were answered."""
        sha256, payloads, answered = ref_of(audio).sha256, split(audio), 0
        while answered < limit and (questions := [q for q in self.open_questions() if q[0] == sha256]):
            for question in questions[: limit - answered]:
                asyncio.run(self._receive(question, spoil(payloads[question[1]])))
                answered += 1
        return answered

    async def _receive(self, question: Question, payload: bytes) -> None:
        await self.fetcher.receive(*question, payload)

    def receive(self, sha256: str, number: int, payload: bytes) -> bool:
        return asyncio.run(_value(self.fetcher.receive(sha256, number, payload)))


async def _at_once(call: Callable[[], object]) -> object:
    return call()


async def _value(awaitable: Awaitable[bool]) -> bool:
    return await awaitable


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_file_is_fetched_checked_and_taken_into_use(rig: Rig) -> None:
    ref = ref_of(AUDIO)
    rig.fetcher.want([ref])
    assert rig.answer(AUDIO) == 5
    assert rig.store.path_of(ref.sha256).read_bytes() == AUDIO
    assert rig.store.held == {ref.sha256}
    assert rig.fetcher.progress() == ()
    assert sorted(rig.ceased) == [(ref.sha256, n) for n in range(5)]


@given(size=st.integers(1, 3 * CHUNK_BYTES + 5))
def test_files_of_every_length_arrive_whole(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    rig = Rig(tmp_path_factory.mktemp("audio"))
    audio = (b"loa phuong " * (size // 11 + 1))[:size]
    rig.fetcher.want([ref_of(audio)])
    rig.answer(audio)
    assert rig.store.path_of(ref_of(audio).sha256).read_bytes() == audio


def test_only_so_many_chunks_are_asked_for_at_once(rig: Rig) -> None:
    big = AudioRef(sha256="a" * 64, size_bytes=100 * CHUNK_BYTES, chunks=100, duration_ms=0)
    rig.fetcher.want([big])
    rig.fetcher.pursue()
    assert rig.open_questions() == [("a" * 64, n) for n in range(AT_FIRST)]
    rig.know_the_line()
    rig.fetcher.want([big])
    assert rig.open_questions() == [("a" * 64, n) for n in range(MOST)]


def test_on_a_narrow_line_one_chunk_at_a_time_is_on_the_way(rig: Rig) -> None:
    """An alert comes through the same connection, behind whatever was asked for before it."""
    audio = b"loa" * (10 * CHUNK_BYTES // 3)
    ref, payloads = ref_of(audio), split(audio)
    rig.fetcher.want([ref])
    on_the_way = 0
    for _ in range(ref.chunks):
        on_the_way = len(rig.waiting)
        sha256, number = rig.waiting.pop(0)
        rig.now += 8
        rig.receive(sha256, number, payloads[number])
    assert on_the_way == 1
    assert rig.store.path_of(ref.sha256).read_bytes() == audio


def test_what_is_needed_soonest_is_asked_for_first(rig: Rig) -> None:
    rig.know_the_line()
    later = AudioRef(sha256="b" * 64, size_bytes=100 * CHUNK_BYTES, chunks=100, duration_ms=0)
    rig.fetcher.want([ref_of(AUDIO), later])
    assert [sha256[0] for sha256, _ in rig.open_questions()] == [ref_of(AUDIO).sha256[0]] * 5 + ["b"] * 3


def test_a_file_the_station_has_not_published_does_not_hold_up_the_others(rig: Rig) -> None:
    rig.know_the_line()
    absent = [AudioRef(sha256=d * 64, size_bytes=100 * CHUNK_BYTES, chunks=100, duration_ms=0) for d in "abcde"]
    rig.fetcher.want([*absent, ref_of(AUDIO)])
    for _ in range(6):
        rig.now += 5
        rig.fetcher.pursue()
    assert rig.answer(AUDIO) == 5


def test_an_unanswered_question_is_asked_again_now_and_then(rig: Rig) -> None:
    rig.know_the_line()
    rig.fetcher.want([ref_of(AUDIO)])
    rig.open_questions()
    for _ in range(130):
        rig.now += 1
        rig.fetcher.pursue()
    assert len(rig.open_questions()) == 5


def test_a_restarted_box_asks_only_for_what_it_misses(tmp_path: Path) -> None:
    first = Rig(tmp_path)
    first.fetcher.want([ref_of(AUDIO)])
    assert first.answer(AUDIO, limit=3) == 3
    second = Rig(tmp_path)
    second.fetcher.want([ref_of(AUDIO)])
    (progress,) = second.fetcher.progress()
    assert (progress.chunks_held, progress.chunks) == (3, 5)
    assert sorted(number for _, number in second.asked) == [3, 4]
    assert second.answer(AUDIO) == 2
    assert second.store.path_of(ref_of(AUDIO).sha256).read_bytes() == AUDIO


def test_a_chunk_with_a_flipped_byte_is_counted_and_asked_for_again(rig: Rig) -> None:
    rig.fetcher.want([ref_of(AUDIO)])
    rig.answer(AUDIO, limit=1, spoil=_flip)
    assert rig.fetcher.damaged_chunks == 1
    assert rig.fetcher.errors() == (f"chunk_damaged:{ref_of(AUDIO).sha256[:8]}:1",)
    rig.now += 1.1
    rig.fetcher.pursue()
    assert (ref_of(AUDIO).sha256, 0) in rig.asked
    rig.fetcher.connected()
    rig.answer(AUDIO)
    assert rig.store.held == {ref_of(AUDIO).sha256}
    assert rig.fetcher.errors() == ()


def test_a_chunk_that_stays_damaged_is_asked_for_ever_more_rarely(rig: Rig) -> None:
    rig.fetcher.want([ref_of(AUDIO)])
    payload, questions = _flip(split(AUDIO)[0]), 0
    for _ in range(600):
        rig.now += 1
        rig.fetcher.pursue()
        asked = [q for q in rig.open_questions() if q[1] == 0]
        questions += len(asked)
        if asked:
            rig.receive(ref_of(AUDIO).sha256, 0, payload)
    assert 5 < questions < 15


@pytest.mark.parametrize(
    "payload",
    [
        pack(Chunk(number=1, count=5, body=AUDIO[:CHUNK_BYTES])),
        pack(Chunk(number=0, count=6, body=AUDIO[:CHUNK_BYTES])),
        pack(Chunk(number=0, count=5, body=AUDIO[:100])),
        b"rubbish",
    ],
)
def test_a_chunk_that_is_not_what_was_asked_for_is_refused(rig: Rig, payload: bytes) -> None:
    rig.fetcher.want([ref_of(AUDIO)])
    rig.receive(ref_of(AUDIO).sha256, 0, payload)
    assert rig.fetcher.damaged_chunks == 1
    assert rig.fetcher.progress()[0].chunks_held == 0


def test_a_file_that_is_another_than_promised_is_dropped_and_fetched_again(rig: Rig) -> None:
    ref = ref_of(AUDIO)
    evil = AUDIO[:-1] + b"?"
    rig.fetcher.want([ref])
    for number, payload in enumerate(split(evil)):
        rig.receive(ref.sha256, number, payload)
    assert rig.store.held == frozenset()
    assert rig.fetcher.broken == {ref.sha256}
    assert rig.fetcher.errors() == (f"hash_mismatch:{ref.sha256[:8]}:1",)
    assert rig.fetcher.progress()[0].chunks_held == 0
    rig.asked.clear()
    rig.now += 3
    rig.fetcher.pursue()
    rig.answer(AUDIO)
    assert rig.store.path_of(ref.sha256).read_bytes() == AUDIO
    assert rig.fetcher.broken == frozenset()


def test_a_full_disk_is_reported_and_the_rest_fetched_when_there_is_room(rig: Rig) -> None:
    rig.fetcher.want([ref_of(AUDIO)])
    rig.answer(AUDIO, limit=2)
    rig.free_bytes = 500
    rig.fetcher.connected()
    rig.answer(AUDIO, limit=1)
    assert rig.fetcher.errors() == ("disk_full",)
    assert rig.fetcher.progress()[0].chunks_held == 2
    rig.free_bytes = 1 << 40
    rig.asked.clear()
    rig.now += DISK_RETRY_S + 1
    rig.fetcher.pursue()
    assert rig.answer(AUDIO) == 3
    assert rig.fetcher.errors() == ()


def test_nothing_is_asked_while_there_is_no_broker(rig: Rig) -> None:
    rig.know_the_line()
    rig.fetcher.disconnected()
    rig.fetcher.want([ref_of(AUDIO)])
    assert rig.asked == []
    rig.fetcher.connected()
    assert len(rig.asked) == 5


def test_a_chunk_nobody_needs_is_unsubscribed(rig: Rig) -> None:
    assert not rig.receive("c" * 64, 7, split(AUDIO)[0])
    assert rig.ceased == [("c" * 64, 7)]


def test_a_cleared_chunk_is_no_damage(rig: Rig) -> None:
    rig.fetcher.want([ref_of(AUDIO)])
    assert not rig.receive(ref_of(AUDIO).sha256, 0, b"")
    assert rig.fetcher.damaged_chunks == 0


def test_what_the_plan_no_longer_names_is_no_longer_asked_for(rig: Rig) -> None:
    rig.know_the_line()
    rig.fetcher.want([ref_of(AUDIO)])
    rig.fetcher.want([])
    assert len(rig.ceased) == 5
    assert rig.fetcher.progress() == ()


def _flip(payload: bytes) -> bytes:
    return payload[:-1] + bytes([payload[-1] ^ 1])


# -- the shelf ---------------------------------------------------------------------------------------------------


def _shelve(store: AudioStore, audio: bytes) -> str:
    ref = ref_of(audio)
    for number in range(ref.chunks):
        body = audio[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES]
        store.write(ref, Chunk(number=number, count=ref.chunks, body=body))
    assert store.finish(ref)
    return ref.sha256


def test_unneeded_files_are_kept_for_a_week(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, reserve_bytes=0)
    sha256 = _shelve(store, AUDIO)
    touched = store.path_of(sha256).stat().st_mtime
    assert store.evict(frozenset(), budget_bytes=1 << 40, unix_s=touched + 6 * 86400) == ()
    assert store.evict(frozenset({sha256}), budget_bytes=1 << 40, unix_s=touched + 60 * 86400) == ()
    assert store.evict(frozenset(), budget_bytes=1 << 40, unix_s=touched + 8 * 86400) == (sha256,)
    assert store.held == frozenset()


def test_a_tight_budget_evicts_the_oldest_unneeded_first(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, reserve_bytes=0)
    names = [_shelve(store, bytes([n]) * 1000) for n in range(4)]
    for age, name in enumerate(names):
        _set_mtime(store.path_of(name), 1_000_000 + age)
    gone = store.evict(frozenset({names[0]}), budget_bytes=2000, unix_s=1_000_010)
    assert gone == (names[1], names[2])


def test_parts_that_no_plan_needs_go_at_once(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, reserve_bytes=0)
    store.write(ref_of(AUDIO), Chunk(number=0, count=5, body=AUDIO[:CHUNK_BYTES]))
    store.evict(frozenset(), budget_bytes=1 << 40, unix_s=0)
    assert list((tmp_path / "parts").iterdir()) == []
    assert store.missing(ref_of(AUDIO)) == (0, 1, 2, 3, 4)


def test_a_card_that_takes_nothing_more_and_gives_nothing_back_stops_nobody(tmp_path: Path) -> None:
    """A folder where a file should be can be neither read, nor touched, nor removed: as on a card that went wrong."""
    store = AudioStore(tmp_path, reserve_bytes=0)
    sha256 = _shelve(store, AUDIO)
    store.path_of(sha256).unlink()
    (store.path_of(sha256) / "x").mkdir(parents=True)
    part = ref_of(b"part")
    (tmp_path / "parts" / f"{part.sha256}.part").touch()
    (tmp_path / "parts" / f"{part.sha256}.map").mkdir()

    assert store.missing(part) == (0,)
    assert not store.is_intact(sha256)
    assert sha256 not in store.held, "it is fetched again"


def test_a_disk_that_cannot_be_tidied_ends_no_box(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, reserve_bytes=0)
    for name in (_shelve(store, AUDIO), _shelve(store, b"other")):
        store.path_of(name).unlink()
        (store.path_of(name) / "x").mkdir(parents=True)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    moment = Moment(now=now, up_since=now, trusted_since=None, zone=UTC)

    async def at_once(call: Callable[[], T], /) -> T:
        return call()

    provisions = Provisions(
        store, ask=lambda _: None, cease=lambda _: None, wheel=lambda: None, moment=lambda: moment, budget_bytes=0,
        on_disk=at_once, unix_s=lambda: 4e9,
    )  # fmt: skip

    assert asyncio.run(provisions.tidy()) is None


def test_a_map_that_promises_a_part_that_is_not_there_is_not_believed(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, reserve_bytes=0)
    store.write(ref_of(AUDIO), Chunk(number=0, count=5, body=AUDIO[:CHUNK_BYTES]))
    (tmp_path / "parts" / f"{ref_of(AUDIO).sha256}.part").unlink()
    assert AudioStore(tmp_path, reserve_bytes=0).missing(ref_of(AUDIO)) == (0, 1, 2, 3, 4)


def test_a_file_whose_every_chunk_is_there_and_that_was_never_verified_becomes_whole(tmp_path: Path) -> None:
    """The power failed behind the last chunk, or an alert was cancelled just then."""
    before = AudioStore(tmp_path, reserve_bytes=0)
    for payload in split(AUDIO):
        before.write(ref_of(AUDIO), unpack(payload))

    store = AudioStore(tmp_path, reserve_bytes=0)
    (last,) = store.missing(ref_of(AUDIO))
    store.write(ref_of(AUDIO), unpack(list(split(AUDIO))[last]))

    assert last == 4
    assert store.finish(ref_of(AUDIO))
    assert store.missing(ref_of(AUDIO)) == ()


def test_a_file_that_the_card_has_spoilt_is_dropped(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, reserve_bytes=0)
    sha256 = _shelve(store, AUDIO)
    assert store.is_intact(sha256)
    store.path_of(sha256).write_bytes(_flip(AUDIO))
    assert not store.is_intact(sha256)
    assert store.held == frozenset()


def test_space_is_kept_for_the_journal(tmp_path: Path) -> None:
    store = AudioStore(tmp_path, reserve_bytes=1 << 20, free_bytes=lambda _: 1 << 20)
    with pytest.raises(OSError, match="journal") as refusal:
        store.write(ref_of(AUDIO), Chunk(number=0, count=5, body=AUDIO[:CHUNK_BYTES]))
    assert refusal.value.errno == errno.ENOSPC


def _set_mtime(path: Path, unix_s: float) -> None:
    import os

    os.utime(path, (unix_s, unix_s))
