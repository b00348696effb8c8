"""A rehearsal as programs read it: the same from the command line and from the REST interface."""

from collections.abc import Mapping
from typing import Any

from broadcaster.domain.rehearsal.judging import shown
from broadcaster.domain.rehearsal.values import READINESS_NAMES, Probe, Problem, Readiness, Rehearsed
from broadcaster.domain.station import Station

READY, PROBLEMS, CANNOT_TELL = 0, 1, 2
"""The exit codes of `broadcaster rehearse`."""


def exit_code(rehearsed: Rehearsed) -> int:
    """Return 0 when all will sound, 1 when something wants a look, 2 when that cannot be told."""
    if rehearsed.readiness is not Readiness.READY:
        return PROBLEMS
    return READY if rehearsed.is_known else CANNOT_TELL


def sheet(station: Station, rehearsed: Rehearsed, *, probes: Mapping[str, Probe]) -> dict[str, Any]:
    """Return a station's rehearsal as JSON can hold it."""
    clusters = [
        {
            "cluster_id": each.place.cluster,
            "cluster": each.place.cluster_name,
            "hamlet_id": each.place.hamlet,
            "hamlet": each.place.hamlet_name,
            "verdict": each.readiness.value,
            "verdict_name": READINESS_NAMES[each.readiness],
            "airings": each.pieces,
            "first_at": each.first_at.isoformat(),
            "problems": [_problem(problem) for problem in each.problems],
        }
        for each in rehearsed.clusters
    ]
    airings = [
        {
            "airing_id": piece.airing,
            "title": piece.title,
            "start_at": piece.start_at.isoformat(),
            "duration_ms": round(piece.duration.total_seconds() * 1000),
            "clusters": sorted(piece.told_in),
        }
        for piece in rehearsed.pieces
    ]
    return {
        "station": station.id,
        "at": rehearsed.at.isoformat(),
        "until": rehearsed.until.isoformat(),
        "first_at": rehearsed.first_at.isoformat() if rehearsed.first_at else None,
        "verdict": rehearsed.readiness.value if rehearsed.first_at or rehearsed.everything else "nothing_planned",
        "can_tell": rehearsed.is_known,
        "exit_code": exit_code(rehearsed),
        "problems": [_problem(problem) for problem in rehearsed.problems],
        "clusters": clusters,
        "airings": airings,
        "relays": [_source(url, probes) for url in sources_of(rehearsed)],
    }


def sources_of(rehearsed: Rehearsed) -> tuple[str, ...]:
    """Return the relay sources of what is to come, each once, the soonest first."""
    return tuple(dict.fromkeys(url for piece in rehearsed.pieces for url in piece.sources))


def _problem(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.trouble.code,
        "severity": problem.readiness.value,
        "message": str(problem.trouble),
    }


def _source(url: str, probes: Mapping[str, Probe]) -> dict[str, Any]:
    probe = probes.get(url)
    return {
        "url": shown(url),
        "state": probe.state.value if probe else None,
        "detail": (probe.detail or None) if probe else None,
        "level_dbfs": round(probe.level_dbfs, 1) if probe and probe.level_dbfs is not None else None,
        "at": probe.at.isoformat() if probe else None,
    }
