"""What may be asked of the signer, and what it answers: one shape for each, checked when it comes in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, TypeAdapter

from broadcaster.domain.acting import SignedAct
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.permissions import Role
from wire import messages
from wire.values import Slug

CALL_OFF_MOST = 1000
Id = Annotated[str, Field(min_length=1, max_length=64)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PublicKey = Hash
Verifier = Annotated[str, Field(min_length=1, max_length=200)]
Password = Annotated[str, Field(max_length=200)]
Sealable = Annotated[
    messages.Alerts | messages.Plan | messages.Ack | messages.ClockReply, Field(discriminator="kind")
]  # fmt: skip


class Ask(BaseModel):
    """The base of what is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ping(Ask):
    op: Literal["ping"] = "ping"


class MakeKey(Ask):
    """Give a station its key; one that it has already stays."""

    op: Literal["make_key"] = "make_key"
    station: Slug


class PublicPem(Ask):
    op: Literal["public_pem"] = "public_pem"
    station: Slug


class NewestEpoch(Ask):
    """Tell the newest epoch that was signed for a station: boxes obey none that is newer."""

    op: Literal["newest_epoch"] = "newest_epoch"
    station: Slug


class SealHead(Ask):
    """What stands before the messages that shall be signed: all of `station`, whose alerts `dossiers` vouch for."""

    op: Literal["seal"] = "seal"
    station: Slug
    dossiers: tuple[Dossier, ...] = Field(default=(), max_length=100)


class Seal(SealHead):
    """Sign these messages."""

    messages: tuple[Sealable, ...] = Field(min_length=1, max_length=4000)


class Lodge(Ask):
    """Look at a dossier before its alert is live, and remember it if it is enough; `everywhere` for every box."""

    op: Literal["lodge"] = "lodge"
    station: Slug
    dossier: Dossier
    everywhere: bool = False


class CallOff(Ask):
    """These alerts are over, whatever was approved of them: nothing of them is signed from now on, by nobody's word."""

    op: Literal["call_off"] = "call_off"
    station: Slug
    alerts: tuple[Id, ...] = Field(min_length=1, max_length=CALL_OFF_MOST)


class Believe(Ask):
    """Take a dossier with nobody in it on the word of an authority's signed CAP document, in base64."""

    op: Literal["believe"] = "believe"
    station: Slug
    dossier: Dossier
    document: Base64Bytes = Field(max_length=2 * 1024 * 1024)


class Founder(Ask):
    """A person whom a register that knows nobody takes over."""

    person: Id
    username: Annotated[str, Field(max_length=64)]
    roles: frozenset[Role]
    verifier: Verifier
    disabled: bool = False


class Found(Ask):
    """Take these people over, once: only while nobody of the station is known."""

    op: Literal["found"] = "found"
    station: Slug
    people: tuple[Founder, ...] = Field(min_length=1, max_length=2000)


class OpenSession(Ask):
    """Remember the key of somebody's session, or of a token of their own, proven by their password."""

    op: Literal["open_session"] = "open_session"
    person: Id
    password: Password
    key: PublicKey
    key_name: Hash
    lasting: bool = False


class CloseSession(Ask):
    """Forget the key behind a secret with this fingerprint."""

    op: Literal["close_session"] = "close_session"
    key_name: Hash


class ChangePassword(Ask):
    """Somebody's own new password, proven by the old one; their sessions end."""

    op: Literal["change_password"] = "change_password"
    person: Id
    old: Password
    verifier: Verifier


class Obey(Ask):
    """An act on the register, signed by whoever does it."""

    op: Literal["obey"] = "obey"
    signed: SignedAct


class Standings(Ask):
    """Who is known at a station, and since when they count for what reaches everybody."""

    op: Literal["standings"] = "standings"
    station: Slug


Asked = Annotated[
    Ping
    | MakeKey
    | PublicPem
    | NewestEpoch
    | Seal
    | Lodge
    | CallOff
    | Believe
    | Found
    | OpenSession
    | CloseSession
    | ChangePassword
    | Obey
    | Standings,
    Field(discriminator="op"),
]
asked: TypeAdapter[Asked] = TypeAdapter(Asked)


class Standing(BaseModel):
    """Of one person: their roles, and from when they count for an area-wide real alert."""

    model_config = ConfigDict(frozen=True)

    person: str
    roles: frozenset[Role]
    counts_from: datetime
    disabled: bool


class Answer(BaseModel):
    """What the signer answers; `refused` is the code of a refusal, `why` its sentence, `about` which live alert."""

    model_config = ConfigDict(frozen=True)

    refused: str | None = None
    why: str = ""
    about: str = ""
    sealed: tuple[str, ...] = ()
    text: str = ""
    standings: tuple[Standing, ...] = ()
