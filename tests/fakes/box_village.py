"""Boxes in this process: real agents on a real broker with silent players, and what began and ended on each.

Each box belongs to a station of its own, whose word the test gives: nothing but the key, the numbers and the clock.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import OKPKey
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from device_agent import identity
from device_agent.agent import Agent, Box
from device_agent.assembly import assemble
from device_agent.lanes import Lane
from device_agent.settings import PlayerKind, Settings
from device_agent.sound.null import NullPlayer
from device_agent.sound.port import Cue
from device_agent.turning import InLoop
from wire import seal, topics
from wire.enrolment import BrokerAccount, EnrolReply
from wire.messages import Alerts, ClockReply, ClockRequest, LiveAlert, Revision, Status
from wire.topics import DeviceTopic

DEVICE = "loa-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A part of an alert that began to sound."""

    alert: str
    part: str | None
    at_monotonic: float


@dataclass(kw_only=True)
class Commune:
    """One station and its one box. `began` grows while the box lives; `shift` is how far the station's clock is ahead;
    `is_mute`: it answers nobody who asks for the time. The box reaches the broker by `broker_url`, if it is set."""

    name: str
    data: Path
    key: OKPKey = field(default_factory=seal.new_key)
    device_key: OKPKey = field(default_factory=seal.new_key)
    began: list[Began] = field(default_factory=list)
    status: Status | None = None
    seq: int = 0
    broker_url: str | None = None
    shift: timedelta = timedelta(0)
    is_mute: bool = False

    def now(self) -> datetime:
        """Return the station's time."""
        return datetime.now(UTC) + self.shift

    @property
    def is_waiting(self) -> bool:
        """Whether the box does not know the time yet, or no document."""
        return self.status is None or not self.status.clock.trusted or self.status.alerts is None

    @property
    def refused(self) -> int:
        """How many messages the box has refused, as it last told."""
        return self.status.health.refused_documents if self.status is not None else 0

    @property
    def topic(self) -> str:
        return topics.alerts(self.name)

    @property
    def parts(self) -> list[tuple[str, str | None]]:
        return [(one.alert, one.part) for one in self.began]

    def says(self, *alerts: LiveAlert) -> bytes:
        """Return the station's next document."""
        self.seq += 1
        document = Alerts(
            station=self.name, revision=Revision(epoch=1, seq=self.seq), issued_at=self.now(), alerts=alerts
        )  # fmt: skip
        return seal.seal(document, self.key)


class Village:
    """Runs the boxes in a thread of its own. `publish` is what whoever owns the broker may do."""

    def __init__(self, broker_url: str, folder: Path, *, boxes: int) -> None:
        self._url = broker_url
        self.communes = [Commune(name=f"xa-{n:02d}", data=folder / f"{n:02d}") for n in range(boxes)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="village")
        self._hands = ThreadPoolExecutor(4)
        self._living: dict[str, tuple[asyncio.Event, asyncio.Future[None]]] = {}
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="everything")
        self.client.max_inflight_messages_set(1000)

    @contextmanager
    def standing(self) -> Iterator["Village"]:
        """Enrol the boxes and answer for their stations; in the end nothing is left."""
        for commune in self.communes:
            reply = EnrolReply(
                station=commune.name, device=DEVICE, cluster="Cụm đình", hamlet="Thôn Đoài",
                station_key_pem=seal.public_pem(commune.key), broker=BrokerAccount(url=commune.broker_url or self._url),
            )  # fmt: skip
            identity.store(commune.data, reply, key=commune.device_key)
        host, _, port = self._url.removeprefix("mqtt://").partition(":")
        self.client.on_message = self._answer
        self.client.connect(host, int(port))
        self.client.subscribe([(topics.of_every_device(DeviceTopic.CLOCK), 0)])
        self.client.subscribe([(topics.of_every_device(DeviceTopic.STATUS), 1)])
        self.client.loop_start()
        self._thread.start()
        try:
            yield self
        finally:
            self.switch_off()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()
            self._hands.shutdown()
            self.client.disconnect()
            self.client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = True) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain)

    def switch_on(self) -> None:
        """Start every box."""
        asyncio.run_coroutine_threadsafe(self._switch_on(), self._loop).result(60)

    def switch_off(self) -> None:
        """Stop every box. Raises whatever one died of."""
        asyncio.run_coroutine_threadsafe(self._switch_off(), self._loop).result(60)

    def begin_trusted(self) -> None:
        """Start every box, say that nothing is live, and return when each has taken note of it and of the time."""
        self.switch_on()
        deadline = time.monotonic() + 60
        while any(commune.is_waiting for commune in self.communes):
            assert time.monotonic() < deadline, "the boxes do not come up"
            for commune in self.communes:
                self.publish(commune.topic, commune.says())
            time.sleep(0.5)

    async def _switch_on(self) -> None:
        for commune in self.communes:
            box = await asyncio.to_thread(self._put_together, commune)
            stop = asyncio.Event()
            self._living[commune.name] = (stop, asyncio.ensure_future(_life(box, stop)))

    async def _switch_off(self) -> None:
        living, self._living = self._living, {}
        for stop, _ in living.values():
            stop.set()
        for _, life in living.values():
            await life

    def dead(self) -> list[str]:
        """Return the boxes whose agent has ended by itself."""
        return [name for name, (_, life) in self._living.items() if life.done()]

    def _put_together(self, commune: Commune) -> Box:
        settings = Settings(data=commune.data, player=PlayerKind.NULL, ballast_bytes=4096)
        box = assemble(
            settings, identity.load(commune.data), version="0", synced=False,
            lane=lambda _name: Lane(self._hands), turning=lambda: InLoop(self._hands),
        )  # fmt: skip

        def tell(cue: Cue, began: bool, at_monotonic: float, _asked_monotonic: float) -> None:
            if began and cue.alert_id is not None:
                commune.began.append(Began(alert=cue.alert_id, part=cue.part, at_monotonic=at_monotonic))

        players = tuple(NullPlayer(tell=tell) for _ in range(3))
        return replace(box, players=players, siren=NullPlayer(tell=tell))

    def _answer(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        address = topics.parse(message.topic)
        assert isinstance(address, topics.DeviceAddress)
        commune = next(c for c in self.communes if c.name == address.station)
        received_at = commune.now()
        if address.topic is DeviceTopic.STATUS:
            with suppress(seal.SealError):
                commune.status = seal.open_sealed(bytes(message.payload), commune.device_key, Status)
            return
        with suppress(seal.SealError):  # our own echo, and what an intruder says there
            request = seal.open_sealed(bytes(message.payload), commune.device_key, ClockRequest)
            if not commune.is_mute:
                reply = ClockReply(
                    station=commune.name, device=DEVICE, nonce=request.nonce, request_sent_at=request.sent_at,
                    received_at=received_at, sent_at=commune.now(),
                )  # fmt: skip
                self.client.publish(message.topic, seal.seal(reply, commune.key), qos=0)


async def _life(box: Box, stop: asyncio.Event) -> None:
    try:
        await Agent(box).run(stop)
    finally:
        box.journal.close()
