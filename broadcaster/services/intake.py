"""What the boxes say, kept: their status, their reports, and the time of day that they ask for."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.delivery import Outcome, Report
from broadcaster.domain.ids import AiringId, DeviceId, StationId
from broadcaster.services.office import Office
from broadcaster.store import audit, devices, documents, reports, stations
from broadcaster.store.devices import Device
from broadcaster.store.reports import Line
from wire import messages

log = logging.getLogger(__name__)

EPOCHS_BEHIND = 1000
"""A restored database is at most this many epochs old. A box that claims more lies: epochs must not run out."""
NAME_MAX = 64


class StaleStatus(Exception):  # noqa: N818 - it names what came, and the caller only counts it
    """A status older than the one that is known: a replay, or a message that was overtaken."""

    def __init__(self, *, device: str, session: str, number: int) -> None:
        super().__init__(f"status {session}/{number} of {device} is not newer than what is known")


def box(office: Office, device: str) -> Device | None:
    """Return the box with this id, or None when nobody listens to it: there is none, or its account has ended.

    A retired box may still deliver the reports of what it played; that is why its account ends later.
    """
    with office.database.reading() as tx:
        found = devices.get(tx, DeviceId(device))
    return found if found is not None and found.account_ended_at is None else None


def note_status(office: Office, known: Device, status: messages.Status) -> None:
    """Keep a box's newest status. Raises StaleStatus.

    Sessions sort by age (they begin with the box's start counter), numbers grow within one. The last will was signed
    when its session began and counts for that session alone. What a retired box says of itself is of no interest.
    """
    if known.retired_at is not None:
        return
    session = _plain(status.session)
    if not status.online and session == known.session:
        with office.database.writing() as tx:
            devices.note_offline(tx, known.id)
        return
    if known.session is not None and (session, status.number) <= (known.session, known.status_number or 0):
        raise StaleStatus(device=known.id, session=session, number=status.number)
    with office.database.writing() as tx:
        devices.note_status(
            tx, known.id, session=session, number=status.number, online=status.online,
            status=status.model_dump(mode="json"), now=office.now(),
        )  # fmt: skip
        restored = _is_ahead_of_us(tx, known, status)
        if restored is not None:
            stations.begin_epoch(tx, known.station, restored + 1)
            audit.record(
                tx, known.station, user=None, action="station.epoch", subject=known.id, now=office.now(),
                epoch=restored + 1,
            )  # fmt: skip
    if restored is not None:
        log.warning("box %s obeys documents newer than ours: a restored database; epoch %d", known.id, restored + 1)
        office.ring_planner()


def note_reports(office: Office, known: Device, batch: messages.Reports) -> messages.Ack:
    """Keep a batch of reports, each once, and return the acknowledgement, made only when they are on the disk.

    A batch begins with the oldest report that the box still holds, so its first unbroken run of numbers is safe.
    """
    now = office.now()
    with office.database.writing() as tx:
        reports.add(
            tx, known.station, known.id, journal=_plain(batch.journal), now=now,
            lines=[_line(report) for report in batch.reports],
        )  # fmt: skip
    return messages.Ack(
        station=known.station,
        device=known.id,
        journal=batch.journal,
        up_to=end_of_first_run([r.number for r in batch.reports]),
        issued_at=now,
    )


def answer_clock(
    known: Device, request: messages.ClockRequest, *, received_at: datetime, now: datetime
) -> messages.ClockReply:
    """Return the answer to a box that asks for the time."""
    return messages.ClockReply(
        station=known.station,
        device=known.id,
        nonce=request.nonce,
        request_sent_at=request.sent_at,
        received_at=received_at,
        sent_at=now,
    )


def end_of_first_run(numbers: Sequence[int]) -> int:
    """Return the last of the numbers that follow the smallest one without a gap."""
    present = frozenset(numbers)
    last = min(present)
    while last + 1 in present:
        last += 1
    return last


def _is_ahead_of_us(tx: Connection, known: Device, status: messages.Status) -> int | None:
    """Return the epoch that the box obeys when it is newer than any document of ours, else None."""
    ours, station = documents.get(tx, known.id), stations.get(tx, StationId(known.station))
    if station is None:
        return None
    latest = (
        messages.Revision(epoch=ours.epoch, seq=ours.seq) if ours else messages.Revision(epoch=station.epoch, seq=0)
    )
    alerts = messages.Revision(epoch=station.epoch, seq=stations.alerts_seq(tx, station.id))
    ahead = [
        held.epoch
        for held, newest in ((status.plan, latest), (status.alerts, alerts))
        if held is not None and newest < held and station.epoch <= held.epoch
    ]
    believed = [epoch for epoch in ahead if epoch <= station.epoch + EPOCHS_BEHIND]
    if len(believed) < len(ahead):
        log.error("box %s says that it obeys epoch %d, which no backup of ours explains", known.id, max(ahead))
    return max(believed, default=None)


def _plain(text: str) -> str:
    """Return a box's text without NUL, the one character that a database may be unable to keep."""
    return text.replace("\0", "")


def _line(report: messages.PlaybackReport) -> Line:
    return Line(
        number=report.number,
        airing=AiringId(_plain(report.airing_id)[:NAME_MAX]) if report.airing_id else None,
        alert=_plain(report.alert_id)[:NAME_MAX] if report.alert_id else None,
        detail=_plain(report.detail) if report.detail else None,
        report=Report(
            outcome=Outcome(report.outcome.value),
            reason=report.reason.value if report.reason else None,
            started_at=report.started_at,
            ended_at=report.ended_at,
            start_error_ms=report.start_error_ms,
            played_ms=report.played_ms,
        ),
    )
