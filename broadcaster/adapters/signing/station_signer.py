"""The station's signer as the server has it: its own child or the operator's process, and everything asked of it."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from broadcaster.adapters.signing import requests
from broadcaster.adapters.signing.child import LOOK_EVERY_S, UP_WITHIN_S, SignerChild, SignerDidNotStart
from broadcaster.adapters.signing.client import SignerClient, SignerGone, SignerRefuses
from broadcaster.adapters.signing.registrar import SignerRegistrar
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.ids import AlertId
from broadcaster.services.planning import SealRefused
from wire.messages import Alerts, Plan, Value

log = logging.getLogger(__name__)


class StationSigner:
    """`environment` is the child's; None: the operator runs the signer. `on_back` is called when it answers again."""

    def __init__(
        self,
        socket: Path,
        *,
        environment: Mapping[str, str] | None,
        now: Callable[[], datetime],
        on_back: Callable[[], None],
    ) -> None:
        self._client = SignerClient(socket, on_back=on_back)
        self._child = SignerChild(environment, answers=self.looks_well) if environment is not None else None
        self.registrar = SignerRegistrar(self._client, now=now)

    @property
    def answers(self) -> bool:
        """Return whether it answered when it was last asked."""
        return self._client.answers

    @property
    def pid(self) -> int | None:
        """Return the child's process, None where the operator runs the signer."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Return once it answers. Raises SignerDidNotStart."""
        if self._child is not None:
            self._child.start()
            return
        deadline = time.monotonic() + UP_WITHIN_S
        while not self.looks_well():
            if time.monotonic() > deadline:
                raise SignerDidNotStart("không kết nối được ổ cắm LOA_SIGNER_SOCKET")
            time.sleep(0.1)

    def watch(self) -> None:
        """Look for a second whether it is well; a child that is not is started again."""
        if self._child is not None:
            self._child.watch()
            return
        time.sleep(LOOK_EVERY_S)
        self.looks_well()

    def stop(self) -> None:
        """Hang up, and end the child."""
        self._client.close()
        if self._child is not None:
            self._child.stop()

    def looks_well(self) -> bool:
        """Ask it for nothing, and return whether it answers."""
        try:
            self._client.ask(requests.Ping())
        except (SignerGone, SignerRefuses):
            return False
        return True

    def make_key(self, station: str) -> None:
        """Give a station its key; one that it has already stays."""
        self._client.make_key(station)

    def public_pem(self, station: str) -> str:
        """Return what a box checks the station's signatures with."""
        return self._client.public_pem(station)

    def newest_epoch(self, station: str) -> int:
        """Return the newest epoch that was signed for a station, 0 when none was."""
        return int(self._client.ask(requests.NewestEpoch(station=station)).text)

    def seal(self, station: str, message: Value) -> bytes:
        """Return a message signed by a station."""
        return self._client.seal(station, message)

    def seal_plan(self, plan: Plan) -> bytes:
        """Return a box's plan signed by the station that it names.

        A plan whose version of the box's program nobody vouched for goes out without it: programmes wait for no update.
        """
        try:
            return self._client.seal(plan.station, plan)
        except SignerRefuses as exc:
            if exc.reason != "release_unknown":
                raise
            log.error("the plan of %s goes out without the new program: %s", plan.device, exc)
        settings = plan.settings.model_copy(update={"agent": None})
        return self._client.seal(plan.station, plan.model_copy(update={"settings": settings}))

    def seal_alerts(self, document: Alerts, dossiers: Sequence[Dossier]) -> bytes:
        """Return what is live, signed; nothing while the signer does not answer. Raises SealRefused."""
        try:
            return self._client.seal_alerts(document, dossiers)
        except SignerGone as exc:
            log.error("no heartbeat for %s: %s", document.station, exc)
            return b""
        except SignerRefuses as exc:
            raise SealRefused(exc.why, alerts=_meant(exc.about, document, dossiers)) from exc


def _meant(about: str, document: Alerts, dossiers: Sequence[Dossier]) -> frozenset[AlertId]:
    """Return the alerts that a refusal is about: by its thread, else by what the live alert says, else all."""
    thread = about.partition(".")[0]
    first = [dossier for dossier in dossiers if dossier.alert == thread]
    said = {(live.headline, live.event) for live in document.alerts if live.alert_id == about}
    alike = [d for d in dossiers if (d.content.get("headline"), d.content.get("event")) in said]
    return frozenset(dossier.alert for dossier in first or alike or dossiers)
