"""What drills show: who sounded, how fast, who did not; and a month's score."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from broadcaster.domain.alarm.delivery import AlertDelivery, Hearing
from broadcaster.domain.alert import Alert, AlertState

GOOD_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """One drill and what became of it on every cluster."""

    alert: Alert
    deliveries: tuple[AlertDelivery, ...]

    def counts(self, delivery: AlertDelivery) -> bool:
        """Return whether a cluster did its part: it sounded, to its end or until the station itself ended the drill."""
        was_ended = self.alert.state in (AlertState.CANCELLED, AlertState.UPDATED)
        return delivery.was_heard or (was_ended and delivery.hearing is Hearing.PARTIAL)

    @property
    def sounded(self) -> tuple[AlertDelivery, ...]:
        return tuple(d for d in self.deliveries if self.counts(d))

    @property
    def silent(self) -> tuple[AlertDelivery, ...]:
        return tuple(d for d in self.deliveries if not self.counts(d))

    @property
    def latencies_ms(self) -> tuple[int, ...]:
        return tuple(sorted(d.latency_ms for d in self.sounded if d.latency_ms is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterScore:
    """How often a cluster was meant, and how often it sounded."""

    cluster: str
    hamlet: str
    meant: int
    sounded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthScore:
    """A month of drills. `points` are 0 to 100, None where nothing was drilled; `worst` are the clusters to look at."""

    drills: int
    meant: int
    sounded: int
    median_ms: int | None
    slowest_ms: int | None
    clusters: tuple[ClusterScore, ...]

    @property
    def points(self) -> int | None:
        return round(100 * self.sounded / self.meant) if self.meant else None

    @property
    def worst(self) -> tuple[ClusterScore, ...]:
        return tuple(c for c in self.clusters if c.sounded < GOOD_SHARE * c.meant)


def score(reports: Collection[DrillReport]) -> MonthScore:
    """Return the score of these drills."""
    latencies = sorted(ms for report in reports for ms in report.latencies_ms)
    return MonthScore(
        drills=len(reports),
        meant=sum(len(report.deliveries) for report in reports),
        sounded=sum(len(report.sounded) for report in reports),
        median_ms=round(median(latencies)) if latencies else None,
        slowest_ms=latencies[-1] if latencies else None,
        clusters=_clusters(reports),
    )


def month_of(year: int, month: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a month begins and ends at the station, in UTC. Raises ValueError."""
    begin = datetime(year, month, 1, tzinfo=zone)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def _clusters(reports: Collection[DrillReport]) -> tuple[ClusterScore, ...]:
    found: dict[tuple[str, str], list[bool]] = {}
    for report in reports:
        for delivery in report.deliveries:
            place = delivery.target.hamlet_name, delivery.target.cluster_name
            found.setdefault(place, []).append(report.counts(delivery))
    return tuple(
        ClusterScore(cluster=cluster, hamlet=hamlet, meant=len(heard), sounded=sum(heard))
        for (hamlet, cluster), heard in found.items()
    )
