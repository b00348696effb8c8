"""The signer on a clock turned by hand, with a station's people; and whoever talks to it, honest or not."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from broadcaster.adapters.keys import StationKeys
from broadcaster.adapters.session_keys import act_with, public_key_of, vouch_with
from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.requests import Answer
from broadcaster.domain.acting import Act, ActKind
from broadcaster.domain.alarm.vouching import Dossier, Part, Statement, Vouched
from broadcaster.domain.alert import (
    Certainty,
    Content,
    MsgType,
    Scope,
    Severity,
    Status,
    Stroke,
    Urgency,
    as_plain,
    content_hash,
    phrase_of,
)
from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.ids import AlertId, StationId, UserId
from broadcaster.domain.permissions import Role
from broadcaster.services.office import fingerprint
from broadcaster.signer.book import Book
from broadcaster.signer.desk import Desk
from broadcaster.signer.ledger import Ledger
from broadcaster.signer.people import People
from tests.fakes.station_office import Clock, FastPasswords
from wire import messages

STATION = StationId("xa-hong-phong")
PEOPLE = {
    "lan": frozenset({Role.EDITOR}),
    "minh": frozenset({Role.APPROVER}),
    "dung": frozenset({Role.EDITOR, Role.APPROVER}),
    "hoa": frozenset({Role.ADMINISTRATOR, Role.TECHNICIAN}),
}


def nobody_passes(_verifier: str) -> bool:
    """Take any password hash: these tests hash without cost."""
    return True


@dataclass(kw_only=True)
class Room:
    """A signer, two days after its station was set up, and everybody's session."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    station: StationId = STATION
    seq: int = 0
    nonces: int = 0
    book: Book = None  # type: ignore[assignment] # set at once by `open`

    def __post_init__(self) -> None:
        self.open()
        self.ask(requests.MakeKey(station=self.station))
        founders = tuple(
            requests.Founder(person=f"nd-{name}", username=name, roles=roles, verifier=self.hashed(name))
            for name, roles in PEOPLE.items()
        )
        self.ask(requests.Found(station=self.station, people=founders))
        self.clock.advance(days=2)
        for name in PEOPLE:
            self.sign_in(name)

    def open(self) -> None:
        """Start the signer on its folder, as it is after a crash too."""
        if self.book is not None:
            self.book.close()
        self.book = Book(self.folder / "register.db")
        self.people = People(self.book, now=self.clock, is_verifier=nobody_passes)
        keys = StationKeys(self.folder / "keys")
        self.desk = Desk(self.book, keys, self.people, passwords=FastPasswords(), now=self.clock)
        self.ledger = Ledger(self.book, now=self.clock)

    def ask(self, asked: requests.Asked) -> Answer:
        """Return the answer to a request, as bytes go over the socket."""
        return Answer.model_validate_json(self.desk.answer(asked.model_dump_json().encode()))

    def hashed(self, password: str) -> str:
        return FastPasswords().hash(password)

    def sign_in(self, name: str, *, secret: str | None = None, password: str | None = None) -> Answer:
        """Open somebody's session; their password is their name."""
        secret = secret or self.secret(name)
        return self.ask(
            requests.OpenSession(
                person=f"nd-{name}", password=password or name, key=public_key_of(secret), key_name=fingerprint(secret)
            )
        )

    def secret(self, name: str) -> str:
        return f"secret of {name}"

    def act(self, kind: ActKind, subject: str, *, by: str = "hoa", secret: str | None = None, **more: object) -> Answer:
        """Do a signed act on the register."""
        self.nonces += 1
        act = Act(
            kind=kind, station=self.station, actor=UserId(f"nd-{by}"), subject=UserId(f"nd-{subject}"),
            nonce=f"nonce number {self.nonces:06}", at=self.clock.now, **more,  # type: ignore[arg-type] # fields by their names
        )  # fmt: skip
        return self.ask(requests.Obey(signed=act_with(secret or self.secret(by))(act)))

    def admit(self, name: str, roles: frozenset[Role], **more: object) -> Answer:
        """Have somebody new taken in by the administrator."""
        return self.act(
            ActKind.ADMIT, name, username=name, roles=roles, verifier=self.hashed(name), **more
        )  # fmt: skip

    def content(self, **changes: object) -> Content:
        """Return an area-wide real alert."""
        usual = Content(
            station=self.station, status=Status.ACTUAL, msg_type=MsgType.ALERT, scope=Scope.PUBLIC, event="lũ quét",
            headline="Lũ quét ở thượng nguồn", text="Bà con sơ tán ngay.", instruction="", urgency=Urgency.IMMEDIATE,
            severity=Severity.EXTREME, certainty=Certainty.OBSERVED, audience=EVERYBODY,
            siren=(Stroke(on_ms=20_000, off_ms=10_000, times=3),), times=2, repeat_every_s=600, on_the_hour=False,
            effective_at=None, expires_at=self.clock.now + timedelta(hours=6),
        )  # fmt: skip
        return replace(usual, **changes)  # type: ignore[arg-type] # fields by their names

    def says(
        self, name: str, content: Content, part: Part, *, alert: str = "kc-1", secret: str | None = None,
        **changes: object,
    ) -> Vouched:  # fmt: skip
        """Return somebody's statement, signed in their session."""
        statement = Statement(
            station=content.station, alert=AlertId(alert), content_sha256=content_hash(content),
            person=UserId(f"nd-{name}"), part=part, reason="",
            phrase="" if part is Part.AUTHOR else phrase_of(content, places="toàn xã"), at=self.clock.now,
        )  # fmt: skip
        return vouch_with(secret or self.secret(name))(replace(statement, **changes))  # type: ignore[arg-type] # fields by their names

    def dossier(self, content: Content, vouched: Iterable[Vouched], *, alert: str = "kc-1") -> Dossier:
        return Dossier(alert=AlertId(alert), content=as_plain(content), vouched=tuple(vouched))

    def both(self, content: Content, *, alert: str = "kc-1") -> Dossier:
        """Return the dossier of two people: lan wrote it, minh approved it."""
        return self.dossier(
            content,
            [
                self.says("lan", content, Part.AUTHOR, alert=alert),
                self.says("minh", content, Part.APPROVER, alert=alert),
            ],
            alert=alert,
        )

    def live(self, content: Content, *, name: str = "kc-1", **changes: object) -> messages.LiveAlert:
        """Return the content as boxes are told."""
        said = messages.LiveAlert(
            alert_id=name, version=1, status=messages.AlertStatus(content.status.value), event=content.event,
            headline=content.headline,
            siren=tuple(messages.Burst(on_ms=s.on_ms, off_ms=s.off_ms, times=s.times) for s in content.siren),
            times=content.times, repeat_every_s=content.repeat_every_s, on_the_hour=content.on_the_hour,
            effective_at=content.effective_at or self.clock.now, expires_at=content.expires_at,
        )  # fmt: skip
        return said.model_copy(update=changes)

    def alerts(self, *live: messages.LiveAlert, **changes: object) -> messages.Alerts:
        """Return a document with the next number."""
        self.seq += 1
        document = messages.Alerts(
            station=self.station, revision=messages.Revision(epoch=1, seq=self.seq), issued_at=self.now, alerts=live
        )  # fmt: skip
        return document.model_copy(update=changes)

    def seal(self, message: messages.Value, *dossiers: Dossier, station: str | None = None) -> Answer:
        """Ask for a signature."""
        return self.ask(
            requests.Seal(station=station or self.station, messages=(message,), dossiers=dossiers)  # type: ignore[arg-type] # whatever is tried
        )

    def sounds(self, content: Content, *dossiers: Dossier, name: str = "kc-1", **changes: object) -> bool:
        """Return whether the signer signs a document with this alert live."""
        return bool(self.seal(self.alerts(self.live(content, name=name, **changes)), *dossiers).sealed)

    def call_off(self, *alerts: str, station: str | None = None) -> Answer:
        """Say that these alerts are over."""
        return self.ask(requests.CallOff(station=station or self.station, alerts=alerts))

    def refusals(self) -> list[str]:
        """Return the codes of the refusals in the log."""
        return [str(detail.get("code")) for _at, what, _station, detail in self.ledger.entries() if what == "refused"]

    @property
    def now(self) -> datetime:
        return self.clock.now
