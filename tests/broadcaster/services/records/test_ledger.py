"""The ledger out of a big log: the database picks the few lines that matter, and the answer is the same."""

from datetime import timedelta
from random import Random

import pytest

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.ids import ClusterId
from broadcaster.domain.records.logbook import Entry, Line, LogKind, follow
from broadcaster.domain.records.missed import missed
from broadcaster.store import logbook
from broadcaster.store.logbook import Only
from tests.broadcaster.domain.log_entries import NOON, PLACES, chain, entry
from tests.fakes.station_world import World

DAYS = timedelta(days=20)


def many(seed: int) -> list[Line]:
    """Return a log of three hundred lines, with repeats, relays, late corrections and unheard sounds."""
    dice = Random(seed)
    made: list[Entry] = []
    for n in range(240):
        subject = f"lp-{n // 4}"
        at = NOON + timedelta(hours=n // 4)
        sound = dice.choice(["a" * 64, "b" * 64, "c" * 64, None])
        is_lost = dice.random() < 0.3
        kind = LogKind.ALERT if dice.random() < 0.1 else LogKind.AIRING
        said = entry(subject, cluster=n % 4, seconds=None if is_lost else 60, planned_at=at, kind=kind,
                     recording_sha256=sound, heard=Heard.NOT_HEARD if dice.random() < 0.1 else None)  # fmt: skip
        made.append(said)
    lines = chain(*made)
    for line in dice.sample(lines, 60):
        better = entry(line.entry.subject, cluster=PLACES.index(line.entry.place), planned_at=line.entry.planned_at,
                       kind=line.entry.kind, recording_sha256=line.entry.recording_sha256)  # fmt: skip
        lines.append(follow(lines[-1], better, corrects=line.number, now=NOON))
    return lines


@pytest.mark.parametrize("seed", [1, 2])
def test_ledger_of_the_picked_lines_is_that_of_the_whole_log(world: World, seed: int) -> None:
    lines = many(seed)
    with world.database.writing() as tx:
        logbook.add(tx, world.station, lines)
    coming = {("a" * 64, PLACES[0].cluster), ("b" * 64, ClusterId("cl-khong"))}

    with world.database.reading() as tx:
        picked = logbook.around_missed(tx, world.station, start=NOON, end=NOON + DAYS)

    assert missed(picked, coming=coming) == missed(lines, coming=coming)
    assert len(missed(lines, coming=coming)) > 3


def test_what_everybody_heard_is_not_read_at_all(world: World) -> None:
    heard = [entry(f"lp-{n}", cluster=n % 4, recording_sha256=f"{n:064}") for n in range(40)]
    lost = entry("lp-x", seconds=None, outcome=Outcome.MISSED, recording_sha256="f" * 64)
    with world.database.writing() as tx:
        logbook.add(tx, world.station, chain(*heard, lost))

    with world.database.reading() as tx:
        picked = logbook.around_missed(tx, world.station, start=NOON, end=NOON + DAYS)

    assert [line.entry.subject for line in picked] == ["lp-x"]


def test_log_is_narrowed_by_day_hamlet_and_what_was_not_heard(world: World) -> None:
    one = entry("lp-1", cluster=0)
    lost = entry("lp-2", cluster=2, seconds=None)
    silent = entry("lp-3", cluster=2, heard=Heard.NOT_HEARD, planned_at=NOON + timedelta(days=1))
    with world.database.writing() as tx:
        logbook.add(tx, world.station, chain(one, lost, silent))

    def found(only: Only) -> list[str]:
        with world.database.reading() as tx:
            return [line.entry.subject for line in logbook.before(tx, world.station, None, limit=9, only=only)]

    assert found(Only()) == ["lp-3", "lp-2", "lp-1"]
    assert found(Only(unheard=True)) == ["lp-3", "lp-2"]
    assert found(Only(hamlet=PLACES[0].hamlet)) == ["lp-1"]
    assert found(Only(span=(NOON, NOON + timedelta(hours=1)))) == ["lp-2", "lp-1"]
