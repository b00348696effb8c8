"""What bulletins asked for, in words: the wish, what became of it and why, and which ones collide."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.bulletin import Bulletin
from broadcaster.domain.errors import N_
from broadcaster.domain.ids import UserId
from broadcaster.domain.permissions import may_air
from broadcaster.domain.programme import ProgrammeId
from broadcaster.domain.week.planned import Fate
from broadcaster.domain.week.requests import AtMinute, AtOnce, NextSession, TheseSessions, Wish
from broadcaster.services.week.asking import clashes
from broadcaster.store import accounts, bulletins, programmes, recordings, requests
from broadcaster.store.requests import Asked
from broadcaster.web import words
from broadcaster.web.forms import Entered
from broadcaster.web.session import Visit

FATES = {
    Fate.PLACED: ("check", "good", N_("Đã xếp")),
    Fate.LATER: ("clock", "warn", N_("Xếp vào buổi sau")),
    Fate.PAST: ("check", "waiting", N_("Đã tới giờ")),
    Fate.WAITING: ("question", "warn", N_("Chưa có chỗ")),
    Fate.CLASH: ("warn", "bad", N_("Tranh chỗ")),
    Fate.EXPIRED: ("cross", "bad", N_("Hết hạn")),
    Fate.WITHDRAWN: ("stop", "waiting", N_("Đã rút")),
}
_SHOWN_MOST = 6


def asking_values(tx: Connection, visit: Visit, bulletin: Bulletin) -> dict[str, object]:
    """Return what the page of a bulletin shows of its places in the week, and what it offers to ask for."""
    kept = programmes.of_station(tx, visit.station.id)
    titles = programmes.titles_of(tx, visit.station.id)
    every = requests.of_bulletin(tx, visit.station.id, bulletin.id)
    return {
        "asked": [_asked(visit, each, titles) for each in reversed(every[-_SHOWN_MOST:])],
        "sessions_offered": [
            {"id": k.programme.id, "title": f"{k.programme.slot.starts:%H:%M} {k.programme.title}"}
            for k in kept
            if k.programme.active
        ],
    }


def clash_groups(tx: Connection, visit: Visit, *, entered: Entered | None = None) -> list[list[dict[str, object]]]:
    """Return the requests that keep each other out, group by group, in the order in which they were asked for.

    What somebody `entered` as another time stands in its fields again.
    """
    names = {account.person.id: account.person.name for account in accounts.of_station(tx, visit.station.id)}
    titles = programmes.titles_of(tx, visit.station.id)
    return [_group(tx, visit, group, names, titles, entered or Entered()) for group in clashes(tx, visit.station)]


def waiting_lines(tx: Connection, visit: Visit) -> list[dict[str, object]]:
    """Return the bulletins that asked for a place and have no airing yet, each with what it waits for."""
    station = visit.station.id
    waiting = [each for each in requests.open_ones(tx, station) if not each.airings]
    found = bulletins.several(tx, station, {each.bulletin for each in waiting})
    titles = programmes.titles_of(tx, station)
    return [
        _asked(visit, each, titles)
        | {"key": each.id, "href": f"/ban-tin/{each.bulletin}", "title": found[each.bulletin].title}
        for each in waiting
        if each.bulletin in found
    ]


def wish_said(wish: Wish, visit: Visit, titles: Mapping[ProgrammeId, str]) -> str:
    """Return what was asked for, in words."""
    zone = visit.station.rules.zone
    match wish:
        case NextSession():
            return visit.translate(N_("Buổi phát tới"))
        case TheseSessions():
            named = titles.get(wish.programme, "") if wish.programme else ""
            where = f", {named}" if named else ""
            return visit.sentence(
                N_("{days} ngày liền từ {first}"), days=wish.days, first=f"{wish.first_day:%d/%m/%Y}"
            ) + where  # fmt: skip
        case AtMinute():
            return words.moment(wish.at, zone, visit.translate)
        case AtOnce():
            return visit.translate(N_("Phát ngay"))


def _asked(visit: Visit, each: Asked, titles: Mapping[ProgrammeId, str]) -> dict[str, object]:
    withdrawn = each.closed_at is not None and each.fate not in (Fate.PAST, Fate.EXPIRED)
    icon, colour, said = FATES[each.fate] if each.fate else ("clock", "waiting", N_("Đang xếp"))
    return {
        "id": each.id,
        "wish": wish_said(each.wish, visit, titles),
        "icon": "stop" if withdrawn else icon,
        "colour": "waiting" if withdrawn else colour,
        "fate": visit.translate(N_("Đã rút") if withdrawn else said),
        "why": each.reason[1] if each.reason and (each.fate is Fate.WITHDRAWN or not withdrawn) else "",
        "is_clash": each.fate is Fate.CLASH and each.closed_at is None,
        "may_withdraw": each.closed_at is None and may_air(visit.person),
    }


def _group(
    tx: Connection,
    visit: Visit,
    group: Sequence[Asked],
    names: Mapping[UserId, str],
    titles: Mapping[ProgrammeId, str],
    entered: Entered,
) -> list[dict[str, object]]:
    found = {each.id: bulletins.get(tx, visit.station.id, each.bulletin) for each in group}
    free = _free_after(tx, visit, [bulletin for bulletin in found.values() if bulletin], group)
    return [
        {
            "id": each.id,
            "bulletin": each.bulletin,
            "title": bulletin.title if (bulletin := found[each.id]) else each.bulletin,
            "by": names.get(each.asked_by, ""),
            "at": words.moment(each.asked_at, visit.station.rules.zone, visit.translate),
            "wish": wish_said(each.wish, visit, titles),
            "why": each.reason[1] if each.reason else "",
            "order": [each.id, *(other.id for other in group if other.id != each.id)],
            "date": typed.one("date", f"{free:%Y-%m-%d}" if free else ""),
            "time": typed.one("time", f"{free:%H:%M}" if free else ""),
        }
        for each in group
        for typed in (entered if entered.one("request") == each.id else Entered(),)
    ]


def _free_after(tx: Connection, visit: Visit, found: Sequence[Bulletin], group: Sequence[Asked]) -> datetime | None:
    """Return the first whole minute after all of these, each at its own minute, would be over; None for sessions."""
    sounds = recordings.several(tx, visit.station.id, {each.recording_sha256 or "" for each in found})
    lengths = {
        each.id: timedelta(milliseconds=sounds[each.recording_sha256 or ""].duration_ms)
        for each in found
        if each.recording_sha256 in sounds
    }
    ends = [
        each.wish.at + lengths.get(each.bulletin, timedelta(0)) for each in group if isinstance(each.wish, AtMinute)
    ]
    if not ends:
        return None
    return (max(ends) + timedelta(minutes=1)).astimezone(visit.station.rules.zone).replace(second=0, microsecond=0)
