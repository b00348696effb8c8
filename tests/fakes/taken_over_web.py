"""Somebody in the place of the web process: its database, its broker, its socket to a real signer; nobody's secrets."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.client import SignerClient, SignerRefuses
from broadcaster.adapters.signing.requests import Answer
from broadcaster.domain.alarm.vouching import Dossier
from tests.fakes.box_station import DEVICE, STATION, FakeStation
from tests.fakes.signer_room import Room
from wire import messages, seal, topics
from wire.messages import ClockReply, ClockRequest
from wire.topics import DeviceTopic


class RealClock:
    """The time of day, for what is made for tests on a clock turned by hand."""

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, **_by: float) -> None:
        """Nobody turns this one."""


class PeopleOf(Room):
    """The station's people and what they say, before a signer behind a real socket."""

    def open(self) -> None:
        self.client = SignerClient(self.folder / "signer" / "socket")

    def ask(self, asked: requests.Asked) -> Answer:
        """Return the signer's answer, a refusal included."""
        try:
            return self.client.ask(asked, within_s=20)
        except SignerRefuses as exc:
            return Answer(refused=exc.reason, why=exc.why)

    def hashed(self, password: str) -> str:
        return Argon2Passwords().hash(password)


class TakenOverWeb(FakeStation):
    """What the web process does for one box, with a signer that it cannot make sign what it likes.

    `tried` counts what was asked for, `signed` what was signed of it; whatever is signed is published.
    """

    def __init__(self, broker_url: str, folder: Path) -> None:
        super().__init__(broker_url)
        self.people = PeopleOf(folder=folder, clock=RealClock(), station=STATION)  # type: ignore[arg-type] # it has what is asked of a clock
        self.key = seal.load_key(self.people.client.public_pem(STATION))
        self.acknowledges = False
        self.tried = 0
        self.signed: list[str] = []

    def ask_for(self, what: str, document: messages.Value, *dossiers: Dossier) -> bool:
        """Ask for a signature, publish what is signed where its kind belongs, and return whether it was."""
        self.tried += 1
        answer = self.people.ask(requests.Seal(station=STATION, messages=(document,), dossiers=dossiers))  # type: ignore[arg-type] # whatever is tried
        for sealed in answer.sealed:
            self.signed.append(what)
            self.say(sealed.encode(), document)
        return bool(answer.sealed)

    def say(self, sealed: bytes, document: messages.Value) -> None:
        """Publish a document where boxes look for its kind."""
        kind = topics.alerts(STATION)
        if isinstance(document, messages.Plan):
            kind = topics.of_device(STATION, DEVICE, DeviceTopic.PLAN)
        self.publish(kind, sealed, retain=True)

    def heartbeat(self) -> bool:
        """Say that nothing is live, as an honest server does."""
        return self.ask_for("a heartbeat", self.people.alerts())

    def close(self) -> None:
        self.people.client.close()

    def _answer(self, payload: bytes) -> None:
        received_at = self.now()
        with suppress(seal.SealError):  # our own echo
            request = seal.open_sealed(payload, self.device_key, ClockRequest)
            reply = ClockReply(
                station=STATION, device=DEVICE, nonce=request.nonce, request_sent_at=request.sent_at,
                received_at=received_at, sent_at=self.now(),
            )  # fmt: skip
            sealed = self.people.client.seal(STATION, reply)
            self._client.publish(topics.of_device(STATION, DEVICE, DeviceTopic.CLOCK), sealed, qos=0)
