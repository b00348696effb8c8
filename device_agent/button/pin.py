"""Checks the page's PIN against what the station's plan carries; five wrong ones close it for ten minutes."""

import asyncio
import hashlib
import hmac
from enum import Enum, auto

from device_agent.button.pressing import Pressing

_LONGEST_PIN = 32
_COST, _BLOCK, _LANES, _KEY_BYTES = 16_384, 8, 1, 32


class Guess(Enum):
    """What a PIN comes to."""

    RIGHT = auto()
    WRONG = auto()
    TOO_MANY = auto()


class PinCheck:
    """One guess at a time: each costs the box 16 MB and a tenth of a second."""

    def __init__(self, pressing: Pressing) -> None:
        self._pressing = pressing
        self._one = asyncio.Lock()

    async def guess(self, pin: str) -> Guess:
        """Return what this PIN comes to. A wrong one is on the disk before it is looked at."""
        async with self._one:
            if not pin or len(pin) > _LONGEST_PIN:
                return Guess.WRONG  # no guess at all
            if not await self._pressing.may_guess():
                return Guess.TOO_MANY
            stored = self._pressing.pin_scrypt
            if stored is None or not await asyncio.to_thread(matches, pin, stored):
                return Guess.WRONG
            await self._pressing.guessed_right()
            return Guess.RIGHT


def matches(pin: str, stored: str) -> bool:
    """Return whether the PIN is the one of `salt$key` (scrypt, RFC 7914); False when that is no such thing."""
    salt_hex, _, key_hex = stored.partition("$")
    try:
        salt, key = bytes.fromhex(salt_hex), bytes.fromhex(key_hex)
    except ValueError:
        return False
    if len(key) != _KEY_BYTES:
        return False
    made = hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=_KEY_BYTES)
    return hmac.compare_digest(made, key)
