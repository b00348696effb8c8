"""Signs what the signer knows: plans without emergencies, acknowledgements, the time, and alerts that are covered."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from broadcaster.adapters.keys import StationKeys
from broadcaster.adapters.signing.requests import Seal
from broadcaster.domain.errors import N_
from broadcaster.domain.ids import StationId
from broadcaster.signer.alerts import AlertDesk
from broadcaster.signer.errors import NotSigned
from broadcaster.signer.ledger import Ledger, Naming
from broadcaster.signer.numbers import Numbers
from broadcaster.signer.releases import Releases
from wire.messages import Alerts, ClockReply, Plan, Priority, Value
from wire.seal import SealError

APART = timedelta(seconds=120)
"""A document's date may be so far from the signer's own clock: boxes take the time from what is signed."""

_FOREIGN = N_("văn bản thuộc đài khác.")
_EMERGENCY = N_("kế hoạch phát không được chứa lượt phát khẩn cấp.")
_CLOCK = N_("giờ ghi trong văn bản lệch quá xa đồng hồ của bộ ký.")
_TOO_LARGE = N_("văn bản quá dài.")


class SealDesk:
    """Holds the keys. What is asked for at once is signed wholly or not at all."""

    def __init__(
        self,
        keys: StationKeys,
        alerts: AlertDesk,
        ledger: Ledger,
        *,
        numbers: Numbers,
        releases: Releases,
        now: Callable[[], datetime],
    ) -> None:
        self._keys, self._alerts, self._ledger, self._now = keys, alerts, ledger, now
        self._numbers, self._releases = numbers, releases
        self._one_at_a_time = threading.Lock()

    def seal(self, ask: Seal) -> tuple[str, ...]:
        """Return the messages signed, in their order.

        Raises NotSigned, ReleaseUnknown, AlertNotCovered or KeyMissing.
        """
        for message in ask.messages:
            self._check(ask, message)
        return tuple(self._sealed(ask, message) for message in ask.messages)

    def _check(self, ask: Seal, message: Value) -> None:
        if getattr(message, "station", None) != ask.station:
            raise NotSigned(why=_FOREIGN)
        if isinstance(message, Plan):
            self._check_plan(message)
        now = self._now()
        dates = (message.received_at, message.sent_at) if isinstance(message, ClockReply) else (message.issued_at,)  # type: ignore[attr-defined] # all but the clock's answer have it
        if any(abs(date - now) > APART for date in dates):
            raise NotSigned(why=_CLOCK)
        if isinstance(message, Alerts | Plan):
            self._numbers.check(StationId(message.station), message.revision)

    def _check_plan(self, plan: Plan) -> None:
        if any(airing.priority is Priority.EMERGENCY for airing in plan.airings):
            raise NotSigned(why=_EMERGENCY)
        if plan.settings.agent is not None:
            self._releases.check(StationId(plan.station), plan.settings.agent)

    def _sealed(self, ask: Seal, message: Value) -> str:
        if isinstance(message, Alerts):
            with self._one_at_a_time:
                return self._sealed_alerts(ask, message)
        return self._signed(message)

    def _sealed_alerts(self, ask: Seal, document: Alerts) -> str:
        """Return a document whose alerts are all covered; that it is signed is on the disk before it is."""
        namings = self._alerts.check(document, ask.dossiers)
        if namings or self._ledger.anything_open(StationId(document.station)):
            self._note(document, namings)
        return self._signed(document)

    def _note(self, document: Alerts, namings: tuple[Naming, ...]) -> None:
        heard = {
            f"{live.alert_id}.{live.version}": {
                "recording": live.recording.sha256 if live.recording else None,
                "devices": "all" if live.devices is None else len(live.devices),
            }
            for live in document.alerts
        }
        revision = document.revision
        self._ledger.sign(
            StationId(document.station), namings, epoch=revision.epoch, seq=revision.seq, recordings=heard
        )  # fmt: skip

    def _signed(self, message: Value) -> str:
        try:
            return self._keys.seal(str(getattr(message, "station")), message).decode("ascii")  # noqa: B009 - checked to have one
        except SealError as exc:
            raise NotSigned(why=_TOO_LARGE) from exc
