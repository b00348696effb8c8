"""An alarm on a whole station, looked at from outside: asked for, seen on the disk, heard on the boxes."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.end_to_end.station import Station, until
from tests.end_to_end.village import Heard

REST_S = 4.0
WORDS = (
    "Đài truyền thanh xã Hồng Phong thông báo khẩn cấp. Nước suối Ngọt đang lên rất nhanh, dự báo một giờ nữa sẽ tràn "
    "qua ngầm Khả Lý. Đề nghị bà con thôn Kép một, thôn Ngọt và xóm Lường di chuyển ngay người già, trẻ em và gia súc "
    "lên nhà văn hóa thôn Đông Sen. Tuyệt đối không đi qua ngầm tràn, cầu treo và không vớt củi."
)
ALERT = {
    "status": "Actual", "event": "lũ quét", "headline": "Lũ quét trên suối Ngọt", "text": WORDS,
    "audience": {"all": True}, "severity": "Severe", "urgency": "Immediate", "certainty": "Observed",
    "siren": "general", "times": 1, "repeat_every_s": 0,
}  # fmt: skip


class Books:
    """The station's database, looked into from outside."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def one(self, question: str, *values: object) -> Any:
        """Return the first column of the first row."""
        db = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            return db.execute(question, values).fetchone()[0]
        finally:
            db.close()

    def online(self) -> int:
        """Return how many boxes are there and trust their time."""
        return int(
            self.one("SELECT count(*) FROM devices WHERE online AND json_extract(status, '$.clock.trusted')")
        )  # fmt: skip

    def durable_at(self, alert: str, state: str, asking: threading.Event) -> float:
        """Return when the alert is on the disk in that state: another connection sees it no sooner."""
        db = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, check_same_thread=False)
        try:
            asking.set()
            version, end = None, time.monotonic() + 30
            while time.monotonic() < end:
                if version != (version := db.execute("PRAGMA data_version").fetchone()[0]):
                    at = time.monotonic()
                    if db.execute("SELECT state FROM alerts WHERE id = ?", (alert,)).fetchone()[0] == state:
                        return at
                time.sleep(0.0005)
            raise AssertionError(f"{alert} is not {state} within 30 s")
        finally:
            db.close()


class Asked:
    """A request that makes an alert live or ends it: when it was sent, when its effect was durable, when answered."""

    def __init__(self, station: Station, books: Books, alert: dict[str, Any], deed: str, body: object) -> None:
        looking = threading.Event()
        state = "live" if deed == "approve" else "cancelled"
        with ThreadPoolExecutor(1) as look:
            seen = look.submit(books.durable_at, alert["id"], state, looking)
            looking.wait()
            self.sent_at = time.monotonic()
            station.call("POST", f"/alerts/{alert['id']}/{deed}", body, role="approver")
            self.answered_at = time.monotonic()
            self.durable_at = min(seen.result(), self.answered_at)

    def figures(self, instants: Sequence[float]) -> dict[str, Any]:
        """Return the request's own times, and how long after it was durable these were."""
        return {
            "durable_s": rounded(self.durable_at - self.sent_at),
            "answered_s": rounded(self.answered_at - self.sent_at),
            **spread([at - self.durable_at for at in instants]),
        }


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return the middle, the 99th of a hundred, and the last."""
    ordered = sorted(seconds)
    return {
        "p50": rounded(ordered[len(ordered) // 2]),
        "p99": rounded(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]),
        "max": rounded(ordered[-1]),
    }


def rounded(seconds: float) -> float:
    return round(seconds, 4)


def drafted(station: Station, *, rest_s: float = REST_S, **more: object) -> dict[str, Any]:
    """Return a draft whose words have been read aloud, with everybody at rest."""
    draft = station.call("POST", "/alerts", {**ALERT, **more})
    path = f"/alerts/{draft['id']}"
    draft = until(lambda: found if (found := station.call("GET", path))["recording"] else None, within_s=60)
    time.sleep(rest_s)
    return dict(draft)


def approve(station: Station, books: Books, draft: dict[str, Any]) -> Asked:
    """Approve it, as the second person does."""
    body = {"content_sha256": draft["content_sha256"], "phrase": draft["phrase"]}
    return Asked(station, books, draft, "approve", body)


def cancel(station: Station, books: Books, alert: dict[str, Any]) -> Asked:
    """Silence it."""
    return Asked(station, books, alert, "cancel", {"reason": "thử"})


def of_part(heard: Sequence[Heard], part: str) -> dict[int, Heard]:
    """Return each box's first of that part."""
    first: dict[int, Heard] = {}
    for each in heard:
        if each.part == part:
            first.setdefault(each.box, each)
    return first
