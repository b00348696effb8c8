"""Opens what the boxes send: the signature first, then whether it is theirs to say, then the use case for it."""

import functools
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from joserfc.jwk import OKPKey

from broadcaster.adapters.mqtt import Letter, MqttLink
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import DeviceId
from broadcaster.services import intake
from broadcaster.services.office import Office
from broadcaster.store.devices import Device
from wire import messages
from wire.seal import SealError, claims_to_be, load_key, open_sealed
from wire.topics import DeviceAddress, DeviceTopic, TopicError, parse

log = logging.getLogger(__name__)

SAID_EVERY = timedelta(seconds=1)
"""A flood of forgeries fills no disk with its log; the number so far tells what was not said."""

M = TypeVar("M", messages.Status, messages.Reports, messages.ClockRequest)
SealFor = Callable[[str, messages.Value], bytes]
"""(station, message) -> the message signed with that station's key."""


class Inbox:
    """Takes letters as they come, many at once when many wait. What is broken, unsigned or not the box's own is
    counted and dropped."""

    def __init__(self, office: Office, link: MqttLink, *, seal: SealFor) -> None:
        self.refused = self.unanswered = 0
        self._said_at = datetime.min.replace(tzinfo=UTC)
        self._office, self._link, self._seal = office, link, seal

    def take(self, *letters: Letter) -> None:
        """Act on letters in their order: the time is told at once, everything else is kept in one transaction."""
        opened = self._opened(letters)
        said = [(letter, message) for letter, message in opened if message is not None]
        if not said:
            return
        for (letter, message), answer in zip(said, intake.note(self._office, [m for _, m in said]), strict=True):
            if isinstance(answer, intake.StaleStatus):
                self._refuse(letter, answer)
            elif answer is not None and (sealed := self._sealed(message.station, answer)):
                self._link.ack(message.station, message.device, sealed)

    def _opened(self, letters: Sequence[Letter]) -> list[tuple[Letter, intake.Said | None]]:
        """Return the letters that stand with what they say; a request for the time, answered already, says nothing."""
        addressed = [(letter, address) for letter in letters if (address := self._address(letter)) is not None]
        known = intake.boxes(self._office, {DeviceId(address.device) for _, address in addressed})
        found: list[tuple[Letter, intake.Said | None]] = []
        for letter, address in addressed:
            try:
                found.append((letter, self._said(letter, address, known.get(DeviceId(address.device)))))
            except SealError as exc:
                self._refuse(letter, exc)
        return found

    def _address(self, letter: Letter) -> DeviceAddress | None:
        try:
            address = parse(letter.topic)
        except TopicError as exc:
            self._refuse(letter, exc)
            return None
        return address if isinstance(address, DeviceAddress) and letter.payload else None

    def _said(self, letter: Letter, address: DeviceAddress, known: Device | None) -> intake.Said | None:
        if known is None or known.station != address.station:
            raise SealError(f"no box {address.device!r} is enrolled at {address.station!r}")
        match address.topic:
            case DeviceTopic.STATUS:
                return _opened(letter, known, messages.Status)
            case DeviceTopic.REPORT:
                return _opened(letter, known, messages.Reports)
            case DeviceTopic.CLOCK:
                self._clock(letter, known)
        return None

    def _clock(self, letter: Letter, known: Device) -> None:
        """Answer a request; our own answers come back on the same topic and are passed over."""
        if claims_to_be(letter.payload, messages.ClockReply):
            return
        request = _opened(letter, known, messages.ClockRequest)
        reply = intake.answer_clock(known, request, received_at=letter.received_at, now=self._office.now())
        if sealed := self._sealed(known.station, reply):
            self._link.clock(known.station, known.id, sealed)

    def _sealed(self, station: str, answer: messages.Value) -> bytes | None:
        """Return an answer signed, None when the signer does not do it: the box asks and reports again."""
        try:
            return self._seal(station, answer)
        except Refusal as exc:
            self.unanswered += 1
            if self.unanswered % 100 == 1:
                log.error("boxes are not answered (%d so far): %s", self.unanswered, exc)
            return None

    def _refuse(self, letter: Letter, why: Exception) -> None:
        self.refused += 1
        if letter.received_at >= self._said_at + SAID_EVERY:
            self._said_at = letter.received_at
            log.warning("refused on %s: %s (%d so far)", letter.topic[:200], why, self.refused)


def _opened(letter: Letter, known: Device, expected: type[M]) -> M:
    message = open_sealed(letter.payload, _key(known.public_key_pem), expected)
    if (message.station, message.device) != (known.station, known.id):
        raise SealError(f"{known.id} signed in the name of {message.station}/{message.device}")
    return message


@functools.lru_cache(maxsize=4096)
def _key(public_key_pem: str) -> OKPKey:
    """Return a box's key, read once: reading it takes longer than checking a signature with it."""
    return load_key(public_key_pem)
