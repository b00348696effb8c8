"""A village in one process: as many real agents as are ordered, each with its identity, journal and silent player.

The orders come on standard input, a JSON object a line: `{"box": 3, "url": …, "code": …}` enrols box 3 first,
`{"box": 3}` takes it as it was enrolled before, `{"run": true}` starts them all. The answers go to standard output:
`{"box": 3, "device": …}` or `{"box": 3, "failed": …}`, then `{"running": 40}`. The end of the input is the end of the
village, so that nothing is left behind when whoever ordered it dies.
"""

import asyncio
import json
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
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
from device_agent.turning import InLoop

DISK_THREADS = 8
HANDS = 8
"""Threads that connect, and that do what a box has done for it in passing."""
TECHNICIANS = 3
"""Boxes enrolled at once: each enrolment takes 16 MB and a tenth of a second for its key."""
BALLAST_BYTES = 4096


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
        ended = asyncio.create_task(_stop_at_end(orders, stop))
        await _live(chosen, boxes, stop, version=version, synced=synced, hands=hands)
        ended.cancel()
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


async def _live(
    chosen: Settings, boxes: dict[int, Identity], stop: asyncio.Event, *, version: str, synced: bool,
    hands: ThreadPoolExecutor,
) -> None:  # fmt: skip
    with ExitStack() as put_away:
        disk = put_away.enter_context(ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="disk"))

        def put_together(number: int) -> Box:
            box = assemble(
                _settings(chosen, number), boxes[number], version=version, synced=synced,
                lane=lambda _name: Lane(disk), turning=lambda: InLoop(hands),
            )  # fmt: skip
            put_away.callback(box.journal.close)
            return box

        async with asyncio.TaskGroup() as group:
            for number in sorted(boxes):
                # On another thread: the boxes that live already are not kept waiting by the next one's disk.
                group.create_task(Agent(await asyncio.to_thread(put_together, number)).run(stop))
            _answer(running=len(boxes))


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


async def _stop_at_end(orders: asyncio.StreamReader, stop: asyncio.Event) -> None:
    while await orders.readline():
        pass
    stop.set()


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
