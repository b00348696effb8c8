"""The alarm: a real one to two hamlets, one to all that wants two people, a drill, and what was made ready."""

from playwright.sync_api import Page, expect

from tests.pictures.cast import Cast

BOTH_ROLES = {"full_name": "Nguyễn Tiến Dũng", "username": "dung", "password": "mot cau ngan de nho"}


def play(cast: Cast) -> None:
    """Send, stop, correct; drill; and look at what stands ready."""
    officer = _officer(cast)
    _ready(cast, officer)
    _sent_and_stopped(cast, officer)
    _two_people(cast, officer)
    _drill(cast, officer)
    cast.open(officer, "/tin-khan/lich-su", name="tin-khan-da-phat")


def _officer(cast: Cast) -> Page:
    """Have the administrator give somebody both roles."""
    form = cast.open(cast.admin, "/nguoi-dung").locator("form[action='/nguoi-dung']")
    for name, value in (BOTH_ROLES | {"again": BOTH_ROLES["password"]}).items():
        form.locator(f"[name={name}]").fill(value)
    for role in ("editor", "approver"):
        form.locator(f"[name=role][value={role}]").check()
    form.get_by_role("button").click()
    expect(cast.admin.get_by_role("status")).to_contain_text("Đã thêm tài khoản")
    return cast.sign_in(BOTH_ROLES["username"], BOTH_ROLES["password"])


def _ready(cast: Cast, page: Page) -> None:
    cast.open(page, "/tin-khan", name="tin-khan")
    cast.open(page, "/tin-khan/tu-soan", name="tin-khan-tu-soan")
    cast.open(page, "/tin-khan/thu-loa", name="thu-loa")
    cast.open(page, "/tin-khan/lam-san", name="tin-lam-san")
    cast.open(page, "/tin-khan/danh-ba", name="tin-khan-danh-ba")
    cast.open(page, "/tin-khan/tu-ngoai", name="canh-bao-tu-ngoai")


def _chosen(cast: Cast, page: Page, path: str, *hamlets: str) -> Page:
    """Draft the flash flood's template for some hamlets, or for all."""
    cast.open(page, path)
    for hamlet in hamlets:
        page.get_by_role("checkbox", name=hamlet, exact=True).check()
    page.get_by_role("button", name="Lũ quét").click()
    return page


def _sent_and_stopped(cast: Cast, page: Page) -> None:
    first, second, *_ = [box["hamlet_name"] for box in cast.station.boxes()]
    _chosen(cast, page, "/tin-khan", first, second)
    cast.camera.take(page, "tin-khan-xem-truoc")
    page.get_by_role("button", name="PHÁT BÁO ĐỘNG THẬT").click()
    expect(page.locator("[data-hearing=sounding_siren]")).to_have_count(2, timeout=90_000)
    cast.camera.take(page, "tin-khan-dang-phat")
    cast.open(page, "/ban-tin", name="tin-khan-dung-moi-trang")
    cast.open(page, "/", name="tin-khan-hom-nay")
    page.get_by_role("button", name="Dừng tất cả").first.click()
    expect(page.get_by_role("status")).to_contain_text("Đã dừng mọi tin khẩn")
    cast.camera.take(page, "tin-khan-da-dung")


def _two_people(cast: Cast, page: Page) -> None:
    _chosen(cast, page, "/tin-khan", "Toàn xã")
    cast.camera.take(page, "tin-khan-toan-xa-mot-nguoi")
    second = cast.open(cast.approver, page.url.removeprefix(cast.station.about["url"]))
    cast.camera.take(second, "tin-khan-nguoi-thu-hai")
    second.locator("#phrase").fill("bao dong that")
    second.locator("button.send").click()
    cast.camera.take(second, "tin-khan-sai-cau")


def _drill(cast: Cast, page: Page) -> None:
    cast.open(page, "/tin-khan/dien-tap", name="dien-tap")
    hamlet = cast.station.boxes()[0]["hamlet_name"]
    _chosen(cast, page, "/tin-khan/dien-tap", hamlet)
    cast.camera.take(page, "dien-tap-hen-gio")
    page.get_by_role("button", name="Xem tin diễn tập").click()
    cast.camera.take(page, "dien-tap-xem-truoc")
    page.get_by_role("button", name="Bắt đầu diễn tập").first.click()
    expect(page.locator("[data-hearing^=sounding]")).to_have_count(1, timeout=90_000)
    cast.camera.take(page, "dien-tap-dang-phat")
    cast.open(page, "/", name="dien-tap-hom-nay")
    page.locator("form[action$=dung-tat-ca] button").first.click()
    cast.open(page, "/tin-khan/ket-qua-dien-tap", name="dien-tap-ket-qua")
