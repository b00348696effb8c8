"""Servers of feeds in memory: what lies there by address, with ETags, and what was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from broadcaster.services.cap.polling import Fetched, FetchFailed, Wanted
from tests.fakes.cap_documents import document

URL = "https://tin.example/cap/feed.xml"


@dataclass(kw_only=True)
class FakeWeb:
    """What lies on servers, by address; it honours ETags, and remembers what was asked for."""

    pages: dict[str, bytes] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    retry_after: str = ""
    down: bool = False
    asked: list[Wanted] = field(default_factory=list)

    def __call__(self, wanted: Wanted) -> Fetched:
        self.asked.append(wanted)
        if self.down:
            raise FetchFailed("unreachable", "Không kết nối được tới máy chủ nguồn.")
        status = self.statuses.get(wanted.url, 200 if wanted.url in self.pages else 404)
        body = self.pages.get(wanted.url, b"")
        etag = f'"{hash(body)}"'
        if status == 200 and wanted.etag == etag:
            return Fetched(status=304, url=wanted.url)
        return Fetched(status=status, body=body, etag=etag, retry_after=self.retry_after, url=wanted.url)

    def list(self, *names: str, updated: str = "2026-03-02T00:59:00Z") -> None:
        """Let the feed list these documents, the newest first, and have them lie there."""
        entries = "".join(f"<entry><id>https://tin.example/cap/{name}.xml</id></entry>" for name in names)
        text = f'<feed xmlns="http://www.w3.org/2005/Atom"><updated>{updated}</updated>{entries}</feed>'
        self.pages[URL] = text.encode()
        for name in names:
            self.pages.setdefault(f"https://tin.example/cap/{name}.xml", document(identifier=name))
