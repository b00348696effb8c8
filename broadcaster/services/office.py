"""What every use case works with: the database, the clock, chance, and the bells to ring when something changed."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from broadcaster.domain.ids import StationId
from broadcaster.domain.week.regime import Profile
from broadcaster.domain.week_file.template import Template
from broadcaster.services.registrar import NoRegistrar, Registrar
from broadcaster.store.engine import Database


def no_bell() -> None:
    """Ring nothing: for programs that do their work in one go."""


def no_bell_there(station: StationId) -> None:
    """Ring nothing, wherever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Handed to every use case. The bells only wake those that look into the database; `registrar` is the signer's.

    `ring_alarm` is rung with the station whose live alerts changed, `ring_speaker` when an alert's speech is wanted.
    `profiles` are the areas' caps by id, `templates` the weeks that a station may start from by their file's name.
    """

    database: Database
    now: Callable[[], datetime]
    ring_planner: Callable[[], None] = no_bell
    ring_renderer: Callable[[], None] = no_bell
    ring_alarm: Callable[[StationId], None] = no_bell_there
    ring_speaker: Callable[[], None] = no_bell
    registrar: Registrar = field(default_factory=NoRegistrar)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)


def new_id(prefix: str) -> str:
    """Return a fresh id that is safe in a topic, a file name and an address, e.g. `bt-4kq2m9xw7c`."""
    return f"{prefix}-{''.join(secrets.choice(_LETTERS) for _ in range(10))}"


def new_secret() -> str:
    """Return 256 bits of chance as text."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return what the database keeps instead of a secret of 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
