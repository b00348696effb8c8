"""Watches over tonight: listens to the relay sources before they are needed, and rings the bell an hour ahead."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from broadcaster.adapters.relay_probe import Listener, RelayProbes
from broadcaster.domain.rehearsal.values import House, Probe
from broadcaster.services.office import Office
from broadcaster.services.rehearsal.bell import RehearsalBell
from broadcaster.services.rehearsal.rehearsing import Rehearsals, sources_wanted

FRESH = timedelta(minutes=5)
ANSWER_KEPT = timedelta(seconds=1)
WEEK_KEPT = timedelta(seconds=30)
LOOK_EVERY_S = 60.0
SOURCES_EVERY_S = 10.0


class TonightWatch:
    """Two turns for two threads: `listen` may wait for a source, `ring` never does."""

    def __init__(
        self,
        office: Office,
        *,
        house: Callable[[], House],
        wait: Callable[[float], object],
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._office = office
        self._wait = wait
        self._look_every_s = look_every_s
        self._listener = Listener(office.now)
        self._probes = RelayProbes(self._listener, office.now, fresh_for=FRESH)
        self.rehearsals = Rehearsals(
            office, house=house, probes=self._probes.known, keep_answer=ANSWER_KEPT, keep_week=WEEK_KEPT
        )
        self._bell = RehearsalBell(office, self.rehearsals)
        self._looked_at = -look_every_s
        self._wanted: tuple[str, ...] = ()
        self._wanted_at = -SOURCES_EVERY_S

    def probes(self) -> Mapping[str, Probe]:
        """Return what was heard of each source."""
        return self._probes.known()

    def listen(self) -> None:
        """Listen to the source that is due, or wait a little."""
        if time.monotonic() - self._wanted_at >= SOURCES_EVERY_S:
            self._wanted, self._wanted_at = sources_wanted(self._office), time.monotonic()
        if not self._probes.listen_to_next(self._wanted):
            self._wait(1.0)

    def ring(self) -> None:
        """Look once a minute, or wait a little."""
        if time.monotonic() - self._looked_at < self._look_every_s:
            self._wait(1.0)
            return
        self._looked_at = time.monotonic()
        self._bell.look()

    def close(self) -> None:
        """End whatever listens."""
        self._listener.close()
