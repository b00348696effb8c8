"""The station's documents on this box: checked, kept on disk, never older than the newest obeyed.

A plan is stored, with fsync, before anybody acts on it. Alerts are obeyed first and stored at once: a siren waits for
no memory card, and a power cut in that moment costs no more than that it sounds anew. The heartbeat `Alerts` repeats
every 30 s with a growing revision; writing each would wear the card (2,880 fsyncs a day), so it is written when its
content changes and otherwise once an hour. That is safe: every heartbeat between two writes says the same as the one on
disk, so whoever replays one after a power cut only repeats what the box already obeys; and nothing sounds past its own
signed `expires_at`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from joserfc.jwk import OKPKey

from device_agent import durable
from wire import seal
from wire.messages import Alerts, Document, Plan, Revision, Value

HEARTBEAT_STORED_EVERY = timedelta(hours=1)
_REVISIONS = "revisions.json"
_NAMES = {"plan": "kế hoạch phát", "alerts": "tin khẩn cấp"}
_VIETNAM = frozenset({"Asia/Ho_Chi_Minh", "Asia/Saigon", "Asia/Hanoi"})

D = TypeVar("D", bound=Document)


class DocumentRefused(Exception):  # noqa: N818 - the base of the refusals, named as the status reports them
    """A document is not obeyed; the message says which and why, for the technician, in Vietnamese."""


class BadSeal(DocumentRefused):
    """Unsigned, signed by somebody else, or broken."""

    def __init__(self, kind: str, *, why: str) -> None:
        super().__init__(f"{_NAMES[kind]}: chữ ký không hợp lệ ({why})")


class NotForUs(DocumentRefused):
    """Signed by our station, but for another station or box."""

    def __init__(self, kind: str, *, addressee: str) -> None:
        super().__init__(f"{_NAMES[kind]}: dành cho {addressee}, không phải cho thiết bị này")


class Outdated(DocumentRefused):
    """Older than what the box already obeyed: a replay, or a second version of the same revision."""

    def __init__(self, kind: str, *, revision: Revision, obeyed: Revision) -> None:
        super().__init__(f"{_NAMES[kind]}: bản {_text(revision)} không mới hơn bản {_text(obeyed)} đang theo")


class UnknownTimezone(DocumentRefused):
    """The plan speaks of local times in a zone that this box does not know."""

    def __init__(self, zone: str) -> None:
        super().__init__(f"kế hoạch phát: không biết múi giờ {zone[:60]!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Generic[D]):
    """A document now obeyed, and the one before it (None at first). `changed` is false for a mere republication,
    `is_new` true when it is newer than everything obeyed before."""

    document: D
    before: D | None
    changed: bool
    is_new: bool = False


class _Revisions(Value):
    plan: Revision = Revision(epoch=0, seq=0)
    alerts: Revision = Revision(epoch=0, seq=0)
    remembers_alerts: bool = True
    """False in a box that has lost its memory, or never had one, until it has seen the station's present word."""


class Documents:
    """Reads from memory are immediate; `accept_*` may write to the disk and raises OSError when it cannot."""

    def __init__(
        self,
        directory: Path,
        *,
        station: str,
        device: str,
        station_key: OKPKey,
        make_room: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take up what is on disk. `make_room` frees space held back for a full disk; False: none left."""
        self._make_room = make_room
        self._directory = directory
        self._station = station
        self._device = device
        self._station_key = station_key
        self._sealed: dict[str, bytes] = {}
        self._alerts_stored_at: datetime | None = None
        self.plan: Plan | None = None
        self.alerts: Alerts | None = None
        self.is_behind = False
        """Whether the alerts now obeyed could not be stored."""
        self.is_store_due = False
        directory.mkdir(parents=True, exist_ok=True)
        self._revisions = self._load_revisions()
        self._load_documents()
        if self.alerts is not None and self._revisions.alerts == Revision(epoch=0, seq=0):
            # The document itself says how new it is: every later one that differs would have been stored.
            self._revisions = self._revisions.model_copy(update={"remembers_alerts": True})
        self._remembers_alerts = self._revisions.remembers_alerts

    def accept_plan(self, sealed: bytes) -> Accepted[Plan]:
        """Obey a plan. Raises DocumentRefused, or OSError when it cannot be stored (and then nothing has changed)."""
        if self.plan is not None and sealed == self._sealed.get("plan"):
            return Accepted(document=self.plan, before=self.plan, changed=False)
        plan = self._opened(sealed, Plan)
        self._check_plan(plan)
        before = self.plan
        if not self._is_newer("plan", plan, held=before, obeyed=self._revisions.plan):
            return Accepted(document=plan, before=before, changed=False)
        self._obey("plan", plan, sealed)
        self.plan = plan
        return Accepted(document=plan, before=before, changed=True)

    @property
    def remembers_alerts(self) -> bool:
        """Whether the box knows what it had obeyed, so that a replay is found out by its revision alone."""
        return self._remembers_alerts

    @property
    def has_alerts(self) -> bool:
        """Whether what is obeyed names any alert."""
        return self.alerts is not None and self.alerts.alerts != ()

    def believe(self) -> None:
        """What is obeyed now was seen to be the station's present word: from here on the box has a memory."""
        if not self._remembers_alerts:
            self._remembers_alerts = self.is_store_due = True

    def judge_alerts(self, sealed: bytes) -> Accepted[Alerts]:
        """Obey the live alerts, or take note of a heartbeat, from memory alone. Raises DocumentRefused.

        `store_alerts` is to follow when `is_store_due`; it may be called from the one thread that writes.
        """
        before = self.alerts
        if before is not None and sealed == self._sealed.get("alerts"):
            return Accepted(document=before, before=before, changed=False)
        alerts = self._opened(sealed, Alerts)
        if not self._is_newer("alerts", alerts, held=before, obeyed=self._revisions.alerts):
            return Accepted(document=alerts, before=before, changed=False)
        is_new = before is None or before.revision < alerts.revision
        changed = before is None or before.alerts != alerts.alerts
        self._sealed["alerts"] = sealed
        self.alerts = alerts
        self.is_store_due |= changed or self.is_behind or self._is_heartbeat_due(alerts)
        return Accepted(document=alerts, before=before, changed=changed, is_new=is_new)

    def store_alerts(self) -> None:
        """Store what is obeyed, if that is due.

        A disk that refuses does not silence an alert: it is obeyed from memory (`is_behind`), and what a replay could
        do after a power cut still ends at the alert's own `expires_at`.
        """
        alerts, sealed = self.alerts, self._sealed.get("alerts")
        if not self.is_store_due or alerts is None or sealed is None:
            return
        self.is_store_due = False  # before writing: what changes meanwhile is due again
        try:
            self._obey("alerts", alerts, sealed)
            self._alerts_stored_at, self.is_behind = alerts.issued_at, False
        except OSError:
            self.is_behind = self.is_store_due = True

    def _opened(self, sealed: bytes, expected: type[D]) -> D:
        kind = expected.__name__.lower()
        try:
            document = seal.open_sealed(sealed, self._station_key, expected)
        except seal.SealError as exc:
            raise BadSeal(kind, why=str(exc)) from exc
        if document.station != self._station:
            raise NotForUs(kind, addressee=document.station)
        return document

    def _check_plan(self, plan: Plan) -> None:
        if plan.device != self._device:
            raise NotForUs("plan", addressee=plan.device)
        zone_of(plan.timezone)

    def _is_newer(self, kind: str, document: Document, *, held: Document | None, obeyed: Revision) -> bool:
        """Return whether the document is to be taken; a republication of what is held is harmless and is not."""
        obeyed = max((obeyed, held.revision) if held is not None else (obeyed,), key=lambda r: (r.epoch, r.seq))
        if obeyed < document.revision:
            return True
        if document.revision == obeyed and held is None:
            return True  # the revision was stored and the power failed before the document was
        if held is not None and document.revision == held.revision and _content(document) == _content(held):
            return False
        raise Outdated(kind, revision=document.revision, obeyed=obeyed)

    def _is_heartbeat_due(self, alerts: Alerts) -> bool:
        stored_at = self._alerts_stored_at
        return (
            stored_at is None
            or alerts.issued_at - stored_at >= HEARTBEAT_STORED_EVERY
            or alerts.revision.epoch != self._revisions.alerts.epoch
        )

    def _obey(self, kind: str, document: Document, sealed: bytes) -> None:
        """Store the revision first: whatever happens next, nothing older is obeyed again."""
        update = {kind: document.revision, "remembers_alerts": self._remembers_alerts}
        revisions = self._revisions.model_copy(update=update)
        self._write(_REVISIONS, revisions.model_dump_json().encode())
        self._revisions = revisions
        self._write(f"{kind}.jws", sealed)
        if kind == "plan":
            self._sealed[kind] = sealed

    def _write(self, name: str, content: bytes) -> None:
        try:
            durable.write(self._directory / name, content)
        except OSError:
            if not self._make_room():
                raise
            durable.write(self._directory / name, content)

    def _load_revisions(self) -> _Revisions:
        path = self._directory / _REVISIONS
        if not path.exists():
            return _Revisions(remembers_alerts=False)
        try:
            return _Revisions.model_validate_json(path.read_bytes())
        except (ValueError, OSError):
            # A damaged card. The documents themselves still say how new they are.
            return _Revisions(remembers_alerts=False)

    def _load_documents(self) -> None:
        """Take up what was obeyed before the start. Anything on disk that does not check is as if it were not there."""
        for kind, expected in (("plan", Plan), ("alerts", Alerts)):
            try:
                sealed = (self._directory / f"{kind}.jws").read_bytes()
                document = self._opened(sealed, expected)
                if isinstance(document, Plan):
                    self._check_plan(document)
            except (OSError, DocumentRefused):
                continue
            if document.revision < getattr(self._revisions, kind):
                continue  # the power failed between the revision and the document
            setattr(self, kind, document)
            self._sealed[kind] = sealed
        if self.alerts is not None:
            self._alerts_stored_at = self.alerts.issued_at


def zone_of(name: str) -> tzinfo:
    """Return the timezone. Raises UnknownTimezone.

    A minimal system has no tz database. Vietnam has kept +07:00 without summer time since 1975, so its boxes need none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        if name in _VIETNAM:
            return timezone(timedelta(hours=7), "+07")
        raise UnknownTimezone(name) from exc


def _content(document: Document) -> dict[str, object]:
    """Return what the document asks for: everything but when it was issued."""
    return document.model_dump(exclude={"issued_at"})


def _text(revision: Revision) -> str:
    return f"{revision.epoch}.{revision.seq}"
