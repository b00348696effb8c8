"""Messages that reach nobody and are remembered."""

from dataclasses import dataclass, field


@dataclass
class FakeMessages:
    """What was sent, as (address, text); addresses in `deaf` fail. An address begins with `fake://`."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)

    def shown(self, address: str) -> str | None:
        return "fake://****" if address.startswith("fake://") else None

    def send(self, address: str, *, title: str, text: str) -> str | None:
        assert title
        if address in self.deaf:
            return "không trả lời"
        self.sent.append((address, text))
        return None
