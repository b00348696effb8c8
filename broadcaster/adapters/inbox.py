"""Opens what the boxes send: the signature first, then whether it is theirs to say, then the use case for it."""

import logging
from collections.abc import Callable
from typing import TypeVar

from broadcaster.adapters.mqtt import Letter, MqttLink
from broadcaster.services import intake
from broadcaster.services.office import Office
from broadcaster.store.devices import Device
from wire import messages
from wire.seal import SealError, claims_to_be, load_key, open_sealed
from wire.topics import DeviceAddress, DeviceTopic, TopicError, parse

log = logging.getLogger(__name__)

M = TypeVar("M", messages.Status, messages.Reports, messages.ClockRequest)
SealFor = Callable[[str, messages.Value], bytes]
"""(station, message) -> the message signed with that station's key."""


class Inbox:
    """Takes letters one by one. What is broken, unsigned or not the box's own is counted and dropped."""

    def __init__(self, office: Office, link: MqttLink, *, seal: SealFor) -> None:
        self.refused = 0
        self._office, self._link, self._seal = office, link, seal

    def take(self, letter: Letter) -> None:
        """Act on one letter."""
        try:
            self._act(letter)
        except (TopicError, SealError, intake.StaleStatus) as exc:
            self.refused += 1
            log.warning("refused on %s: %s (%d so far)", letter.topic, exc, self.refused)

    def _act(self, letter: Letter) -> None:
        address = parse(letter.topic)
        if not isinstance(address, DeviceAddress) or not letter.payload:
            return
        known = intake.box(self._office, address.device)
        if known is None or known.station != address.station:
            raise SealError(f"no box {address.device!r} is enrolled at {address.station!r}")
        match address.topic:
            case DeviceTopic.STATUS:
                intake.note_status(self._office, known, _opened(letter, known, messages.Status))
            case DeviceTopic.REPORT:
                self._reports(known, _opened(letter, known, messages.Reports))
            case DeviceTopic.CLOCK:
                self._clock(letter, known)

    def _reports(self, known: Device, batch: messages.Reports) -> None:
        ack = intake.note_reports(self._office, known, batch)
        self._link.ack(known.station, known.id, self._seal(known.station, ack))

    def _clock(self, letter: Letter, known: Device) -> None:
        """Answer a request; our own answers come back on the same topic and are passed over."""
        if claims_to_be(letter.payload, messages.ClockReply):
            return
        request = _opened(letter, known, messages.ClockRequest)
        reply = intake.answer_clock(known, request, received_at=letter.received_at, now=self._office.now())
        self._link.clock(known.station, known.id, self._seal(known.station, reply))


def _opened(letter: Letter, known: Device, expected: type[M]) -> M:
    message = open_sealed(letter.payload, load_key(known.public_key_pem), expected)
    if (message.station, message.device) != (known.station, known.id):
        raise SealError(f"{known.id} signed in the name of {message.station}/{message.device}")
    return message
