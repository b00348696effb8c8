"""The box's loop: one TaskGroup in which everything that was handed in works together.

Messages come in through the link, playout decides, the stage sounds, the books remember, the portrait tells. A task
that dies takes the process down, and the supervisor brings it back.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from device_agent.booking import Books
from device_agent.box import Box as Box
from device_agent.button.button import Button
from device_agent.clockwork import Clockwork
from device_agent.health.boots import Why
from device_agent.herald import SOON_S, Herald, wait
from device_agent.inbox import ChunkArrived, Inbox, Mailbox, SealedAlerts
from device_agent.link import Connected, Disconnected, Event, Link, Message
from device_agent.obedience import Obedience
from device_agent.playout.decide import decide
from device_agent.playout.values import Moment
from device_agent.portrait import Painter
from device_agent.provisions import Provisions
from device_agent.pulse import Pulse
from device_agent.self_testing import SelfTesting
from device_agent.sound.port import Player
from device_agent.stage.stage import Stage
from device_agent.standing import Standing
from device_agent.updating.updating import Updating
from device_agent.vitality import HalfDead
from device_agent.wellbeing import Wellbeing
from wire import topics
from wire.messages import Reason
from wire.topics import DeviceTopic

log = logging.getLogger(__name__)

PROGRESS_SOON_S = 2.0
ALARMED_WITHIN_S = (0.8, 2.5)
"""Each box draws its own delay before it says that an alert sounds: two thousand statuses in one instant would keep
the station from what comes next, and whoever shares a line or a machine with other boxes from their sirens."""
FETCHED_WITHIN_S = (0.8, 2.5)
"""Words that a siren is sounded before are fetched by each box a little later than by another."""
UPKEEP_EVERY_S = 5.0
FAILURES_KEPT = timedelta(days=1)

T = TypeVar("T")


class Agent:
    """Runs a box until it is told to stop, or until one of its tasks dies."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._started_at = time.monotonic()
        self._disk = box.lane("journal")
        self._audio_disk = box.lane("audio")
        self._mailbox = Mailbox()
        self._wake = asyncio.Event()
        self._alarmed_within_s = random.uniform(*ALARMED_WITHIN_S)
        me = box.identity
        self._inbox = Inbox(station=me.station, device=me.device, station_key=me.station_key)
        self._books = Books(box.journal, on_disk=self._on_disk, reported=lambda: self._herald.reported())
        self._painter = Painter(
            station=me.station, device=me.device, key=me.key, session=box.session, now=box.timekeeper.now
        )  # fmt: skip
        self._link = Link(
            me.broker, client_id=f"{me.station}.{me.device}", subscriptions=self._subscriptions(),
            last_will=self._painter.offline, emit=self._emit, turning=box.turning(),
        )  # fmt: skip
        self._provisions = Provisions(
            box.store, on_disk=self._on_audio_disk, budget_bytes=box.audio_budget_bytes, moment=self._moment,
            wheel=lambda: self._updating.file, unix_s=time.time,
            ask=lambda questions: self._link.subscribe([topics.chunk(me.station, *q) for q in questions]),
            cease=lambda questions: self._link.unsubscribe([topics.chunk(me.station, *q) for q in questions]),
        )  # fmt: skip
        self._herald = Herald(
            self._link, painter=self._painter, state=lambda: self._standing.state(), journal=box.journal, identity=me,
            on_disk=self._on_disk,
        )  # fmt: skip
        self._tasks: asyncio.TaskGroup | None = None
        self._stage = Stage(
            box.players, books=self._books, timekeeper=box.timekeeper, path_of=box.store.path_of,
            is_intact=self._provisions.is_intact, changed=self._changed, spawn=self._spawn, listener=box.listener,
            open_feed=box.open_feed, siren=box.siren, alarmed=lambda: self._herald.status_soon(self._soon_s()),
        )  # fmt: skip
        self._pulse = Pulse(
            self._stage, started_at=self._started_at, notifier=box.notifier, feed_every_s=box.feed_every_s
        )  # fmt: skip
        self._obedience = Obedience(
            box.documents, inbox=self._inbox, books=self._books, stage=self._stage, timekeeper=box.timekeeper,
            store=box.store, broken=lambda: self._provisions.broken, device=me.device, up_since=self._started_at,
            on_disk=self._on_disk, ask_time=lambda: self._clockwork.connected(),
        )  # fmt: skip
        self._button = Button(
            box.button, box.button_memory, place=f"{me.cluster} ({me.hamlet})", books=self._books,
            timekeeper=box.timekeeper, moment=self._obedience.moment, is_intact=self._provisions.is_intact,
            changed=self._changed, on_disk=self._on_disk, boot_id=box.boots.boot_id, take=box.take_pin,
        )  # fmt: skip
        self._updating = Updating(
            box.versions, moment=self._moment, lacks=lambda: self._pulse.lacks(box.documents),
            path_of=box.store.path_of, is_intact=self._provisions.is_intact, leave=self._leave,
            changed=lambda: self._herald.status_soon(),
        )  # fmt: skip
        self._stop: asyncio.Event | None = None
        self._clockwork = Clockwork(
            box.timekeeper, identity=me, link=self._link, changed=self._changed,
            keep=lambda sample: self._on_disk(lambda: box.clock_memory.keep(sample)),
        )  # fmt: skip
        self._stage.witness.recall(box.ear_memory.usual_gain_db, keep=self._keep_gain)
        self._self_testing = SelfTesting(
            box.night_ear, memory=box.ear_memory, lend=self._stage.lent_player, power=box.power,
            moment=self._obedience.moment, path=box.self_test_path, on_disk=self._on_disk, changed=self._changed,
        )  # fmt: skip
        self._wellbeing = Wellbeing(
            look=box.look, boots=box.boots, power=box.power, timekeeper=box.timekeeper, on_disk=self._on_disk,
            changed=lambda: self._herald.status_soon(), started_at=self._started_at,
        )  # fmt: skip
        self._standing = Standing(
            box=box, books=self._books, button=self._button, inbox=self._inbox, obedience=self._obedience,
            provisions=self._provisions, stage=self._stage, updating=self._updating, wellbeing=self._wellbeing,
        )  # fmt: skip

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then fade out, report, say goodbye. Raises whatever a task died of."""
        self._stop = stop
        await self._button.recover()
        await self._on_disk(lambda: self._box.journal.recover(detail="thiết bị khởi động lại giữa lúc phát"))
        await self._box.power.begin()
        ended: Why = "crash"
        try:
            async with asyncio.TaskGroup() as group:
                self._tasks = group
                lasting = [group.create_task(task) for task in self._lasting()]
                self._box.notifier.tell("READY=1")
                await stop.wait()
                self._box.notifier.tell("STOPPING=1")
                await self._stage.silence(Reason.POWER_LOST)
                await self._obedience.write()
                await self._herald.send_reports()
                for task in lasting:
                    task.cancel()
            ended = "asked"
        except* HalfDead:
            ended = "watchdog"  # it would have come to that: what moves no more feeds nobody
            raise
        finally:
            # When a task died nobody has silenced the players; a sound must not outlive its agent.
            await asyncio.gather(*(player.close() for player in self._players()), return_exceptions=True)
            await self._box.power.close()
            await asyncio.to_thread(self._link.close, self._painter.offline())
            self._box.boots.end(ended)
            self._disk.shutdown()
            self._audio_disk.shutdown()

    def _players(self) -> tuple[Player, ...]:
        siren = self._box.siren
        return self._box.players if siren is None else (*self._box.players, siren)

    def _lasting(self) -> tuple[Coroutine[None, None, None], ...]:
        return (
            self._link.run(), self._reading(), self._fetching(), self._playing_out(), self._clockwork.run(),
            self._herald.keep_reporting(), self._herald.keep_portraying(), self._stage.keep_checking(),
            self._upkeep(), self._pulse.keep_feeding(), self._obedience.keep_writing(), self._wellbeing.keep_looking(),
            self._self_testing.run(), self._button.run(), self._updating.run(),
        )  # fmt: skip

    # -- coming in ---------------------------------------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        match event:
            case Message():
                self._pulse.heard(event.at_monotonic)
                if not self._mailbox.put(event):
                    self._inbox.refuse("more than can be read")
            case Connected():
                log.info("connected")
                self._pulse.connected()
                self._provisions.connected()
                self._clockwork.connected()
                self._herald.connected()
                self._wellbeing.connected()
            case Disconnected(reason=reason):
                log.info("not connected: %s", reason)
                self._pulse.disconnected()
                self._provisions.disconnected()

    async def _reading(self) -> None:
        while True:
            message = await self._mailbox.get()
            refused = self._inbox.refused
            arrival = self._inbox.open(message.topic, message.payload)
            if isinstance(arrival, ChunkArrived):
                self._provisions.arrived(arrival)
            elif arrival is not None and await self._obedience.obey(arrival, at_monotonic=message.at_monotonic):
                if isinstance(arrival, SealedAlerts):
                    self._alerts_changed()
                else:
                    self._provisions.want(at_once=False)
                    self._changed()
            if self._inbox.refused > refused:
                self._herald.status_soon()

    def _alerts_changed(self) -> None:
        """Sound first; what is fetched and told for it comes after, in each box at another instant."""
        self._wake.set()
        self._herald.alarmed(self._alarmed_within_s)
        alerts = self._box.documents.alerts
        has_siren = alerts is not None and any(alert.bursts for alert in alerts.alerts)
        delay_s = random.uniform(*FETCHED_WITHIN_S) if has_siren else 0.0
        asyncio.get_running_loop().call_later(delay_s, partial(self._provisions.want, at_once=False))

    async def _fetching(self) -> None:
        while True:
            if await self._provisions.next_arrival():
                self._changed()
            self._herald.status_soon(PROGRESS_SOON_S)

    # -- sounding ----------------------------------------------------------------------------------------------------

    def _spawn(self, task: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        if self._tasks is None:
            task.close()
            raise RuntimeError("the agent does not run")
        return self._tasks.create_task(task)

    def _changed(self) -> None:
        """Something playout or the portrait depends on is other than before."""
        self._wake.set()
        self._herald.status_soon(self._soon_s())

    def _soon_s(self) -> float:
        """Return how soon a change is told: during an alarm each box has its own delay."""
        alerts = self._box.documents.alerts
        return self._alarmed_within_s if alerts is not None and alerts.alerts else SOON_S

    async def _playing_out(self) -> None:
        """Ask playout whenever something changed and at the next instant of interest; never in between."""
        box = self._box
        while True:
            self._wake.clear()
            self._pulse.decided()
            amplifier = box.power.state(box.timekeeper.instant_at)
            moment = replace(self._moment(), amplifier=amplifier)
            decision = decide(moment)
            if await box.power.follow(decision.amplifier_on, active=moment.active is not None):
                self._changed()
            await self._stage.perform(decision.actions)
            wait_s = (decision.wake_at - self._box.timekeeper.now()).total_seconds()
            await wait(self._wake, timeout_s=max(0.0, wait_s))

    def _moment(self) -> Moment:
        """Return how things stand, with what somebody on the spot has started."""
        moment, pressed = self._obedience.moment(), self._button.alerts()
        return replace(moment, alerts=(*moment.alerts, *pressed)) if pressed else moment

    def _keep_gain(self, gain_db: float) -> None:
        self._spawn(self._on_disk(lambda: self._box.ear_memory.keep_gain(gain_db)))

    # -- keeping up --------------------------------------------------------------------------------------------------

    async def _upkeep(self) -> None:
        """What must be tried again now and then, and the tidying of the disk."""
        while True:
            if await self._obedience.retry():
                self._changed()
            await self._books.catch_up()
            if (removed := await self._provisions.tidy()) is not None:
                log.info("tidied: %d audio files removed", removed)
                self._stage.forget_failures(self._box.timekeeper.now(), older_than=FAILURES_KEPT)
                await self._on_disk(self._box.ballast.take)
            self._provisions.want(at_once=True)
            await asyncio.sleep(UPKEEP_EVERY_S)

    def _leave(self) -> None:
        """End this version for the next one."""
        self._box.boots.will_update()
        if self._stop is not None:
            self._stop.set()

    def _subscriptions(self) -> tuple[tuple[str, int], ...]:
        me = self._box.identity
        own = ((DeviceTopic.PLAN, 1), (DeviceTopic.ACK, 1), (DeviceTopic.CLOCK, 0))
        return (
            (topics.alerts(me.station), 1),
            *((topics.of_device(me.station, me.device, topic), qos) for topic, qos in own),
        )

    async def _on_disk(self, call: Callable[[], T], /) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, call)

    async def _on_audio_disk(self, call: Callable[[], T], /) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._audio_disk, call)
