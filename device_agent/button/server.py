"""Serves the button's page on the box's own address, to whoever is near; nothing else, and to nobody for long."""

import asyncio
import contextlib
import logging
from collections import Counter
from dataclasses import replace

from device_agent.button import http, page
from device_agent.button.pin import Guess, PinCheck
from device_agent.button.pressing import Pressing
from device_agent.os_words import in_words

log = logging.getLogger(__name__)

WHOLE_REQUEST_S = 5.0
MOST_CONNECTIONS = 16
MOST_OF_ONE_ADDRESS = 4
BIND_AGAIN_S = 10.0


class ButtonPage:
    """`address` is where it listens; `place` is how the page names the loudspeaker."""

    def __init__(self, address: tuple[str, int] | None, pressing: Pressing, *, place: str) -> None:
        self._address = address
        self._pressing = pressing
        self._pin = PinCheck(pressing)
        self._place = place
        self._open: Counter[str] = Counter()
        self.fault: str | None = None
        self.port: int | None = None

    async def run(self) -> None:
        """Serve until cancelled. The address may come later than the box, and go: then it is tried again."""
        while self._address is not None:
            host, port = self._address
            try:
                server = await asyncio.start_server(
                    self._meet, host, port, limit=http.MOST_HEAD_BYTES, backlog=MOST_CONNECTIONS
                )
            except OSError as exc:
                self.fault = f"{host}:{port} {in_words(exc)}"
                log.warning("the button's page cannot be served: %s", self.fault)
                await asyncio.sleep(BIND_AGAIN_S)
                continue
            self.fault = None
            async with server:
                self.port = server.sockets[0].getsockname()[1]
                log.info("the button's page is at %s:%d", host, self.port)
                await server.serve_forever()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        who = str(peer[0]) if peer else "?"
        if self._open.total() >= MOST_CONNECTIONS or self._open[who] >= MOST_OF_ONE_ADDRESS:
            writer.transport.abort()
            return
        self._open[who] += 1
        try:
            await self._converse(reader, writer, who=who)
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError):
            log.info("%s was cut off", who)
        finally:
            self._open -= Counter({who: 1})
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, who: str) -> None:
        host, port = writer.get_extra_info("sockname")[:2]
        own = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            async with asyncio.timeout(WHOLE_REQUEST_S):
                request = await _request(reader, own=own)
            status, text = await self._answer(request, who=who)  # what was begun is not cut off half way
        except http.Refused as exc:
            said = page.OTHER_NAME.format(own=own) if exc.status == http.MISDIRECTED else page.NOT_SERVED
            status, text = exc.status, page.notice(said)
        async with asyncio.timeout(WHOLE_REQUEST_S):
            writer.write(http.answer(status, text))
            await writer.drain()
            writer.write_eof()
            with contextlib.suppress(OSError):  # what is unread would make the kernel throw the answer away
                while await reader.read(1024):
                    pass

    async def _answer(self, request: http.Request, *, who: str) -> tuple[int, str]:
        if request.path != "/":
            raise http.Refused(404)
        if self._pressing.pin_scrypt is None:
            return 503, page.notice(page.OFF)
        if request.method == "GET":
            return 200, self._page("")
        wish = request.form.get("tin", "")
        if wish in {"", "0"}:
            return 200, self._page(page.NOTHING_CHOSEN)
        match await self._pin.guess(request.form.get("ma", "").strip()):
            case Guess.TOO_MANY:
                return 429, self._page(page.TOO_MANY_PINS)
            case Guess.WRONG:
                return 403, self._page(page.WRONG_PIN)
            case Guess.RIGHT:
                return 200, self._page(await self._do(wish, who=who))

    async def _do(self, wish: str, *, who: str) -> str:
        if wish == "dung":
            return page.STOPPED if await self._pressing.stop(by=who) else page.NOTHING_SOUNDS
        number = int(wish) if wish.isascii() and wish.isdigit() and len(wish) == 1 else 0
        refused = await self._pressing.press(number, by=who)
        return page.STARTED if refused is None else page.SAID[refused]

    def _page(self, said: str) -> str:
        return page.page(self._pressing.offered(), place=self._place, said=said)


async def _request(reader: asyncio.StreamReader, *, own: str) -> http.Request:
    """Return one whole request. Raises http.Refused, or what the connection ends with."""
    request = http.read_head(await reader.readuntil(b"\r\n\r\n"))
    http.check_origin(request, own=own)
    if request.method not in {"GET", "POST"}:
        raise http.Refused(405)
    length = http.body_length(request)
    if request.method == "GET":
        return request
    return replace(request, form=http.read_form(request, await reader.readexactly(length)))
