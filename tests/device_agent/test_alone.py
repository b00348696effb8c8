"""Three days without station, broker or network: all that is planned sounds, and each report arrives once."""

import shutil
from datetime import timedelta
from pathlib import Path

from device_agent.journal.journal import BATCH, Journal
from device_agent.journal.rows import Begun, Concluded
from device_agent.timekeeper import Sample, SystemClock, Timekeeper
from tests.fakes.box_sim import NOON, BoxSim, airing, plan, recording
from wire.messages import Outcome, QuietHours

HOURS = 72


def test_everything_planned_sounds_for_three_days() -> None:
    night = (QuietHours(start="21:00", end="05:00"),)
    airings = [airing(f"a{hour}", NOON + timedelta(hours=hour), late_s=300) for hour in range(1, HOURS)]
    sim = BoxSim(cached=frozenset({recording(1).sha256}))
    sim.obey(plan(*airings, quiet_hours=night))
    sim.advance(HOURS * 3600)
    by_outcome = dict.fromkeys((Outcome.PLAYED, Outcome.REFUSED), 0)
    for ((outcome, _),) in sim.final.values():
        by_outcome[outcome] += 1
    assert by_outcome == {Outcome.PLAYED: 47, Outcome.REFUSED: 24}
    assert len(sim.heard) == 47
    assert all(h.at == h.sound.airing.start_at for h in sim.heard if h.sound.airing is not None)


def test_every_report_arrives_afterwards_once_over_power_cuts_and_lost_acknowledgements(tmp_path: Path) -> None:
    journal, stored = Journal(tmp_path / "journal.db"), dict[int, str]()
    for number in range(230):
        begun = Begun(key=f"airing/{number}", airing_id=str(number), start_at=NOON)
        journal.begin(begun, at=NOON)
        journal.conclude(begun, Concluded(outcome=Outcome.PLAYED, ended_at=NOON, played_ms=1000))
        if number % 97 == 0:  # the power fails now and then
            journal.close()
            journal = Journal(tmp_path / "journal.db")
            assert journal.recover(detail="") == 0
    deliveries = 0
    while batch := journal.unacknowledged():
        deliveries += 1
        assert len(batch) <= BATCH
        assert [report.number for report in batch] == list(range(batch[0].number, batch[0].number + len(batch)))
        for report in batch:
            assert stored.setdefault(report.number, report.airing_id or "") == report.airing_id
        if deliveries % 2 == 0:  # every other acknowledgement is lost
            journal.acknowledge(journal.journal_id, up_to=batch[-1].number)
    assert sorted(int(name) for name in stored.values()) == list(range(230))
    assert sorted(stored) == list(range(1, 231))


def test_the_time_is_still_trusted_when_the_agent_is_started_again_on_the_third_day() -> None:
    two_days_later = 1000.0 + 60 * 3600
    clock = Timekeeper(monotonic=lambda: two_days_later, system=lambda: SystemClock(unix_s=0, error_ms=None))
    clock.remember(Sample(offset_s=1.8e9, error_ms=10.0, at_monotonic=1000.0))
    assert clock.trusted_since() is not None


def test_a_copy_of_the_journal_at_any_moment_is_whole(tmp_path: Path) -> None:
    """What lies on the disk between any two writes opens, and knows every report that a method returned from."""
    journal = Journal(tmp_path / "journal.db")
    for number in range(25):
        begun = Begun(key=f"airing/{number}", airing_id=str(number), start_at=NOON)
        journal.begin(begun, at=NOON)
        copy = tmp_path / f"copy{number}"
        copy.mkdir()
        for file in tmp_path.glob("journal.db*"):
            shutil.copy(file, copy / file.name)
        after = Journal(copy / "journal.db")
        assert after.recover(detail="") == 1, "what had begun is told as interrupted"
        assert [r.airing_id for r in after.unacknowledged()] == [str(n) for n in range(number + 1)]
        after.close()
        journal.conclude(begun, Concluded(outcome=Outcome.PLAYED, ended_at=NOON))
