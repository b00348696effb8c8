"""Who stands for an alert: statements signed by people's session keys, and what is enough to make one sound.

The pages ask these rules to tell people what is missing; the signer asks them again, by itself, before it signs.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcaster.domain.ids import AlertId, StationId, UserId


class Part(StrEnum):
    """In what part somebody speaks for an alert.

    Who approves what needs two says so: by themselves these words are enough for no place, however it is named.
    """

    AUTHOR = "author"
    APPROVER = "approver"
    ONE_OF_TWO = "one_of_two"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one person says of one content. `phrase` is what they typed; `reason` stands only with a broken glass."""

    station: StationId
    alert: AlertId
    content_sha256: str
    person: UserId
    part: Part
    phrase: str
    reason: str
    at: datetime

    def as_bytes(self) -> bytes:
        """Return what is signed."""
        plain = {
            "station": self.station, "alert": self.alert, "content_sha256": self.content_sha256,
            "person": self.person, "part": self.part.value, "phrase": self.phrase, "reason": self.reason,
            "at": self.at.isoformat(),
        }  # fmt: skip
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """A statement, the public key of the session that it was made in, and that session's Ed25519 signature, in hex."""

    statement: Statement
    public_key: str
    signature: str


Vouch = Callable[[Statement], Vouched]
"""Signs a statement with the session (or token) of whoever is asking; the web hands it to the use cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What the signer wants to see before an alert goes out: the very content, in plain values, and who vouched."""

    alert: AlertId
    content: dict[str, object]
    vouched: tuple[Vouched, ...]
