"""How many may be connected to the web server, and how long they may take to say what they want.

uvicorn itself waits for ever and takes everybody in: some hundred idle connections would use up the process's files,
and with them the database, the recordings and the log.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 700
"""Of connections at once; a process has 1,024 files unless somebody raises the limit."""
ASK_WITHIN_S = 90.0
"""A request must be there to its end: a form of a megabyte over a very slow line is."""
STEADY_BYTES = 1024 * 1024
"""Or so much more of it, as of a sound file over such a line: whoever sends that is no idler."""


class Connection(H11Protocol):
    """One connection; given up when there are too many, or when it does not come to the point."""

    most = MOST
    ask_within_s = ASK_WITHIN_S
    steady_bytes = STEADY_BYTES
    _waiting: asyncio.TimerHandle | None = None
    _came_bytes = 0
    _seen_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Take the caller in, or turn them away."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._await_request(None)

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        self._came_bytes += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        if self._waiting is not None:
            self._waiting.cancel()
        super().connection_lost(exc)

    def _await_request(self, last: object) -> None:
        """Close when no new request has come to its end since the last look; whoever is being answered may stay."""
        still_asking = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        is_steady = self._came_bytes - self._seen_bytes >= self.steady_bytes
        self._seen_bytes = self._came_bytes
        if self._waiting is not None and still_asking and self.cycle is last and not is_steady:
            self.transport.abort()
            return
        self._waiting = self.loop.call_later(self.ask_within_s, self._await_request, self.cycle)
