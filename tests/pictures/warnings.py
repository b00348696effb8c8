"""Warnings from outside: the rules of a source, a feed that answers and one that does not, what came and why."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Page, expect

from tests.fakes.cap_authority import Authority
from tests.fakes.cap_documents import block, document
from tests.pictures.cast import Cast

HOME = "/tin-khan/tu-ngoai"
SOURCE = "Ban Chỉ huy phòng thủ dân sự tỉnh Bắc Ninh"
NOBODY = "http://127.0.0.1:9/cap/kttv.xml"


def play(cast: Cast) -> None:
    """Add a source and two feeds, let warnings come, and look at one."""
    _source(cast)
    cast.open(cast.admin, f"{HOME}/dia-ban", name="canh-bao-dia-ban")
    with _feed() as url:
        for address in (url, NOBODY):
            _watched(cast, address)
        cast.open(cast.admin, f"{HOME}/nguon", name="canh-bao-nguon-moi")
        _arrived(cast)
        page = cast.open(cast.admin, HOME)
        for state in ("Đang hoạt động", "Đang trục trặc"):
            expect(page.get_by_text(state)).to_be_visible(timeout=30_000)
        cast.camera.take(page, "canh-bao-tu-ngoai")
    page = cast.open(cast.approver, HOME)
    page.locator("#warnings-waiting a.row-title").first.click()
    cast.camera.take(page, "canh-bao-mot-tin")
    page.get_by_role("link", name="Xem và duyệt").click()
    cast.camera.take(page, "canh-bao-ban-nhap")


def _source(cast: Cast) -> None:
    page = cast.open(cast.admin, f"{HOME}/quy-tac-moi")
    page.get_by_label("Tên nguồn").fill(SOURCE)
    page.get_by_label("Chỉ nhận của những nơi gửi này").fill("pctt@bacninh.example")
    page.get_by_text("Báo động thật có chữ ký số đúng của nguồn này").click()
    page.get_by_role("button", name="Lưu quy tắc").click()
    cast.camera.take(page, "canh-bao-quy-tac-sai")
    page.get_by_label("Dán chứng thư mới").fill(Authority(days=3650).pem)
    page.get_by_text("Không bao giờ (nên chọn)").click()
    page.get_by_role("button", name="Lưu quy tắc").click()
    expect(page.get_by_role("status")).to_contain_text("Đã thêm nguồn")
    cast.camera.take(page, "canh-bao-quy-tac")
    page.get_by_role("link", name=f"Sửa {SOURCE}").click()
    cast.camera.take(page, "canh-bao-quy-tac-sua")


def _watched(cast: Cast, address: str) -> Page:
    page = cast.open(cast.admin, f"{HOME}/nguon")
    page.get_by_label("Địa chỉ", exact=True).fill(address)
    page.get_by_label("Theo quy tắc của").select_option(label=SOURCE)
    page.get_by_text("Nguồn trong mạng nội bộ, hoặc").click()
    page.get_by_text("Địa chỉ này nằm trong mạng nội bộ").click()
    page.get_by_role("button", name="Theo dõi nguồn này").click()
    expect(page.get_by_role("status")).to_contain_text("Đã theo dõi")
    return page


def _arrived(cast: Cast) -> None:
    """Send one that waits, and two that are not used."""
    now = datetime.now(UTC).replace(microsecond=0)
    ends = now + timedelta(hours=6)
    _post(
        cast, document(identifier="BN-2026-29", sent=now, status="Test", infos=block(headline="Tin thử", expires=ends))
    )
    _post(
        cast,
        document(
            identifier="BN-2026-30", sent=now, scope="Restricted", infos=block(headline="Tin nội bộ", expires=ends)
        ),
    )
    waits = block(headline="Lũ trên sông Thương vượt báo động 2", event="lũ", expires=ends)
    _post(cast, document(identifier="BN-2026-31", sent=now, infos=waits))


def _post(cast: Cast, raw: bytes) -> None:
    request = urllib.request.Request(f"{cast.station.about['url']}/api/v1/alerts/cap", method="POST", data=raw)
    request.add_header("Authorization", f"Bearer {cast.station.about['tokens']['editor']}")
    request.add_header("Content-Type", "application/cap+xml")
    with urllib.request.urlopen(request, timeout=20):
        pass


@contextmanager
def _feed() -> Iterator[str]:
    """Serve an empty feed for as long as the context lasts, and return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/cap/feed.xml"
    finally:
        server.shutdown()
        server.server_close()


class _Empty(BaseHTTPRequestHandler):
    """A feed that lives and has nothing to tell."""

    def do_GET(self) -> None:
        updated = datetime.now(UTC).isoformat(timespec="seconds")
        body = f'<feed xmlns="http://www.w3.org/2005/Atom"><updated>{updated}</updated></feed>'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing of each request."""
