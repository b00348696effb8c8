"""The journal: numbered reports that go only when acknowledged, and starts that are never repeated."""

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from device_agent.journal.journal import Journal
from device_agent.journal.rows import Begun, Concluded, JournalError
from device_agent.playout.values import AlertProgress
from wire.messages import Outcome, Reason, Stretch

AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def begun(name: str = "a") -> Begun:
    return Begun(key=f"airing/{name}", airing_id=name, start_at=AT, recording="ab" * 32)


PLAYED = Concluded(outcome=Outcome.PLAYED, ended_at=AT + timedelta(seconds=9), played_ms=9000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_played_airing_is_reported_with_its_times(path: Path) -> None:
    journal = Journal(path)
    journal.begin(begun(), at=AT)
    journal.sounded("airing/a", started_at=AT + timedelta(milliseconds=4), start_error_ms=4.0)
    journal.conclude(begun(), PLAYED)
    (report,) = journal.unacknowledged()
    assert (report.number, report.airing_id, report.outcome, report.start_error_ms) == (1, "a", Outcome.PLAYED, 4.0)
    assert (report.started_at, report.ended_at) == (AT + timedelta(milliseconds=4), AT + timedelta(seconds=9))
    assert journal.ledger.final == {"a"}


def test_an_airing_has_one_outcome_only(path: Path) -> None:
    journal = Journal(path)
    journal.conclude(begun(), PLAYED)
    journal.conclude(begun(), Concluded(outcome=Outcome.MISSED, reason=Reason.BUSY))
    assert [report.outcome for report in journal.unacknowledged()] == [Outcome.PLAYED]


def test_numbers_grow_by_one_over_acknowledgements_and_restarts(path: Path) -> None:
    journal = Journal(path)
    for name in "abc":
        journal.conclude(begun(name), PLAYED)
    assert journal.acknowledge(journal.journal_id, up_to=3)
    journal.close()
    again = Journal(path)
    again.conclude(begun("d"), PLAYED)
    assert [report.number for report in again.unacknowledged()] == [4]
    assert again.journal_id == journal.journal_id


def test_only_what_is_acknowledged_is_forgotten(path: Path) -> None:
    journal = Journal(path)
    for name in "abc":
        journal.conclude(begun(name), PLAYED)
    assert journal.acknowledge(journal.journal_id, up_to=2)
    assert [report.airing_id for report in journal.unacknowledged()] == ["c"]
    assert journal.ledger.final == {"a", "b", "c"}


@pytest.mark.parametrize(("journal_id", "up_to"), [("another", 3), (None, 4), (None, 0)])
def test_an_acknowledgement_that_cannot_be_ours_is_ignored(path: Path, journal_id: str | None, up_to: int) -> None:
    journal = Journal(path)
    for name in "abc":
        journal.conclude(begun(name), PLAYED)
    assert not journal.acknowledge(journal_id or journal.journal_id, up_to=up_to)
    assert len(journal.unacknowledged()) == 3


def test_batches_are_limited(path: Path) -> None:
    journal = Journal(path)
    for number in range(5):
        journal.conclude(begun(str(number)), PLAYED)
    assert [report.number for report in journal.unacknowledged(limit=3)] == [1, 2, 3]


def test_what_sounded_when_the_power_failed_is_reported_interrupted(path: Path) -> None:
    journal = Journal(path)
    journal.begin(begun(), at=AT)
    journal.sounded("airing/a", started_at=AT, start_error_ms=0.5)
    journal.checkpoint("airing/a", played_ms=15_000)
    journal.close()
    again = Journal(path)
    assert again.recover(detail="agent restarted") == 1
    (report,) = again.unacknowledged()
    assert (report.outcome, report.reason, report.played_ms) == (Outcome.INTERRUPTED, Reason.POWER_LOST, 15_000)
    assert report.ended_at is None
    assert again.recover(detail="agent restarted") == 0


def test_a_suspended_airing_is_known_and_resumes_under_its_first_start(path: Path) -> None:
    journal = Journal(path)
    journal.begin(begun(), at=AT)
    journal.sounded("airing/a", started_at=AT, start_error_ms=1.0)
    journal.suspend("airing/a", position_ms=4000, reason=Reason.ALERT, at=AT + timedelta(seconds=4))
    assert journal.ledger.suspended["a"].position_ms == 4000
    journal.begin(begun(), at=AT + timedelta(seconds=30))
    journal.sounded("airing/a", started_at=AT + timedelta(seconds=30), start_error_ms=30_000)
    journal.conclude(begun(), PLAYED)
    (report,) = journal.unacknowledged()
    assert (report.started_at, report.start_error_ms, report.interruptions) == (AT, 1.0, 1)


def test_a_start_of_which_nothing_sounded_is_taken_back(path: Path) -> None:
    journal = Journal(path)
    journal.begin(begun(), at=AT)
    journal.never_began("airing/a")
    assert journal.recover(detail="") == 0
    assert journal.ledger.final == frozenset()


def test_a_resumption_of_which_nothing_sounded_is_suspended_as_before(path: Path) -> None:
    journal = Journal(path)
    journal.begin(begun(), at=AT)
    journal.sounded("airing/a", started_at=AT, start_error_ms=1.0)
    journal.suspend("airing/a", position_ms=4000, reason=Reason.ALERT, at=AT)
    journal.begin(begun(), at=AT)
    journal.never_began("airing/a")
    assert journal.ledger.suspended["a"].position_ms == 4000


def test_each_round_of_an_alert_is_a_fact_of_its_own(path: Path) -> None:
    journal = Journal(path)
    alert = Begun(key="alert/flood/1", alert_id="flood", start_at=AT)
    for rounds in (1, 2):
        journal.begin(alert, at=AT)
        progress = AlertProgress(rounds=rounds, ended_at=AT, concluded=True)
        journal.conclude(alert, PLAYED, progress=progress, version=1)
    assert [report.alert_id for report in journal.unacknowledged()] == ["flood", "flood"]
    journal.close()
    assert Journal(path).ledger.alerts["flood", 1].rounds == 2


def test_a_file_that_is_no_journal_is_set_aside_and_the_box_goes_on(path: Path) -> None:
    path.write_bytes(b"this card is worn out " * 500)
    journal = Journal(path)
    journal.conclude(begun(), PLAYED)
    assert len(journal.unacknowledged()) == 1
    assert path.with_name("journal.db.damaged").exists()


def test_a_damaged_journal_gives_what_it_still_can(path: Path) -> None:
    journal = Journal(path)
    for number in range(40):
        journal.conclude(begun(str(number)), PLAYED)
    before = journal.journal_id
    journal.close()
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'alerts'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"worn " * 800)

    again = Journal(path)

    assert path.with_name("journal.db.damaged").exists()
    assert [report.number for report in again.unacknowledged()] == list(range(1, 41))
    assert len(again.ledger.final) == 40, "nothing of what sounded sounds again"
    assert again.journal_id != before, "a number that was used for something else is not used again"
    again.conclude(begun("new"), PLAYED)
    assert again.unacknowledged()[-1].number == 41


def test_without_a_journal_nothing_is_claimed_and_when_it_is_back_it_goes_on(path: Path) -> None:
    before = Journal(path)
    before.conclude(begun("a"), PLAYED)
    before.close()
    path.rename(path.with_name("elsewhere"))
    path.mkdir()

    journal = Journal(path)

    with pytest.raises(JournalError):
        journal.begin(begun("b"), at=AT)
    assert (journal.unacknowledged(), journal.ledger.final) == ((), frozenset())
    path.rmdir()
    path.with_name("elsewhere").rename(path)
    journal.conclude(begun("b"), PLAYED)
    assert [report.airing_id for report in journal.unacknowledged()] == ["a", "b"]
    assert journal.journal_id == before.journal_id


@pytest.mark.parametrize(
    ("spoil", "left"),
    [("UPDATE reports SET body = '{\"number\": 2, \"outcome' WHERE number = 2", [1, 3, 4]),
     ("UPDATE reports SET body = replace(body, '\"number\":2', '\"number\":9') WHERE number = 2", [1, 3, 4]),
     ("UPDATE reports SET body = CAST(x'7bff' AS TEXT) WHERE number = 2", [1, 3, 4]),
     ("UPDATE alerts SET rounds = 'x'", [1, 2, 3, 4]), ("UPDATE alerts SET ended_at = '2026-13-45'", [1, 2, 3, 4]),
     ("UPDATE begun SET played_ms = 'x' WHERE state = 'suspended'", [1, 2, 3]),
     ("UPDATE begun SET reason = 'power_lust' WHERE state = 'suspended'", [1, 2, 3]),
     ("UPDATE begun SET start_at = CAST(x'ff00' AS TEXT) WHERE state = 'suspended'", [1, 2, 3]),
     ("UPDATE stretches SET body = '{'", [1, 2, 3, 4]), ("UPDATE meta SET value = '1x'", [1, 2, 3, 4]),
     ("UPDATE meta SET value = '1' WHERE key = 'last_number'", [1, 2, 3, 4]),
     ("DROP TABLE alerts; CREATE TABLE alerts (alert_id TEXT, version INTEGER)", [1, 2, 3, 4])],
)  # fmt: skip
def test_a_row_that_cannot_be_read_costs_itself_alone(path: Path, spoil: str, left: list[int]) -> None:
    journal = Journal(path)
    for number in range(3):
        journal.conclude(begun(str(number)), PLAYED)
    journal.begin(begun("cut"), at=AT)
    journal.suspend(
        "airing/cut", position_ms=5, reason=Reason.ALERT, at=AT, stretches=(Stretch(started_at=AT, ended_at=AT),)
    )
    journal.note_progress("flood", 1, AlertProgress(rounds=1, ended_at=AT))
    journal.close()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(spoil)

    again = Journal(path)
    again.recover(detail="mất điện")

    assert [report.number for report in again.unacknowledged()] == left
    again.conclude(begun("next"), PLAYED)
    assert again.unacknowledged()[-1].airing_id == "next"


def test_a_bit_that_flipped_anywhere_stops_no_box(path: Path, tmp_path: Path) -> None:
    journal = Journal(path, synced=False)
    for number in range(30):
        journal.begin(begun(str(number)), at=AT)
        journal.note_progress(str(number), 1, AlertProgress(rounds=1, ended_at=AT))
        if number % 2:
            journal.conclude(begun(str(number)), PLAYED)
    journal.close()
    whole, chance = path.read_bytes(), random.Random(4)
    for number in range(30):
        spoilt = bytearray(whole)
        spoilt[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        worn = tmp_path / str(number) / "journal.db"
        worn.parent.mkdir()
        worn.write_bytes(spoilt)
        again = Journal(worn, synced=False)
        again.recover(detail="mất điện")
        again.conclude(begun("next"), PLAYED)
        assert again.unacknowledged()[-1].airing_id == "next"
        again.close()


def test_what_a_method_returned_from_survives_the_loss_of_the_process(path: Path, tmp_path: Path) -> None:
    """A copy of the files taken while the journal is open is what a killed process leaves."""
    journal = Journal(path)
    for number in range(50):
        journal.conclude(begun(str(number)), PLAYED)
        if number % 10 == 0:
            copy = tmp_path / f"copy{number}"
            copy.mkdir()
            for file in tmp_path.glob("journal.db*"):
                shutil.copy(file, copy / file.name)
            assert len(Journal(copy / "journal.db").unacknowledged()) == number + 1


def test_the_journal_is_written_through_to_the_disk(path: Path) -> None:
    db = Journal(path)._db
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_full_disk_gives_up_its_ballast_before_a_fact(path: Path) -> None:
    given_up: list[bool] = []
    journal = Journal(path, make_room=lambda: _room(journal, given_up))
    _limit_to_present_size(journal)
    for number in range(200):
        journal.conclude(begun(f"a-long-name-{number}" * 3), PLAYED)
    assert given_up == [True]
    assert len(journal.unacknowledged()) == 200


def test_a_disk_without_any_room_is_an_error_that_changes_nothing(path: Path) -> None:
    journal = Journal(path)
    journal.conclude(begun(), PLAYED)
    _limit_to_present_size(journal)
    written = _fill(journal)
    assert len(journal.unacknowledged(limit=2000)) == written + 1
    assert len(journal.ledger.final) == written + 1


def _fill(journal: Journal) -> int:
    """Conclude until the disk is full; return how many that were."""
    for number in range(1000):
        try:
            journal.conclude(begun(f"a-long-name-{number}" * 3), PLAYED)
        except JournalError:
            return number
    raise AssertionError("the disk never became full")


def _limit_to_present_size(journal: Journal) -> None:
    pages = journal._db.execute("PRAGMA page_count").fetchone()[0]
    journal._db.execute(f"PRAGMA max_page_count = {pages}")


def _room(journal: Journal, given_up: list[bool]) -> bool:
    journal._db.execute("PRAGMA max_page_count = 100000")
    given_up.append(True)
    return True


def test_reports_can_be_read_while_the_disk_is_read_only(path: Path) -> None:
    journal = Journal(path)
    journal.conclude(begun(), PLAYED)
    journal._db.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalError):
        journal.conclude(begun("b"), PLAYED)
    assert len(journal.unacknowledged()) == 1
    assert isinstance(journal._db, sqlite3.Connection)


def stretch(from_s: float, to_s: float, *, ended_by: Reason | None = None, source: str | None = None) -> Stretch:
    return Stretch(
        started_at=AT + timedelta(seconds=from_s), ended_at=AT + timedelta(seconds=to_s), ended_by=ended_by,
        source=source,
    )  # fmt: skip


def test_interruptions_and_resumptions_are_told_stretch_by_stretch(path: Path) -> None:
    journal = Journal(path)
    first, second = stretch(0, 4, ended_by=Reason.ALERT), stretch(10, 15)
    journal.begin(begun(), at=AT)
    journal.sounded("airing/a", started_at=AT, start_error_ms=0.0, stretches=[stretch(0, 0)])
    journal.suspend("airing/a", position_ms=4000, reason=Reason.ALERT, at=AT, stretches=[first])
    journal.close()
    again = Journal(path)
    again.begin(begun(), at=AT)
    again.sounded("airing/a", started_at=AT + timedelta(seconds=10), start_error_ms=0.0, stretches=[stretch(10, 10)])
    again.conclude(begun(), replace(PLAYED, stretches=(second,)))
    again.conclude(begun("b"), PLAYED)

    report, other = again.unacknowledged()

    assert report.stretches == (first, second)
    assert report.interruptions == 1
    assert other.stretches == ()


def test_stretch_that_the_power_cut_ends_where_it_was_last_seen(path: Path) -> None:
    journal = Journal(path)
    journal.begin(begun(), at=AT)
    journal.sounded("airing/a", started_at=AT, start_error_ms=0.0, stretches=[stretch(0, 0, source="http://dai/1")])
    seen = [stretch(0, 9, ended_by=Reason.RELAY_DEAD, source="http://dai/1"), stretch(9, 15, source="http://dai/2")]
    journal.checkpoint("airing/a", played_ms=15_000, stretches=seen)
    journal.close()

    again = Journal(path)
    again.recover(detail="mất điện")

    (report,) = again.unacknowledged()
    assert report.stretches == (seen[0], seen[1].model_copy(update={"ended_by": Reason.POWER_LOST}))


def test_of_very_many_stretches_the_first_and_the_last_are_told(path: Path) -> None:
    journal = Journal(path)
    many = tuple(stretch(second, second + 1) for second in range(50))
    journal.begin(begun(), at=AT)

    journal.conclude(begun(), replace(PLAYED, stretches=many))

    (report,) = journal.unacknowledged()
    assert report.stretches == (*many[:10], *many[-10:])


def test_journal_of_a_box_that_knew_no_stretches_still_opens(path: Path) -> None:
    journal = Journal(path)
    journal.begin(begun(), at=AT)
    journal.sounded("airing/a", started_at=AT, start_error_ms=1.0)
    journal.conclude(begun("b"), PLAYED)
    journal.close()
    with closing(sqlite3.connect(path)) as old:
        old.executescript("DROP TABLE stretches")

    again = Journal(path)
    again.recover(detail="mất điện")

    assert [(r.airing_id, r.outcome) for r in again.unacknowledged()] == [
        ("b", Outcome.PLAYED), ("a", Outcome.INTERRUPTED),
    ]  # fmt: skip
