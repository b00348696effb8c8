"""Whether the agent really lives: MQTT turns, sound moves, playout is asked. Only then the watchdog is fed.

systemd kills and restarts what no longer feeds it (`WatchdogSec=`, sd_notify(3)); a process that is merely there, deaf
or hung, gets no mercy from its own loop.
"""

import socket
from dataclasses import dataclass

DEAF_AFTER_S = 200.0
"""The box hears its own time requests, one a minute, through the broker: three lost in a row mean that it is deaf."""
STALLED_AFTER_S = 20.0
STUCK_AFTER_S = 45.0
PLAYOUT_SLEEPS_S = 120.0


class HalfDead(Exception):  # noqa: N818 - names the state in which the agent must not go on
    """Part of the agent no longer moves; the supervisor shall start it afresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Instants are monotonic. `sound` names what sounds and `position_ms` how far it is, both None when nothing does;
    `preparing` is whether a deck makes ready."""

    connected_since: float | None
    heard_at: float
    decided_at: float
    sound: str | None
    position_ms: int | None
    preparing: bool


class Vitality:
    """Watches the vitals over time."""

    def __init__(self, now: float) -> None:
        self._place: tuple[str | None, int | None] = None, None
        self._moved_at = now
        self._idle_at = now

    def fault(self, vitals: Vitals, now: float) -> str | None:
        """Return what is dead, None when everything moves. Call it every few seconds."""
        # The same place in another sound is a move: sounds that follow a beat meet the looks at the same places.
        if (place := (vitals.sound, vitals.position_ms)) != self._place or vitals.position_ms is None:
            self._place, self._moved_at = place, now
        if not vitals.preparing:
            self._idle_at = now
        if now - vitals.decided_at > PLAYOUT_SLEEPS_S:
            return "playout is not asked any more"
        if now - self._moved_at > STALLED_AFTER_S:
            return "the sound stands still"
        if now - self._idle_at > STUCK_AFTER_S:
            return "a sound never becomes ready"
        if vitals.connected_since is not None and now - max(vitals.connected_since, vitals.heard_at) > DEAF_AFTER_S:
            return "the connection is deaf"
        return None


class Notifier:
    """systemd's ear: a datagram socket by path or in the abstract namespace; without one, nothing is sent."""

    def __init__(self, address: str | None) -> None:
        self._address = "\0" + address[1:] if address is not None and address.startswith("@") else address

    def tell(self, state: str) -> None:
        """Send e.g. `READY=1`, `WATCHDOG=1`, `STOPPING=1` or `STATUS=…`. A deaf systemd is not our fault to die of."""
        if self._address is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as ear:
            try:
                ear.sendto(state.encode(), self._address)
            except OSError:
                return


def feed_every_s(watchdog_us: int | None) -> float:
    """Return how often to feed: half of what systemd allows, at least once in ten seconds."""
    return min(10.0, watchdog_us / 2e6) if watchdog_us else 10.0
