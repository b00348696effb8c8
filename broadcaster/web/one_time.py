"""When a single airing shall begin, as its form says it: an hour outside the usual is taken only with its words."""

from datetime import datetime, timedelta

from broadcaster.domain.errors import Refusal
from broadcaster.domain.timetable import HORIZON, quiet_hours_touched
from broadcaster.domain.week.edits import TimeNotConfirmed, require_usual
from broadcaster.services.week.limits import regime_of
from broadcaster.store import programmes
from broadcaster.web.desk import Desk
from broadcaster.web.forms import Entered, moment_of
from broadcaster.web.session import Visit

_AT_ALL = timedelta(seconds=1)


def start_of(desk: Desk, visit: Visit, entered: Entered, *, title: str) -> datetime | None:
    """Return when it shall begin, None for at once. Raises TimeUnclear or TimeNotConfirmed.

    What is too early, too far or in quiet hours is not asked about: no words allow it, and whoever plans it says so.
    """
    if entered.one("when") == "now":
        return None
    at = moment_of(entered, visit.station.rules.zone)
    is_possible = visit.now < at < visit.now + HORIZON
    if is_possible and quiet_hours_touched(at, duration=_AT_ALL, rules=visit.station.rules) is None:
        with desk.site.office.database.reading() as tx:
            limits = programmes.limits_of(tx, visit.station.id)
        regime = regime_of(visit.station, limits, desk.site.office.profiles)
        require_usual(at.time(), title=title, regime=regime, confirmed=entered.every("confirmed"))
    return at


def words_wanted(refused: Refusal | None) -> str:
    """Return the words that a refused form still wants, empty where it wants none."""
    return refused.words if isinstance(refused, TimeNotConfirmed) else ""
