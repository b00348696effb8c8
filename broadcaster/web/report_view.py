"""The monthly report as the page shows it: figures of `domain.report` in words, and the charts beside the tables."""

from typing import Any

from broadcaster.domain.delivery import OUTCOME_NAMES, REASONS
from broadcaster.domain.errors import N_
from broadcaster.domain.records.logbook import NOT_IN_EARNEST, SOURCE_NAMES, Verdict
from broadcaster.domain.records.report import AiredItem, Failure, MonthlyReport, Tally
from broadcaster.web import charts, words
from broadcaster.web.i18n import Translate
from broadcaster.web.session import Visit

PRIORITY_NAMES = {
    "ordinary": N_("Thông thường"),
    "priority": N_("Ưu tiên"),
    "emergency": N_("Khẩn cấp"),
    "exercise": N_("Diễn tập"),
    "test": N_("Thử loa"),
}


def values(visit: Visit, report: MonthlyReport) -> dict[str, Any]:
    """Return everything that the report's page shows."""
    translate = visit.translate
    return {
        "month": f"{report.month.month:02}/{report.month.year}",
        "totals": tally_row("", report.totals, translate),
        "by_source": [tally_row(translate(SOURCE_NAMES[s]), t, translate) for s, t in report.by_source],
        "by_priority": [tally_row(translate(PRIORITY_NAMES.get(p, p)), t, translate) for p, t in report.by_priority],
        "by_hamlet": [tally_row(name, t, translate) for name, t in report.by_hamlet],
        "by_day": [tally_row(f"{day:%d/%m}", t, translate) for day, t in report.by_day if t.airings],
        "practised": tally_row("", report.practised, translate),
        "alerts": [_alert(each, visit) for each in report.alerts],
        "failures": [_failure(failure, translate) for failure in report.failures],
        "uptime": [
            {
                "hamlet": up.place.hamlet_name,
                "cluster": up.place.cluster_name,
                "share": percent(up.share, translate),
                "watched": _hours(up.watched_s, translate),
                "online": _hours(up.online_s, translate),
            }
            for up in report.uptime
        ],
        "charts": _charts(report, translate),
        "log": verdict_words(report.log, translate),
    }


def tally_row(name: str, tally: Tally, translate: Translate) -> dict[str, object]:
    """Return a row of figures."""
    return {
        "name": name,
        "pieces": tally.items,
        "aired": tally.aired,
        "airings": tally.airings,
        "minutes": decimal(tally.minutes),
        "deliveries": tally.deliveries,
        "played": tally.played,
        "played_share": percent(tally.played_share, translate),
        "heard_share": percent(tally.heard_share, translate),
        "judged": tally.heard + tally.not_heard + tally.unsure,
    }


def _alert(each: AiredItem, visit: Visit) -> dict[str, object]:
    translate = visit.translate
    return tally_row(each.title, each.tally, translate) | {
        "at": words.moment(each.first_at, visit.station.rules.zone, translate),
        "kind": translate(SOURCE_NAMES[each.source]),
        "practised": each.source in NOT_IN_EARNEST,
    }


def _hours(seconds: int, translate: Translate) -> str:
    return translate("{n} giờ").format(n=decimal(seconds / 3600))


def percent(share: float | None, translate: Translate) -> str:
    """Return a share as `98,5%`."""
    return translate("chưa có") if share is None else f"{decimal(share)}%"


def decimal(figure: float) -> str:
    """Return a figure to a tenth, as it is written in Việt Nam."""
    return f"{figure:.1f}".replace(".", ",").removesuffix(",0")


def verdict_words(verdict: Verdict, translate: Translate) -> dict[str, object]:
    """Return whether the log is whole, in a sentence with its colour."""
    if verdict.broken_at is None:
        said = translate("Nhật ký nguyên vẹn: {n} dòng, mã kiểm tra cuối {code}.")
        return {"look": ("check", "good"), "said": said.format(n=verdict.lines, code=verdict.last_sha256[:16])}
    said = translate("Nhật ký đã bị thay đổi từ dòng {n}. Xin báo người quản trị và giữ nguyên máy chủ để kiểm tra.")
    return {"look": ("cross", "bad"), "said": said.format(n=verdict.broken_at)}


def outcome_words(outcome_reason: Failure, translate: Translate) -> tuple[str, str]:
    """Return how a delivery ended and why, in words."""
    reason = outcome_reason.reason
    return translate(OUTCOME_NAMES[outcome_reason.outcome]), translate(REASONS.get(reason, reason)) if reason else ""


def _failure(failure: Failure, translate: Translate) -> dict[str, object]:
    outcome, reason = outcome_words(failure, translate)
    icon, colour = words.OUTCOME_LOOKS[failure.outcome]
    return {"outcome": outcome, "reason": reason, "count": failure.count, "look": (icon, colour)}


def _charts(report: MonthlyReport, translate: Translate) -> dict[str, object]:
    minutes = translate("{n} phút")

    def of_day(label: str, value: float) -> str:
        return f"{translate('Ngày')} {label}: {minutes.format(n=decimal(value))}"

    return {
        "days": charts.columns([(str(day.day), tally.minutes) for day, tally in report.by_day], said=of_day),
        "sources": charts.strokes(
            [
                (translate(SOURCE_NAMES[source]), tally.minutes, minutes.format(n=decimal(tally.minutes)))
                for source, tally in report.by_source
            ]
        ),
        "hamlets": charts.strokes(
            [
                (name, tally.played_share or 0, percent(tally.played_share, translate))
                for name, tally in report.by_hamlet
            ],
            whole=100,
        ),
        "uptime": charts.strokes(
            [
                (f"{up.place.cluster_name}, {up.place.hamlet_name}", up.share or 0, percent(up.share, translate))
                for up in report.uptime
            ],
            whole=100,
        ),
    }
