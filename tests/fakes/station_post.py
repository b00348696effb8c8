"""A broker in memory behind services/publishing.Post: it keeps what is retained, and can forget it all."""

from dataclasses import dataclass, field

from wire import topics
from wire.topics import DeviceTopic


@dataclass(kw_only=True)
class FakePost:
    """`retained` is what a box that connects now would receive; `sent` is everything in its order."""

    session: int = 1
    connected: bool = True
    retained: dict[str, bytes] = field(default_factory=dict)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    acks: list[tuple[str, bytes]] = field(default_factory=list)
    clocks: list[tuple[str, bytes]] = field(default_factory=list)

    def plan(self, station: str, device: str, sealed: bytes) -> None:
        self._keep(topics.of_device(station, device, DeviceTopic.PLAN), sealed)

    def alerts(self, station: str, sealed: bytes) -> None:
        self._keep(topics.alerts(station), sealed)

    def chunk(self, station: str, sha256: str, number: int, payload: bytes) -> None:
        self._keep(topics.chunk(station, sha256, number), payload)

    def ack(self, station: str, device: str, sealed: bytes) -> None:
        self.acks.append((topics.of_device(station, device, DeviceTopic.ACK), sealed))

    def clock(self, station: str, device: str, sealed: bytes) -> None:
        self.clocks.append((topics.of_device(station, device, DeviceTopic.CLOCK), sealed))

    def forget_everything(self) -> None:
        """Come back as a broker that lost its disk: a new connection, and nothing retained."""
        self.retained.clear()
        self.reconnect()

    def reconnect(self) -> None:
        """Begin a new connection; what was retained is still there."""
        self.session += 1
        self.sent.clear()

    def topics_sent(self, part: str = "") -> list[str]:
        """Return the topics published on since the last connection, those that hold `part`."""
        return [topic for topic, _ in self.sent if part in topic]

    def _keep(self, topic: str, payload: bytes) -> None:
        self.sent.append((topic, payload))
        if payload:
            self.retained[topic] = payload
        else:
            self.retained.pop(topic, None)
