"""When the agent may end itself for another version: only where nobody can miss it. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from device_agent.playout.relaying import last_chance
from device_agent.playout.values import Moment

CLEAR_BEFORE = timedelta(minutes=10)


def kept_by(moment: Moment) -> str | None:
    """Return what keeps the agent here, in Vietnamese; None when it may go now.

    Never during an airing or ten minutes before one, never during an alert; nor without a trusted clock, for then
    nobody knows what is near.
    """
    return next(_reasons(moment), None)


def _reasons(moment: Moment) -> Iterator[str]:
    if moment.active is not None or moment.following is not None or moment.leaving:
        yield "loa đang phát"
    if any(alert.expires_at > moment.now for alert in moment.alerts):
        yield "đang có tin khẩn cấp"
    if moment.trusted_since is None or moment.plan is None:
        yield "chưa có giờ hoặc chưa có kế hoạch"
        return
    for airing in moment.plan.airings:
        is_done = airing.airing_id in moment.ledger.final
        if not is_done and airing.start_at - CLEAR_BEFORE <= moment.now <= last_chance(airing):
            yield "sắp tới lượt phát"
