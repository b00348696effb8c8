"""Authorities whose XML signature alone may make loudspeakers sound; none, until the signer's own operator names them.

They are written in `authorities/<station>.toml` in the signer's folder, where no page can write, with certificates
beside it. The file is read each time: whoever is struck out counts for nothing at once.
"""

import logging
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from broadcaster.adapters import cap_signatures
from broadcaster.domain.alarm.vouching import Dossier
from broadcaster.domain.alert import Content, MsgType, Severity
from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.area import StationPlace
from broadcaster.domain.cap.authority import Authority, differs
from broadcaster.domain.cap.message import Named
from broadcaster.domain.cap.verdict import Signature
from broadcaster.domain.errors import N_, Conflict, refusal
from broadcaster.domain.ids import AlertId, StationId
from broadcaster.signer import rules
from broadcaster.signer.errors import AlertUnknown
from broadcaster.signer.ledger import Found, Ledger

log = logging.getLogger(__name__)


@refusal
class AuthorityUnknown(Conflict):
    message = N_("Bộ ký chưa được người giữ máy chủ giao tin nơi gửi nào có chữ ký này; tin phải chờ người duyệt.")


@refusal
class NotAsSigned(Conflict):
    part: str
    message = N_(
        "Tin khác với bản đã được nơi gửi ký, hoặc không được phát ngay (phần “{part}”); phải chờ người duyệt."
    )


class Authorities:
    """Believes what is signed by those in `folder`; None: nobody."""

    def __init__(self, folder: Path | None, ledger: Ledger, *, now: Callable[[], datetime]) -> None:
        self._folder, self._ledger, self._now = folder, ledger, now

    def believe(self, station: StationId, dossier: Dossier, document: bytes) -> None:
        """Remember an alert as enough for all on the word of a document. Raises AuthorityUnknown, NotAsSigned, Invalid.

        What the document says is read from the bytes that were signed, by the parser that strangers meet first.
        """
        known = self._known(station)
        if not known:
            raise AuthorityUnknown  # a stranger's XML is not even parsed where nobody could have signed it
        content = rules.content_of(dossier, station=station)
        if (excess := rules.excess_of(content, now=self._now())) is not None:
            raise excess
        cap_xml.read(document)
        refused: Conflict = AuthorityUnknown()
        for authority in known:
            signature, signed = cap_signatures.check(document, authority.certificates, self._now())
            if signature is not Signature.GOOD:
                continue
            part = differs(content, dossier.alert, cap_xml.read(signed), by=authority, now=self._now())
            if part is None:
                log.warning("%s is believed on the signature of %s", dossier.alert, authority.name)
                self._remember(station, dossier.alert, content)
                return
            refused = NotAsSigned(part=part)
        raise refused

    def _remember(self, station: StationId, alert: AlertId, content: Content) -> None:
        thread = alert
        if content.msg_type is MsgType.UPDATE:
            before = self._ledger.found(station, content.references or "")
            if not before:
                raise AlertUnknown
            thread = before[-1].thread
        found = Found(alert=alert, content=content, thread=thread, for_all=True, by_glass=False)
        self._ledger.remember(station, found)

    def _known(self, station: StationId) -> tuple[Authority, ...]:
        """Return the station's authorities; none where the file is missing or wrong, which the log says."""
        if self._folder is None:
            return ()
        path = self._folder / f"{station}.toml"
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as exc:
            log.error("%s cannot be read, so no authority is believed: %s", path, exc)
            return ()
        try:
            return tuple(_authority(part, path.parent) for part in tomllib.loads(text)["authority"])
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as exc:
            log.error("%s is wrong, so no authority is believed: %s: %s", path, type(exc).__name__, exc)
            return ()


def _authority(part: Mapping[str, Any], folder: Path) -> Authority:
    names, codes = tuple(map(str, part.get("names", ()))), part.get("geocodes", ())
    place = StationPlace(names=names, geocodes=tuple(Named(name=str(a), value=str(b)) for a, b in codes))
    severities = frozenset(Severity(s) for s in part.get("severities", ("Extreme", "Severe")))
    return Authority(
        name=str(part["name"]),
        senders=frozenset(map(str, part["senders"])),
        certificates=tuple((folder / Path(str(c)).name).read_text(encoding="ascii") for c in part["certificates"]),
        severities=severities,
        place=place if names or codes else None,
    )
