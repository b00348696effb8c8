"""Stations, their hamlets and clusters."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from broadcaster.domain.audience import Place
from broadcaster.domain.ids import ClusterId, HamletId, StationId
from broadcaster.domain.station import Cluster, Hamlet, QuietHours, Rules, Station, time_of_day
from broadcaster.reading.style import EarlyDay, Four, Letters, Odd, Per, Style, Thousand
from broadcaster.store.tables import clusters, hamlets, stations


def first(tx: Connection) -> Station | None:
    """Return the installation's first station, or None before it is set up."""
    row = tx.execute(select(stations).order_by(stations.c.created_at).limit(1)).first()
    return _station(row) if row else None


def every(tx: Connection) -> tuple[Station, ...]:
    """Return every station of the installation."""
    return tuple(_station(row) for row in tx.execute(select(stations).order_by(stations.c.created_at)))


def get(tx: Connection, station: StationId) -> Station | None:
    """Return one station, or None."""
    row = tx.execute(select(stations).where(stations.c.id == station)).first()
    return _station(row) if row else None


def add(tx: Connection, station: Station, *, now: datetime) -> None:
    """Keep a new station."""
    tx.execute(
        insert(stations).values(
            id=station.id,
            name=station.name,
            province=station.province,
            rules=rules_as_json(station.rules),
            epoch=station.epoch,
            alerts_seq=0,
            created_at=now,
        )
    )


def set_rules(tx: Connection, station: StationId, rules: Rules) -> None:
    """Replace the station's rules."""
    tx.execute(update(stations).where(stations.c.id == station).values(rules=rules_as_json(rules)))


def begin_epoch(tx: Connection, station: StationId, epoch: int) -> None:
    """Make every document from now on newer than any that was ever sent."""
    tx.execute(update(stations).where(stations.c.id == station).values(epoch=epoch, alerts_seq=0))


def next_alerts_seq(tx: Connection, station: StationId) -> int:
    """Return the next number for the `alerts` document, each one once."""
    statement = (
        update(stations)
        .where(stations.c.id == station)
        .values(alerts_seq=stations.c.alerts_seq + 1)
        .returning(stations.c.alerts_seq)
    )
    return int(tx.execute(statement).scalar_one())


def alerts_seq(tx: Connection, station: StationId) -> int:
    """Return the number of the newest `alerts` document."""
    return int(tx.execute(select(stations.c.alerts_seq).where(stations.c.id == station)).scalar_one())


def hamlets_of(tx: Connection, station: StationId) -> tuple[Hamlet, ...]:
    """Return the station's hamlets in the order in which they were entered."""
    rows = tx.execute(select(hamlets).where(hamlets.c.station_id == station).order_by(hamlets.c.position))
    return tuple(Hamlet(id=HamletId(row.id), name=row.name) for row in rows)


def clusters_of(tx: Connection, station: StationId) -> tuple[Cluster, ...]:
    """Return the station's clusters, hamlet by hamlet."""
    rows = tx.execute(
        select(clusters)
        .join(hamlets, hamlets.c.id == clusters.c.hamlet_id)
        .where(clusters.c.station_id == station)
        .order_by(hamlets.c.position, clusters.c.name)
    )
    return tuple(Cluster(id=ClusterId(row.id), hamlet=HamletId(row.hamlet_id), name=row.name) for row in rows)


def places_of(tx: Connection, station: StationId) -> tuple[Place, ...]:
    """Return where the station's clusters hang."""
    return tuple(Place(cluster=c.id, hamlet=c.hamlet) for c in clusters_of(tx, station))


def add_hamlets(tx: Connection, station: StationId, new: Iterable[Hamlet]) -> None:
    """Keep new hamlets behind those that there are."""
    count = tx.execute(select(func.count()).where(hamlets.c.station_id == station)).scalar_one()
    rows = [
        {"id": hamlet.id, "station_id": station, "name": hamlet.name, "position": count + n}
        for n, hamlet in enumerate(new)
    ]
    if rows:
        tx.execute(insert(hamlets), rows)


def add_cluster(tx: Connection, station: StationId, cluster: Cluster) -> None:
    """Keep a new cluster."""
    tx.execute(insert(clusters).values(id=cluster.id, station_id=station, hamlet_id=cluster.hamlet, name=cluster.name))


def rules_as_json(rules: Rules) -> dict[str, Any]:
    """Return the rules as the database and the REST interface write them."""
    return {
        "timezone": rules.timezone,
        "quiet_hours": [[f"{q.start:%H:%M}", f"{q.end:%H:%M}"] for q in rules.quiet_hours],
        "self_approval": rules.self_approval,
        "voices": list(rules.voices),
        "style": style_as_json(rules.style),
        "stagger_ms": rules.stagger_ms,
        "self_test_at": f"{rules.self_test_at:%H:%M}" if rules.self_test_at is not None else None,
    }


def style_as_json(style: Style) -> dict[str, Any]:
    """Return how the station reads as the database and the REST interface write it."""
    return {
        "thousand": style.thousand,
        "odd": style.odd,
        "early_day": style.early_day,
        "four": style.four,
        "per": style.per,
        "letters": style.letters,
        "say_minutes": style.say_minutes,
        "regional_units": [list(pair) for pair in style.regional_units],
    }


def style_from_json(kept: Mapping[str, Any]) -> Style:
    """Return the style written by `style_as_json`; what is missing is the house's. Raises ValueError."""
    house = Style()
    return Style(
        thousand=Thousand(kept.get("thousand", house.thousand)),
        odd=Odd(kept.get("odd", house.odd)),
        early_day=EarlyDay(kept.get("early_day", house.early_day)),
        four=Four(kept.get("four", house.four)),
        per=Per(kept.get("per", house.per)),
        letters=Letters(kept.get("letters", house.letters)),
        say_minutes=bool(kept.get("say_minutes", house.say_minutes)),
        regional_units=tuple((str(unit), str(said)) for unit, said in kept.get("regional_units", ())),
    )


def _station(row: Row[Any]) -> Station:
    kept = row.rules
    rules = Rules(
        timezone=kept["timezone"],
        quiet_hours=tuple(QuietHours(start=time_of_day(a), end=time_of_day(b)) for a, b in kept["quiet_hours"]),
        self_approval=kept["self_approval"],
        voices=tuple(kept["voices"]),
        style=style_from_json(kept.get("style", {})),
        self_test_at=time_of_day(kept["self_test_at"]) if kept.get("self_test_at") else None,
        stagger_ms=int(kept.get("stagger_ms", 0)),
    )
    return Station(id=StationId(row.id), name=row.name, province=row.province, rules=rules, epoch=row.epoch)
