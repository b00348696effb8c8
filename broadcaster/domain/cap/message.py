"""A CAP 1.2 message as it was sent: the whole of alert, info, resource and area, and no opinion on it.

Source: OASIS Common Alerting Protocol 1.2 (1 July 2010), section 3.2. `parsing` reads one, `verdict` judges it.
"""

from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain.alert import Certainty, MsgType, Scope, Severity, Status, Urgency

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """How CAP names a message: who sent it, under what name, when. Nothing less is unique."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A value under a name from somebody's own list: an event code, a parameter, a geocode."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on earth in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    centre: Point
    radius_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Where it is meant for. `unreadable` when it has a polygon or a circle that is none: then its shape is unknown."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude: str = ""
    ceiling: str = ""
    unreadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A file beside the message; `embedded` when its bytes stand in the message itself, where they are not kept."""

    description: str
    mime_type: str
    size: int | None = None
    uri: str = ""
    embedded: bool = False
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What is said in one language. `language` is lower case; CAP's own default is `en-us`."""

    language: str
    categories: tuple[str, ...]
    event: str
    response_types: tuple[str, ...]
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: str
    event_codes: tuple[Named, ...]
    effective: datetime | None
    onset: datetime | None
    expires: datetime | None
    sender_name: str
    headline: str
    description: str
    instruction: str
    web: str
    contact: str
    parameters: tuple[Named, ...]
    resources: tuple[Resource, ...]
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One CAP document."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str
    restriction: str
    addresses: str
    codes: tuple[str, ...]
    note: str
    references: tuple[Reference, ...]
    incidents: str
    infos: tuple[Info, ...]
    carries_signature: bool

    @property
    def name(self) -> Reference:
        return Reference(sender=self.sender, identifier=self.identifier, sent=self.sent)
