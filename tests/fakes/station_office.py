"""An office for tests: a clock that is turned by hand, bells that count, and passwords that cost nothing."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from broadcaster.adapters import schedule_files
from broadcaster.domain.week.regime import Profile
from broadcaster.domain.week_file.template import Template
from broadcaster.services.office import Office
from broadcaster.store.engine import Database

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, 08:00 in Việt Nam: fourteen hours before the quiet hours begin."""


@dataclass(kw_only=True)
class Clock:
    """Tells `now` until somebody turns it."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **how_long: float) -> datetime:
        """Turn the clock forward by a timedelta's arguments; return what it shows then."""
        self.now += timedelta(**how_long)
        return self.now


@dataclass(kw_only=True)
class Rung:
    """How often each bell was rung."""

    planner: int = 0
    renderer: int = 0
    speaker: int = 0
    alarms: list[str] = field(default_factory=list)

    def ring_planner(self) -> None:
        self.planner += 1

    def ring_renderer(self) -> None:
        self.renderer += 1

    def ring_speaker(self) -> None:
        self.speaker += 1

    def ring_alarm(self, station: str) -> None:
        self.alarms.append(station)


class FastPasswords:
    """The contract of a password hash without its cost: never the password itself, and only the right one passes."""

    def hash(self, password: str) -> str:
        return "fast$" + hashlib.sha256(password.encode()).hexdigest()

    def verify(self, password: str, hash: str) -> bool:
        return hash == self.hash(password)


def office_of(database: Database, clock: Clock, rung: Rung) -> Office:
    """Return the office of a test."""
    return Office(
        database=database, now=clock, ring_planner=rung.ring_planner, ring_renderer=rung.ring_renderer,
        ring_speaker=rung.ring_speaker, ring_alarm=rung.ring_alarm,
        profiles=_profiles(), templates=_templates(),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _profiles() -> dict[str, Profile]:
    return schedule_files.profiles()


@lru_cache(maxsize=1)
def _templates() -> dict[str, Template]:
    return schedule_files.templates()
