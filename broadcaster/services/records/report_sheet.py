"""The monthly report as tables of words and figures: what the workbook and the PDF both write, each in its own way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from broadcaster.domain.delivery import HEARD_NAMES, OUTCOME_NAMES, REASONS
from broadcaster.domain.records import letterhead
from broadcaster.domain.records.logbook import SOURCE_NAMES, Line
from broadcaster.domain.records.report import MonthlyReport, Tally
from broadcaster.domain.station import Station

Cell = str | int | float | None
PRIORITIES = {
    "ordinary": "Thông thường", "priority": "Ưu tiên", "emergency": "Khẩn cấp", "exercise": "Diễn tập",
    "test": "Thử loa",
}  # fmt: skip
_TALLY = (
    "Số tin, bài", "Lượt phát", "Thời lượng (phút)", "Lượt cụm loa", "Phát trọn", "Tỷ lệ phát (%)",
    "Tỷ lệ nghe thấy (%)",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A titled table. `widths` are those of its columns in letters."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A whole report in the form that a commune sends upwards: annex I of Decree 30/2020/NĐ-CP.

    `kind` is what the paper is, `title` what it is about; `recipients` begins with its own heading. Each signature is
    whose it is, in which post, and how to sign.
    """

    sender: str
    number: str
    nation: str
    motto: str
    place_and_day: str
    kind: str
    title: str
    made_at: datetime
    summary: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    log: Sheet
    recipients: tuple[str, ...]
    signatures: tuple[tuple[str, str, str], ...]


def paper(report: MonthlyReport, station: Station) -> Paper:
    """Return the report of a station, ready to be written."""
    zone = station.rules.zone
    return Paper(
        sender=letterhead.sender(station.name),
        number=letterhead.NUMBER,
        nation=letterhead.NATION,
        motto=letterhead.MOTTO,
        place_and_day=letterhead.place_and_day(station.name, report.made_at.astimezone(zone).date()),
        kind="BÁO CÁO",
        title=f"Hoạt động của đài truyền thanh {_lower(station.name)} tháng {report.month.first:%m/%Y}",
        made_at=report.made_at,
        summary=_summary(report),
        sheets=(
            _tallies("Tổng hợp", "I. Kết quả chung", "Nội dung",
                     [("Cả tháng", report.totals), ("Diễn tập, thử loa (tính riêng)", report.practised)]),
            _tallies("Theo nguồn", "II. Theo nguồn nội dung", "Nguồn",
                     [(SOURCE_NAMES[source], t) for source, t in report.by_source]),
            _tallies("Theo mức ưu tiên", "III. Theo mức ưu tiên", "Mức ưu tiên",
                     [(PRIORITIES.get(p, p), t) for p, t in report.by_priority]),
            _tallies("Theo thôn", "IV. Theo thôn, tổ dân phố", "Thôn, tổ dân phố", report.by_hamlet),
            _alerts(report, zone),
            _failures(report),
            _uptime(report),
            _items(report, zone),
        ),
        log=_log(report.lines, zone),
        recipients=letterhead.RECIPIENTS,
        signatures=(
            ("NGƯỜI LẬP BÁO CÁO", "", "(Ký, ghi rõ họ tên)"),
            ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "(Ký, đóng dấu, ghi rõ họ tên)"),
        ),
    )  # fmt: skip


def _lower(name: str) -> str:
    """Return a station's name within a sentence: `Xã Hồng Phong` is `xã Hồng Phong` there."""
    return name[:1].lower() + name[1:]


def _summary(report: MonthlyReport) -> tuple[str, ...]:
    verdict = report.log
    whole = (
        f"Nhật ký phát thanh của tháng nguyên vẹn: {verdict.lines} dòng, mã kiểm tra cuối {verdict.last_sha256}."
        if verdict.whole
        else f"CHÚ Ý: nhật ký phát thanh đã bị thay đổi từ dòng {verdict.broken_at}."
    )
    return (
        "Số liệu lấy từ nhật ký phát thanh của hệ thống; lượt chưa có báo cáo không tính là đã phát.",
        whole,
    )


def _tally(tally: Tally) -> tuple[Cell, ...]:
    return (
        tally.items, tally.aired, tally.minutes, tally.deliveries, tally.played, tally.played_share, tally.heard_share,
    )  # fmt: skip


def _tallies(name: str, title: str, first: str, rows: Sequence[tuple[str, Tally]]) -> Sheet:
    return Sheet(
        name=name,
        title=title,
        columns=(first, *_TALLY),
        rows=tuple((label, *_tally(tally)) for label, tally in rows),
        widths=(24, 9, 9, 11, 10, 9, 10, 11),
    )


def _alerts(report: MonthlyReport, zone: ZoneInfo) -> Sheet:
    return Sheet(
        name="Khẩn cấp, diễn tập",
        title="V. Tin khẩn cấp, diễn tập, thử loa",
        columns=("Giờ phát lệnh", "Nội dung", "Loại", "Lượt cụm loa", "Phát đủ", "Tỷ lệ (%)", "Phút"),
        rows=tuple(
            (
                _at(alert.first_at, zone), alert.title, SOURCE_NAMES[alert.source], alert.tally.deliveries,
                alert.tally.played, alert.tally.played_share, alert.tally.minutes,
            )
            for alert in report.alerts
        ),
        widths=(15, 34, 16, 9, 8, 9, 7),
    )  # fmt: skip


def _failures(report: MonthlyReport) -> Sheet:
    return Sheet(
        name="Lượt chưa trọn",
        title="VI. Lượt không phát, phát dở và lý do",
        columns=("Kết quả", "Lý do", "Số lượt cụm loa"),
        rows=tuple((OUTCOME_NAMES[f.outcome], _reason(f.reason), f.count) for f in report.failures),
        widths=(18, 58, 14),
    )


def _uptime(report: MonthlyReport) -> Sheet:
    return Sheet(
        name="Bộ thu",
        title="VII. Thời gian bộ thu giữ liên lạc",
        columns=("Cụm loa", "Thôn, tổ dân phố", "Theo dõi (giờ)", "Có liên lạc (giờ)", "Tỷ lệ (%)"),
        rows=tuple(
            (up.place.cluster_name, up.place.hamlet_name, _hours(up.watched_s), _hours(up.online_s), up.share)
            for up in report.uptime
        ),
        widths=(24, 24, 14, 15, 11),
    )


def _items(report: MonthlyReport, zone: ZoneInfo) -> Sheet:
    return Sheet(
        name="Danh mục tin, bài",
        title="VIII. Danh mục tin, bài đã lên lịch",
        columns=("Phát lần đầu", "Tên tin, bài", "Nguồn", "Mức ưu tiên", "Lượt phát", "Phút", "Tỷ lệ phát (%)"),
        rows=tuple(
            (
                _at(item.first_at, zone), item.title, SOURCE_NAMES[item.source],
                PRIORITIES.get(item.priority, item.priority), item.tally.aired, item.tally.minutes,
                item.tally.played_share,
            )
            for item in report.items
        ),
        widths=(15, 34, 14, 11, 7, 7, 9),
    )  # fmt: skip


def _log(lines: Sequence[Line], zone: ZoneInfo) -> Sheet:
    return Sheet(
        name="Nhật ký",
        title="NHẬT KÝ PHÁT THANH",
        columns=("Dòng", "Giờ đặt", "Tên", "Nguồn", "Mức ưu tiên", "Thôn, tổ dân phố", "Cụm loa", "Bắt đầu",
                 "Kết thúc", "Giây", "Kết quả", "Lý do", "Nghe thấy", "Mã kiểm tra"),
        rows=tuple(_log_row(line, zone) for line in lines),
        widths=(7, 19, 34, 16, 12, 20, 20, 19, 19, 7, 14, 40, 18, 20),
    )  # fmt: skip


def _log_row(line: Line, zone: ZoneInfo) -> tuple[Cell, ...]:
    entry = line.entry
    return (
        line.number,
        _at(entry.planned_at, zone, seconds=True),
        entry.title,
        SOURCE_NAMES[entry.source],
        PRIORITIES.get(entry.priority, entry.priority),
        entry.place.hamlet_name,
        entry.place.cluster_name,
        _at(entry.started_at, zone, seconds=True) if entry.started_at else "",
        _at(entry.ended_at, zone, seconds=True) if entry.ended_at else "",
        round(entry.sounded.total_seconds()),
        OUTCOME_NAMES[entry.outcome],
        _reason(entry.reason),
        HEARD_NAMES[entry.heard] if entry.heard else "",
        line.sha256[:16],
    )


def _reason(reason: str | None) -> str:
    return REASONS.get(reason, reason) if reason else ""


def _hours(seconds: int) -> float:
    return round(seconds / 3600, 1)


def _at(instant: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    return f"{instant.astimezone(zone):{'%d/%m/%Y %H:%M:%S' if seconds else '%d/%m/%Y %H:%M'}}"
