"""The `Amplifier` port: what switches the amplifier's power on and off."""

from typing import Protocol


class AmplifierError(Exception):
    """The relay did not obey, as far as can be known; the message says why, in words for a technician."""


class Amplifier(Protocol):
    """One relay. `switch` may be repeated; it returns when the relay has moved, which is before the horns are warm."""

    name: str

    async def switch(self, *, on: bool) -> None:
        """Switch it. Raises AmplifierError; then nobody knows how it stands."""

    async def close(self) -> None:
        """Let go of the relay; it is switched off before. Harmless when repeated."""
