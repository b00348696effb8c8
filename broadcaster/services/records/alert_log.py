"""What the broadcast log says of alerts, drills, tests and pressed buttons: what each box sounded of them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.alarm.delivery import UNREPORTED_AFTER
from broadcaster.domain.alert import Alert
from broadcaster.domain.delivery import FINAL
from broadcaster.domain.ids import AlertId, ClusterId, StationId
from broadcaster.domain.records.alert_lines import NO_ROUNDS, entry_of_alert, entry_of_press
from broadcaster.domain.records.logbook import LATE, Entry, Line
from broadcaster.services.alarm.following import alert_deliveries, boxes_of
from broadcaster.store import alerts, logbook, recordings, unlogged

_NOT_SAID = frozenset({"no_report", "not_installed"})
"""What the station itself concludes from a box's silence."""
_SLACK = timedelta(minutes=1)
"""So far may a box's clock and the station's differ."""


def due(
    tx: Connection, station: StationId, *, heard_since: datetime, now: datetime
) -> Iterator[tuple[Entry, int | None]]:
    """Yield what has to be written of alerts: an entry, and the number of the line that it corrects."""
    quiet = now - UNREPORTED_AFTER
    told = unlogged.reported_late_of_alerts(tx, station, heard_since=heard_since)
    wanted = dict.fromkeys(unlogged.of_alerts(tx, station, since=now - LATE, until=quiet))
    late = [a for a in unlogged.ended_of_threads(tx, station, told, since=now - LATE) if a not in wanted]
    yield from _news(tx, station, _entries(tx, station, [*wanted, *late], until=quiet, now=now))
    presses = unlogged.presses(tx, station, heard_since=max(heard_since, now - LATE), until=quiet)
    yield from _news(tx, station, (entry_of_press(press) for press in presses))


def _news(tx: Connection, station: StationId, entries: Iterable[Entry]) -> Iterator[tuple[Entry, int | None]]:
    """Yield those of the entries that have no line, or of which the box has said something that no line says.

    What only the passing of time has changed, a box gone silent or a hamlet renamed, corrects nothing.
    """
    newest: dict[tuple[str, ClusterId], Line] = {}
    looked_up: set[str] = set()
    for entry in entries:
        if entry.subject not in looked_up:
            looked_up.add(entry.subject)
            newest |= {(entry.subject, each.entry.place.cluster): each
                       for each in logbook.of_subject(tx, station, entry.subject)}  # fmt: skip
        before = newest.get((entry.subject, entry.place.cluster))
        if before is None:
            yield entry, None
            continue
        then = replace(entry, place=before.entry.place, title=before.entry.title)
        if entry.outcome in FINAL and entry.reason not in _NOT_SAID and then != before.entry:
            yield then, before.number


def _entries(
    tx: Connection, station: StationId, wanted: Iterable[AlertId], *, until: datetime, now: datetime
) -> Iterator[Entry]:
    boxes = boxes_of(tx, station)
    for name in wanted:
        alert = alerts.get(tx, station, name)
        if alert is None or alert.live_at is None or alert.ended_at is None or alert.ended_at >= until:
            continue
        start, end = _span(tx, station, alert, began_at=alert.live_at, ended_at=alert.ended_at)
        rounds = unlogged.rounds_of(tx, station, alert.thread, start=start, end=end)
        speech = recordings.get(tx, station, alert.recording_sha256) if alert.recording_sha256 else None
        for delivery in alert_deliveries(tx, alert, now=now, known=boxes):
            box = delivery.target.device
            yield entry_of_alert(
                alert, delivery, rounds=rounds.get(box, NO_ROUNDS) if box else NO_ROUNDS,
                speech_ms=speech.duration_ms if speech is not None else 0,
            )  # fmt: skip


def _span(
    tx: Connection, station: StationId, alert: Alert, *, began_at: datetime, ended_at: datetime
) -> tuple[datetime, datetime]:
    """Return between which instants a round began that is of this version, and of no other of its chain."""
    versions = [each.version for each in alerts.of_thread(tx, station, alert.thread)]
    before = _SLACK if alert.version == min(versions) else timedelta(0)
    behind = _SLACK if alert.version == max(versions) else timedelta(0)
    return began_at - before, ended_at + behind
