"""Tối nay: will what is planned sound on each cluster? Judged from what is known now; each trouble says what to do.

Three verdicts: ready; to be looked at; silent unless somebody acts. What could not be checked is said, not guessed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from broadcaster.domain.delivery import BoxState, Heard
from broadcaster.domain.ids import AiringId, ClusterId
from broadcaster.domain.programme import OccurrenceKey
from broadcaster.domain.rehearsal import troubles
from broadcaster.domain.rehearsal.troubles import Trouble
from broadcaster.domain.rehearsal.values import (
    WITHIN,
    Body,
    Cap,
    ClusterRehearsed,
    Piece,
    Probe,
    Problem,
    Rehearsed,
    Scene,
    SourceState,
    Stand,
)
from broadcaster.domain.station import QuietHours, Rules
from broadcaster.domain.timetable import quiet_hours_touched
from broadcaster.domain.week.planned import LeftOut, Occurrence, Verdict
from broadcaster.domain.week.reasons import NothingToAir

IMMINENT = timedelta(minutes=3)
"""What a box does not hold by then it may not get in time."""
TOUCH = timedelta(milliseconds=300)
"""Two sounds may share so much without anybody minding."""
CLOCK_ERROR_MS = 500.0
LOW_DISK_BYTES = 200_000_000
LOW_SERVER_DISK_BYTES = 500_000_000

_Quiet = Mapping[Rules, Mapping[AiringId, QuietHours]]
"""Under each set of rules the airings that fall into quiet hours, and into which."""


def reach(starts: Iterable[datetime], *, now: datetime, within: timedelta = WITHIN) -> datetime:
    """Return until when a rehearsal looks: a day, or as far as the next thing and what comes within the hour after."""
    coming = [start for start in starts if start > now]
    if not coming or min(coming) < now + within or within < WITHIN:
        return now + within
    return min(coming) + timedelta(hours=1)


def rehearse(scene: Scene) -> Rehearsed:
    """Return whether what is planned will sound, cluster by cluster, and everything that stands in its way."""
    dues = [each.key.due_at for each in scene.occurrences if each.verdict is not Verdict.SOUNDS]
    until = reach([*(piece.start_at for piece in scene.pieces), *dues], now=scene.now, within=scene.within)
    pieces = tuple(
        sorted(
            (piece for piece in scene.pieces if piece.end_at > scene.now and piece.start_at < until),
            key=lambda piece: (piece.start_at, piece.airing),
        )
    )
    sources = {url for piece in pieces for url in piece.sources}
    quiet = _quiet_of(pieces, scene)
    clusters = tuple(found for stand in scene.stands if (found := _cluster(stand, pieces, scene, quiet, until=until)))
    return Rehearsed(
        at=scene.now,
        until=until,
        first_at=pieces[0].start_at if pieces else None,
        pieces=pieces,
        problems=_sorted(_of_station(pieces, scene, until=until)),
        clusters=clusters,
        unchecked=tuple(sorted(sources - scene.probes.keys())),
    )


def _cluster(
    stand: Stand, pieces: tuple[Piece, ...], scene: Scene, quiet: _Quiet, *, until: datetime
) -> ClusterRehearsed | None:
    cluster = stand.place.cluster
    here = [piece for piece in pieces if cluster in piece.told_in]
    missing = [
        Problem(cluster=cluster, about=_about(each.key), until=each.key.due_at, trouble=_left_out(each, left))
        for each in scene.occurrences
        for left in each.left_out
        if each.verdict is Verdict.SOUNDS and cluster in left.clusters and scene.now < each.key.due_at < until
    ]
    if not here and not missing:
        return None
    found: list[Problem] = [*missing]
    if here:
        box = _of_box(stand, here, scene)
        found += [Problem(cluster=cluster, trouble=trouble) for trouble in box]
        found += _of_plan(cluster, here, scene, quiet)
    return ClusterRehearsed(
        place=stand.place,
        pieces=len(here),
        first_at=here[0].start_at if here else until,
        problems=_sorted(found),
    )


def _left_out(session: Occurrence, left: LeftOut) -> Trouble:
    if isinstance(left.reason, NothingToAir):
        return troubles.SessionEmpty(title=session.title, why=left.reason)
    return troubles.LeftOutOf(title=session.title, why=left.reason)


def _of_box(stand: Stand, here: list[Piece], scene: Scene) -> Iterator[Trouble]:
    """Yield what is wrong with the box, for these pieces."""
    box, zone = stand.box, scene.rules.zone
    if box is None:
        yield troubles.NoBox()
        return
    if box.last_seen_at is None:
        yield troubles.BoxNeverSeen()
        return
    behind = [piece for piece in here if not _told(piece, stand.place.cluster, box)]
    lacking = [piece for piece in here if piece.file_sha256 in box.audio_missing]
    if not box.reachable(scene.now):
        seen_at = box.last_seen_at.astimezone(zone)
        lost = troubles.BoxLostLacking if behind or lacking else troubles.BoxLost
        yield lost(seen_at=seen_at)
        return
    yield from _on_its_way(behind, lacking, scene)
    yield from _of_body(stand.body)


def _on_its_way(behind: list[Piece], lacking: list[Piece], scene: Scene) -> Iterator[Trouble]:
    zone = scene.rules.zone
    if behind:
        first = behind[0].start_at
        is_late = first - scene.now < IMMINENT
        yield troubles.PlanTooLate(start_at=first.astimezone(zone)) if is_late else troubles.PlanOnItsWay()
    if lacking:
        first = lacking[0].start_at
        titles = ", ".join(f"“{title}”" for title in dict.fromkeys(piece.title for piece in lacking))
        is_late = first - scene.now < IMMINENT
        late = troubles.AudioTooLate(titles=titles, start_at=first.astimezone(zone))
        yield late if is_late else troubles.AudioOnItsWay(titles=titles)


def _told(piece: Piece, cluster: ClusterId, box: BoxState) -> bool:
    told_in = piece.told_in[cluster]
    return told_in is not None and box.plan is not None and box.plan >= told_in


def _of_body(body: Body) -> Iterator[Trouble]:
    if not body.clock_trusted:
        yield troubles.ClockUntrusted()
    elif body.clock_error_ms is not None and body.clock_error_ms > CLOCK_ERROR_MS:
        yield troubles.ClockOff(error_ms=round(body.clock_error_ms))
    if "sound_device" in body.faults:
        yield troubles.SoundOutBroken(said=body.faults["sound_device"] or "sound_device")
    if "amplifier" in body.faults:
        yield troubles.AmplifierStuck(said=body.faults["amplifier"] or "amplifier")
    if body.self_test is Heard.NOT_HEARD:
        yield troubles.LoudspeakerUnheard()
    if body.mains is False:
        yield troubles.OnBattery()
    if body.under_voltage:
        yield troubles.WeakSupply()
    low = body.disk_free_bytes is not None and body.disk_free_bytes < LOW_DISK_BYTES
    if "disk_full" in body.faults or low:
        yield troubles.CardFull()
    if "document_unwritable" in body.faults or "journal_unwritable" in body.faults:
        yield troubles.CardUnwritable()


def _of_plan(cluster: ClusterId, here: list[Piece], scene: Scene, quiet: _Quiet) -> Iterator[Problem]:
    """Yield what is wrong with what is planned on a cluster."""
    zone, cap = scene.rules.zone, scene.caps.get(cluster)
    quieter = quiet[(cap.rules if cap is not None else None) or scene.rules]
    for before, after in pairwise(here):
        if after.start_at < before.end_at - TOUCH:
            yield Problem(
                cluster=cluster,
                about=after.airing,
                until=after.end_at,
                trouble=troubles.Overlap(
                    title=after.title, other=before.title, start_at=after.start_at.astimezone(zone)
                ),
            )
    for piece in here:
        if hours := quieter.get(piece.airing):
            trouble = troubles.InQuietHours(
                title=piece.title, start_at=piece.start_at.astimezone(zone),
                quiet_start=f"{hours.start:%H:%M}", quiet_end=f"{hours.end:%H:%M}",
            )  # fmt: skip
            yield Problem(cluster=cluster, about=piece.airing, until=piece.end_at, trouble=trouble)
        if (unheard := _all_sources_down(piece, scene)) is not None:
            yield Problem(cluster=cluster, about=piece.airing, until=piece.end_at, trouble=unheard)
    if cap is not None:
        yield from _over_caps(cluster, here, cap, scene)


def _quiet_of(pieces: tuple[Piece, ...], scene: Scene) -> _Quiet:
    """Return what falls into quiet hours, under each set of rules: a hundred clusters have but a few."""
    every = {scene.rules} | {cap.rules for cap in scene.caps.values() if cap.rules is not None}
    return {
        rules: {
            piece.airing: hours
            for piece in pieces
            if (hours := quiet_hours_touched(piece.start_at, duration=piece.duration, rules=rules)) is not None
        }
        for rules in every
    }


def _over_caps(cluster: ClusterId, here: list[Piece], cap: Cap, scene: Scene) -> Iterator[Problem]:
    sessions: dict[OccurrenceKey, list[Piece]] = {}
    for piece in here:
        if piece.session is not None:
            sessions.setdefault(piece.session, []).append(piece)
    for key, pieces in sessions.items():
        lasts = max(p.end_at for p in pieces) - min(key.due_at, *(p.start_at for p in pieces))
        if lasts > cap.session_length + TOUCH:
            trouble = troubles.SessionTooLong(
                title=scene.titles.get(key, pieces[0].title), minutes=-(-lasts // timedelta(minutes=1)),
                limit=cap.session_length // timedelta(minutes=1), profile=cap.profile,
            )  # fmt: skip
            yield Problem(cluster=cluster, about=_about(key), until=max(p.end_at for p in pieces), trouble=trouble)
    days: dict[str, list[datetime]] = {}
    for key in sessions:
        days.setdefault(f"{key.due_at.astimezone(scene.rules.zone):%d/%m/%Y}", []).append(key.due_at)
    for day, dues in days.items():
        if len(dues) > cap.sessions_a_day:
            many = troubles.TooManySessions(day=day, count=len(dues), limit=cap.sessions_a_day, profile=cap.profile)
            yield Problem(cluster=cluster, about=day, until=max(dues), trouble=many)


def _of_station(pieces: tuple[Piece, ...], scene: Scene, *, until: datetime) -> Iterator[Problem]:
    house = scene.house
    if house.broker_connected is False:
        yield Problem(trouble=troubles.BrokerLost())
    if house.signer is False:
        yield Problem(trouble=troubles.SignerLost())
    if house.disk_free_bytes is not None and house.disk_free_bytes < LOW_SERVER_DISK_BYTES:
        yield Problem(trouble=troubles.ServerDiskLow(free_mb=house.disk_free_bytes // 1_000_000))
    for piece in pieces:
        down = [scene.probes[url] for url in piece.sources if _is_down(url, scene)]
        if down and len(down) < len(piece.sources):
            trouble = troubles.OneSourceDown(title=piece.title, said=_said(down))
            yield Problem(about=piece.airing, until=piece.end_at, trouble=trouble)
    for each in scene.occurrences:
        if scene.now < each.key.due_at < until:
            yield from _of_session(each)


def _of_session(each: Occurrence) -> Iterator[Problem]:
    """Yield what keeps a session from taking place, or from being whole."""
    everywhere = [left.reason for left in each.left_out]
    about, until = _about(each.key), each.key.due_at
    if each.verdict is Verdict.EMPTY and everywhere:
        empty = troubles.SessionEmpty(title=each.title, why=everywhere[0])
        yield Problem(about=about, until=until, trouble=empty)
    elif each.verdict is not Verdict.SOUNDS and everywhere:
        refused = troubles.SessionRefused(title=each.title, why=everywhere[0])
        yield Problem(about=about, until=until, trouble=refused)
    for omitted in each.omitted:
        part = troubles.PartOmitted(title=each.title, why=omitted.reason)
        yield Problem(about=f"{about}/{omitted.segment}/{omitted.reason}", until=until, trouble=part)


def _about(key: OccurrenceKey) -> str:
    return f"{key.due_at:%Y%m%dT%H%M}/{key.programme}"


def _all_sources_down(piece: Piece, scene: Scene) -> Trouble | None:
    if not piece.sources or not all(_is_down(url, scene) for url in piece.sources):
        return None
    said = _said([scene.probes[url] for url in piece.sources])
    start_at = piece.start_at.astimezone(scene.rules.zone)
    if piece.file_sha256 is not None:
        return troubles.OnlyFillerSounds(title=piece.title, start_at=start_at, said=said)
    return troubles.NoSourceSounds(title=piece.title, start_at=start_at, said=said)


def _is_down(url: str, scene: Scene) -> bool:
    probe = scene.probes.get(url)
    return probe is not None and probe.state is not SourceState.SOUNDS


def _said(probes: Iterable[Probe]) -> str:
    return "; ".join(f"{shown(probe.url)} {probe.detail}".strip() for probe in probes)


def shown(url: str) -> str:
    """Return an address as everybody may read it: without a user name and password."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems, gravest first, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: not problem.trouble.grave))
