"""Instants come back as they went in, aware and in UTC, on both databases; lists come in their order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from broadcaster.domain.bulletin import BulletinState
from broadcaster.store import accounts, airings, audit, bulletins, devices, recordings
from broadcaster.store.devices import EnrolmentCode
from tests.fakes.station_world import World, open_neighbour

FAR_EAST = timezone(timedelta(hours=7))
FAR_WEST = timezone(timedelta(hours=-12))
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def test_instant_is_kept_to_the_microsecond(world: World) -> None:
    local = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=FAR_EAST)
    code = EnrolmentCode(
        name="AAAA", station=world.station, cluster=world.clusters[0], code="A" * 16, expires_at=local, used_at=None,
        failures=0,
    )  # fmt: skip
    with world.database.writing() as tx:
        devices.add_code(tx, code, now=local)
        found = devices.code_named(tx, "AAAA")

    assert found is not None
    assert (found.expires_at, found.expires_at.tzinfo) == (local, UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [(FIRST, LAST), (FIRST.replace(tzinfo=timezone(timedelta(hours=14))), LAST.replace(tzinfo=FAR_WEST))],
)  # fmt: skip
def test_ends_of_the_calendar_may_be_asked_for(world: World, start: datetime, end: datetime) -> None:
    airing = world.plan(world.approved())

    with world.database.reading() as tx:
        assert airings.between(tx, world.station, start=start, end=end) == (airing,)
        assert airings.get(tx, world.station, airing.id) == airing


def test_airings_are_found_by_their_start(world: World) -> None:
    approved, at = world.approved(), world.clock.now + timedelta(hours=1)
    first, second = world.plan(approved, at), world.plan(approved, at + timedelta(hours=1))
    neighbour = open_neighbour(world)

    with world.database.reading() as tx:
        found = airings.between(tx, world.station, start=at, end=second.start_at)
        assert found == (first,)
        assert airings.of_bulletin(tx, world.station, approved.id) == (second, first)
        assert airings.between(tx, neighbour.station, start=FIRST, end=LAST) == ()
        assert airings.of_bulletin(tx, neighbour.station, approved.id) == ()
        assert airings.every_recording(tx, since=second.start_at) == {second.recording_sha256}
        assert airings.every_recording(tx, since=LAST) == frozenset()


def test_bulletins_are_listed_last_changed_first(world: World) -> None:
    old = world.write(title="Cũ")
    world.clock.advance(seconds=1)
    new = world.write(title="Mới")

    with world.database.reading() as tx:
        assert [b.id for b in bulletins.of_station(tx, world.station)] == [new.id, old.id]
        assert [b.id for b in bulletins.of_station(tx, world.station, limit=1)] == [new.id]
        assert bulletins.of_station(tx, world.station, states=[BulletinState.APPROVED]) == ()
        assert bulletins.of_station(tx, open_neighbour(world).station) == ()


def test_recordings_are_each_stations_own(world: World) -> None:
    approved, neighbour = world.approved(), open_neighbour(world)
    sha256 = str(approved.recording_sha256)

    with world.database.reading() as tx:
        sound = recordings.get(tx, world.station, sha256)
        assert recordings.several(tx, world.station, [sha256, "0" * 64]) == {sha256: sound}
        assert recordings.get(tx, neighbour.station, sha256) is None
        assert recordings.several(tx, world.station, []) == {}


def test_audit_is_read_newest_first_and_each_stations_own(world: World) -> None:
    neighbour = open_neighbour(world)
    with world.database.writing() as tx:
        for n in range(3):
            audit.record(tx, world.station, user=None, action=f"a{n}", subject="x", now=world.clock.now, n=n, ghi="ữ")

    with world.database.reading() as tx:
        found = audit.latest(tx, world.station, subject="x", limit=2)
        assert [(line.action, line.who, line.detail) for line in found] == [
            ("a2", None, {"n": 2, "ghi": "ữ"}), ("a1", None, {"n": 1, "ghi": "ữ"}),
        ]  # fmt: skip
        assert audit.latest(tx, neighbour.station, subject="x") == ()
        assert {line.who for line in audit.latest(tx, world.station, limit=500)} >= {None, "Hoa"}


def test_sessions_are_forgotten_when_they_are_over(world: World) -> None:
    lan, now = world.person("lan").id, world.clock.now
    with world.database.writing() as tx:
        for name, ends in (("a" * 64, now), ("b" * 64, now + timedelta(hours=1))):
            accounts.add_session(tx, lan, token_sha256=name, csrf="c", now=now, expires_at=ends)
        accounts.prune_sessions(tx, now=now)

        assert accounts.session(tx, "a" * 64, now=now - timedelta(hours=1)) is None
        assert accounts.session(tx, "b" * 64, now=now) is not None
        assert accounts.session(tx, "b" * 64, now=now + timedelta(hours=1)) is None
