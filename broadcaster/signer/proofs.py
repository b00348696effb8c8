"""Passwords that are proven to the signer, and a limit on guessing them."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from broadcaster.domain.ids import UserId
from broadcaster.signer.errors import PasswordUnknown, TooManyProofs
from broadcaster.signer.people import Known

TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)


class Verify(Protocol):
    """Checks a password against an argon2id hash."""

    def verify(self, password: str, hash: str) -> bool: ...


class Proofs:
    """Looks at passwords, of one person only so many wrong ones in a while."""

    def __init__(self, passwords: Verify, *, now: Callable[[], datetime]) -> None:
        self._passwords, self._now = passwords, now
        self._lock = threading.Lock()
        self._wrong: dict[UserId, list[datetime]] = {}

    def check(self, person: Known, password: str) -> None:
        """Raise PasswordUnknown unless it is theirs, TooManyProofs when it was guessed at too often.

        A try counts before the password is looked at, so that many at once are no way round the limit.
        """
        now = self._now()
        with self._lock:
            lately = [at for at in self._wrong.get(person.id, []) if at > now - TRIES_WITHIN]
            if len(lately) >= TRIES:
                raise TooManyProofs(minutes=int(TRIES_WITHIN.total_seconds() // 60))
            self._wrong[person.id] = [*lately, now]
        if person.disabled or not self._passwords.verify(password, person.verifier):
            raise PasswordUnknown
        with self._lock:
            self._wrong[person.id] = [at for at in self._wrong[person.id] if at != now]
