"""Alerts documents: each live alert must be covered by a content for which enough people stand."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from broadcaster.domain.alarm.speech import is_correction
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.alert import Content, MsgType, content_hash
from broadcaster.domain.errors import N_, Refusal
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.signer import coverage, rules
from broadcaster.signer.errors import AlertNotCovered, AlertUnknown
from broadcaster.signer.ledger import Found, Ledger, Naming
from wire.messages import Alerts, LiveAlert

_NO_DOSSIER = N_("chưa thấy đủ người duyệt nội dung này.")
_OTHER = N_("phần “{part}” khác với nội dung đã duyệt.")
_VERSION = N_("số phiên bản không khớp với nội dung đã duyệt.")
_OVER = N_("tin này đã thôi phát, không phát lại được.")
_TWICE = N_("một tin đứng hai lần trong một văn bản.")


class AlertDesk:
    """Looks at dossiers, remembers those that are enough, and says whether a document may be signed."""

    def __init__(self, ledger: Ledger, *, speakers: rules.SpeakerOf, now: Callable[[], datetime]) -> None:
        self._ledger, self._speakers, self._now = ledger, speakers, now
        self._one_at_a_time = threading.Lock()

    def lodge(self, station: StationId, dossier: Dossier, *, everywhere: bool) -> None:
        """Remember a dossier before its alert is live. Raises what is missing for the loudspeakers that are meant."""
        content = rules.content_of(dossier, station=station)
        missing = self._look(station, dossier, content)
        known = self._known(station, dossier.alert, content)
        if not known or (rules.is_for_all(content, everywhere=everywhere) and not any(f.for_all for f in known)):
            raise missing or AlertUnknown

    def check(self, document: Alerts, dossiers: Sequence[Dossier]) -> tuple[Naming, ...]:
        """Return what covers each alert of a document. Raises AlertNotCovered for the first that nothing covers."""
        station = StationId(document.station)
        missing = {dossier.alert: refused for dossier in dossiers if (refused := self._looked(station, dossier))}
        names = [live.alert_id for live in document.alerts]
        for name in names:
            if names.count(name) > 1:
                raise AlertNotCovered(alert=name, why=_TWICE)
        return tuple(self._covered(station, live, missing) for live in document.alerts)

    def _looked(self, station: StationId, dossier: Dossier) -> Refusal | None:
        try:
            return self._look(station, dossier, rules.content_of(dossier, station=station))
        except Refusal as exc:
            return exc

    def _look(self, station: StationId, dossier: Dossier, content: Content) -> Refusal | None:
        """Remember a dossier if it is enough for some or for all; return what is missing for all."""
        known = self._known(station, dossier.alert, content)
        if any(found.for_all for found in known):
            return None
        with self._one_at_a_time:  # or several glasses broken at once would not count each other
            return self._judged(station, dossier, content, known=bool(known))

    def _judged(self, station: StationId, dossier: Dossier, content: Content, *, known: bool) -> Refusal | None:
        verdict = rules.judge(
            content, dossier, speakers=self._speakers,
            glasses_lately=self._ledger.glasses_lately(station), now=self._now(),
        )  # fmt: skip
        if verdict.for_all or (verdict.for_some and not known):
            found = Found(
                alert=dossier.alert, content=content, thread=self._thread(station, dossier.alert, content),
                for_all=verdict.for_all, by_glass=verdict.by_glass,
            )  # fmt: skip
            self._ledger.remember(station, found)
        return verdict.missing

    def _known(self, station: StationId, alert: AlertId, content: Content) -> list[Found]:
        sha256 = content_hash(content)
        return [found for found in self._ledger.found(station, alert) if content_hash(found.content) == sha256]

    def _thread(self, station: StationId, alert: AlertId, content: Content) -> AlertId:
        """Return the chain of an alert. Raises AlertUnknown when nobody stood for what it updates or corrects."""
        if content.msg_type is not MsgType.UPDATE and not is_correction(content):
            return alert
        before = self._ledger.found(station, content.references or "")
        if not before:
            raise AlertUnknown
        return alert if is_correction(content) else before[-1].thread

    def _covered(self, station: StationId, live: LiveAlert, missing: Mapping[AlertId, Refusal]) -> Naming:
        """Return what covers one live alert. Raises AlertNotCovered."""
        thread = coverage.thread_of(live.alert_id)
        chain = self._ledger.of_thread(station, thread)
        why = _NO_DOSSIER
        for found in reversed(chain):
            part = coverage.differs(live, found, now=self._now())
            if self._ledger.is_called_off(station, found.alert):
                why = _OVER
            elif part is not None:
                why = _OTHER.format(part=part)
            elif rules.is_for_all(found.content, everywhere=coverage.is_everywhere(live)) and not found.for_all:
                why = missing[found.alert].sentence() if found.alert in missing else _NO_DOSSIER
                break
            else:
                return self._pinned(station, live, found)
        lacking = [refused for alert, refused in missing.items() if alert not in {found.alert for found in chain}]
        raise AlertNotCovered(alert=live.alert_id, why=lacking[-1].sentence() if lacking else why)

    def _pinned(self, station: StationId, live: LiveAlert, found: Found) -> Naming:
        """Return the naming of a live alert: what once stood under a name and version stands there for good."""
        naming = Naming(wire_id=live.alert_id, version=live.version, found=found, effective_at=live.effective_at)
        shown = self._ledger.shown(station, live.alert_id, live.version)
        if shown is None:
            if self._ledger.version_of(station, found, live.alert_id) is not None:
                raise AlertNotCovered(alert=live.alert_id, why=_VERSION)
            self._check_again(station, live, found)
            return naming
        if (shown.alert, shown.content_sha256) != (found.alert, content_hash(found.content)):
            raise AlertNotCovered(alert=live.alert_id, why=_VERSION)
        if shown.is_over:
            raise AlertNotCovered(alert=live.alert_id, why=_OVER)
        if shown.effective_at != live.effective_at:
            raise AlertNotCovered(alert=live.alert_id, why=_OTHER.format(part="effective_at"))
        return naming

    def _check_again(self, station: StationId, live: LiveAlert, found: Found) -> None:
        """Raise AlertNotCovered when a repeat for those who missed it is of something that is not live any more."""
        if coverage.is_again(live.alert_id) and self._ledger.is_over(station, found):
            raise AlertNotCovered(alert=live.alert_id, why=_OVER)
