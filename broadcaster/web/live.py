"""Pages that follow what happens: server-sent events that carry a fragment whenever it has changed."""

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

LOOK_EVERY_S = 0.5
HEARTBEAT_EVERY_S = 15.0

Render = Callable[[], str | None]
"""Returns the fragment as it is now; None when the viewer may not see it any more."""


def live(render: Render) -> StreamingResponse:
    """Return a response that sends the fragment now and whenever it changes, until the viewer leaves."""
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(events(render), media_type="text/event-stream", headers=headers)


async def events(
    render: Render, *, look_every_s: float = LOOK_EVERY_S, heartbeat_every_s: float = HEARTBEAT_EVERY_S
) -> AsyncIterator[str]:
    """Yield events; a thread is taken only while a fragment is made, none is held for a viewer."""
    shown: str | None = None
    quiet_s = 0.0
    yield "retry: 2000\n\n"
    while (fragment := await run_in_threadpool(render)) is not None:
        if fragment != shown:
            shown, quiet_s = fragment, 0.0
            yield event("fragment", fragment)
        elif quiet_s >= heartbeat_every_s:
            quiet_s = 0.0
            yield ": còn đây\n\n"
        await asyncio.sleep(look_every_s)
        quiet_s += look_every_s
    yield event("over", "")


def event(name: str, data: str) -> str:
    """Return one event as the wire has it (HTML Living Standard, 9.2.6): each line of data on its own."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
