"""Whether a live alert on the wire says what was approved, and nothing besides."""

import re
from datetime import datetime, timedelta

from broadcaster.domain.alert import Content
from broadcaster.domain.ids import AlertId
from broadcaster.signer.ledger import Found
from wire.messages import LiveAlert

_AGAIN = re.compile(r"(?P<thread>.+)\.r(?P<number>[1-9][0-9]?)")
"""The same content once more, for boxes that missed it: `<thread>.r<n>`."""
SLACK = timedelta(seconds=60)


def thread_of(wire_id: str) -> AlertId:
    """Return the chain that a name on the wire belongs to."""
    again = _AGAIN.fullmatch(wire_id)
    return AlertId(again["thread"] if again else wire_id)


def is_again(wire_id: str) -> bool:
    """Return whether it is a repeat for those who missed it."""
    return _AGAIN.fullmatch(wire_id) is not None


def is_everywhere(live: LiveAlert) -> bool:
    """Return whether every box of the station is meant."""
    return live.devices is None


def differs(live: LiveAlert, found: Found, *, now: datetime) -> str | None:
    """Return what a live alert says otherwise than what was approved, None when nothing.

    The recording and the boxes cannot be compared with it: only the station knows what was said and who hangs where.
    """
    content = found.content
    said = {
        "thread": thread_of(live.alert_id) == found.thread,
        "status": live.status.value == content.status.value,
        "scope": live.scope.value == content.scope.value,
        "event": live.event == content.event,
        "headline": live.headline == content.headline,
        "siren": not live.siren or _strokes(live) == [(s.on_ms, s.off_ms, s.times) for s in content.siren],
        "times": live.times <= content.times,
        "repeat_every_s": live.repeat_every_s in (None, content.repeat_every_s),
        "on_the_hour": live.on_the_hour in (False, content.on_the_hour),
        "effective_at": _is_in_time(live, content, now=now),
        "expires_at": live.expires_at <= content.expires_at,
        "gain_db": live.gain_db == 0.0,
        "devices": not (is_again(live.alert_id) and is_everywhere(live)),
    }
    return next((name for name, fits in said.items() if not fits), None)


def _strokes(live: LiveAlert) -> list[tuple[int, int, int]]:
    return [(burst.on_ms, burst.off_ms, burst.times) for burst in live.siren]


def _is_in_time(live: LiveAlert, content: Content, *, now: datetime) -> bool:
    begins = live.effective_at
    return begins <= now + SLACK and (content.effective_at is None or begins >= content.effective_at - SLACK)
