"""Answers what is asked of the signer: each request to whom it concerns, each refusal into the log."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import assert_never

from pydantic import ValidationError

from broadcaster.adapters.keys import KeyMissing, StationKeys
from broadcaster.adapters.signing import requests as asks
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.signer.alerts import AlertDesk
from broadcaster.signer.authorities import Authorities
from broadcaster.signer.book import Book
from broadcaster.signer.errors import AlertNotCovered, NotUnderstood
from broadcaster.signer.ledger import Ledger
from broadcaster.signer.numbers import Numbers
from broadcaster.signer.people import People
from broadcaster.signer.proofs import Proofs, Verify
from broadcaster.signer.registry import Registry
from broadcaster.signer.releases import Releases
from broadcaster.signer.sealing import SealDesk

log = logging.getLogger(__name__)

_QUIET = (asks.Ping, asks.PublicPem, asks.NewestEpoch, asks.OpenSession)
"""Refusing these is no sign of an attack on the alarm."""


class Desk:
    """The whole signer but for its socket; safe to ask from several threads."""

    def __init__(
        self,
        book: Book,
        keys: StationKeys,
        people: People,
        *,
        passwords: Verify,
        now: Callable[[], datetime],
        authorities: Path | None = None,
    ) -> None:
        """`authorities` is the folder of those whose signature alone is enough; None: nobody's is."""
        self._keys, self._people, self._now = keys, people, now
        self._ledger = Ledger(book, now=now)
        releases = Releases(book, now=now)
        self._registry = Registry(people, Proofs(passwords, now=now), self._ledger, releases=releases, now=now)
        self._alerts = AlertDesk(self._ledger, speakers=people.speaker, now=now)
        self._authorities = Authorities(authorities, self._ledger, now=now)
        self._numbers = Numbers(book, now=now)
        self._seals = SealDesk(
            keys, self._alerts, self._ledger, numbers=self._numbers, releases=releases, now=now
        )  # fmt: skip

    def answer(self, frame: bytes) -> bytes:
        """Return the answer to one frame, whatever is in it."""
        try:
            ask = asks.asked.validate_json(frame)
        except (ValidationError, RecursionError):
            refused = NotUnderstood()
            self._ledger.note_refusal("", code=refused.code, size_bytes=len(frame))
            return _refusal(refused)
        try:
            return self._answered(ask).model_dump_json(exclude_defaults=True).encode()
        except Refusal as exc:
            self._note(ask, exc)
            return _refusal(exc)
        except KeyMissing as exc:
            log.error("%s", exc)
            return asks.Answer(refused="key_missing", why=str(exc)).model_dump_json().encode()

    def _answered(self, ask: asks.Asked) -> asks.Answer:
        match ask:
            case asks.Seal():
                return asks.Answer(sealed=self._seals.seal(ask))
            case asks.Ping():
                return asks.Answer()
            case asks.PublicPem():
                return asks.Answer(text=self._keys.public_pem(ask.station))
            case asks.NewestEpoch():
                return asks.Answer(text=str(self._numbers.newest_epoch(StationId(ask.station))))
            case asks.Standings():
                return asks.Answer(standings=self._registry.standings(StationId(ask.station)))
            case _:
                self._do(ask)
                return asks.Answer()

    def _do(
        self,
        ask: asks.MakeKey | asks.Lodge | asks.CallOff | asks.Believe | asks.Found | asks.OpenSession | asks.CloseSession
        | asks.ChangePassword | asks.Obey,
    ) -> None:  # fmt: skip
        match ask:
            case asks.MakeKey():
                self._keys.make(ask.station)
                self._people.note_station(StationId(ask.station), made_at=self._now())
            case asks.Lodge():
                self._alerts.lodge(StationId(ask.station), ask.dossier, everywhere=ask.everywhere)
            case asks.CallOff():
                self._ledger.call_off(StationId(ask.station), [AlertId(alert) for alert in ask.alerts])
            case asks.Believe():
                self._authorities.believe(StationId(ask.station), ask.dossier, ask.document)
            case asks.Found():
                self._registry.found(ask)
            case asks.OpenSession():
                self._registry.open_session(ask)
            case asks.CloseSession():
                self._people.close_key(ask.key_name)
            case asks.ChangePassword():
                self._registry.change_password(ask)
            case asks.Obey():
                self._registry.obey(ask.signed)
            case _:
                assert_never(ask)

    def _note(self, ask: asks.Asked, refused: Refusal) -> None:
        if isinstance(ask, _QUIET):
            return
        station = getattr(ask, "station", "")
        if self._ledger.note_refusal(station, op=ask.op, code=refused.code, why=refused.sentence()):
            log.warning("%s refused: %s", ask.op, refused)


def _refusal(refused: Refusal) -> bytes:
    about = refused.alert if isinstance(refused, AlertNotCovered) else ""
    return asks.Answer(refused=refused.code, why=refused.sentence(), about=about).model_dump_json().encode()
