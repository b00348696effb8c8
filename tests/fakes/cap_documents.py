"""CAP documents for tests: the files in the manner of public feeds, and one that is written for a case."""

from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from tests.fakes.station_office import MORNING

FOLDER = Path(__file__).parents[1] / "fixtures" / "cap"
FILES = sorted(path.name for path in FOLDER.glob("*.xml"))
SCHEMA = FOLDER / "CAP-v1.2.xsd"
SENDER = "pctt@tinh.example"


def raw_file(name: str) -> bytes:
    """Return one of the files."""
    return (FOLDER / name).read_bytes()


def document(
    *,
    identifier: str = "TIN-1",
    sender: str = SENDER,
    sent: datetime = MORNING - timedelta(minutes=5),
    status: str = "Actual",
    msg_type: str = "Alert",
    scope: str = "Public",
    references: str = "",
    infos: str | None = None,
    namespace: str = "urn:oasis:names:tc:emergency:cap:1.2",
    **info: str,
) -> bytes:
    """Return a document; `info` are parts of its one block, unless `infos` are given whole."""
    parts = [
        ("identifier", identifier), ("sender", sender), ("sent", stamp(sent)), ("status", status),
        ("msgType", msg_type), ("scope", scope), ("references", references),
    ]  # fmt: skip
    head = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts if text)
    body = block(**info) if infos is None else infos
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{namespace}">{head}{body}</alert>'.encode()


def block(
    *,
    language: str = "vi-VN",
    event: str = "lũ quét",
    response: str = "",
    urgency: str = "Immediate",
    severity: str = "Severe",
    certainty: str = "Likely",
    effective: str = "",
    expires: datetime | None = MORNING + timedelta(hours=6),
    headline: str = "Lũ quét sắp về",
    description: str = "Nước suối đang lên nhanh.",
    instruction: str = "Bà con lên chỗ cao.",
    area: str = "<areaDesc>Xã Hồng Phong</areaDesc>",
) -> str:
    """Return an info block."""
    parts = [
        ("language", language), ("category", "Met"), ("event", event), ("responseType", response),
        ("urgency", urgency), ("severity", severity), ("certainty", certainty), ("effective", effective),
        ("expires", stamp(expires) if expires else ""), ("headline", headline), ("description", description),
        ("instruction", instruction),
    ]  # fmt: skip
    inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts if text)
    return f"<info>{inside}{f'<area>{area}</area>' if area else ''}</info>"


def stamp(at: datetime) -> str:
    """Return an instant as CAP writes it."""
    return at.isoformat(timespec="seconds")


def reference(identifier: str, *, sender: str = SENDER, sent: datetime = MORNING - timedelta(minutes=5)) -> str:
    """Return how another message refers to one."""
    return f"{sender},{identifier},{stamp(sent)}"
