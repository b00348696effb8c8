"""Where an alert was heard, hamlet by hamlet, as its page shows it: first of all those that are to be called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from broadcaster.domain.alarm.delivery import HEARING_NAMES, AlertDelivery, Hearing
from broadcaster.domain.alert import Alert, AlertState
from broadcaster.domain.delivery import Heard
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.domain.records.why_alert import why_now
from broadcaster.store.contacts import Contact
from broadcaster.web import alert_words, words
from broadcaster.web.outcomes import NOT_HEARD_ADVICE
from broadcaster.web.session import Visit

CALLED_AFTER = timedelta(seconds=10)
"""So long may a box that can be reached still be about to sound; nobody is asked to call its hamlet before."""
_CALLED_WHILE = frozenset({AlertState.LIVE, AlertState.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One cluster in words. `silent`: as far as is known nobody heard it there; `waited_for`: that may change."""

    key: ClusterId
    name: str
    hearing: str
    icon: str
    colour: str
    text: str
    reason: str | None
    siren_at: str | None
    speech_at: str | None
    latency: str | None
    rounds: int
    advice: str | None
    silent: bool
    waited_for: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HamletHearing:
    """A hamlet's clusters and whom to call there; `call` when none of them was heard."""

    key: HamletId
    name: str
    contact: Contact | None
    dial: str
    call: bool
    clusters: tuple[Card, ...]

    @property
    def number(self) -> str:
        """The number to call, as it is written but never broken over two lines."""
        return self.contact.phone.replace(" ", "\N{NO-BREAK SPACE}") if self.contact else ""

    @property
    def silent(self) -> tuple[Card, ...]:
        """The clusters that nobody heard."""
        return tuple(card for card in self.clusters if card.silent)


def hamlets_of(
    alert: Alert, found: Sequence[AlertDelivery], known: Mapping[HamletId, Contact], visit: Visit
) -> tuple[HamletHearing, ...]:
    """Return the clusters hamlet by hamlet, in the station's order: nothing jumps under a finger."""
    return tuple(
        _hamlet(alert, hamlet, list(group), known.get(hamlet), visit)
        for hamlet, group in groupby(found, key=lambda d: d.target.hamlet)
    )


def calls_of(alert: Alert, hamlets: Sequence[HamletHearing], *, now: datetime) -> tuple[HamletHearing, ...]:
    """Return the hamlets where somebody is to be called, because a cluster there is silent and not just slow."""
    if alert.state not in _CALLED_WHILE or alert.live_at is None:
        return ()
    is_early = now - alert.live_at < CALLED_AFTER
    return tuple(h for h in hamlets if any(not (is_early and card.waited_for) for card in h.silent))


def _hamlet(
    alert: Alert, hamlet: HamletId, here: Sequence[AlertDelivery], contact: Contact | None, visit: Visit
) -> HamletHearing:
    return HamletHearing(
        key=hamlet,
        name=here[0].target.hamlet_name,
        contact=contact,
        dial="".join(c for c in contact.phone if c in "+0123456789") if contact else "",
        call=not any(d.was_heard for d in here),
        clusters=tuple(_card(alert, d, visit) for d in here),
    )


def _card(alert: Alert, delivery: AlertDelivery, visit: Visit) -> Card:
    translate, zone = visit.translate, visit.station.rules.zone
    icon, colour = alert_words.hearing_look(delivery)
    is_offline = alert_words.is_offline(delivery)
    name = alert_words.OFFLINE if is_offline else HEARING_NAMES[delivery.hearing]
    return Card(
        key=delivery.target.cluster,
        name=delivery.target.cluster_name,
        hearing=delivery.hearing.value,
        icon=icon,
        colour=colour,
        text=translate(name),
        reason=why_now(alert, delivery, zone, translate),
        siren_at=words.clock_to_the_second(delivery.siren_at, zone) if delivery.siren_at else None,
        speech_at=words.clock_to_the_second(delivery.speech_at, zone) if delivery.speech_at else None,
        latency=alert_words.latency(delivery.latency_ms, translate),
        rounds=delivery.rounds,
        advice=translate(NOT_HEARD_ADVICE) if delivery.heard is Heard.NOT_HEARD else None,
        silent=not delivery.was_heard,
        waited_for=delivery.hearing is Hearing.SILENT and not is_offline,
    )
