"""How pages are made from templates: one environment for each language, autoescape always on."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from broadcaster.domain import permissions
from broadcaster.domain.errors import N_
from broadcaster.web import words
from broadcaster.web.i18n import LANGUAGES, Translate
from broadcaster.web.session import Guest, Visit, Visitor

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"

DONE = {
    "luu": N_("Đã lưu bản tin. Máy đang đọc thử."),
    "gui-duyet": N_("Đã gửi duyệt. Người duyệt sẽ thấy bản tin trong mục Chờ duyệt."),
    "duyet": N_("Đã duyệt bản tin. Việc tiếp theo: chọn giờ phát."),
    "tra-lai": N_("Đã trả lại bản tin cho người soạn."),
    "rut": N_("Đã rút bản tin. Các lượt phát sắp tới đã hủy."),
    "huy": N_("Đã hủy lượt phát."),
    "doc-lai": N_("Đã yêu cầu đọc lại."),
    "cach-doc": N_("Đã đổi cách đọc. Máy đang đọc lại."),
    "tu-dien": N_("Đã ghi vào từ điển của đài. Bản tin chưa duyệt có chữ này được đọc lại."),
    "tu-dien-bo": N_("Đã bỏ khỏi từ điển của đài."),
    "cum-loa": N_("Đã thêm cụm loa. Việc tiếp theo: lấy mã lắp đặt cho bộ thu."),
    "ma": N_("Đã cấp mã lắp đặt mới."),
    "go": N_("Đã gỡ bộ thu khỏi đài."),
    "quy-dinh": N_("Đã lưu quy định của đài."),
    "thon": N_("Đã thêm thôn."),
    "nguoi": N_("Đã thêm tài khoản."),
    "nguoi-sua": N_("Đã lưu thay đổi tài khoản."),
    "mat-khau": N_("Đã đặt mật khẩu mới. Người này phải đăng nhập lại."),
    "thu-hoi": N_("Đã thu hồi mã truy cập."),
    "them-noi-nhan": N_("Đã thêm nơi nhận tin. Xin gửi thử một tin để chắc chắn."),
    "bo-noi-nhan": N_("Đã bỏ nơi nhận tin."),
    "gui-thu": N_("Đã gửi tin thử. Xin xem tin đã đến chưa."),
    "dang-xuat": N_("Đã đăng xuất."),
    "phat-lai": N_("Đã đặt phát lại, chỉ ở những cụm loa chưa nghe."),
    "am-thanh": N_("Đã nhận âm thanh. Xin nghe thử rồi gửi duyệt."),
    "am-thanh-sua": N_("Đã lưu thông tin. Âm thanh cần được duyệt lại."),
    "am-thanh-gui": N_("Đã gửi duyệt. Người duyệt sẽ thấy âm thanh trong mục Chờ duyệt."),
    "am-thanh-duyet": N_("Đã duyệt âm thanh."),
    "am-thanh-tra": N_("Đã trả lại âm thanh cho người tải lên."),
    "am-thanh-rut": N_("Đã rút âm thanh. Các lượt phát sắp tới của nó đã hủy."),
    "tin-phat": N_("Đã gửi đi. Trang này cho biết nơi nào đã kêu."),
    "tin-cho": N_("Đã ghi lời xác nhận của bạn. Tin chưa phát: còn thiếu một người."),
    "tin-hen": N_("Đã duyệt. Tin sẽ tự bắt đầu đúng giờ đã hẹn."),
    "dung-tat-ca": N_("Đã dừng mọi tin khẩn. Nếu tin vừa rồi là nhầm, bấm “Phát đính chính”."),
    "tin-dung": N_("Đã dừng tin này ở mọi nơi."),
    "tin-bo": N_("Đã bỏ bản nháp."),
    "tin-luu": N_("Đã lưu. Tin chưa phát, xin xem lại rồi duyệt."),
    "dinh-chinh": N_("Đang phát đính chính ở những nơi đã nghe tin đó."),
    "tin-phat-lai": N_("Đang phát lại, chỉ ở những nơi chưa kêu."),
    "lam-san": N_("Đã ghi. Máy đang đọc, rồi các bộ thu sẽ tải về giữ sẵn."),
    "go-lam-san": N_("Đã gỡ tin làm sẵn."),
    "nut-thon": N_("Đã lưu nút bấm của thôn."),
    "danh-ba": N_("Đã lưu danh bạ."),
    "them-nguon": N_("Đã theo dõi nguồn mới. Máy hỏi nguồn ngay bây giờ, câu trả lời hiện ở trang này."),
    "hoi-nguon": N_("Đang hỏi nguồn. Câu trả lời hiện ở trang này."),
    "dung-nguon": N_("Đã tạm dừng nguồn. Đài không nhận cảnh báo của nguồn này cho đến khi theo dõi lại."),
    "lai-nguon": N_("Đang theo dõi lại. Máy hỏi nguồn ngay bây giờ, câu trả lời hiện ở trang này."),
    "bo-nguon": N_("Đã thôi theo dõi nguồn."),
    "them-quy-tac": N_("Đã thêm nguồn được nhận. Việc tiếp theo: thêm địa chỉ để theo dõi, nếu đài tự hỏi nguồn này."),
    "sua-quy-tac": N_("Đã lưu quy tắc. Tin đến từ bây giờ theo quy tắc mới."),
    "bo-quy-tac": N_("Đã bỏ quy tắc. Tin của nguồn này không được nhận nữa."),
    "dia-ban": N_("Đã lưu địa bàn của đài."),
    "buoi-doi": N_("Đã dời buổi phát. Trang này cho biết buổi ấy phát gì."),
    "buoi-nghi": N_("Đã cho nghỉ buổi ấy."),
    "buoi-cu": N_("Buổi ấy lại phát như thường lệ."),
    "tuan-chep": N_("Đã chép tuần."),
    "hoan-tac": N_("Đã hoàn tác."),
    "mau": N_("Đã nhận mẫu. Lịch bắt đầu từ buổi sắp tới."),
    "chuong-trinh": N_("Đã lưu chương trình."),
    "bo-chuong-trinh": N_("Đã bỏ chương trình."),
    "ban-thu": N_("Đã lưu bản thu của chương trình."),
    "xep-lich": N_("Đã xếp lịch. Dưới đây ghi buổi nào, vì sao."),
    "rut-yeu-cau": N_("Đã rút yêu cầu phát."),
    "xep-thu-tu": N_("Đã ghi thứ tự, lịch đã xếp lại."),
    "dinh-muc": N_("Đã lưu định mức. Lịch được lập lại theo đó."),
    "lich-tep": N_("Đã nhận lịch từ tệp."),
    "gio-khac": N_("Đã đổi giờ, lịch đã xếp lại."),
    "nghi-dot": N_("Đã cho nghỉ. Hoàn tác được ở trang “Ai đã sửa gì”."),
    "lich-moi": N_("Đã tạo địa chỉ lịch. Địa chỉ cũ, nếu có, không dùng được nữa."),
    "lich-thu-hoi": N_("Đã thu hồi địa chỉ lịch."),
    "thiet-lap": N_("Đài đã sẵn sàng. Việc tiếp theo: thêm cụm loa."),
}
"""What `?da=` may say above a page after something was done. Nothing else from the address is ever shown."""


class Looks:
    """Makes pages and fragments. `listening` says whether there are loudspeakers to listen to in the browser."""

    def __init__(self, languages: Mapping[str, Translate]) -> None:
        versions = _versions(STATIC)
        self._environments = {
            language: _environment(translate, language=language, versions=versions)
            for language, translate in languages.items()
        }

    def page(
        self, visitor: Visitor, template: str, *, values: Mapping[str, object], status: int, listening: bool
    ) -> HTMLResponse:
        """Return a whole page."""
        frame = _frame(visitor, listening=listening)
        return HTMLResponse(self.fragment(visitor, template, values={**frame, **values}), status_code=status)

    def fragment(self, visitor: Visitor, template: str, *, values: Mapping[str, object]) -> str:
        """Return a piece of a page."""
        return self._environments[visitor.language].get_template(template).render(csrf=visitor.csrf, **values)


def _environment(translate: Translate, *, language: str, versions: Mapping[str, str]) -> Environment:
    def say(message: str, **values: object) -> str:
        return translate(message).format(**values) if values else translate(message)

    def static(name: str) -> str:
        return f"/static/{name}?v={versions[name]}"

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=say, static=static, language=language, languages=LANGUAGES)
    return environment


def _versions(folder: Path) -> dict[str, str]:
    """Return a short hash of each static file, so that browsers keep one for ever and still see a new one."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in folder.iterdir() if path.is_file()
    }


def _frame(visitor: Visitor, *, listening: bool) -> dict[str, object]:
    """Return what stands around every page."""
    visit = visitor if isinstance(visitor, Visit) else None
    done = DONE.get(visitor.request.query_params.get("da", ""))
    path = visitor.request.url.path
    return {
        "visit": visit,
        "is_guest": isinstance(visitor, Guest),
        "station_title": words.station_title(visit.station, visitor.translate) if visit else "",
        "role_names": words.roles(visit.person.roles, visitor.translate) if visit else "",
        "menu": _menu(visit, listening=listening, path=path) if visit else (),
        "back_path": path if visitor.request.method == "GET" else "/",
        "done": visitor.translate(done) if done else None,
    }


def _menu(visit: Visit, *, listening: bool, path: str) -> list[dict[str, object]]:
    person = visit.person
    places = [
        ("/", N_("Hôm nay"), True),
        ("/tin-khan", N_("Tin khẩn"), permissions.may_alert(person) or permissions.may_administer(person)),
        ("/ban-tin", N_("Bản tin"), True),
        ("/kho-am-thanh", N_("Kho âm thanh"), True),
        ("/cho-duyet", N_("Chờ duyệt"), permissions.may_approve(person)),
        ("/lich-tuan", N_("Lịch tuần"), True),
        ("/luot-phat", N_("Lượt phát"), True),
        ("/bao-cao-thang", N_("Báo cáo"), True),
        ("/thiet-bi", N_("Cụm loa"), True),
        ("/nghe", N_("Nghe loa"), listening),
        ("/dai", N_("Quản trị"), permissions.may_administer(person)),
    ]
    return [
        {"href": href, "text": visit.translate(text), "here": _is_here(href, path)}
        for href, text, shown in places
        if shown
    ]


_UNDER = {
    "/lich-tuan": ("/chuong-trinh",),
    "/ban-tin": ("/tu-dien",),
    "/thiet-bi": ("/cum-loa", "/bo-thu"),
    "/bao-cao-thang": ("/nhat-ky-phat", "/chua-nghe"),
    "/dai": ("/nguoi-dung", "/ma-truy-cap", "/nhat-ky"),
}


def _is_here(href: str, path: str) -> bool:
    if href == "/":
        return path == "/"
    return any(path == root or path.startswith(f"{root}/") for root in (href, *_UNDER.get(href, ())))
