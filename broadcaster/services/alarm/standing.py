"""Where an alert stands: who spoke for it, what is to be typed, and what is still missing before it may sound."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.alarm.approval import enough, is_area_wide, rests_on_one
from broadcaster.domain.alarm.vouching import Statement
from broadcaster.domain.alert import Alert, AlertState, Content, Status, phrase_of
from broadcaster.domain.audience import Audience, clusters_of
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import ClusterId, StationId, UserId
from broadcaster.domain.permissions import may_approve
from broadcaster.domain.station import Station
from broadcaster.store import accounts, alerts, stations
from broadcaster.store.alerts import Voice

FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`missing` is what is lacking now, None when enough people stand for it; `phrase` what an approver types."""

    phrase: str
    places: str
    area_wide: bool
    voices: tuple[Voice, ...]
    approvers: frozenset[UserId]
    missing: Refusal | None

    def missing_with(self, alert: Alert, said: Statement, *, now: datetime) -> Refusal | None:
        """Return what would still be lacking once somebody has said this as well."""
        statements = [*(voice.vouched.statement for voice in self.voices), said]
        return enough(
            alert.content, statements, area_wide=self.area_wide, approvers=self.approvers, phrase=self.phrase, now=now
        )


def standing_of(tx: Connection, alert: Alert, *, now: datetime) -> Standing:
    """Return where an alert stands as far as people go."""
    content = alert.content
    places = places_in_words(tx, content.station, content.audience)
    phrase = phrase_of(content, places=places)
    voices = alerts.statements_of(tx, [alert.id])[alert.id]
    area_wide = reaches_area(tx, content)
    approvers = approvers_of(tx, content.station)
    said = [voice.vouched.statement for voice in voices]
    missing = enough(content, said, area_wide=area_wide, approvers=approvers, phrase=phrase, now=now)
    return Standing(
        phrase=phrase, places=places, area_wide=area_wide, voices=voices, approvers=approvers,
        missing=missing if alert.state is AlertState.DRAFT else None,
    )  # fmt: skip


def reaches_area(tx: Connection, content: Content) -> bool:
    """Return whether a content is area-wide, together with what one person alone has let go and is still live."""
    beside = alone_now(tx, content.station) if content.status is Status.ACTUAL else ()
    return is_area_wide(content.audience, stations.places_of(tx, content.station), beside=beside)


def alone_now(tx: Connection, station: StationId) -> frozenset[ClusterId]:
    """Return the clusters of the real alerts that are live on one person's word."""
    live = [alert for alert in alerts.live(tx, station) if alert.content.status is Status.ACTUAL]
    said = alerts.statements_of(tx, [alert.id for alert in live])
    alone = [a for a in live if rests_on_one([voice.vouched.statement for voice in said[a.id]])]
    places = stations.places_of(tx, station)
    return frozenset(cluster for alert in alone for cluster in clusters_of(alert.content.audience, places))


def approvers_of(tx: Connection, station: StationId) -> frozenset[UserId]:
    """Return who has the approver's role now."""
    return frozenset(
        account.person.id
        for account in accounts.of_station(tx, station)
        if account.disabled_at is None and may_approve(account.person)
    )


def places_in_words(tx: Connection, station: StationId, audience: Audience) -> str:
    """Return an area as people say it: `toàn xã`, `thôn Kép`, `5 thôn`."""
    found = stations.get(tx, station)
    if audience.everybody:
        return f"toàn {_kind(found)}"
    if audience.hamlets:
        names = [h.name for h in stations.hamlets_of(tx, station) if h.id in audience.hamlets]
        return _listed(names, "thôn")
    return _listed([c.name for c in stations.clusters_of(tx, station) if c.id in audience.clusters], "cụm loa")


def _listed(names: Iterable[str], kind: str) -> str:
    few = list(names)
    return " và ".join(few) if len(few) <= FEW else f"{len(few)} {kind}"


def _kind(station: Station | None) -> str:
    name = station.name.casefold() if station else ""
    return next((kind for kind in ("phường", "đặc khu", "thị trấn") if name.startswith(kind)), "xã")
