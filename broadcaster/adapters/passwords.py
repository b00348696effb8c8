"""Passwords as argon2id hashes."""

import threading

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_AT_ONCE = 2
"""Each takes 64 MiB for as long as it lasts: forty tries at once must not take a small server's memory."""


class Argon2Passwords:
    """Hashes and checks passwords with the library's recommended cost (RFC 9106's second choice)."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(),))
        self._seats = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the salted hash of a password."""
        with self._seats:
            return self._hasher.hash(password)

    def verify(self, password: str, hash: str) -> bool:
        """Return whether the password is the one that was hashed."""
        with self._seats:
            return self._hasher.verify(password, hash)
