"""Warnings from outside: what came and what was decided on it with the reason, and how the watched feeds are."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain.alert import AlertState
from broadcaster.domain.cap.verdict import Decision
from broadcaster.domain.errors import N_
from broadcaster.domain.permissions import may_administer, may_alert, require
from broadcaster.services.cap.polling import silence_of
from broadcaster.store import alerts, cap_feeds, cap_received
from broadcaster.store.cap_feeds import Feed
from broadcaster.store.cap_received import Received
from broadcaster.web import words
from broadcaster.web.desk import Desk
from broadcaster.web.session import Visit

DECISIONS = {
    Decision.PLAYS: (N_("Được tự phát"), ("siren", "bad")),
    Decision.WAITS: (N_("Chờ người duyệt"), ("clock", "warn")),
    Decision.CALLS_OFF: (N_("Dừng tin trước"), ("stop", "ready")),
}
_OTHER = (N_("Không phát"), ("info", "waiting"))
_SHOWN = 60


def routes(desk: Desk) -> APIRouter:
    """Return the route of warnings from outside."""
    router = APIRouter()
    office = desk.site.office

    @router.get("/tin-khan/tu-ngoai")
    def show(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        require(may_alert(visit.person) or may_administer(visit.person))
        with office.database.reading() as tx:
            feeds = [_feed(feed, visit) for feed in cap_feeds.of_station(tx, visit.station.id)]
            found = cap_received.latest(tx, visit.station.id, limit=_SHOWN)
            shown = [_line(tx, visit, received) for received in found]
        waiting = [line for line in shown if line["waits"]]
        return desk.show(
            visit, "warnings.html", feeds=feeds, waiting=waiting, rest=[s for s in shown if not s["waits"]]
        )  # fmt: skip

    return router


def _feed(feed: Feed, visit: Visit) -> dict[str, object]:
    silence = silence_of(feed, now=visit.now)
    return {
        "source": feed.source,
        "url": feed.url,
        "enabled": feed.enabled,
        "dead": feed.dead_since is not None or silence is not None,
        "silence": silence,
        "last_ok": words.ago(feed.last_ok_at, visit.now, visit.translate),
        "error": feed.last_error,
    }


def _line(tx: Connection, visit: Visit, received: Received) -> dict[str, object]:
    name, look = DECISIONS.get(received.decision, _OTHER)
    alert = alerts.get(tx, visit.station.id, received.alert) if received.alert else None
    return {
        "headline": received.headline or visit.translate(N_("(không đọc được)")),
        "source": received.source,
        "when": words.moment(received.received_at, visit.station.rules.zone, visit.translate),
        "decision": visit.translate(name),
        "look": look,
        "reason": received.reason.sentence(visit.translate),
        "href": f"/tin-khan/{alert.id}" if alert else None,
        "waits": alert is not None and alert.state is AlertState.DRAFT,
        "times": received.times,
    }
