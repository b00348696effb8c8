"""A station's own rules for its alarm: its siren patterns, and what somebody on the spot may start by a button."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select

from broadcaster.domain.alarm.sirens import Siren, siren_of
from broadcaster.domain.ids import StationId
from broadcaster.store.alert_tables import alarm_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSettings:
    """`button` are prepared messages in their order; without any there is no button. `pin_scrypt` is `salt$key`."""

    sirens: Mapping[str, Siren] = field(default_factory=dict)
    button: tuple[str, ...] = ()
    pin_scrypt: str | None = None
    least_interval_s: int = 300


def get(tx: Connection, station: StationId) -> AlarmSettings:
    """Return the station's settings, the usual ones where it has none."""
    row = tx.execute(select(alarm_settings).where(alarm_settings.c.station_id == station)).first()
    if row is None:
        return AlarmSettings()
    return AlarmSettings(
        sirens={name: siren_of(name, pattern) for name, pattern in row.sirens.items()},
        button=tuple(row.button),
        pin_scrypt=row.button_pin_scrypt,
        least_interval_s=row.button_least_interval_s,
    )


def put(tx: Connection, station: StationId, settings: AlarmSettings) -> None:
    """Replace the station's settings."""
    tx.execute(delete(alarm_settings).where(alarm_settings.c.station_id == station))
    tx.execute(
        insert(alarm_settings).values(
            station_id=station,
            sirens={name: siren_as_json(siren) for name, siren in settings.sirens.items()},
            button=list(settings.button),
            button_pin_scrypt=settings.pin_scrypt,
            button_least_interval_s=settings.least_interval_s,
        )
    )


def siren_as_json(siren: Siren) -> dict[str, object]:
    """Return a pattern as the database and the REST interface write it."""
    strokes = [[stroke.on_ms, stroke.off_ms, stroke.times] for stroke in siren.strokes]
    return {"title": siren.title, "strokes": strokes, "source": siren.source}
