"""A database of an earlier release, with rows as that release wrote them, is brought up to date and loses nothing."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from broadcaster.domain.delivery import Outcome
from broadcaster.domain.ids import AiringId, BulletinId, DeviceId, LibraryItemId, StationId
from broadcaster.domain.records.logbook import Entry, LogKind, Place, Source, follow, verify
from broadcaster.domain.timetable import AiringSource
from broadcaster.store import (
    airings,
    alerts,
    bulletins,
    devices,
    documents,
    library,
    logbook,
    migrate,
    programmes,
    recordings,
    reports,
    stations,
    targets,
    unlogged,
)
from broadcaster.store.engine import Database, DatabaseNotOpened, open_database

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STATION, SHA = StationId("xa-cu"), "a" * 64
RULES = (
    '{"timezone": "Asia/Ho_Chi_Minh", "quiet_hours": [["22:00", "05:00"]], "self_approval": false,'
    ' "voices": ["espeak"]}'
)
FIRST = f"""
INSERT INTO stations (id, name, province, rules, epoch, alerts_seq, created_at)
    VALUES ('xa-cu', 'Xã Cũ', 'Bắc Ninh', '{RULES}', 3, 41, '2026-03-02 01:00:00');
INSERT INTO hamlets (id, station_id, name, position) VALUES ('th-1', 'xa-cu', 'Thôn Kép', 0);
INSERT INTO clusters (id, station_id, hamlet_id, name) VALUES ('cl-1', 'xa-cu', 'th-1', 'Cụm 1');
INSERT INTO devices (id, station_id, cluster_id, public_key_pem, enrolled_at, online, status)
    VALUES ('loa-1', 'xa-cu', 'cl-1', 'PEM', '2026-03-01 00:00:00', 1, '{{"clock": {{"trusted": true}}}}');
INSERT INTO users (id, station_id, username, full_name, password_hash, roles, language, created_at)
    VALUES ('nd-1', 'xa-cu', 'lan', 'Lan', 'x', '["editor"]', 'vi', '2026-03-01 00:00:00');
INSERT INTO recordings (station_id, sha256, size_bytes, duration_ms, voice, sentence_offsets_ms, created_at)
    VALUES ('xa-cu', '{SHA}', 9000, 60000, 'espeak', '[0]', '2026-03-02 00:00:00');
INSERT INTO bulletins (id, station_id, title, text, text_sha256, audience, voice, read_twice, repeat_key_fact, priority,
                       choices, state, author_id, recording_sha256, created_at, updated_at)
    VALUES ('bt-1', 'xa-cu', 'Họp thôn', 'Tối nay họp.', '{"b" * 64}', '{{"all": true}}', 'espeak', 0, 0, 'ordinary',
            '[]', 'approved', 'nd-1', '{SHA}', '2026-03-02 00:00:00', '2026-03-02 00:30:00');
INSERT INTO airings (id, station_id, bulletin_id, title, audience, priority, recording_sha256, duration_ms, start_at,
                     not_after, created_by, created_at)
    VALUES ('lp-1', 'xa-cu', 'bt-1', 'Họp thôn', '{{"all": true}}', 'ordinary', '{SHA}', 60000, '2026-03-02 01:00:00',
            '2026-03-02 01:05:00', 'nd-1', '2026-03-02 00:40:00');
INSERT INTO airing_targets (airing_id, cluster_id, device_id, told_epoch, told_seq)
    VALUES ('lp-1', 'cl-1', 'loa-1', 3, 7);
INSERT INTO reports (device_id, journal, number, station_id, airing_id, outcome, started_at, ended_at, start_error_ms,
                     played_ms, received_at)
    VALUES ('loa-1', 'j', 1, 'xa-cu', 'lp-1', 'played', '2026-03-02 01:00:00', '2026-03-02 01:01:00', 2.5, 60000,
            '2026-03-02 01:01:05');
INSERT INTO documents (station_id, device_id, epoch, seq, content_sha256, sealed, made_at)
    VALUES ('xa-cu', 'loa-1', 3, 7, '{"c" * 64}', x'616263', '2026-03-02 00:41:00');
"""
THIRD = """
INSERT INTO programmes (id, station_id, name, position, title, content, version, in_force_from, changed_by)
    VALUES ('ct-1', 'xa-cu', 'sang', 1, 'Buổi sáng',
            '{"title": "Buổi sáng", "starts": "05:00", "minutes": 30, "segments": [
               {"kind": "bulletins", "id": "tin", "title": "Bản tin", "minutes": 10}]}',
            2, '2026-03-01 00:00:00', 'nd-1');
"""
ELEVENTH = f"""
INSERT INTO library_items (id, station_id, title, kind, language, rights_holder, rights_source, state, uploader_id,
                           recording_sha256, file_name, created_at, updated_at)
    VALUES ('am-1', 'xa-cu', 'Nhạc hiệu', 'jingle', 'vi', 'Đài', 'Tự thu', 'approved', 'nd-1', '{SHA}', 'a.mp3',
            '2026-03-01 00:00:00', '2026-03-01 00:00:00');
"""
EARLIER = follow(
    None,
    Entry(
        kind=LogKind.AIRING, subject="lp-0", source=Source.BULLETIN, item="bt-1", title="Tin cũ", priority="ordinary",
        place=Place(hamlet="th-1", hamlet_name="Thôn Kép", cluster="cl-1", cluster_name="Cụm 1"),  # type: ignore[arg-type] # plain text for ids
        device=DeviceId("loa-1"), recording_sha256=SHA, duration_ms=60_000, planned_at=AT - timedelta(days=1),
        started_at=AT - timedelta(days=1), ended_at=AT - timedelta(days=1, seconds=-60), outcome=Outcome.PLAYED,
        reason=None, heard=None,
    ),
    corrects=None,
    now=AT - timedelta(hours=23),
)  # fmt: skip
Build = Callable[..., Database]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Call it with a revision and SQL: a database as that release left it, brought up to date since."""

    def made(revision: str, *scripts: str, log: bool = False) -> Database:
        url = f"sqlite:///{tmp_path / 'old.db'}"
        command.upgrade(migrate._config(url), revision)
        with sqlite3.connect(tmp_path / "old.db") as base:
            base.execute("PRAGMA foreign_keys=ON")
            for script in scripts:
                base.executescript(script)
            if log:
                _write_old_line(base)
        base.close()
        migrate.bring_up_to_date(url)
        return open_database(url)

    return made


def _write_old_line(base: sqlite3.Connection) -> None:
    """Write a line into the log as the release before alerts stood in it did."""
    line = EARLIER
    e, day = line.entry, "%Y-%m-%d %H:%M:%S.%f"
    assert e.started_at is not None
    assert e.ended_at is not None
    row = (
        STATION, line.number, e.kind.value, e.subject, e.source.value, e.item, e.title, e.priority, e.place.hamlet,
        e.place.hamlet_name, e.place.cluster, e.place.cluster_name, e.device, e.recording_sha256, e.duration_ms,
        f"{e.planned_at:{day}}", f"{e.started_at:{day}}", f"{e.ended_at:{day}}", e.outcome.value,
        f"{line.recorded_at:{day}}", line.previous_sha256, line.sha256,
    )  # fmt: skip
    base.execute(
        "INSERT INTO broadcast_log (station_id, number, kind, subject, source, item, title, priority, hamlet_id,"
        " hamlet_name, cluster_id, cluster_name, device_id, recording_sha256, duration_ms, planned_at, started_at,"
        f" ended_at, outcome, recorded_at, previous_sha256, sha256) VALUES ({', '.join('?' * len(row))})",
        row,
    )


def require_first_rows(database: Database) -> None:
    """Fail unless everything that the first release kept is still there, read as today's release reads it."""
    with database.reading() as tx:
        station = stations.get(tx, STATION)
        assert station is not None
        assert (station.name, station.epoch, stations.alerts_seq(tx, STATION)) == ("Xã Cũ", 3, 41)
        assert station.rules.self_test_at is None
        (box,) = devices.of_station(tx, STATION)
        assert (box.id, box.cluster_name, box.hamlet_name, box.online) == ("loa-1", "Cụm 1", "Thôn Kép", True)
        bulletin = bulletins.get(tx, STATION, BulletinId("bt-1"))
        assert bulletin is not None
        assert (bulletin.title, bulletin.recording_sha256) == ("Họp thôn", SHA)
        airing = airings.get(tx, STATION, AiringId("lp-1"))
        assert airing is not None
        assert (airing.source, airing.item, airing.start_at) == (AiringSource.BULLETIN, "bt-1", AT)
        assert (airing.key, airing.request, airing.is_filler, airing.relay) == (None, None, False, None)
        (target,) = targets.of_airings(tx, [airing.id])[airing.id]
        assert (target.device, target.told_in) == ("loa-1", (3, 7))
        report = reports.of_airings(tx, [airing.id])[airing.id, DeviceId("loa-1")]
        assert (report.outcome, report.start_error_ms) == (Outcome.PLAYED, 2.5)
        plan = documents.get(tx, DeviceId("loa-1"))
        assert plan is not None
        assert (plan.sealed, plan.seq) == (b"abc", 7)
        assert recordings.get(tx, STATION, SHA) is not None
        assert alerts.of_station(tx, STATION) == ()


def test_first_release_is_brought_up_to_date_with_all_its_rows(build: Build) -> None:
    database = build("0001", FIRST)

    require_first_rows(database)
    with database.reading() as tx:
        assert unlogged.of_airings(tx, STATION, since=AT - timedelta(days=60), until=AT + timedelta(days=1)) == ["lp-1"]
    database.close()


def test_release_with_programmes_is_brought_up_to_date_with_all_its_rows(build: Build) -> None:
    database = build("0003", FIRST, THIRD)

    require_first_rows(database)
    with database.reading() as tx:
        (kept,) = programmes.of_station(tx, STATION)
        assert (kept.programme.title, kept.name, kept.version) == ("Buổi sáng", "sang", 2)
    database.close()


def test_log_of_the_release_before_alerts_is_whole_and_goes_on(build: Build) -> None:
    database = build("0011", FIRST, THIRD, ELEVENTH, log=True)

    require_first_rows(database)
    with database.reading() as tx:
        item = library.get(tx, STATION, LibraryItemId("am-1"))
        assert item is not None
        assert item.title == "Nhạc hiệu"
        lines = list(logbook.every(tx, STATION))
        assert [line and line.entry for line in lines] == [EARLIER.entry]
    with database.writing() as tx:
        last = logbook.last(tx, STATION)
        logbook.add(tx, STATION, [follow(last, EARLIER.entry, corrects=1, now=AT)])
    with database.reading() as tx:
        assert verify(logbook.every(tx, STATION)).whole
    database.close()


def test_every_step_can_be_taken_back_and_again_with_rows_in_it(build: Build, tmp_path: Path) -> None:
    database = build("0003", FIRST, THIRD)
    database.close()
    config = migrate._config(f"sqlite:///{tmp_path / 'old.db'}")

    command.downgrade(config, "0003")
    command.upgrade(config, "head")

    again = open_database(f"sqlite:///{tmp_path / 'old.db'}")
    require_first_rows(again)
    again.close()


def test_database_of_a_newer_release_is_refused_by_name(build: Build, tmp_path: Path) -> None:
    """Whoever starts an old release on a new database must learn so, and the database must stay as it is."""
    build("0003", FIRST).close()
    with sqlite3.connect(tmp_path / "old.db") as base:
        base.execute("UPDATE alembic_version SET version_num = '9999'")
    base.close()

    with pytest.raises(DatabaseNotOpened, match=r"cũ hơn cơ sở dữ liệu \(.*9999"):
        migrate.bring_up_to_date(f"sqlite:///{tmp_path / 'old.db'}")


def test_steps_follow_one_another_in_the_order_of_their_numbers() -> None:
    """Two steps made at the same time must not leave the database with two heads."""
    steps = list(ScriptDirectory.from_config(migrate._config("sqlite://")).walk_revisions())

    numbers = [step.revision for step in reversed(steps)]
    assert numbers == sorted(numbers)
    assert [step.down_revision for step in reversed(steps)] == [None, *numbers[:-1]]
