"""The head of an official paper, as annex I of Decree 30/2020/NĐ-CP lays it down: who sends it, and the motto."""

from datetime import date

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"


def sender(station_name: str) -> str:
    """Return who sends it, e.g. `ỦY BAN NHÂN DÂN XÃ HỒNG PHONG`."""
    return f"ỦY BAN NHÂN DÂN {station_name.upper()}"


NUMBER = "Số:          /BC-UBND"
"""The office's clerk writes the number in: `BC` is a report's sign (annex III), `UBND` who issues it."""
RECIPIENTS = (
    "Nơi nhận:", "- Ủy ban nhân dân cấp tỉnh;", "- Sở Văn hóa, Thể thao và Du lịch;", "- Lưu: VT, đài truyền thanh.",
)  # fmt: skip


def place_and_day(station_name: str, day: date) -> str:
    """Return where and when, e.g. `Hồng Phong, ngày 05 tháng 12 năm 2026`; a month below three takes a nought too."""
    kinds = ("Xã ", "Phường ", "Đặc khu ", "Thị trấn ")
    name = next((station_name.removeprefix(kind) for kind in kinds if station_name.startswith(kind)), station_name)
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{name}, ngày {day.day:02} tháng {month} năm {day.year}"
