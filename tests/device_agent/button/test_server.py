"""The page under attack: slow clients, floods, foreign sites, other paths; and PINs that are guessed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from device_agent.button import server as served
from device_agent.button.pin import matches
from device_agent.button.server import ButtonPage
from device_agent.playout.pressed import Refusal
from tests.device_agent.playout.test_pressed import FIRE
from tests.fakes.in_loop import in_loop

SALT = bytes(16)
STORED = f"{SALT.hex()}${hashlib.scrypt(b'2468', salt=SALT, n=16384, r=8, p=1, dklen=32).hex()}"


class Offered:
    """What the page asks, answered from attributes."""

    def __init__(self) -> None:
        self.pin_scrypt: str | None = STORED
        self.wrong = 0
        self.pressed: list[int] = []

    def offered(self) -> tuple[tuple[int, object], ...]:
        return ((1, FIRE),)

    async def may_guess(self) -> bool:
        self.wrong += 1
        return self.wrong <= 5

    async def guessed_right(self) -> None:
        self.wrong -= 1

    async def press(self, number: int, *, by: str) -> Refusal | None:
        self.pressed.append(number)
        return None

    async def stop(self, *, by: str) -> bool:
        return False


@asynccontextmanager
async def serving(offered: Offered) -> AsyncIterator[int]:
    page = ButtonPage(("127.0.0.1", 0), offered, place="Cụm <loa>")  # type: ignore[arg-type]  # answers the same
    task = asyncio.create_task(page.run())
    try:
        while page.port is None:
            await asyncio.sleep(0.01)
        yield page.port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def ask(port: int, *lines: str, body: str = "") -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
    try:
        return (await reader.read()).decode()
    finally:
        writer.close()


async def post(port: int, body: str, *more: str) -> str:
    return await ask(
        port, "POST / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}", *more, body=body,
    )  # fmt: skip


@pytest.fixture
def offered() -> Offered:
    return Offered()


@in_loop
async def test_the_page_has_its_guards_and_no_script(offered: Offered) -> None:
    async with serving(offered) as port:
        answer = await ask(port, "GET / HTTP/1.1", f"Host: 127.0.0.1:{port}")
    assert answer.startswith("HTTP/1.1 200 OK\r\n")
    assert "default-src 'none'" in answer
    assert "Cụm &lt;loa&gt;" in answer
    assert "<script" not in answer.lower()
    assert "set-cookie" not in answer.lower()


@in_loop
async def test_the_right_pin_presses_and_nothing_else_does(offered: Offered) -> None:
    async with serving(offered) as port:
        assert "Loa bắt đầu phát" in await post(port, "ma=2468&tin=1", f"Origin: http://127.0.0.1:{port}")
        assert "403" in await post(port, "ma=1111&tin=1")
        assert "403" in await post(port, "ma=&tin=1")
        assert "403" in await post(port, "ma=2468&tin=1", "Origin: http://ke-xau.example")
        misdirected = await ask(port, "GET / HTTP/1.1", "Host: ke-xau.example")
        assert "421" in misdirected
        assert f"http://127.0.0.1:{port}" in misdirected, "who typed a name is told the address"
        assert "404" in await ask(port, "GET /etc/passwd HTTP/1.1", f"Host: 127.0.0.1:{port}")
        assert "405" in await ask(port, "PUT / HTTP/1.1", f"Host: 127.0.0.1:{port}")
        for _ in range(4):
            assert "403" in await post(port, "ma=1111&tin=1")
        assert "429" in await post(port, "ma=2468&tin=1")
        offered.pin_scrypt = None
        assert "503" in await post(port, "ma=2468&tin=1")
    assert offered.pressed == [1]


@in_loop
async def test_slow_and_many_clients_are_cut_off_and_the_next_is_served(
    offered: Offered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "WHOLE_REQUEST_S", 0.3)
    async with serving(offered) as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
        for _, writer in slow:
            writer.write(b"GET / HT")
        ends = await asyncio.wait_for(asyncio.gather(*(_read(reader) for reader, _ in slow)), timeout=2)
        assert ends == [b""] * 10
        assert "200 OK" in await ask(port, "GET / HTTP/1.1", f"Host: 127.0.0.1:{port}")
        for _, writer in slow:
            writer.close()


@in_loop
async def test_a_head_without_end_is_cut_off(offered: Offered) -> None:
    async with serving(offered) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 100_000)
        assert await asyncio.wait_for(_read(reader), timeout=2) == b""
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_a_pin_matches_its_own_key_alone() -> None:
    assert matches("2468", STORED)
    assert not any(matches(pin, STORED) for pin in ("2469", "", "24680"))
    assert not any(matches("2468", stored) for stored in ("", "$", "zz$zz", SALT.hex() + "$00"))
