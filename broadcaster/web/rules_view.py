"""What limits a station, said in plain sentences: what follows from a profile, quiet hours and exceptions."""

from collections.abc import Callable, Iterator, Sequence

from broadcaster.domain.errors import N_
from broadcaster.domain.station import QuietHours
from broadcaster.domain.week.regime import EVERY_DAY, WEEKDAY_NAMES, Hours, LegalSource, Profile, Regime
from broadcaster.web.session import Visit
from broadcaster.web.week_view import Places

Said = Callable[..., str]


def what_follows(visit: Visit, regime: Regime, places: Places) -> list[str]:
    """Return what a regime means for the loudspeakers, a sentence each."""
    return [
        *_of_profile(visit, regime.profile),
        *_of_quiet_hours(visit, regime.rules.quiet_hours),
        *_of_precincts(visit, regime, places),
        *_of_places(visit, regime, places),
    ]


def profile_card(visit: Visit, profile: Profile) -> dict[str, object]:
    """Return a profile of caps as one chooses it, with the document that it comes from."""
    return {
        "id": profile.id,
        "name": profile.name,
        "sentences": _of_profile(visit, profile),
        "source": source_said(visit, profile.source),
        "article": profile.source.article,
        "note": profile.source.note,
    }


def source_said(visit: Visit, source: LegalSource) -> str:
    """Return the document in one line, with its number and day."""
    number = visit.sentence(N_("số {number}"), number=source.number) if source.number else ""
    day = visit.sentence(N_("ngày {day}"), day=f"{source.issued_on:%d/%m/%Y}") if source.issued_on else ""
    return ", ".join(part for part in (source.document, f"{number} {day}".strip()) if part)


def _of_profile(visit: Visit, profile: Profile) -> list[str]:
    minutes = round(profile.session_length.total_seconds() / 60)
    said = [
        visit.sentence(
            N_("Mỗi ngày nhiều nhất {sessions} buổi, mỗi buổi dài nhất {minutes} phút, kể cả tiếp sóng."),
            sessions=profile.sessions_a_day, minutes=minutes,
        )
    ]  # fmt: skip
    days = min(profile.days_a_week, len(profile.weekdays))
    if days < 7:
        said.append(
            visit.sentence(
                N_("Mỗi tuần nhiều nhất {days} ngày, vào {weekdays}; ngày khác chỉ phát dịp đặc biệt."),
                days=days, weekdays=_weekdays(visit, profile.weekdays),
            )
        )  # fmt: skip
    spans = ", ".join(_span(hours) for hours in profile.usual_hours)
    said.append(visit.sentence(N_("Bắt đầu ngoài {spans} thì phải ghi lại giờ bằng chữ để xác nhận."), spans=spans))
    return said


def _of_quiet_hours(visit: Visit, quiet: Sequence[QuietHours]) -> list[str]:
    if not quiet:
        return [visit.translate(N_("Đài không đặt giờ yên lặng nào."))]
    spans = ", ".join(_span(each) for each in quiet)
    return [visit.sentence(N_("Trong {spans} loa không phát gì, trừ tin khẩn cấp."), spans=spans)]


def _of_precincts(visit: Visit, regime: Regime, places: Places) -> Iterator[str]:
    for each in regime.precincts:
        yield visit.sentence(
            N_("Riêng {places} theo “{profile}”: nhiều nhất {sessions} buổi một ngày, {minutes} phút một buổi."),
            places=places.named(each.audience, visit), profile=each.profile.name,
            sessions=each.profile.sessions_a_day,
            minutes=round(each.profile.session_length.total_seconds() / 60),
        )  # fmt: skip


def _of_places(visit: Visit, regime: Regime, places: Places) -> Iterator[str]:
    for each in regime.sensitive:
        where = places.named(each.audience, visit)
        db = f"{-each.gain_db:g}".replace(".", ",")
        if each.gain_db:
            yield visit.sentence(N_("Gần {name} ({places}) loa nhỏ hơn {db} dB."), name=each.name, places=where, db=db)
        if each.quiet_hours:
            spans = ", ".join(_span(one) for one in each.quiet_hours)
            yield visit.sentence(
                N_("Gần {name} ({places}) loa còn nghỉ trong {spans}."), name=each.name, places=where, spans=spans
            )


def _weekdays(visit: Visit, weekdays: Sequence[int]) -> str:
    if tuple(weekdays) == EVERY_DAY:
        return visit.translate(N_("ngày nào cũng được"))
    return ", ".join(visit.translate(WEEKDAY_NAMES[day - 1]) for day in sorted(weekdays))


def _span(each: QuietHours | Hours) -> str:
    return f"{each.start:%H:%M}–{each.end:%H:%M}"
