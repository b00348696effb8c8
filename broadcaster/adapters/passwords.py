"""Passwords as argon2id hashes."""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher


class Argon2Passwords:
    """Hashes and checks passwords with the library's recommended cost (RFC 9106's second choice)."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(),))

    def hash(self, password: str) -> str:
        """Return the salted hash of a password."""
        return self._hasher.hash(password)

    def verify(self, password: str, hash: str) -> bool:
        """Return whether the password is the one that was hashed."""
        return self._hasher.verify(password, hash)
