"""A village in one process: as many real agents as are ordered, each with its identity, journal and silent player.

The orders come on standard input, a JSON object a line: `{"box": 3, "url": …, "code": …}` enrols box 3 first,
`{"box": 3}` takes it as it was enrolled before, `{"run": true}` starts them all. The answers go to standard output:
`{"box": 3, "device": …}` or `{"box": 3, "failed": …}`, then `{"running": 40}`. From then on `{"off": [3]}` and
`{"on": [3]}` switch boxes, and `{"tell": true}` asks what has begun and ended since it was last asked, by the players'
own monotonic clock: `{"told": [{"box": 3, "began": true, "alert": …, "airing": …, "part": …, "at": …, "asked": …}]}`,
`asked` being when the player was told to. The end of the input is the end of the village, so that nothing is left
behind when whoever ordered it dies.
"""

import asyncio
import gc
import json
import resource
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from device_agent import enrolment, identity
from device_agent.agent import Agent, Box
from device_agent.assembly import assemble
from device_agent.identity import Identity
from device_agent.lanes import Lane
from device_agent.settings import PlayerKind, Settings
from device_agent.sound.null import NullPlayer, Tell
from device_agent.sound.port import Cue
from device_agent.turning import InLoop
from device_agent.workshop import DECKS

DISK_THREADS = 8
HANDS = 8
"""Threads that connect, and that do what a box has done for it in passing."""
TECHNICIANS = 3
"""Boxes enrolled at once: each enrolment takes 16 MB and a tenth of a second for its key."""
BALLAST_BYTES = 4096
REMEMBERED = 200_000
"""Of what began and ended, for who asks; the oldest is forgotten first when nobody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A box to take into the village, enrolled first when there is a code."""

    number: int
    url: str | None
    code: str | None


async def simulate(chosen: Settings, stop: asyncio.Event, *, version: str, synced: bool) -> None:
    """Run the village that standard input orders until `stop` is set or the input ends. Raises what a box died of."""
    _allow_many_files()
    orders = await _standard_input()
    hands = ThreadPoolExecutor(HANDS, thread_name_prefix="hand")
    asyncio.get_running_loop().set_default_executor(hands)
    told = asyncio.create_task(_end_when_told(orders, stop))
    boxes = await _gathered(chosen, orders, version=version)
    if boxes and not orders.at_eof():
        await _live(Street(chosen, boxes, version=version, synced=synced, hands=hands), orders, stop)
    told.cancel()


async def _gathered(chosen: Settings, orders: asyncio.StreamReader, *, version: str) -> dict[int, Identity]:
    """Take orders until `run`; return the boxes that have an identity. Each refusal is answered."""
    technicians = asyncio.Semaphore(TECHNICIANS)
    boxes: dict[int, Identity] = {}

    async def take_in(order: Order) -> None:
        async with technicians:
            try:
                me = await asyncio.to_thread(_identity, _folder(chosen.data, order.number), order, version)
            except (enrolment.EnrolmentError, identity.IdentityError, OSError) as exc:
                _answer(box=order.number, failed=str(exc))
                return
        boxes[order.number] = me
        _answer(box=order.number, device=me.device)

    async with asyncio.TaskGroup() as group:
        while (order := _order(await orders.readline())) is not None:
            group.create_task(take_in(order))
    return boxes


async def _live(street: "Street", orders: asyncio.StreamReader, stop: asyncio.Event) -> None:
    """Let every box live until `stop` is set or the orders end."""
    async with asyncio.TaskGroup() as group:
        await street.switch_on(street.numbers, group)
        obeying = group.create_task(_obey(orders, stop, street, group))
        gc.freeze()  # nobody's siren shall wait while the collector looks through all that belongs to the others
        _answer(running=len(street.numbers))
        await stop.wait()
        await street.switch_off(street.numbers)
        obeying.cancel()
    street.close()


async def _obey(orders: asyncio.StreamReader, stop: asyncio.Event, street: "Street", group: asyncio.TaskGroup) -> None:
    """Do what is ordered of boxes that live."""
    while line := await orders.readline():
        match json.loads(line):
            case {"off": numbers}:
                await street.switch_off(tuple(numbers))
                _answer(off=numbers)
            case {"on": numbers}:
                await street.switch_on(tuple(numbers), group)
                _answer(on=numbers)
            case {"tell": _}:
                _answer(told=street.told())
    stop.set()


class Street:
    """The boxes that live, each with a switch of its own, and what began and ended on them."""

    def __init__(
        self, chosen: Settings, boxes: dict[int, Identity], *, version: str, synced: bool, hands: ThreadPoolExecutor
    ) -> None:
        self._chosen, self._boxes, self._version, self._synced, self._hands = chosen, boxes, version, synced, hands
        self._disk = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="disk")
        self._living: dict[int, tuple[asyncio.Event, asyncio.Task[None]]] = {}
        self._told: deque[dict[str, object]] = deque(maxlen=REMEMBERED)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(sorted(self._boxes))

    async def switch_on(self, numbers: tuple[int, ...], group: asyncio.TaskGroup) -> None:
        """Start those that do not live. A box that dies takes the village with it."""
        for number in numbers:
            if number in self._boxes and number not in self._living:
                # On another thread: the boxes that live already are not kept waiting by the next one's disk.
                box = await asyncio.to_thread(self._put_together, number)
                stop = asyncio.Event()
                self._living[number] = (stop, group.create_task(_life(box, stop)))

    async def switch_off(self, numbers: tuple[int, ...]) -> None:
        """Return when these boxes have said goodbye and are gone."""
        ending = [self._living.pop(number) for number in numbers if number in self._living]
        for stop, _ in ending:
            stop.set()
        if ending:
            await asyncio.wait([task for _, task in ending])

    def told(self) -> list[dict[str, object]]:
        """Return what began and ended since this was last asked."""
        told = list(self._told)
        self._told.clear()
        return told

    def close(self) -> None:
        """Give the threads back; nobody lives any more."""
        self._disk.shutdown()

    def _put_together(self, number: int) -> Box:
        box = assemble(
            _settings(self._chosen, number), self._boxes[number], version=self._version, synced=self._synced,
            lane=lambda _name: Lane(self._disk), turning=lambda: InLoop(self._hands),
        )  # fmt: skip
        tell = self._teller(number)
        players = tuple(NullPlayer(tell=tell) for _ in range(DECKS))
        return replace(box, players=players, siren=NullPlayer(tell=tell))

    def _teller(self, number: int) -> Tell:
        def tell(cue: Cue, began: bool, at_monotonic: float, asked_monotonic: float) -> None:
            self._told.append(
                {
                    "box": number, "began": began, "alert": cue.alert_id, "airing": cue.airing_id, "part": cue.part,
                    "at": at_monotonic, "asked": asked_monotonic,
                }
            )  # fmt: skip

        return tell


async def _life(box: Box, stop: asyncio.Event) -> None:
    try:
        await Agent(box).run(stop)
    finally:
        box.journal.close()


def _identity(folder: Path, order: Order, version: str) -> Identity:
    """Return who the box is. Raises EnrolmentError, IdentityError or OSError."""
    if order.url is not None and order.code is not None:
        invitation = enrolment.read_invitation([order.url, order.code])
        reply, key = enrolment.enrol(invitation, agent_version=version)
        identity.store(folder, reply, key=key)
    return identity.load(folder)


def _settings(chosen: Settings, number: int) -> Settings:
    """Return the settings of one box: nobody hears it, and the supervisor watches the village, not the box."""
    return replace(
        chosen, data=_folder(chosen.data, number), player=PlayerKind.NULL, ear=None, ballast_bytes=BALLAST_BYTES,
        notify_socket=None, watchdog_us=None,
    )  # fmt: skip


def _folder(data: Path, number: int) -> Path:
    return data / str(number)


def _order(line: bytes) -> Order | None:
    """Return the order, None for `run` and for the end of the input. Raises ValueError or KeyError for nonsense."""
    if not line:
        return None
    said: dict[str, Any] = json.loads(line)
    return None if "run" in said else Order(number=int(said["box"]), url=said.get("url"), code=said.get("code"))


async def _end_when_told(orders: asyncio.StreamReader, stop: asyncio.Event) -> None:
    """Take no more orders once `stop` is set."""
    await stop.wait()
    orders.feed_eof()


async def _standard_input() -> asyncio.StreamReader:
    """Return standard input as a stream. It must be a pipe, so that its end is seen without a thread that waits."""
    reader = asyncio.StreamReader()
    make = partial(asyncio.StreamReaderProtocol, reader)
    await asyncio.get_running_loop().connect_read_pipe(make, sys.stdin)
    return reader


def _answer(**said: object) -> None:
    print(json.dumps(said, ensure_ascii=False), flush=True)


def _allow_many_files() -> None:
    """Each box has a connection and three files of its journal open; the usual limit of 1,024 is 250 boxes."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
