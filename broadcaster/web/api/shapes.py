"""From the station's values to the shapes of `/api/v1`."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.audience import as_json
from broadcaster.domain.bulletin import Bulletin
from broadcaster.domain.delivery import REASONS, Delivery
from broadcaster.domain.ids import AiringId, StationId
from broadcaster.domain.records.why import Story, why
from broadcaster.domain.timetable import Airing
from broadcaster.reading.reading import Reading
from broadcaster.services.airings import deliveries_of
from broadcaster.services.reader import StationReader, station_reader
from broadcaster.services.records import explaining
from broadcaster.services.releasing import Standing
from broadcaster.services.rendering import read_bulletin
from broadcaster.store import bulletins, devices, recordings, stations
from broadcaster.store.devices import Device
from broadcaster.web.api import bodies, reading_bodies
from broadcaster.web.site import Site


def bulletin(tx: Connection, found: Bulletin) -> bodies.BulletinShape:
    """Return a bulletin with its words as spoken and its recording."""
    sound = recordings.get(tx, found.station, found.recording_sha256) if found.recording_sha256 else None
    work = bulletins.rendering_of(tx, found.id)
    reading = read_bulletin(_reader(tx, found.station), found, bulletins.choices_of(tx, found.id))
    return bodies.BulletinShape(
        id=found.id,
        title=found.title,
        text=found.text,
        audience=as_json(found.audience),
        voice=found.voice,
        read_twice=found.read_twice,
        repeat_key_fact=found.repeat_key_fact,
        priority=found.priority,
        state=found.state.value,
        text_sha256=found.text_sha256,
        spoken=(work.spoken if work and sound else None) or reading.spoken,
        notices=[notice.message for notice in reading.notices],
        unsure=[span.written for span in reading.unsure],
        recording=bodies.RecordingShape(
            sha256=sound.sha256,
            duration_ms=sound.duration_ms,
            voice=sound.voice,
            url=f"/api/v1/recordings/{sound.sha256}",
        )
        if sound
        else None,
        rendering=bodies.RenderingShape(
            state=work.state,
            done=work.done,
            total=work.total,
            message=work.message,
        )
        if work
        else None,
        note=found.note,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def _reader(tx: Connection, station_id: StationId) -> StationReader:
    found = stations.get(tx, station_id)
    assert found is not None  # noqa: S101 - a bulletin's station cannot be gone
    return station_reader(tx, found)


def airing(tx: Connection, found: Airing, *, now: datetime) -> bodies.AiringShape:
    """Return an airing with what became of it on every box."""
    return airings(tx, found.station, [found], now=now)[found.id]


def airings(
    tx: Connection, station_id: StationId, several: Collection[Airing], *, now: datetime
) -> dict[AiringId, bodies.AiringShape]:
    """Return these airings of a station, by their ids; however many they are, the questions asked are as few."""
    station_there = stations.get(tx, station_id)
    assert station_there is not None  # noqa: S101 - an airing's station cannot be gone
    known = deliveries_of(tx, station_id, several, now=now)
    told = explaining.of_several(tx, station_there, [(each, known[each.id]) for each in several])
    return {each.id: _airing(each, known[each.id], told[each.id]) for each in several}


def _airing(found: Airing, known: Sequence[Delivery], told: Sequence[Story]) -> bodies.AiringShape:
    return bodies.AiringShape(
        id=found.id,
        source=found.source.value,
        bulletin_id=found.bulletin,
        library_item_id=found.library_item,
        programme_id=found.key.programme if found.key else None,
        due_at=found.key.due_at if found.key else None,
        segment=found.segment,
        request_id=found.request,
        title=found.title,
        audience=as_json(found.audience),
        priority=found.priority,
        recording_sha256=found.recording_sha256,
        relay=bodies.RelayShape(
            urls=list(found.relay.urls),
            silence_ms=found.relay.silence // timedelta(milliseconds=1),
            filler_sha256=found.relay.filler_sha256,
        )
        if found.relay
        else None,
        duration_ms=round(found.duration.total_seconds() * 1000),
        start_at=found.start_at,
        end_at=found.end_at,
        not_after=found.not_after,
        cancelled_at=found.cancelled_at,
        deliveries=[delivery(d, story) for d, story in zip(known, told, strict=True)],
    )


def delivery(found: Delivery, story: Story) -> bodies.DeliveryShape:
    """Return what became of an airing on one box."""
    return bodies.DeliveryShape(
        device_id=found.target.device,
        cluster_id=found.target.cluster,
        cluster=found.target.cluster_name,
        hamlet_id=found.target.hamlet,
        hamlet=found.target.hamlet_name,
        outcome=found.outcome.value,
        reason=REASONS.get(found.reason, found.reason) if found.reason else None,
        reason_code=found.reason,
        why=why(story),
        started_at=found.started_at,
        ended_at=found.ended_at,
        start_error_ms=found.start_error_ms,
        heard=found.heard.value if found.heard else None,
    )


def device(found: Device, *, now: datetime, agent: Standing | None = None) -> bodies.DeviceShape:
    """Return a box and its last status."""
    return bodies.DeviceShape(
        id=found.id,
        cluster_id=found.cluster,
        cluster=found.cluster_name,
        hamlet=found.hamlet_name,
        online=found.state.reachable(now),
        last_seen_at=found.last_seen_at,
        enrolled_at=found.enrolled_at,
        status=dict(found.status),
        agent=bodies.AgentShape(wanted=agent.wanted, held=agent.held, told=agent.told) if agent is not None else None,
    )


def station(tx: Connection, station_id: StationId, site: Site) -> bodies.StationShape:
    """Return the station, its rules, places and voices."""
    found = stations.get(tx, station_id)
    assert found is not None  # noqa: S101 - the person who asks belongs to it
    boxes = devices.by_cluster(tx, station_id)
    return bodies.StationShape(
        id=found.id,
        name=found.name,
        province=found.province,
        rules=stations.rules_as_json(found.rules),
        hamlets=[bodies.PlaceShape(id=h.id, name=h.name) for h in stations.hamlets_of(tx, station_id)],
        clusters=[
            bodies.ClusterShape(id=c.id, name=c.name, hamlet_id=c.hamlet, device_id=boxes.get(c.id))
            for c in stations.clusters_of(tx, station_id)
        ],
        voices=[bodies.PlaceShape(id=voice.name, name=voice.title) for voice in site.voices],
    )


def reading(found: Reading) -> reading_bodies.ReadingShape:
    """Return a reading with its sentences, spans and notices."""
    return reading_bodies.ReadingShape(
        written=found.written,
        spoken=found.spoken,
        sentences=[
            reading_bodies.SentenceShape(
                start=s.start,
                end=s.end,
                spoken=s.spoken,
                segments=[reading_bodies.SegmentShape(spoken=c.spoken, pause_ms=c.pause_ms) for c in s.segments],
            )
            for s in found.sentences
        ],
        spans=[
            reading_bodies.SpanShape(
                start=s.start,
                end=s.end,
                written=s.written,
                kind=s.kind,
                spoken=s.spoken,
                confidence=s.confidence,
                unsure=s.unsure,
                alternatives=list(s.alternatives),
            )
            for s in found.spans
        ],
        notices=[
            reading_bodies.NoticeShape(kind=n.kind, start=n.start, end=n.end, message=n.message) for n in found.notices
        ],
    )
