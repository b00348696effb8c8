"""Whether a sound may still begin once its ledger entry is on the disk: a worn card can take seconds."""

from datetime import datetime, timedelta

from device_agent.playout.values import Start
from wire.messages import PlannedAiring, Together

OUT_OF_STEP = timedelta(milliseconds=20)
"""A box in unison that would be later than this comes in where the others are, and not with an echo."""
STEPS_TRIED = 2


class Punctuality:
    """Remembers which airing in unison came too late how often."""

    def __init__(self) -> None:
        self._missteps = ("", 0)

    def may_still(self, start: Start, *, now: datetime) -> bool:
        """Return whether it may begin now, or at its instant if that is to come."""
        airing, alert = start.sound.airing, start.sound.alert
        if alert is not None:
            return max(start.at, now) < alert.expires_at
        if airing is not None and self._is_out_of_step(airing, now - start.at):
            return False  # it is made ready again, for where the others are by then
        return airing is None or max(start.at, now) <= airing.not_after

    def _is_out_of_step(self, airing: PlannedAiring, late: timedelta) -> bool:
        """Return whether to try again in unison. A card that is always slow shall not keep it silent for good."""
        if airing.together is not Together.UNISON or late <= OUT_OF_STEP:
            return False
        name, tries = self._missteps
        self._missteps = (airing.airing_id, tries + 1 if name == airing.airing_id else 1)
        return self._missteps[1] <= STEPS_TRIED
