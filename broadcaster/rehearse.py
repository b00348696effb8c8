"""`broadcaster rehearse`: will tonight work? Reads the station's database, listens to its relays, changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broadcaster.adapters import schedule_files
from broadcaster.adapters.relay_probe import Listener, RelayProbes
from broadcaster.bootstrap import utc_now
from broadcaster.domain.rehearsal.values import READINESS_NAMES, Readiness
from broadcaster.services.office import Office
from broadcaster.services.rehearsal.rehearsing import Rehearsals, sources_wanted
from broadcaster.services.rehearsal.sheet import CANNOT_TELL, PROBLEMS, READY, sheet
from broadcaster.settings import SettingsError, load_settings
from broadcaster.store import stations
from broadcaster.store.engine import DatabaseNotOpened, existing_database

FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A rehearsal of every station of this installation: for programs, for people, and as an exit code."""

    sheets: tuple[Mapping[str, Any], ...]
    lines: tuple[str, ...]
    code: int


def rehearse() -> Told:
    """Return the rehearsal of the stations in the database that the environment names."""
    try:
        with existing_database(load_settings().database) as database:
            return _rehearsed(Office(database=database, now=utc_now, profiles=schedule_files.profiles()))
    except (SettingsError, DatabaseNotOpened) as exc:
        return _unknown(str(exc))


def _rehearsed(office: Office) -> Told:
    probes = RelayProbes(Listener(utc_now), utc_now, fresh_for=FRESH)
    probes.listen_to_all(sources_wanted(office))
    rehearsals = Rehearsals(office, probes=probes.known)
    with office.database.reading() as tx:
        every = stations.every(tx)
    if not every:
        return _unknown("Đài chưa được thiết lập.")
    sheets = tuple(sheet(station, rehearsals.of(station), probes=probes.known()) for station in every)
    lines = tuple(line for each in sheets for line in _lines(each))
    return Told(sheets=sheets, lines=lines, code=_worst([each["exit_code"] for each in sheets]))


def _worst(codes: list[int]) -> int:
    return PROBLEMS if PROBLEMS in codes else CANNOT_TELL if CANNOT_TELL in codes else READY


def _lines(each: Mapping[str, Any]) -> list[str]:
    nothing = each["verdict"] == "nothing_planned"
    said = "Chưa có gì phát trong 24 giờ tới" if nothing else READINESS_NAMES[Readiness(each["verdict"])]
    lines = [f"{each['station']}: {said}."]
    lines += [f"  {problem['message']}" for problem in each["problems"]]
    for cluster in each["clusters"]:
        lines.append(f"  {cluster['cluster']} ({cluster['hamlet']}): {cluster['verdict_name']}.")
        lines += [f"    {problem['message']}" for problem in cluster["problems"]]
    return lines


def _unknown(sentence: str) -> Told:
    return Told(sheets=(), lines=(sentence,), code=CANNOT_TELL)
