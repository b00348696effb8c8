"""Whoever holds connections without asking anything does not shut out those who do."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from broadcaster.adapters.web_connections import Connection

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Impatient(Connection):
    """The same, within the time of a test."""

    most = 5
    ask_within_s = 0.3
    steady_bytes = 2_000


def in_a_loop(test: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
    """Run a test in a loop of its own."""

    @functools.wraps(test)
    def run() -> None:
        asyncio.run(test())

    return run


async def answer(request: Request) -> PlainTextResponse:
    """Take longer over some answers than anybody may over a question."""
    await request.body()
    await asyncio.sleep(1.0 if request.url.path == "/slow" else 0)
    return PlainTextResponse("here")


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=Impatient, log_config=None, lifespan="off"))
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def called(port: int, said: bytes) -> Line:
    line = await asyncio.open_connection("127.0.0.1", port)
    line[1].write(said)
    return line


async def heard(line: Line) -> bytes:
    try:
        return await line[0].read()
    except ConnectionResetError:
        return b""
    finally:
        line[1].close()


@in_a_loop
async def test_who_does_not_come_to_the_point_is_cut_off() -> None:
    async with serving() as port:
        dawdlers = [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na"]
        lines = [await called(port, said) for said in dawdlers]
        async with asyncio.timeout(2):
            assert [await heard(line) for line in lines] == [b"", b"", b""]


@in_a_loop
async def test_who_sends_a_large_file_steadily_over_a_slow_line_is_heard_out() -> None:
    async with serving() as port:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n"
        line = await called(port, head)
        for _ in range(10):
            line[1].write(b"x" * 1_000)
            await asyncio.sleep(0.1)
        assert (await heard(line)).endswith(b"here")


@in_a_loop
async def test_who_is_being_answered_may_wait() -> None:
    async with serving() as port:
        line = await called(port, b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await heard(line)).endswith(b"here")


@in_a_loop
async def test_too_many_are_turned_away_and_there_is_room_again_when_they_are_gone() -> None:
    async with serving() as port:
        lines = [await called(port, b"GET / HTTP/1.1\r\n") for _ in range(Impatient.most)]
        await asyncio.sleep(0.05)
        assert await heard(await called(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == b""
        for line in lines:
            await heard(line)
        assert b"200 OK" in await heard(await called(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
