"""What the use cases tell the signer about people, and ask it about alerts: it keeps a register of its own."""

import logging
from collections.abc import Collection, Sequence
from typing import Protocol

from broadcaster.domain.acting import Act, SignAct, SignedAct
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.errors import N_, Forbidden, refusal
from broadcaster.domain.ids import AlertId, StationId, UserId
from broadcaster.domain.permissions import Person
from broadcaster.store.accounts import Account

log = logging.getLogger(__name__)


@refusal
class NobodySigns(Forbidden):
    message = N_("Việc này phải do một người đang đăng nhập làm.")


class Registrar(Protocol):
    """The signer as far as people go. What it refuses is a Refusal; so is its not being there (Unavailable)."""

    def key_of(self, secret: str) -> str:
        """Return the public half of the key behind a secret."""

    def knows_somebody(self, station: StationId) -> bool:
        """Return whether the register has people of this station."""

    def knows(self, person: Person) -> bool:
        """Return whether the register has this person."""

    def found(self, station: StationId, people: Sequence[Account]) -> None:
        """Hand over everybody, once."""

    def open_session(self, person: UserId, *, password: str, secret: str, lasting: bool = False) -> None:
        """Have the key of a session (or of a lasting token) remembered, proven by its owner's password."""

    def prolong(self, person: Person, *, secret: str) -> None:
        """Keep a session's key alive while it is used."""

    def close_session(self, secret_sha256: str) -> None:
        """Have a key forgotten."""

    def change_password(self, person: UserId, *, old: str, verifier: str) -> None:
        """Tell somebody's own new password."""

    def obey(self, act: Act, *, sign: SignAct) -> None:
        """Have an act signed by whoever does it and done."""

    def lodge(self, dossier: Dossier, *, everywhere: bool) -> None:
        """Show who vouched for an alert before it goes live. Raises what is missing."""

    def call_off(self, station: StationId, alerts: Collection[AlertId]) -> None:
        """Have nothing of these alerts signed any more, whoever stands for them: they are over."""

    def believe(self, dossier: Dossier, document: bytes) -> None:
        """Show the signed document of an authority in the place of people. Raises what is missing."""


class NoRegistrar:
    """There is no signer: only for tests, and for tools that change neither people nor alerts."""

    def key_of(self, secret: str) -> str:
        return ""

    def knows_somebody(self, station: StationId) -> bool:
        return True

    def knows(self, person: Person) -> bool:
        return True

    def found(self, station: StationId, people: Sequence[Account]) -> None: ...

    def open_session(self, person: UserId, *, password: str, secret: str, lasting: bool = False) -> None: ...

    def prolong(self, person: Person, *, secret: str) -> None: ...

    def close_session(self, secret_sha256: str) -> None: ...

    def change_password(self, person: UserId, *, old: str, verifier: str) -> None: ...

    def obey(self, act: Act, *, sign: SignAct) -> None: ...

    def lodge(self, dossier: Dossier, *, everywhere: bool) -> None: ...

    def call_off(self, station: StationId, alerts: Collection[AlertId]) -> None: ...

    def believe(self, dossier: Dossier, document: bytes) -> None:
        raise NobodySigns


def nobody_signs(_act: Act) -> SignedAct:
    """Sign nothing: nobody is signed in. Raises NobodySigns."""
    raise NobodySigns
