"""Tối nay in words: one sentence for the whole, a verdict and what to do for each cluster, and what is to come."""

from typing import Any

from broadcaster.domain.errors import N_
from broadcaster.domain.rehearsal import troubles
from broadcaster.domain.rehearsal.judging import shown
from broadcaster.domain.rehearsal.troubles import Trouble
from broadcaster.domain.rehearsal.values import (
    READINESS_NAMES,
    ClusterRehearsed,
    House,
    Problem,
    Readiness,
    Rehearsed,
    SourceState,
)
from broadcaster.domain.week.reasons import SoundExpired, SoundMissing
from broadcaster.services.rehearsal.rehearsing import Rehearsals
from broadcaster.services.rehearsal.sheet import sources_of
from broadcaster.web import words
from broadcaster.web.i18n import Translate
from broadcaster.web.session import Visit
from broadcaster.web.site import Site

LOOKS = {
    Readiness.READY: ("check", "good"),
    Readiness.LOOK: ("warn", "warn"),
    Readiness.SILENT: ("cross", "bad"),
}
SOURCE_NAMES = {
    SourceState.SOUNDS: N_("Có tiếng"),
    SourceState.QUIET: N_("Im lặng"),
    SourceState.NOT_AUDIO: N_("Không phải âm thanh"),
    SourceState.DEAD: N_("Không nghe được"),
}
_SOURCE_LOOKS = {
    SourceState.SOUNDS: ("sound", "good"),
    SourceState.QUIET: ("pause", "bad"),
    SourceState.NOT_AUDIO: ("cross", "bad"),
    SourceState.DEAD: ("cross", "bad"),
}


_WEEK, _SOUNDS, _PROGRAMMES = "/lich-tuan", "/chuong-trinh/ban-thu", "/chuong-trinh"
_REMEDIES = {
    troubles.SessionRefused: (_WEEK, N_("Mở lịch tuần")),
    troubles.LeftOutOf: (_WEEK, N_("Mở lịch tuần")),
    troubles.InQuietHours: (_WEEK, N_("Mở lịch tuần")),
    troubles.Overlap: (_WEEK, N_("Mở lịch tuần")),
    troubles.TooManySessions: (_WEEK, N_("Mở lịch tuần")),
    troubles.SessionTooLong: (_PROGRAMMES, N_("Sửa chương trình")),
    troubles.NoSourceSounds: (_PROGRAMMES, N_("Sửa chương trình")),
    troubles.OnlyFillerSounds: (_PROGRAMMES, N_("Sửa chương trình")),
    troubles.OneSourceDown: (_PROGRAMMES, N_("Sửa chương trình")),
    troubles.SessionEmpty: ("/ban-tin", N_("Mở bản tin")),
}
"""Where what a trouble asks for can be done; the others want somebody at the pole, or at the server."""


def rehearsals_of(site: Site) -> Rehearsals:
    """Return who rehearses: the server's own, or one that sees only the store."""
    return site.rehearsals or Rehearsals(site.office, house=lambda: _house(site))


def values(visit: Visit, rehearsed: Rehearsed, site: Site) -> dict[str, Any]:
    """Return what the page shows, which changes while somebody looks."""
    zone, translate = visit.station.rules.zone, visit.translate
    probes = site.probes()
    return {
        "headline": headline(rehearsed, translate),
        "seen_at": words.clock_to_the_second(rehearsed.at, zone),
        "until": words.moment(rehearsed.until, zone, translate),
        "problems": [_problem(problem, translate) for problem in rehearsed.problems],
        "clusters": [_cluster(each, visit) for each in rehearsed.clusters],
        "pieces": [
            {
                "key": piece.airing,
                "href": f"/luot-phat/{piece.airing}",
                "clock": words.clock(piece.start_at, zone),
                "day": words.day(piece.start_at, zone, translate),
                "title": piece.title,
                "length": words.length(piece.duration, translate),
                "count": len(piece.told_in),
            }
            for piece in rehearsed.pieces
        ],
        "sources": [
            {
                "key": number,
                "url": shown(url),
                "look": _SOURCE_LOOKS[probe.state] if (probe := probes.get(url)) else ("clock", "waiting"),
                "state": translate(SOURCE_NAMES[probe.state] if probe else N_("Chưa nghe thử")),
                "detail": translate(probe.detail) if probe and probe.detail else "",
                "at": words.clock(probe.at, zone) if probe else "",
            }
            for number, url in enumerate(sources_of(rehearsed))
        ],
    }


def headline(rehearsed: Rehearsed, translate: Translate) -> dict[str, object]:
    """Return the one answer: will tonight work?"""
    silent = sum(each.readiness is Readiness.SILENT for each in rehearsed.clusters)
    count = len(rehearsed.everything)
    if rehearsed.first_at is None and not count:
        said = translate(N_("Chưa có gì phát trong 24 giờ tới."))
        return {"said": said, "look": ("question", "waiting"), "verdict": "nothing"}
    if rehearsed.readiness is Readiness.SILENT:
        told = N_("{n}/{total} cụm loa sẽ không phát nếu không xử lý.") if silent else N_("Có buổi sẽ không phát.")
        said = translate(told).format(n=silent, total=len(rehearsed.clusters))
    elif rehearsed.readiness is Readiness.LOOK:
        said = translate(N_("Phát được, nhưng có {n} việc cần xem.")).format(n=count)
    elif rehearsed.unchecked:
        told = N_("Cụm loa đã sẵn sàng; còn {n} nguồn tiếp sóng chưa nghe thử xong.")
        said = translate(told).format(n=len(rehearsed.unchecked))
        return {"said": said, "look": ("clock", "waiting"), "verdict": "unknown"}
    else:
        told = N_("Sẵn sàng: {n} lượt phát trên {total} cụm loa.")
        said = translate(told).format(n=len(rehearsed.pieces), total=len(rehearsed.clusters))
    return {"said": said, "look": LOOKS[rehearsed.readiness], "verdict": rehearsed.readiness.value}


def _cluster(each: ClusterRehearsed, visit: Visit) -> dict[str, object]:
    zone, translate = visit.station.rules.zone, visit.translate
    icon, colour = LOOKS[each.readiness]
    return {
        "key": each.place.cluster,
        "href": f"/cum-loa/{each.place.cluster}",
        "name": each.place.cluster_name,
        "hamlet": each.place.hamlet_name,
        "icon": icon,
        "colour": colour,
        "verdict": each.readiness.value,
        "verdict_name": translate(READINESS_NAMES[each.readiness]),
        "first": words.moment(each.first_at, zone, translate),
        "pieces": each.pieces,
        "problems": [_problem(problem, translate) for problem in each.problems],
    }


def _problem(problem: Problem, translate: Translate) -> dict[str, object]:
    return {
        "key": problem.key.replace("/", "-"),
        "look": LOOKS[problem.readiness],
        "grave": problem.trouble.grave,
        "said": problem.trouble.sentence(translate),
        "remedy": _remedy(problem.trouble, translate),
    }


def _remedy(trouble: Trouble, translate: Translate) -> dict[str, str] | None:
    known = _REMEDIES.get(type(trouble))
    if isinstance(trouble, troubles.PartOmitted):
        wants_sound = isinstance(trouble.why, SoundMissing | SoundExpired)
        known = (_SOUNDS, N_("Chọn bản thu")) if wants_sound else (_PROGRAMMES, N_("Sửa chương trình"))
    return {"href": known[0], "text": translate(known[1])} if known else None


def _house(site: Site) -> House:
    health = site.health()
    return House(broker_connected=health.broker_connected, signer=health.signer, disk_free_bytes=health.disk_free_bytes)
