"""The station is told soon, once for many changes, and of each report until it acknowledged it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_agent import herald as herald_module
from device_agent.herald import Herald
from device_agent.identity import Identity
from device_agent.journal.journal import Journal
from device_agent.journal.rows import Begun, Concluded
from device_agent.link import Outgoing
from device_agent.portrait import Painter, State
from wire import seal
from wire.enrolment import BrokerAccount
from wire.messages import ClockBelief, Health, Outcome, Reports, Status, Stretch

KEY = seal.new_key()
ME = Identity(
    station="xa", device="loa", cluster="", hamlet="", key=KEY, station_key=seal.new_key(),
    broker=BrokerAccount(url="mqtt://nowhere"),
)  # fmt: skip
STATE = State(
    plan=None, alerts=None, audio_missing=(), clock=ClockBelief(trusted=False), playing=None, health=Health()
)  # fmt: skip


class FakeLink:
    """Keeps what was published; `is_connected` is the test's to set."""

    def __init__(self) -> None:
        self.is_connected = True
        self.sent: list[Outgoing] = []

    def publish(self, message: Outgoing) -> bool:
        self.sent.append(message)
        return True

    def statuses(self) -> list[Status]:
        return [seal.open_sealed(m.payload, KEY, Status) for m in self.sent if m.topic.endswith("/status")]

    def batches(self) -> list[Reports]:
        return [seal.open_sealed(m.payload, KEY, Reports) for m in self.sent if m.topic.endswith("/report")]


async def _at_once(call: Callable[[], object]) -> object:
    return call()


def scene(directory: Path, play: Callable[[Herald, FakeLink, Journal], Awaitable[None]]) -> None:
    async def whole() -> None:
        link, journal = FakeLink(), Journal(directory / "journal.db")
        painter = Painter(station="xa", device="loa", key=KEY, session="1", now=lambda: datetime.now(UTC))
        herald = Herald(
            link, painter=painter, state=lambda: STATE, journal=journal, identity=ME, on_disk=_at_once,  # type: ignore[arg-type]  # fakes of the same shape
        )  # fmt: skip
        tasks = [asyncio.create_task(herald.keep_reporting()), asyncio.create_task(herald.keep_portraying())]
        await asyncio.sleep(0)
        await play(herald, link, journal)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        journal.close()

    asyncio.run(whole())


def conclude(journal: Journal, name: str) -> None:
    journal.conclude(Begun(key=f"airing/{name}", airing_id=name), Concluded(outcome=Outcome.PLAYED))


def test_many_changes_within_a_moment_are_one_status(tmp_path: Path) -> None:
    async def play(herald: Herald, link: FakeLink, _: Journal) -> None:
        for _change in range(50):
            herald.status_soon(0.05)
            await asyncio.sleep(0)
        await asyncio.sleep(0.4)
        assert [status.number for status in link.statuses()] == [1]

    scene(tmp_path, play)


def test_an_urgent_change_does_not_wait_for_a_slow_one(tmp_path: Path) -> None:
    async def play(herald: Herald, link: FakeLink, _: Journal) -> None:
        herald.status_soon(30)
        herald.status_soon(0)
        await asyncio.sleep(0.4)
        assert len(link.statuses()) == 1

    scene(tmp_path, play)


def test_an_alarm_keeps_every_status_back_until_its_calm_is_over(tmp_path: Path) -> None:
    async def play(herald: Herald, link: FakeLink, _: Journal) -> None:
        herald.status_soon(0)
        herald.alarmed(0.5)
        herald.status_soon(0)
        alarmed_at = time.monotonic()
        while not link.sent and time.monotonic() < alarmed_at + 10:
            await asyncio.sleep(0.01)
        assert time.monotonic() - alarmed_at >= 0.45
        assert [status.number for status in link.statuses()] == [1]

    scene(tmp_path, play)


def test_a_new_report_is_sent_at_once_with_those_before_it(tmp_path: Path) -> None:
    async def play(herald: Herald, link: FakeLink, journal: Journal) -> None:
        conclude(journal, "a")
        conclude(journal, "b")
        herald.reported()
        await asyncio.sleep(0.05)
        (batch,) = link.batches()
        assert [(report.number, report.airing_id) for report in batch.reports] == [(1, "a"), (2, "b")]
        assert batch.journal == journal.journal_id

    scene(tmp_path, play)


def test_reports_are_repeated_ever_more_rarely_until_they_are_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(herald_module, "REPORTS_EVERY_S", 0.02)
    monkeypatch.setattr(herald_module, "REPORTS_AT_LEAST_EVERY_S", 0.08)

    async def play(_: Herald, link: FakeLink, journal: Journal) -> None:
        conclude(journal, "a")
        await asyncio.sleep(0.6)
        assert 3 <= len(link.batches()) <= 12
        journal.acknowledge(journal.journal_id, up_to=1)
        before = len(link.batches())
        await asyncio.sleep(0.2)
        assert len(link.batches()) == before

    scene(tmp_path, play)


def test_without_a_connection_nothing_is_sent_and_everything_when_it_is_back(tmp_path: Path) -> None:
    async def play(herald: Herald, link: FakeLink, journal: Journal) -> None:
        link.is_connected = False
        conclude(journal, "a")
        herald.reported()
        herald.status_soon(0)
        await asyncio.sleep(0.1)
        assert link.sent == []
        link.is_connected = True
        herald.connected()
        await asyncio.sleep(0.1)
        assert (len(link.batches()), len(link.statuses())) == (1, 1)

    scene(tmp_path, play)


def test_reports_too_long_for_one_envelope_come_one_part_after_the_other(tmp_path: Path) -> None:
    async def play(herald: Herald, link: FakeLink, journal: Journal) -> None:
        at = datetime.now(UTC)
        stretch = Stretch(started_at=at, ended_at=at, source="http://dai.vn/" + 200 * "x")
        for n in range(90):
            journal.conclude(
                Begun(key=f"airing/{n}", airing_id=f"{n}"),
                Concluded(outcome=Outcome.PLAYED, stretches=20 * (stretch,)),
            )  # fmt: skip
        numbers: list[int] = []
        while journal.unacknowledged(limit=1):
            await herald.send_reports()
            numbers += [report.number for report in link.batches()[-1].reports]
            journal.acknowledge(journal.journal_id, up_to=numbers[-1])
        assert numbers == list(range(1, 91))
        assert len(link.batches()) > 1

    scene(tmp_path, play)
