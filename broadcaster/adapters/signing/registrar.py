"""The signer's register, asked over its socket by the use cases."""

import base64
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from broadcaster.adapters import session_keys
from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.client import PASSWORD_WITHIN_S, SignerClient
from broadcaster.domain.acting import Act, ActKind, SignAct
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.ids import AlertId, StationId, UserId
from broadcaster.domain.permissions import Person
from broadcaster.services.office import fingerprint
from broadcaster.store.accounts import Account


class SignerRegistrar:
    """A Registrar whose every word is the signer's own. Raises SignerGone, SignerRefuses."""

    def __init__(self, client: SignerClient, *, now: Callable[[], datetime]) -> None:
        self._client, self._now = client, now

    def key_of(self, secret: str) -> str:
        """Return the public half of the key behind a secret."""
        return session_keys.public_key_of(secret)

    def knows_somebody(self, station: StationId) -> bool:
        """Return whether the register has people of this station."""
        return bool(self._client.ask(requests.Standings(station=station)).standings)

    def knows(self, person: Person) -> bool:
        """Return whether the register has this person."""
        standings = self._client.ask(requests.Standings(station=person.station)).standings
        return any(standing.person == person.id for standing in standings)

    def found(self, station: StationId, people: Sequence[Account]) -> None:
        """Hand over everybody, once."""
        founders = tuple(
            requests.Founder(
                person=account.person.id, username=account.username, roles=account.person.roles,
                verifier=account.password_hash, disabled=account.disabled_at is not None,
            )
            for account in people
        )  # fmt: skip
        self._client.ask(requests.Found(station=station, people=founders))

    def open_session(self, person: UserId, *, password: str, secret: str, lasting: bool = False) -> None:
        """Have a key remembered, proven by its owner's password."""
        ask = requests.OpenSession(
            person=person, password=password, key=self.key_of(secret), key_name=fingerprint(secret), lasting=lasting
        )
        self._client.ask(ask, within_s=PASSWORD_WITHIN_S)

    def prolong(self, person: Person, *, secret: str) -> None:
        """Keep a session's key alive, by its own word."""
        act = Act(
            kind=ActKind.PROLONG, station=person.station, actor=person.id, subject=person.id,
            nonce=secrets.token_urlsafe(18), at=self._now(),
        )  # fmt: skip
        self.obey(act, sign=session_keys.act_with(secret))

    def close_session(self, secret_sha256: str) -> None:
        """Have a key forgotten."""
        self._client.ask(requests.CloseSession(key_name=secret_sha256))

    def change_password(self, person: UserId, *, old: str, verifier: str) -> None:
        """Tell somebody's own new password."""
        ask = requests.ChangePassword(person=person, old=old, verifier=verifier)
        self._client.ask(ask, within_s=PASSWORD_WITHIN_S)

    def obey(self, act: Act, *, sign: SignAct) -> None:
        """Have an act signed by whoever does it and done."""
        self._client.ask(requests.Obey(signed=sign(act)))

    def lodge(self, dossier: Dossier, *, everywhere: bool) -> None:
        """Show who vouched for an alert before it goes live. Raises what is missing."""
        station = str(dossier.content["station"])
        self._client.ask(requests.Lodge(station=station, dossier=dossier, everywhere=everywhere))

    def call_off(self, station: StationId, alerts: Collection[AlertId]) -> None:
        """Have nothing of these alerts signed any more."""
        every = sorted(alerts)
        for first in range(0, len(every), requests.CALL_OFF_MOST):
            some = tuple(every[first : first + requests.CALL_OFF_MOST])
            self._client.ask(requests.CallOff(station=station, alerts=some))

    def believe(self, dossier: Dossier, document: bytes) -> None:
        """Show the signed document of an authority in the place of people. Raises what is missing."""
        station = str(dossier.content["station"])
        self._client.ask(requests.Believe(station=station, dossier=dossier, document=base64.b64encode(document)))
