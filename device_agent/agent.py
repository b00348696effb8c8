"""The box's loop: one TaskGroup in which everything that was handed in works together.

Messages come in through the link, playout decides, the stage sounds, the books remember, the portrait tells. A task
that dies takes the process down, and the supervisor brings it back.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from device_agent.audio_store import AudioStore, fits
from device_agent.booking import Books
from device_agent.clock_memory import ClockMemory
from device_agent.clockwork import Clockwork
from device_agent.documents import Documents
from device_agent.durable import Ballast
from device_agent.fetcher import Fetcher
from device_agent.health import Body
from device_agent.hearing.nothing import NoEar
from device_agent.herald import Herald, wait
from device_agent.identity import Identity
from device_agent.inbox import ChunkArrived, Inbox
from device_agent.journal.journal import Journal
from device_agent.lanes import own_thread
from device_agent.link import Connected, Disconnected, Event, Link, Message
from device_agent.obedience import Obedience
from device_agent.playout.decide import decide
from device_agent.playout.wants import urgent_audio, wanted_audio
from device_agent.portrait import Painter, State, health_of, playing_of
from device_agent.sound.port import Player
from device_agent.stage.stage import Stage
from device_agent.timekeeper import Timekeeper
from device_agent.turning import OwnThread, Turning
from device_agent.vitality import HalfDead, Notifier, Vitality, Vitals
from wire import topics
from wire.messages import Reason
from wire.topics import DeviceTopic

if TYPE_CHECKING:
    from device_agent.hearing.listener import Listener

log = logging.getLogger(__name__)

PROGRESS_SOON_S = 2.0
UPKEEP_EVERY_S = 5.0
HOUSEKEEPING_EVERY_S = 3600.0
WAITING_MAX_BYTES = 16 * 1024 * 1024
"""Of messages not read yet: what a box asks for is far less, and all that matters is said again by the station."""
TIDY_FULL_DISK_EVERY_S = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What a box is made of, as the composition root puts it together. `session` sorts after every earlier one.

    `lane` makes an executor, by its name, that makes one call at a time; `turning` what turns the MQTT client.
    """

    identity: Identity
    session: str
    agent_version: str
    players: tuple[Player, ...]
    documents: Documents
    journal: Journal
    store: AudioStore
    timekeeper: Timekeeper
    clock_memory: ClockMemory
    ballast: Ballast
    look: Callable[[], Body]
    notifier: Notifier
    feed_every_s: float
    audio_budget_bytes: int
    listener: "Listener | NoEar | None" = None
    lane: Callable[[str], Executor] = own_thread
    turning: Callable[[], Turning] = OwnThread


class Agent:
    """Runs a box until it is told to stop, or until one of its tasks dies."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._started_at = time.monotonic()
        self._disk = box.lane("journal")
        self._audio_disk = box.lane("audio")
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self._chunks: asyncio.Queue[ChunkArrived] = asyncio.Queue()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._connected_since: float | None = None
        self._heard_at = self._decided_at = self._started_at
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
        self._fetcher = Fetcher(
            box.store, fits=fits, monotonic=time.monotonic, on_disk=self._on_audio_disk,
            ask=lambda questions: self._link.subscribe([topics.chunk(me.station, *q) for q in questions]),
            cease=lambda questions: self._link.unsubscribe([topics.chunk(me.station, *q) for q in questions]),
        )  # fmt: skip
        self._herald = Herald(
            self._link, painter=self._painter, state=self._state, journal=box.journal, identity=me,
            on_disk=self._on_disk,
        )  # fmt: skip
        self._tasks: asyncio.TaskGroup | None = None
        self._stage = Stage(
            box.players, books=self._books, timekeeper=box.timekeeper, path_of=box.store.path_of,
            is_intact=self._is_intact, changed=self._changed, spawn=self._spawn, listener=box.listener,
        )  # fmt: skip
        self._obedience = Obedience(
            box.documents, inbox=self._inbox, books=self._books, stage=self._stage, timekeeper=box.timekeeper,
            store=box.store, broken=lambda: self._fetcher.broken, device=me.device, up_since=self._started_at,
            on_disk=self._on_disk,
        )  # fmt: skip
        self._clockwork = Clockwork(
            box.timekeeper, identity=me, link=self._link, changed=self._changed,
            keep=lambda sample: self._on_disk(lambda: box.clock_memory.keep(sample)),
        )  # fmt: skip

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then fade out, report, say goodbye. Raises whatever a task died of."""
        await self._on_disk(lambda: self._box.journal.recover(detail="thiết bị khởi động lại giữa lúc phát"))
        try:
            async with asyncio.TaskGroup() as group:
                self._tasks = group
                lasting = [group.create_task(task) for task in self._lasting()]
                self._box.notifier.tell("READY=1")
                await stop.wait()
                self._box.notifier.tell("STOPPING=1")
                await self._stage.silence(Reason.POWER_LOST)
                await self._herald.send_reports()
                for task in lasting:
                    task.cancel()
        finally:
            # When a task died nobody has silenced the players; a sound must not outlive its agent.
            await asyncio.gather(*(player.close() for player in self._box.players), return_exceptions=True)
            await asyncio.to_thread(self._link.close, self._painter.offline())
            self._disk.shutdown()
            self._audio_disk.shutdown()

    def _lasting(self) -> tuple[Coroutine[None, None, None], ...]:
        return (
            self._link.run(), self._reading(), self._fetching(), self._playing_out(), self._clockwork.run(),
            self._herald.keep_reporting(), self._herald.keep_portraying(), self._stage.keep_checking(),
            self._upkeep(), self._feeding_watchdog(),
        )  # fmt: skip

    # -- coming in ---------------------------------------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        match event:
            case Message():
                self._heard_at = event.at_monotonic
                if self._waiting_bytes + len(event.payload) > WAITING_MAX_BYTES:
                    self._inbox.refuse("more than can be read")
                    return
                self._waiting_bytes += len(event.payload)
                self._messages.put_nowait(event)
            case Connected():
                log.info("connected")
                self._connected_since = time.monotonic()
                self._fetcher.connected()
                self._clockwork.connected()
                self._herald.connected()
            case Disconnected(reason=reason):
                log.info("not connected: %s", reason)
                self._connected_since = None
                self._fetcher.disconnected()

    async def _reading(self) -> None:
        while True:
            message = await self._messages.get()
            self._waiting_bytes -= len(message.payload)
            refused = self._inbox.refused
            arrival = self._inbox.open(message.topic, message.payload)
            if isinstance(arrival, ChunkArrived):
                self._chunks.put_nowait(arrival)
            elif arrival is not None and await self._obedience.obey(arrival, at_monotonic=message.at_monotonic):
                self._want_audio(at_once=False)
                self._changed()
            if self._inbox.refused > refused:
                self._herald.status_soon()

    async def _fetching(self) -> None:
        while True:
            chunk = await self._chunks.get()
            if await self._fetcher.receive(chunk.sha256, chunk.number, chunk.payload):
                self._changed()
            self._herald.status_soon(PROGRESS_SOON_S)

    def _want_audio(self, *, at_once: bool) -> None:
        """Fetch what is needed. What is not urgent waits for the next upkeep, which falls at another second in each
        box: a new plan must not bring two thousand boxes to the broker in one instant."""
        moment = self._obedience.moment()
        known = urgent_audio(moment) | {progress.sha256 for progress in self._fetcher.progress()}
        self._fetcher.want(ref for ref in wanted_audio(moment) if at_once or ref.sha256 in known)

    # -- sounding ----------------------------------------------------------------------------------------------------

    def _spawn(self, task: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        if self._tasks is None:
            task.close()
            raise RuntimeError("the agent does not run")
        return self._tasks.create_task(task)

    def _changed(self) -> None:
        """Something playout or the portrait depends on is other than before."""
        self._wake.set()
        self._herald.status_soon()

    async def _playing_out(self) -> None:
        """Ask playout whenever something changed and at the next instant of interest; never in between."""
        while True:
            self._wake.clear()
            self._decided_at = time.monotonic()
            moment = self._obedience.moment()
            decision = decide(moment)
            await self._stage.perform(decision.actions)
            wait_s = (decision.wake_at - self._box.timekeeper.now()).total_seconds()
            await wait(self._wake, timeout_s=max(0.0, wait_s))

    async def _is_intact(self, sha256: str) -> bool:
        intact = await self._on_audio_disk(lambda: self._box.store.is_intact(sha256))
        if not intact:
            self._want_audio(at_once=True)
        return intact

    # -- telling -----------------------------------------------------------------------------------------------------

    def _state(self) -> State:
        box, documents = self._box, self._box.documents
        return State(
            plan=documents.plan.revision if documents.plan is not None else None,
            alerts=documents.alerts.revision if documents.alerts is not None else None,
            audio_missing=self._fetcher.progress(),
            clock=box.timekeeper.belief(),
            playing=playing_of(self._stage.active, self._stage.start_error_ms, heard=self._stage.witness.heard),
            health=health_of(
                box.look(), agent_version=box.agent_version, player=self._stage.player_name,
                uptime_s=int(time.monotonic() - self._started_at), refused=self._inbox.refused,
                last_refusal=self._inbox.last_refusal, audio_errors=self._errors(),
            ),
        )  # fmt: skip

    def _errors(self) -> tuple[str, ...]:
        behind = ("journal_unwritable",) if self._books.is_behind else ()
        fault, ear_fault = self._stage.device_fault, self._stage.witness.fault
        device = (f"sound_device:{fault}",) if fault is not None else ()
        deaf = (f"ear:{ear_fault}",) if ear_fault is not None else ()
        return (*device, *deaf, *self._obedience.errors(), *behind, *self._fetcher.errors())

    # -- keeping up --------------------------------------------------------------------------------------------------

    async def _upkeep(self) -> None:
        """What must be tried again now and then, and the tidying of the disk."""
        tidied_at = -HOUSEKEEPING_EVERY_S
        while True:
            if await self._obedience.retry():
                self._changed()
            await self._books.catch_up()
            every_s = TIDY_FULL_DISK_EVERY_S if "disk_full" in self._fetcher.errors() else HOUSEKEEPING_EVERY_S
            if time.monotonic() - tidied_at > every_s:
                tidied_at = time.monotonic()
                await self._tidy()
            self._want_audio(at_once=True)
            await asyncio.sleep(UPKEEP_EVERY_S)

    async def _feeding_watchdog(self) -> None:
        """Tell systemd that we live, as long as we really do. A hung loop starves it; half a life ends here."""
        vitality = Vitality(time.monotonic())
        while True:
            fault = vitality.fault(self._vitals(), time.monotonic())
            if fault is not None:
                raise HalfDead(fault)
            self._box.notifier.tell("WATCHDOG=1")
            await asyncio.sleep(self._box.feed_every_s)

    def _vitals(self) -> Vitals:
        return Vitals(
            connected_since=self._connected_since, heard_at=self._heard_at, decided_at=self._decided_at,
            position_ms=self._stage.position_ms, preparing=bool(self._stage.preparing),
        )  # fmt: skip

    async def _tidy(self) -> None:
        needed = frozenset(ref.sha256 for ref in wanted_audio(self._obedience.moment()))
        budget = self._box.audio_budget_bytes
        store = self._box.store
        await self._on_audio_disk(lambda: store.touch(needed))
        gone = await self._on_audio_disk(lambda: store.evict(needed, budget_bytes=budget, unix_s=time.time()))
        self._stage.forget_failures(self._box.timekeeper.now(), older_than=timedelta(days=1))
        log.info("tidied: %d audio files removed", len(gone))
        await self._on_disk(self._box.ballast.take)

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
