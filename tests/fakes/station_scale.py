"""A station of any size in a real database: clusters with boxes, programmes, bulletins that ask, and an old log."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as clock

from sqlalchemy import Connection, insert

from broadcaster.domain.audience import EVERYBODY, Audience, of_hamlets
from broadcaster.domain.bulletin import Bulletin, BulletinState, Priority
from broadcaster.domain.delivery import Outcome
from broadcaster.domain.ids import AiringId, BulletinId, ClusterId, DeviceId, HamletId, LibraryItemId, RequestId
from broadcaster.domain.library import Details, LibraryItem, LibraryKind, LibraryState
from broadcaster.domain.programme import (
    BoxSegment,
    FixedSegment,
    Programme,
    ProgrammeId,
    RelaySegment,
    Role,
    Section,
    SegmentId,
    Slot,
    SoundName,
)
from broadcaster.domain.records.logbook import Entry, Line, LogKind, Place, Source, follow
from broadcaster.domain.station import Cluster, Hamlet
from broadcaster.domain.week.regime import LegalSource, Profile
from broadcaster.domain.week.requests import NextSession, TheseSessions
from broadcaster.store import bulletins, devices, library, logbook, programmes, recordings, requests, stations
from broadcaster.store.recordings import Recording
from broadcaster.store.requests import Asked
from broadcaster.store.tables import reports
from tests.fakes.station_world import World

MINUTE = timedelta(minutes=1)
WIDE = Profile(id="rong", name="Thử", source=LegalSource(document=""), sessions_a_day=24, session_length=60 * MINUTE)
"""Caps wide enough for fifty sessions a day on half of the clusters each."""
SOUNDS = {"nhac-hieu": 14, "loi-chao": 20, "ket-thuc": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How big the station is beside what a world has already."""

    clusters: int = 100
    hamlets: int = 25
    programmes: int = 50
    bulletins: int = 200


def grow(world: World, size: Size) -> None:
    """Make the world's station so big; its week is not planned yet."""
    world.office = replace(world.office, profiles={**world.office.profiles, WIDE.id: WIDE})
    now, writer = world.clock.now, world.person("lan").id
    with world.database.writing() as tx:
        stations.add_hamlets(
            tx, world.station, [Hamlet(id=_hamlet(n), name=f"Thôn {n:02}") for n in range(size.hamlets)]
        )
        for n in range(size.clusters):
            cluster = Cluster(id=ClusterId(f"cl-{n:04}"), hamlet=_hamlet(n % size.hamlets), name=f"Cụm {n:04}")
            stations.add_cluster(tx, world.station, cluster)
            devices.add(
                tx, DeviceId(f"loa-{n:04}"), station=world.station, cluster=cluster.id, public_key_pem="-", now=now
            )
        for name, seconds in SOUNDS.items():
            _add_sound(world, tx, name, seconds=seconds)
        for n in range(size.programmes):
            programmes.put(tx, world.station, programme(n, hamlets=size.hamlets), name=f"p{n}", by=writer, now=now)
        programmes.set_limits(tx, world.station, profile=WIDE.id, precincts=(), sensitive=())
        for n in range(size.bulletins):
            ask(world, tx, n, hamlets=size.hamlets)
    see(world)


def see(world: World) -> None:
    """Let every box be connected, as of now."""
    with world.database.writing() as tx:
        boxes = devices.of_station(tx, world.station)
        status = {"clock": {"trusted": True, "error_ms": 3}, "health": {}}
        devices.note_statuses(
            tx,
            [replace(box, session="1-a", status_number=1, online=True, status=status, last_seen_at=world.clock.now)
             for box in boxes],
        )  # fmt: skip


def programme(number: int, *, hamlets: int) -> Programme:
    """Return a daily session: half of them for everybody, half for five hamlets of their own."""
    own = of_hamlets({_hamlet((number + n) % hamlets) for n in range(5)})
    hour, minute = divmod(5 * 60 + number * 18, 60)
    return Programme(
        id=ProgrammeId(f"p{number}"),
        title=f"Buổi phát thanh {number}",
        slot=Slot(starts=clock(hour, minute), length=15 * MINUTE),
        audience=EVERYBODY if number % 2 else own,
        segments=(
            FixedSegment(id=SegmentId("mo"), title="Nhạc hiệu", sound=SoundName("nhac-hieu"), role=Role.JINGLE),
            FixedSegment(id=SegmentId("chao"), title="Lời chào", sound=SoundName("loi-chao"), role=Role.JINGLE),
            RelaySegment(id=SegmentId("vov"), title="VOV1", urls=("http://127.0.0.1/vov1",), length=8 * MINUTE),
            BoxSegment(id=SegmentId("tin"), title="Bản tin xã", length=6 * MINUTE),
            FixedSegment(id=SegmentId("het"), title="Kết thúc", sound=SoundName("ket-thuc"), role=Role.SIGN_OFF),
        ),
    )


def ask(world: World, tx: Connection, number: int, *, hamlets: int) -> Bulletin:
    """Keep an approved bulletin that asks for its sessions: every fourth for three days running."""
    station, now = world.station, world.clock.now
    sha256 = f"{number:064x}"
    audience: Audience = EVERYBODY if number % 3 else of_hamlets([_hamlet(number % hamlets)])
    asked_at = now - timedelta(minutes=300) + timedelta(seconds=number)
    bulletin = Bulletin(
        id=BulletinId(f"bt-{number:05}"), station=station, title=f"Bản tin {number}", text="Kính thưa bà con.",
        audience=audience, voice="espeak", read_twice=False, repeat_key_fact=False,
        priority=Priority.ORDINARY if number % 5 else Priority.PRIORITY, state=BulletinState.APPROVED,
        author=world.person("lan").id, text_sha256="0" * 64, recording_sha256=sha256, note=None, created_at=asked_at,
        updated_at=asked_at,
    )  # fmt: skip
    wish = TheseSessions(first_day=date(2026, 3, 2), days=3) if number % 4 == 0 else NextSession()
    recordings.keep(tx, _recording(world, sha256, seconds=40 + 7 * (number % 20)))
    bulletins.add(tx, bulletin, choices=())
    requests.add(
        tx,
        Asked(
            id=RequestId(f"yc-{number:05}"), station=station, bulletin=bulletin.id, audience=audience, wish=wish,
            section=Section.BULLETINS, asked_by=bulletin.author, asked_at=asked_at, rank=None if number % 5 else number,
        ),
    )  # fmt: skip
    return bulletin


def fill_log(world: World, *, lines: int, days: int = 30) -> None:
    """Write so many lines, spread evenly over the days that have just ended, every tenth of them a failure."""
    with world.database.reading() as tx:
        names = {h.id: h.name for h in stations.hamlets_of(tx, world.station)}
        places = [
            Place(hamlet=c.hamlet, hamlet_name=names[c.hamlet], cluster=c.id, cluster_name=c.name)
            for c in stations.clusters_of(tx, world.station)
        ]
        boxes = devices.by_cluster(tx, world.station)
    begin, step = world.clock.now - timedelta(days=days), timedelta(days=days) / lines
    last: Line | None = None
    for first in range(0, lines, 5_000):
        chunk: list[Line] = []
        for n in range(first, min(lines, first + 5_000)):
            place = places[n % len(places)]
            entry = _entry(n, n // len(places), place, boxes.get(place.cluster), at=begin + n * step)
            last = follow(chunk[-1] if chunk else last, entry, corrects=None, now=entry.planned_at + MINUTE)
            chunk.append(last)
        with world.database.writing() as tx:
            logbook.add(tx, world.station, chunk)
            tx.execute(insert(reports), [_report(world, line) for line in chunk if line.entry.device])


def _entry(number: int, subject: int, place: Place, device: DeviceId | None, *, at: datetime) -> Entry:
    failed = number % 10 == 9
    return Entry(
        kind=LogKind.AIRING, subject=AiringId(f"lp-cu-{subject:06}"), source=list(Source)[subject % 3],
        item=f"bt-cu-{subject % 500}", title=f"Tin cũ {subject % 500}", priority="ordinary", place=place, device=device,
        recording_sha256=f"{subject % 500:064x}", duration_ms=60_000, planned_at=at,
        started_at=None if failed else at, ended_at=None if failed else at + MINUTE,
        outcome=Outcome.MISSED if failed else Outcome.PLAYED, reason="box_off" if failed else None, heard=None,
    )  # fmt: skip


def _report(world: World, line: Line) -> dict[str, object]:
    entry = line.entry
    return {
        "device_id": entry.device, "journal": "0" * 32, "number": line.number, "station_id": world.station,
        "airing_id": entry.subject, "outcome": entry.outcome.value, "reason": entry.reason,
        "started_at": entry.started_at, "ended_at": entry.ended_at, "played_ms": 60_000,
        "received_at": line.recorded_at - timedelta(seconds=1),
    }  # fmt: skip


def _add_sound(world: World, tx: Connection, name: str, *, seconds: int) -> None:
    recording = _recording(world, hashlib.sha256(name.encode()).hexdigest(), seconds=seconds)
    recordings.keep(tx, recording)
    details = Details(title=name, kind=LibraryKind.JINGLE, language="vi", rights_holder="Đài", rights_source="Tự thu")
    library.add(
        tx,
        LibraryItem(
            id=LibraryItemId(name), station=world.station, details=details, state=LibraryState.APPROVED,
            uploader=world.person("lan").id, recording_sha256=recording.sha256, file_name=f"{name}.mp3", note=None,
            created_at=world.clock.now, updated_at=world.clock.now,
        ),
    )  # fmt: skip


def _recording(world: World, sha256: str, *, seconds: int) -> Recording:
    return Recording(
        station=world.station, sha256=sha256, size_bytes=seconds * 4_000, duration_ms=seconds * 1_000, voice="espeak",
        sentence_offsets_ms=(0, 4_000), created_at=world.clock.now,
    )  # fmt: skip


def _hamlet(number: int) -> HamletId:
    return HamletId(f"thon-{number:02}")
