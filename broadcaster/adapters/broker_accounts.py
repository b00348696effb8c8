"""Boxes' own accounts at the broker: what every adapter offers, and the double for a broker that has none."""

import logging
from typing import Protocol

log = logging.getLogger(__name__)


class BrokerAccounts(Protocol):
    """Makes and removes the account with which one box, and nobody else, speaks and listens as itself."""

    def create(self, station: str, device: str) -> tuple[str | None, str | None]:
        """Return (username, password), or (None, None) where the broker has no accounts.

        A second call for the same box gives it a fresh password and ends the old one. Raises a Refusal
        (`Unavailable`) with a Vietnamese sentence when the broker cannot be reached or will not.
        """

    def remove(self, station: str, device: str) -> None:
        """End the box's account and its connection; nothing happens if it has none. Raises as `create` does."""


class NoAccounts:
    """For the embedded broker, which only this machine reaches.

    Whoever reaches a broker without accounts may read and publish anything. The signatures still keep a village from
    being made to speak, but nothing keeps it from being made silent.
    """

    def create(self, station: str, device: str) -> tuple[str | None, str | None]:
        """Return (None, None): the box connects without a name."""
        log.warning(
            "box %s of %s gets no broker account: fit for a broker on loopback, and nowhere else", device, station
        )
        return None, None

    def remove(self, station: str, device: str) -> None:
        """Do nothing: there is no account to end."""
        log.info("box %s of %s had no broker account, so it can still connect to the broker", device, station)
