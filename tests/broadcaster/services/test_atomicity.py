"""One call is one transaction: the change and its audit line stand or fall together, and a full disk loses nothing."""

from collections.abc import Callable

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from broadcaster.domain.permissions import Role
from broadcaster.domain.station import Rules
from broadcaster.services import airings, bulletins, devices, people, stations
from broadcaster.services.people import NewPerson
from broadcaster.store.engine import Database
from broadcaster.store.tables import metadata
from tests.fakes.station_office import FastPasswords
from tests.fakes.station_world import PASSWORD, VOICES, World

UNWATCHED = {"audit", "attempts"}
NEW = NewPerson(username="thu.ha", full_name="Hà", password=PASSWORD, roles=frozenset({Role.EDITOR}))


class Scene:
    """Everything that a change may be made to, made before the change."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.draft = world.write(text="Bản nháp.")
        self.submitted = world.write(text="Bản chờ duyệt.")
        world.render()
        bulletins.submit(world.office, actor=world.person("lan"), bulletin=self.submitted.id)
        self.approved = world.approved()
        self.airing = world.plan(self.approved)
        self.box = world.enrol()
        self.token = people.issue_token(world.office, actor=world.person("hoa"), user=world.person("lan").id, name="x")
        self.office, self.lan, self.minh, self.hoa = world.office, *(world.person(n) for n in ("lan", "minh", "hoa"))


CHANGES: dict[str, Callable[[Scene], object]] = {
    "bulletin.write": lambda s: s.world.write(),
    "bulletin.rewrite": lambda s: s.world.rewrite(s.approved, text="Khác."),
    "bulletin.submit": lambda s: bulletins.submit(s.office, actor=s.lan, bulletin=s.draft.id),
    "bulletin.approve": lambda s: s.world.approve(s.submitted),
    "bulletin.return": lambda s: bulletins.send_back(s.office, actor=s.minh, bulletin=s.submitted.id, note="Sửa."),
    "bulletin.withdraw": lambda s: bulletins.withdraw(s.office, actor=s.lan, bulletin=s.approved.id),
    "airing.plan": lambda s: s.world.plan(s.approved),
    "airing.cancel": lambda s: airings.cancel(s.office, actor=s.lan, airing=s.airing.id),
    "station.rules": lambda s: stations.change_rules(
        s.office, actor=s.hoa, rules=Rules(self_approval=True), voices=VOICES
    ),
    "hamlet.add": lambda s: stations.add_hamlet(s.office, actor=s.hoa, name="Thôn Mới"),
    "cluster.add": lambda s: stations.add_cluster(s.office, actor=s.hoa, hamlet=s.world.hamlets[0], name="Cụm 9"),
    "code.issue": lambda s: devices.issue_code(s.office, actor=s.hoa, cluster=s.world.clusters[1]),
    "device.enrol": lambda s: s.world.enrol(1),
    "device.retire": lambda s: devices.retire(s.office, actor=s.hoa, device=s.box.id),
    "person.add": lambda s: people.add_person(s.office, FastPasswords(), actor=s.hoa, new=NEW),
    "person.change": lambda s: people.change_person(
        s.office, actor=s.hoa, user=s.lan.id, roles=frozenset({Role.APPROVER}), disabled=False, full_name="Lan"
    ),
    "person.password": lambda s: people.set_password(
        s.office, FastPasswords(), actor=s.hoa, user=s.lan.id, password="mot cau khac"
    ),
    "token.issue": lambda s: people.issue_token(s.office, actor=s.hoa, user=s.lan.id, name="máy in"),
}  # fmt: skip


def everything(database: Database, *, without: set[str] = UNWATCHED) -> dict[str, list[str]]:
    """Return every row of every table, as text."""
    with database.reading() as tx:
        return {
            table.name: sorted(map(str, tx.execute(table.select())))
            for table in metadata.sorted_tables
            if table.name not in without
        }


def audit_lines(world: World) -> list[str]:
    """Return the actions of the audit trail, in their order."""
    with world.database.reading() as tx:
        return [row.action for row in tx.execute(text("SELECT action FROM audit ORDER BY id"))]


def break_audit(database: Database) -> None:
    """Let no line into the audit trail, as if the disk were full at that very moment."""
    with database.writing() as tx:
        tx.execute(
            text("CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        )


@pytest.mark.parametrize("action", CHANGES)
def test_change_leaves_its_line(sqlite_world: World, action: str) -> None:
    scene = Scene(sqlite_world)
    before = everything(sqlite_world.database), audit_lines(sqlite_world)
    CHANGES[action](scene)

    assert everything(sqlite_world.database) != before[0]
    assert action in audit_lines(sqlite_world)[len(before[1]) :]


@pytest.mark.parametrize("action", CHANGES)
def test_change_without_its_line_does_not_happen(sqlite_world: World, action: str) -> None:
    scene = Scene(sqlite_world)
    code = sqlite_world.code(1).code
    change = (lambda s: s.world.answer(s.box, code)) if action == "device.enrol" else CHANGES[action]
    before = everything(sqlite_world.database)
    break_audit(sqlite_world.database)

    with pytest.raises(Exception, match="disk is full"):
        change(scene)

    assert everything(sqlite_world.database) == before


def test_change_in_two_transactions_would_be_caught(sqlite_world: World) -> None:
    """Negative control: a change whose audit line comes in a transaction of its own is seen by the check above."""
    world, before = sqlite_world, everything(sqlite_world.database)
    break_audit(world.database)
    with world.database.writing() as tx:
        tx.execute(text("UPDATE stations SET name = 'Xã Khác'"))

    assert everything(world.database) != before


@pytest.mark.parametrize("action", ["bulletin.write", "airing.plan", "person.add"])
def test_full_disk_loses_nothing_and_passes(sqlite_world: World, action: str) -> None:
    scene = Scene(sqlite_world)
    before = everything(sqlite_world.database)

    def no_page_more(connection, _branch=None) -> None:  # type: ignore[no-untyped-def] # SQLAlchemy's event
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    engine = sqlite_world.database.write_engine
    event.listen(engine, "begin", no_page_more)
    with pytest.raises(OperationalError, match="full"):  # noqa: PT012 - the disk fills up with one of these
        for _ in range(200):
            CHANGES["bulletin.write"](scene)
    event.remove(engine, "begin", no_page_more)
    with sqlite_world.database.writing() as tx:
        tx.exec_driver_sql("PRAGMA max_page_count=1000000")

    after = everything(sqlite_world.database)
    assert all(set(rows) <= set(after[name]) for name, rows in before.items() if name != "renderings")
    CHANGES[action](scene)
