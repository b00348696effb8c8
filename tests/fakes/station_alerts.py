"""Alerts of a test station: drafts, approvals and documents, by the use cases and with real session keys."""

from dataclasses import dataclass, replace

from broadcaster.adapters import session_keys
from broadcaster.domain.alarm.vouching import Vouch
from broadcaster.domain.alert import Alert, Certainty, Severity, Status, Urgency
from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.ids import AlertId
from broadcaster.services.alarm import alerts
from broadcaster.services.alarm.contents import AlertDraft
from broadcaster.services.alarm.heralding import Herald
from broadcaster.services.alarm.rendering import render_next_alert
from broadcaster.services.alarm.standing import Standing, standing_of
from tests.fakes.station_post import FakePost
from tests.fakes.station_world import VOICES, World
from wire import messages, seal, topics

FLOOD = AlertDraft(
    status=Status.ACTUAL, event="lũ quét", headline="Lũ quét trên suối Ngọt", text="Nước suối đang lên rất nhanh.",
    instruction="Bà con lên chỗ cao ngay.", audience=EVERYBODY, severity=Severity.SEVERE,
    urgency=Urgency.IMMEDIATE, certainty=Certainty.OBSERVED,
)  # fmt: skip


def vouch_as(name: str) -> Vouch:
    """Return what signs for one of the world's people."""
    return session_keys.vouch_with(f"secret of {name}")


@dataclass(kw_only=True)
class AlertDesk:
    """Does what people do with alerts; `lan` drafts and `minh` approves unless somebody else is named."""

    world: World

    def draft(self, *, actor: str = "lan", **changes: object) -> Alert:
        """Draft an area-wide real alert, changed as asked for."""
        wanted = replace(FLOOD, **changes)  # type: ignore[arg-type] # as the draft's own fields
        world = self.world
        return alerts.draft(world.office, actor=world.person(actor), wanted=wanted, vouch=vouch_as(actor))

    def approve(self, alert: Alert, *, actor: str = "minh", phrase: str | None = None, **more: str) -> Alert:
        """Approve what the alert says now."""
        present = self.find(alert.id)
        return alerts.approve(
            self.world.office, actor=self.world.person(actor), alert=alert.id, vouch=vouch_as(actor),
            content_sha256=more.pop("content_sha256", present.content_sha256),
            phrase=self.standing(alert).phrase if phrase is None else phrase, **more,
        )  # fmt: skip

    def live(self, **changes: object) -> Alert:
        """Return an alert that was drafted and approved."""
        return self.approve(self.draft(**changes))  # type: ignore[arg-type] # as `draft` takes them

    def update(self, alert: Alert, *, actor: str = "lan", **changes: object) -> Alert:
        """Draft the next version of a live alert."""
        wanted = replace(FLOOD, **changes)  # type: ignore[arg-type] # as the draft's own fields
        return alerts.update(
            self.world.office, actor=self.world.person(actor), alert=alert.id, wanted=wanted, vouch=vouch_as(actor)
        )

    def cancel(self, alert: Alert, *, actor: str = "minh", reason: str = "báo nhầm") -> Alert:
        """Silence an alert."""
        return alerts.cancel(self.world.office, actor=self.world.person(actor), alert=alert.id, reason=reason)

    def find(self, alert: AlertId) -> Alert:
        """Return the alert as it is now."""
        with self.world.database.reading() as tx:
            return alerts.find(tx, self.world.station, alert)

    def standing(self, alert: Alert) -> Standing:
        """Return who stands for the alert now."""
        with self.world.database.reading() as tx:
            return standing_of(tx, self.find(alert.id), now=self.world.clock.now)

    def speak(self) -> None:
        """Make every speech that waits."""
        while render_next_alert(self.world.office, self.world.studio, voices=VOICES):
            pass

    def herald(self, post: FakePost) -> Herald:
        """Return a herald on this post."""
        return Herald(self.world.office, post, seal=self.world.seal_alerts, read_audio=self.world.studio.read)

    def document(self, post: FakePost) -> messages.Alerts:
        """Return the document that a box would receive now."""
        payload = post.retained[topics.alerts(self.world.station)]
        return seal.open_sealed(payload, self.world.keys[self.world.station], messages.Alerts)
