"""Everything that comes down to the box: opened, checked, and told apart. What is refused is counted and remembered."""

import asyncio
import base64
import binascii
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from joserfc.jwk import OKPKey

from device_agent.link import Message
from wire import seal, topics
from wire.messages import Ack, ClockReply

log = logging.getLogger(__name__)

SAID_EVERY_S = 1.0
"""A flood of forgeries wears no card with its log; the number so far tells what was not said."""
WAITING_MAX_BYTES = 16 * 1024 * 1024
"""Of messages not read yet: what a box asks for is far less, and all that matters is said again by the station."""
_OWN_ECHO = "loa.clock_request"
_NAMES = {Ack: "biên nhận báo cáo", ClockReply: "trả lời giờ"}


class Mailbox:
    """Messages that nobody has read yet, as many as the memory of a small box allows."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._bytes = 0

    def put(self, message: Message) -> bool:
        """Take a message; False: there is no room for it."""
        if self._bytes + len(message.payload) > WAITING_MAX_BYTES:
            return False
        self._bytes += len(message.payload)
        self._messages.put_nowait(message)
        return True

    async def get(self) -> Message:
        """Return the next message, waiting for one."""
        message = await self._messages.get()
        self._bytes -= len(message.payload)
        return message


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPlan:
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAlerts:
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkArrived:
    sha256: str
    number: int
    payload: bytes


Arrival = SealedPlan | SealedAlerts | ChunkArrived | Ack | ClockReply


class Inbox:
    """Tells messages apart by topic and checks the signatures of those that need no memory."""

    def __init__(
        self, *, station: str, device: str, station_key: OKPKey, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._station = station
        self._device = device
        self._station_key = station_key
        self.refused = 0
        self.last_refusal: str | None = None
        self._monotonic = monotonic
        self._said_at = -SAID_EVERY_S

    def refuse(self, why: str) -> None:
        """Count a message that is not obeyed; `why` is for the technician, in Vietnamese."""
        self.refused += 1
        self.last_refusal = why[:200]
        if self._monotonic() >= self._said_at + SAID_EVERY_S:
            self._said_at = self._monotonic()
            log.warning("refused: %s (%d so far)", self.last_refusal, self.refused)

    def open(self, topic: str, payload: bytes) -> Arrival | None:
        """Return what arrived; None when it is refused, or our own echo."""
        try:
            address = topics.parse(topic)
        except topics.TopicError as exc:
            self.refuse(f"chủ đề MQTT lạ ({exc})")
            return None
        if address.station != self._station:
            self.refuse(f"thông điệp của đài khác: {topic}")
            return None
        match address:
            case topics.AlertsAddress():
                return SealedAlerts(sealed=payload)
            case topics.ChunkAddress(sha256=sha256, number=number):
                return ChunkArrived(sha256=sha256, number=number, payload=payload)
            case topics.DeviceAddress(device=device) if device != self._device:
                self.refuse(f"thông điệp cho thiết bị khác: {topic}")
                return None
            case topics.DeviceAddress(topic=topics.DeviceTopic.PLAN):
                return SealedPlan(sealed=payload)
            case topics.DeviceAddress(topic=topics.DeviceTopic.ACK):
                return self._addressed(payload, Ack)
            case topics.DeviceAddress(topic=topics.DeviceTopic.CLOCK):
                return None if _type_of(payload) == _OWN_ECHO else self._addressed(payload, ClockReply)
        self.refuse(f"không chờ thông điệp nào ở {topic}")
        return None

    def _addressed(self, payload: bytes, expected: type[Ack] | type[ClockReply]) -> Ack | ClockReply | None:
        try:
            message = seal.open_sealed(payload, self._station_key, expected)
        except seal.SealError as exc:
            self.refuse(f"{_NAMES[expected]}: chữ ký không hợp lệ ({exc})")
            return None
        if (message.station, message.device) != (self._station, self._device):
            self.refuse(f"{_NAMES[expected]}: dành cho {message.station}/{message.device}, không phải cho thiết bị này")
            return None
        return message


def _type_of(payload: bytes) -> str | None:
    """Return the `typ` that an envelope claims, unverified: good enough to ignore a message, never to believe it."""
    head = payload[:512].partition(b".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return None
    return header.get("typ") if isinstance(header, dict) else None
