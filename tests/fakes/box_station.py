"""A station with real keys on a real broker that does what the server does for one box, and remembers what came up.

It hands out an identity instead of enrolling, publishes what the test says, answers the clock, and acknowledges.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import OKPKey
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from device_agent import identity
from wire import chunks, seal, topics
from wire.enrolment import BrokerAccount, EnrolReply
from wire.messages import (
    Ack,
    Alerts,
    AudioRef,
    ClockReply,
    ClockRequest,
    LiveAlert,
    Plan,
    PlannedAiring,
    PlaybackReport,
    QuietHours,
    Reports,
    Revision,
    Status,
)

STATION, DEVICE = "xa-thu", "loa-01"


def audio_ref(audio: bytes, duration_ms: int) -> AudioRef:
    """Return how the plan names this file."""
    return AudioRef(
        sha256=hashlib.sha256(audio).hexdigest(), size_bytes=len(audio), chunks=chunks.count_for(len(audio)),
        duration_ms=duration_ms,
    )  # fmt: skip


class FakeStation:
    """`clock_shift` is how far its time is ahead of the machine's; `acknowledges` and `answers_clock` may be off."""

    def __init__(self, broker_url: str, *, clock_shift: timedelta = timedelta(0)) -> None:
        self.broker_url = broker_url
        self.key: OKPKey = seal.new_key()
        self.device_key: OKPKey = seal.new_key()
        self.clock_shift = clock_shift
        self.acknowledges = True
        self.answers_clock = True
        self.statuses: list[Status] = []
        self.reports: dict[int, PlaybackReport] = {}
        self.report_batches = 0
        self._seq = 0
        self._epoch = 1
        self._lock = threading.Condition()
        self._client = self._new_client()

    # -- what the box needs to know ----------------------------------------------------------------------------------

    def enrol(self, data: Path) -> None:
        """Write the identity that enrolment would have written."""
        reply = EnrolReply(
            station=STATION, device=DEVICE, cluster="Cụm loa đình làng", hamlet="Thôn Đoài",
            station_key_pem=seal.public_pem(self.key), broker=BrokerAccount(url=self.broker_url),
        )  # fmt: skip
        identity.store(data, reply, key=self.device_key)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.clock_shift

    # -- down --------------------------------------------------------------------------------------------------------

    def revision(self) -> Revision:
        self._seq += 1
        return Revision(epoch=self._epoch, seq=self._seq)

    def plan(self, *airings: PlannedAiring, quiet_hours: tuple[QuietHours, ...] = (), **fields: object) -> Plan:
        values = {"revision": self.revision(), "issued_at": self.now(), **fields}
        return Plan(station=STATION, device=DEVICE, airings=airings, quiet_hours=quiet_hours, **values)  # type: ignore[arg-type]  # the test's own fields

    def publish_plan(self, plan: Plan, *, key: OKPKey | None = None) -> bytes:
        sealed = seal.seal(plan, key or self.key)
        self.publish(topics.of_device(STATION, DEVICE, topics.DeviceTopic.PLAN), sealed, retain=True)
        return sealed

    def publish_alerts(self, *alerts: LiveAlert) -> bytes:
        document = Alerts(station=STATION, revision=self.revision(), issued_at=self.now(), alerts=alerts)
        sealed = seal.seal(document, self.key)
        self.publish(topics.alerts(STATION), sealed, retain=True)
        return sealed

    def publish_audio(self, audio: bytes, *, only: Callable[[int], bool] = lambda number: True) -> None:
        sha256 = audio_ref(audio, 0).sha256
        for number, payload in enumerate(chunks.split(audio)):
            if only(number):
                self.publish(topics.chunk(STATION, sha256, number), payload, retain=True)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        self._client.publish(topic, payload, qos=qos, retain=retain).wait_for_publish(5)

    # -- up ----------------------------------------------------------------------------------------------------------

    def wait_for(self, condition: Callable[[], object], *, timeout_s: float = 10.0, what: str = "it") -> None:
        """Return as soon as the condition holds. Raises AssertionError after the time."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            while not condition():
                if not self._lock.wait(min(0.1, max(0.0, deadline - time.monotonic()))) and time.monotonic() > deadline:
                    raise AssertionError(f"{what} did not happen in {timeout_s} s; last status: {self.statuses[-1:]}")

    @property
    def status(self) -> Status | None:
        return self.statuses[-1] if self.statuses else None

    def report_of(self, airing_id: str) -> PlaybackReport | None:
        return next((r for r in list(self.reports.values()) if airing_id in (r.airing_id, r.alert_id)), None)

    def wait_for_report(self, airing_id: str, *, timeout_s: float = 15.0) -> PlaybackReport:
        self.wait_for(lambda: self.report_of(airing_id), timeout_s=timeout_s, what=f"the report of {airing_id}")
        report = self.report_of(airing_id)
        assert report is not None
        return report

    @contextmanager
    def on_air(self) -> Iterator["FakeStation"]:
        self._client = self._new_client()
        host, _, port = self.broker_url.removeprefix("mqtt://").partition(":")
        self._client.connect(host, int(port))
        self._client.subscribe([(topics.of_every_device(t), 1) for t in sorted(topics.UPWARD)])
        self._client.loop_start()
        try:
            yield self
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def _new_client(self) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id="fake-station")
        client.on_message = self._on_message
        return client

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        payload = bytes(message.payload)
        address = topics.parse(message.topic)
        assert isinstance(address, topics.DeviceAddress)
        with self._lock:
            match address.topic:
                case topics.DeviceTopic.STATUS:
                    self.statuses.append(seal.open_sealed(payload, self.device_key, Status))
                case topics.DeviceTopic.REPORT:
                    self._take_reports(seal.open_sealed(payload, self.device_key, Reports))
                case topics.DeviceTopic.CLOCK:
                    self._answer(payload)
            self._lock.notify_all()

    def _take_reports(self, batch: Reports) -> None:
        self.report_batches += 1
        for report in batch.reports:
            self.reports.setdefault(report.number, report)
        if self.acknowledges:
            ack = Ack(
                station=STATION, device=DEVICE, journal=batch.journal, up_to=batch.reports[-1].number,
                issued_at=self.now(),
            )  # fmt: skip
            topic = topics.of_device(STATION, DEVICE, topics.DeviceTopic.ACK)
            self._client.publish(topic, seal.seal(ack, self.key), qos=1)

    def _answer(self, payload: bytes) -> None:
        received_at = self.now()
        try:
            request = seal.open_sealed(payload, self.device_key, ClockRequest)
        except seal.SealError:
            return  # our own echo
        if not self.answers_clock:
            return
        reply = ClockReply(
            station=STATION, device=DEVICE, nonce=request.nonce, request_sent_at=request.sent_at,
            received_at=received_at, sent_at=self.now(),
        )  # fmt: skip
        topic = topics.of_device(STATION, DEVICE, topics.DeviceTopic.CLOCK)
        self._client.publish(topic, seal.seal(reply, self.key), qos=0)
