"""The sessions settled for good: each due instant of a programme has one row, and its verdict never changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from broadcaster.domain.audience import Audience, as_json, from_json
from broadcaster.domain.ids import ClusterId, StationId
from broadcaster.domain.programme import OccurrenceKey, ProgrammeId, SegmentId
from broadcaster.domain.week.planned import Occurrence, Verdict
from broadcaster.store.programme_tables import sessions_settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A reason as it was given: its code and its Vietnamese sentence, and which clusters or segment it is about."""

    code: str
    sentence: str
    clusters: frozenset[ClusterId] = frozenset()
    segment: SegmentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A session as it was settled."""

    key: OccurrenceKey
    title: str
    audience: Audience
    clusters: frozenset[ClusterId]
    ends_by: datetime
    verdict: Verdict
    left_out: tuple[Said, ...]
    omitted: tuple[Said, ...]
    special: bool


def add(tx: Connection, station: StationId, settling: Iterable[Occurrence], *, now: datetime) -> int:
    """Write sessions down for good and return how many were new: what is written stays."""
    wanted = {each.key: each for each in settling}
    if not wanted:
        return 0
    first = min(key.due_at for key in wanted)
    known = keys_since(tx, station, since=first)
    rows = [_columns(station, each, now=now) for key, each in wanted.items() if key not in known]
    if rows:
        tx.execute(insert(sessions_settled), rows)
    return len(rows)


def keys_since(tx: Connection, station: StationId, *, since: datetime) -> frozenset[OccurrenceKey]:
    """Return which sessions due since then are settled."""
    rows = tx.execute(
        select(sessions_settled.c.programme_id, sessions_settled.c.due_at).where(
            sessions_settled.c.station_id == station, sessions_settled.c.due_at >= since
        )
    )
    return frozenset(OccurrenceKey(due_at=row.due_at, programme=ProgrammeId(row.programme_id)) for row in rows)


def between(tx: Connection, station: StationId, *, start: datetime, end: datetime) -> tuple[Settled, ...]:
    """Return the settled sessions due in [start, end), in their order."""
    rows = tx.execute(
        select(sessions_settled)
        .where(
            sessions_settled.c.station_id == station,
            sessions_settled.c.due_at >= start,
            sessions_settled.c.due_at < end,
        )
        .order_by(sessions_settled.c.due_at, sessions_settled.c.programme_id)
    )
    return tuple(_settled(row) for row in rows)


def as_settled(each: Occurrence) -> Settled:
    """Return a session of the week as it would be settled now."""
    return Settled(
        key=each.key,
        title=each.title,
        audience=each.audience,
        clusters=each.clusters,
        ends_by=each.ends_by,
        verdict=each.verdict,
        left_out=tuple(
            Said(code=left.reason.code, sentence=str(left.reason), clusters=left.clusters) for left in each.left_out
        ),
        omitted=tuple(Said(code=o.reason.code, sentence=str(o.reason), segment=o.segment) for o in each.omitted),
        special=each.special,
    )


def _columns(station: StationId, each: Occurrence, *, now: datetime) -> dict[str, Any]:
    kept = as_settled(each)
    return {
        "programme_id": kept.key.programme,
        "due_at": kept.key.due_at,
        "station_id": station,
        "title": kept.title,
        "audience": as_json(kept.audience),
        "clusters": sorted(kept.clusters),
        "ends_by": kept.ends_by,
        "verdict": kept.verdict.value,
        "left_out": [{"code": s.code, "sentence": s.sentence, "clusters": sorted(s.clusters)} for s in kept.left_out],
        "omitted": [{"code": s.code, "sentence": s.sentence, "segment": s.segment} for s in kept.omitted],
        "special": kept.special,
        "settled_at": now,
    }


def _settled(row: Row[Any]) -> Settled:
    return Settled(
        key=OccurrenceKey(due_at=row.due_at, programme=ProgrammeId(row.programme_id)),
        title=row.title,
        audience=from_json(row.audience),
        clusters=frozenset(ClusterId(name) for name in row.clusters),
        ends_by=row.ends_by,
        verdict=Verdict(row.verdict),
        left_out=tuple(
            Said(code=s["code"], sentence=s["sentence"], clusters=frozenset(map(ClusterId, s["clusters"])))
            for s in row.left_out
        ),
        omitted=tuple(
            Said(code=s["code"], sentence=s["sentence"], segment=SegmentId(s["segment"])) for s in row.omitted
        ),
        special=row.special,
    )
