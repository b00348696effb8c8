"""Which clusters and boxes each airing is meant for, and which plan first told a box of it.

A station's week has a hundred thousand of these: they are read and compared an airing at a time, never one by one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, bindparam, delete, func, insert, select, update

from broadcaster.domain.delivery import Target
from broadcaster.domain.ids import AiringId, ClusterId, DeviceId, HamletId, StationId
from broadcaster.store.tables import airing_targets, clusters, documents, hamlets

T = TypeVar("T")
Pair = tuple[ClusterId, DeviceId | None]


def set_targets(tx: Connection, wanted: Mapping[AiringId, Collection[Pair]]) -> None:
    """Make exactly these clusters, with these boxes, each airing's targets; what was told to a kept box stays."""
    if not wanted:
        return
    before = _pairs_of(tx, list(wanted))
    gone: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for airing, pairs in wanted.items():
        now, was = frozenset(pairs), before.get(airing, frozenset())
        if now != was:
            gone += [{"of_airing": airing, "on_cluster": cluster} for cluster, _device in was - now]
            new += [{"airing_id": airing, "cluster_id": c, "device_id": d} for c, d in sorted(now - was, key=_cluster)]
    if gone:
        of_one = delete(airing_targets).where(
            airing_targets.c.airing_id == bindparam("of_airing"), airing_targets.c.cluster_id == bindparam("on_cluster")
        )
        tx.execute(of_one, gone)
    if new:
        tx.execute(insert(airing_targets), new)


def note_told(tx: Connection, station: StationId, boxes: Collection[DeviceId], told: Collection[AiringId]) -> None:
    """Remember that these boxes were told of those of the airings that are meant for them: by their present plan,
    unless an earlier one told them."""
    of_box = select(documents.c.epoch, documents.c.seq).where(
        documents.c.station_id == station, documents.c.device_id == airing_targets.c.device_id
    )
    tx.execute(
        update(airing_targets)
        .where(
            airing_targets.c.told_seq.is_(None),
            airing_targets.c.device_id.in_(boxes),
            airing_targets.c.airing_id.in_(told),
        )
        .values(
            told_epoch=of_box.with_only_columns(documents.c.epoch).scalar_subquery(),
            told_seq=of_box.with_only_columns(documents.c.seq).scalar_subquery(),
        )
    )


def of_airings(tx: Connection, wanted: Collection[AiringId]) -> dict[AiringId, tuple[Target, ...]]:
    """Return the clusters that each of these airings is meant for, hamlet by hamlet."""
    rows = tx.execute(hamlet_by_hamlet(airing_targets).where(airing_targets.c.airing_id.in_(list(wanted))))
    found: dict[AiringId, list[Target]] = {airing: [] for airing in wanted}
    for row in rows:
        told_in = (row.told_epoch, row.told_seq) if row.told_seq is not None else None
        found[AiringId(row.airing_id)].append(target(row, told_in=told_in))
    return {airing: tuple(targets) for airing, targets in found.items()}


def clusters_of(tx: Connection, wanted: Collection[AiringId]) -> dict[AiringId, frozenset[ClusterId]]:
    """Return the clusters of each of these airings that has any."""
    read = _memo(lambda told: frozenset(ClusterId(name) for name in told.split(",")))
    rows = tx.execute(_joined(airing_targets.c.cluster_id).where(airing_targets.c.airing_id.in_(list(wanted))))
    return {AiringId(row.airing_id): read(row.told) for row in rows}


def boxes_of(tx: Connection, wanted: Collection[AiringId]) -> dict[AiringId, frozenset[DeviceId]]:
    """Return the boxes of each of these airings that any box hears."""
    read = _memo(lambda told: frozenset(DeviceId(name) for name in told.split(",")))
    of_these = airing_targets.c.airing_id.in_(list(wanted)), airing_targets.c.device_id.is_not(None)
    rows = tx.execute(_joined(airing_targets.c.device_id).where(*of_these))
    return {AiringId(row.airing_id): read(row.told) for row in rows}


def forget(tx: Connection, gone: Iterable[AiringId]) -> None:
    """Forget for whom these airings were meant: the timetable takes them back before their time."""
    tx.execute(delete(airing_targets).where(airing_targets.c.airing_id.in_(list(gone))))


def _pairs_of(tx: Connection, wanted: Collection[AiringId]) -> dict[AiringId, frozenset[Pair]]:
    pair = airing_targets.c.cluster_id + "=" + func.coalesce(airing_targets.c.device_id, "")
    rows = tx.execute(_joined(pair).where(airing_targets.c.airing_id.in_(wanted)))
    read = _memo(lambda told: frozenset(_pair(each) for each in told.split(",")))
    return {AiringId(row.airing_id): read(row.told) for row in rows}


def _joined(what: Any) -> Select[Any]:
    """Return the question for one row an airing, all of `what` in it behind one another: ids have no comma."""
    told = func.aggregate_strings(what, ",").label("told")
    return select(airing_targets.c.airing_id, told).group_by(airing_targets.c.airing_id)


def _memo(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return `read` with a memory: most airings of a week are meant for the same few sets of clusters."""
    known: dict[str, T] = {}

    def remembered(told: str) -> T:
        if told not in known:
            known[told] = read(told)
        return known[told]

    return remembered


def _pair(told: str) -> Pair:
    cluster, _, device = told.partition("=")
    return ClusterId(cluster), DeviceId(device) if device else None


def _cluster(pair: Pair) -> str:
    return pair[0]


def hamlet_by_hamlet(meant: Table) -> Select[Any]:
    """Return the question for rows of a table of targets, with the names of their clusters and hamlets."""
    return (
        select(meant, clusters.c.name, hamlets.c.id.label("hamlet_id"), hamlets.c.name.label("hamlet_name"))
        .join(clusters, clusters.c.id == meant.c.cluster_id)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
        .order_by(hamlets.c.position, clusters.c.name)
    )


def target(row: Row[Any], *, told_in: tuple[int, int] | None = None) -> Target:
    """Return a row of `hamlet_by_hamlet`; `told_in` is the plan that first told the box."""
    return Target(
        cluster=ClusterId(row.cluster_id),
        cluster_name=row.name,
        hamlet=HamletId(row.hamlet_id),
        hamlet_name=row.hamlet_name,
        device=DeviceId(row.device_id) if row.device_id else None,
        told_in=told_in,
    )
