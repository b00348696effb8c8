"""Messages that reach nobody and are remembered."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from broadcaster.services.telling import Letter


@dataclass
class FakeMessages:
    """What was sent, as (address, text); addresses in `deaf` fail. An address begins with `fake://`."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    tried: list[str] = field(default_factory=list)

    def shown(self, address: str) -> str | None:
        return "fake://****" if address.startswith("fake://") else None

    def send(self, letters: Sequence[Letter]) -> tuple[str | None, ...]:
        return tuple(map(self._send, letters))

    def _send(self, letter: Letter) -> str | None:
        assert letter.title
        self.tried.append(letter.address)
        if letter.address in self.deaf:
            return "không trả lời"
        self.sent.append((letter.address, letter.text))
        return None
