"""A box as the station sees it: its key, its enrolment, its statuses and its reports. It plays nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc.jwk import OKPKey

from broadcaster.adapters.mqtt import Letter
from broadcaster.domain.ids import DeviceId, StationId
from wire import enrolment, messages, seal, topics
from wire.messages import Outcome, PlaybackReport, Reports, Status, Value
from wire.topics import DeviceTopic

JOURNAL = "0" * 32
_NOWHERE, _NOBODY = StationId(""), DeviceId("")


@dataclass(kw_only=True)
class FakeBox:
    """Knows its place once it is enrolled. Numbers of statuses grow by themselves."""

    now: Any
    key: OKPKey = field(default_factory=seal.new_key)
    station: StationId = _NOWHERE
    id: DeviceId = _NOBODY
    session: str = "00000001-aaaaaaaaaaaa"
    number: int = 0

    def request(self, code: str) -> enrolment.Sealed:
        """Return what the box sends to be taken in."""
        asked = enrolment.EnrolRequest(public_key_pem=seal.public_pem(self.key), agent_version="0.1.0")
        return enrolment.seal_with_code(asked, enrolment.normalise(code))

    def accept(self, reply: enrolment.Sealed, code: str) -> enrolment.EnrolReply:
        """Remember who the box is from now on."""
        opened = enrolment.open_with_code(reply.sealed, enrolment.normalise(code), enrolment.EnrolReply)
        self.station, self.id = StationId(opened.station), DeviceId(opened.device)
        return opened

    def status(self, **values: Any) -> Status:
        """Return the next status."""
        self.number += 1
        said = {"session": self.session, "number": self.number, "at": self.now(), "online": True} | values
        return Status(station=self.station, device=self.id, **said)

    def reports(self, *reports: PlaybackReport, journal: str = JOURNAL) -> Reports:
        """Return a batch."""
        return Reports(station=self.station, device=self.id, journal=journal, reports=reports)

    def letter(self, topic: DeviceTopic, message: Value, *, key: OKPKey | None = None) -> Letter:
        """Return the message as it comes from the broker, signed by the box unless by another `key`."""
        payload = seal.seal(message, key or self.key)
        return Letter(topic=topics.of_device(self.station, self.id, topic), payload=payload, received_at=self.now())

    def clock_request(self) -> messages.ClockRequest:
        """Ask for the time."""
        return messages.ClockRequest(station=self.station, device=self.id, nonce="n" * 16, sent_at=self.now())


def played(number: int, airing: str, *, at: datetime, outcome: Outcome = Outcome.PLAYED, **more: Any) -> PlaybackReport:
    """Return a report of one airing."""
    said = {"started_at": at, "ended_at": at, "start_error_ms": 1.5, "played_ms": 1000} | more
    return PlaybackReport(number=number, airing_id=airing, outcome=outcome, start_at=at, **said)
