"""What the boxes say, kept: their status, their reports, and the time of day that they ask for."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.delivery import Heard, Outcome, Report
from broadcaster.domain.ids import AiringId, DeviceId, StationId
from broadcaster.services.alarm.following import note_said
from broadcaster.services.office import Office
from broadcaster.store import audit, devices, documents, reports, stations
from broadcaster.store.devices import Device
from broadcaster.store.documents import Mark
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


Said = messages.Status | messages.Reports
Answer = messages.Ack | StaleStatus | None
"""What reports are acknowledged with, why a status was not taken, or nothing to say."""


def boxes(office: Office, wanted: Collection[DeviceId]) -> dict[DeviceId, Device]:
    """Return those of these boxes to whom somebody listens: a box whose account has ended is not among them.

    A retired box may still deliver the reports of what it played; that is why its account ends later.
    """
    with office.database.reading() as tx:
        found = devices.several(tx, wanted)
    return {device: known for device, known in found.items() if known.account_ended_at is None}


def box(office: Office, device: str) -> Device | None:
    """Return the box with this id, or None when nobody listens to it."""
    return boxes(office, [DeviceId(device)]).get(DeviceId(device))


def note_status(office: Office, known: Device, status: messages.Status) -> None:
    """Keep one box's newest status. Raises StaleStatus."""
    (answer,) = note(office, [status])
    if isinstance(answer, StaleStatus):
        raise answer


def note_reports(office: Office, known: Device, batch: messages.Reports) -> messages.Ack:
    """Keep one box's batch of reports, each once, and return the acknowledgement, made when they are on the disk."""
    (answer,) = note(office, [batch])
    assert isinstance(answer, messages.Ack)  # noqa: S101 - nothing else answers reports
    return answer


def note(office: Office, said: Sequence[Said]) -> tuple[Answer, ...]:
    """Keep what enrolled boxes say, all of it in one transaction, and return the answer to each in the same order.

    One box or a hundred at the end of an airing: the disk is waited for once. An acknowledgement is returned only
    when its reports are on the disk.
    """
    now = office.now()
    with office.database.writing() as tx:
        before = devices.several(tx, {DeviceId(message.device) for message in said})
        known, accepted = dict(before), dict[DeviceId, messages.Status]()
        answers = tuple(_note(tx, message, known=known, accepted=accepted, now=now) for message in said)
        devices.note_statuses(tx, [box for device, box in known.items() if box is not before[device]])
        batches = [message for message in said if isinstance(message, messages.Reports)]
        taken = [m for m, a in zip(said, answers, strict=True) if a is None and isinstance(m, messages.Status)]
        note_said(tx, taken, batches, known=known, now=now)
        has_begun = _begin_epochs(tx, accepted, now=now)
    if has_begun:
        office.ring_planner()
    return answers


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


def _note(
    tx: Connection,
    message: Said,
    *,
    known: dict[DeviceId, Device],
    accepted: dict[DeviceId, messages.Status],
    now: datetime,
) -> Answer:
    device = DeviceId(message.device)
    if isinstance(message, messages.Reports):
        return _note_reports(tx, known[device], message, now=now)
    if known[device].retired_at is not None:
        return None  # what a retired box says of itself is of no interest
    newer = _newer(known[device], message, now=now)
    if newer is None:
        return StaleStatus(device=device, session=message.session, number=message.number)
    known[device] = newer
    accepted[device] = message
    return None


def _newer(known: Device, status: messages.Status, *, now: datetime) -> Device | None:
    """Return what is known of the box with this status, None when the status is not newer.

    Sessions sort by age (they begin with the box's start counter), numbers grow within one. The last will was signed
    when its session began and counts for that session alone; what the box last said of itself stays. Who held
    statuses back and lets them out later does not make a box that is gone look alive: it was seen when it spoke.
    """
    session = _plain(status.session)
    if not status.online and session == known.session:
        return replace(known, online=False)
    if known.session is not None and (session, status.number) <= (known.session, known.status_number or 0):
        return None
    return replace(
        known, session=session, status_number=status.number, online=status.online,
        status=status.model_dump(mode="json"), last_seen_at=min(now, status.at) if status.clock.trusted else now,
    )  # fmt: skip


def _note_reports(tx: Connection, known: Device, batch: messages.Reports, *, now: datetime) -> messages.Ack:
    """Keep a batch of reports, each once.

    A batch begins with the oldest report that the box still holds, so its first unbroken run of numbers is safe.
    """
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


def _begin_epochs(tx: Connection, accepted: dict[DeviceId, messages.Status], *, now: datetime) -> bool:
    """Begin a new epoch at each station whose boxes obey documents newer than any of ours: a restored database."""
    marks = documents.marks(tx, accepted.keys())
    ahead: dict[StationId, tuple[int, DeviceId]] = {}
    for station_id in {StationId(status.station) for status in accepted.values()}:
        station, alerts_seq = stations.get(tx, station_id), stations.alerts_seq(tx, station_id)
        if station is not None and station.epoch > 1 and alerts_seq == 0:
            continue  # nothing was said in this epoch yet: a box that lies begins no more of them than are used
        for device, status in accepted.items():
            if station is None or status.station != station_id:
                continue
            epoch = _ahead_of_us(status, epoch=station.epoch, alerts_seq=alerts_seq, mark=marks.get(device))
            if epoch is not None:
                ahead[station_id] = max(ahead.get(station_id, (0, device)), (epoch, device))
    for station_id, (epoch, device) in ahead.items():
        stations.begin_epoch(tx, station_id, epoch + 1)
        audit.record(tx, station_id, user=None, action="station.epoch", subject=device, now=now, epoch=epoch + 1)
        log.warning("box %s obeys documents newer than ours: a restored database; epoch %d", device, epoch + 1)
    return bool(ahead)


def _ahead_of_us(status: messages.Status, *, epoch: int, alerts_seq: int, mark: Mark | None) -> int | None:
    """Return the epoch that the box obeys when it is newer than any document of ours, else None."""
    latest = messages.Revision(epoch=mark.epoch if mark else epoch, seq=mark.seq if mark else 0)
    alerts = messages.Revision(epoch=epoch, seq=alerts_seq)
    ahead = [
        held.epoch
        for held, newest in ((status.plan, latest), (status.alerts, alerts))
        if held is not None and newest < held and epoch <= held.epoch
    ]
    believed = [held for held in ahead if held <= epoch + EPOCHS_BEHIND]
    if len(believed) < len(ahead):
        log.error("box %s says that it obeys epoch %d, which no backup explains", status.device, max(ahead))
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
            heard=Heard(report.heard.verdict) if report.heard else None,
        ),
        heard=report.heard.model_dump(mode="json") if report.heard else None,
        pressed=_plain(report.pressed) if report.pressed else None,
        stretches=tuple(_stretch(stretch) for stretch in report.stretches),
    )


def _stretch(stretch: messages.Stretch) -> dict[str, object]:
    told = stretch.model_dump(mode="json")
    return told | {"source": _plain(stretch.source)[:200] if stretch.source else None}
