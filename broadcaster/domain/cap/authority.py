"""When a signed warning from outside may sound with nobody asked: only what an authority itself signed, word for word.

The signer asks these rules of the bytes that were signed, with authorities that its own operator wrote down: what the
station's database or its pages say counts for nothing there.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.alarm.sirens import length_ms
from broadcaster.domain.alert import Content, MsgType, Scope, Severity, Status
from broadcaster.domain.cap.area import Lies, StationPlace, locate
from broadcaster.domain.cap.message import Info, Message, Reference
from broadcaster.domain.cap.words import is_vietnamese, words_of
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import AlertId, StationId

FRESH = timedelta(minutes=30)
"""So old may a message be when it is first believed: an old one played again is worth nothing."""
CLOCKS_DIFFER = timedelta(minutes=2)
LONGEST_LIFE = timedelta(hours=6)
"""Of a message that names no end."""
TIMES_MOST = 2
REPEAT_LEAST_S = 300
SIREN_MOST_MS = 5 * 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who may make loudspeakers sound by a signature: under which names, how grave it must be, for which places.

    `place` None: the authority's word counts whatever area it names.
    """

    name: str
    senders: frozenset[str]
    certificates: tuple[str, ...]
    severities: frozenset[Severity] = frozenset({Severity.EXTREME, Severity.SEVERE})
    place: StationPlace | None = None


def alert_id_of(station: StationId, name: Reference) -> AlertId:
    """Return the one alert that a message may become at a station: a second one of it is never believed."""
    text = "\n".join((station, name.sender, name.identifier, name.sent.isoformat()))
    return AlertId(f"kc-{hashlib.sha256(text.encode()).hexdigest()[:24]}")


def differs(content: Content, alert: AlertId, message: Message, *, by: Authority, now: datetime) -> str | None:
    """Return in what an alert is not what the authority signed, None when it is just that. Pure words and numbers."""
    said = {
        "sender": message.sender in by.senders,
        "status": message.status is content.status is Status.ACTUAL,
        "scope": message.scope is content.scope is Scope.PUBLIC,
        "msg_type": _is_same_type(content, message),
        "sent": now - FRESH <= message.sent <= now + CLOCKS_DIFFER,
        "alert": alert == alert_id_of(content.station, message.name),
        "times": content.times <= TIMES_MOST,
        "repeat": content.repeat_every_s is None or content.repeat_every_s >= REPEAT_LEAST_S,
        "siren": length_ms(content.siren) <= SIREN_MOST_MS,
        "words": any(_says(info, content, message, by=by, now=now) for info in message.infos),
    }
    return next((part for part, fits in said.items() if not fits), None)


def _is_same_type(content: Content, message: Message) -> bool:
    """Whether it is an alert or an update; an update of what nobody here has heard is an alert."""
    allowed = {MsgType.ALERT: {MsgType.ALERT}, MsgType.UPDATE: {MsgType.ALERT, MsgType.UPDATE}}
    return content.msg_type in allowed.get(message.msg_type, set())


def _says(info: Info, content: Content, message: Message, *, by: Authority, now: datetime) -> bool:
    """Whether this block is what the content says, and may be said at all."""
    try:
        words = words_of(info)
    except Refusal:
        return False
    ours = (content.event, content.headline, content.text, content.instruction)
    end = min(info.expires or message.sent + LONGEST_LIFE, message.sent + timedelta(days=3))
    return (
        is_vietnamese(info)
        and ours == (words.event, words.headline, words.text, words.instruction)
        and (content.urgency, content.severity, content.certainty) == (info.urgency, info.severity, info.certainty)
        and info.severity in by.severities
        and content.expires_at <= end
        and (info.effective is None or info.effective <= now or content.effective_at == info.effective)
        and (by.place is None or locate(info.areas, by.place).lies is Lies.HERE)
    )
