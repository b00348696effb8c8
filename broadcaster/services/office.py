"""What every use case works with: the database, the clock, chance, and the bells to ring when something changed."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broadcaster.store.engine import Database


def no_bell() -> None:
    """Ring nothing: for programs that do their work in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Handed to every use case. `ring_planner` and `ring_renderer` only wake those that look into the database."""

    database: Database
    now: Callable[[], datetime]
    ring_planner: Callable[[], None] = no_bell
    ring_renderer: Callable[[], None] = no_bell


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
