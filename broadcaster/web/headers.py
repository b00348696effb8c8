"""What every answer carries for the browser's own defences, and how much a request may bring."""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broadcaster.domain.sound_files import UPLOAD_MAX_BYTES

BODY_MAX_BYTES = 1024 * 1024
UPLOADS = frozenset({"/kho-am-thanh", "/api/v1/library"})
"""Where sound files are sent to; nothing of their bodies is read before it is known who sends them."""
_THROWN_AWAY_MAX_BYTES = 64 * 1024 * 1024
_THROWN_AWAY_WITHIN_S = 15.0
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders:
    """Adds the headers to every answer; what sets no rule of its own for caching is not kept anywhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers put in."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_guarded if scope["type"] == "http" else send)


class HeadToo:
    """Answers HEAD wherever GET is answered, with its headers alone (RFC 9110, 9.3.2): monitors ask in this way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as to GET, and leave the body out."""

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, send_head)
        else:
            await self.app(scope, receive, send)


class BodyLimit:
    """Ends a request whose body is longer than BODY_MAX_BYTES (with a sound file, by that much more), announced or not.

    The rest of the body is read and thrown away first: a browser that is cut off while it still sends shows a broken
    connection instead of our sentence.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, counting what is read of the body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        brings_file = scope["path"] in UPLOADS and headers.get("content-type", "").startswith("multipart/form-data")
        most = BODY_MAX_BYTES + (UPLOAD_MAX_BYTES if brings_file else 0)
        too_long = len(announced) > 12 or (announced.isdecimal() and int(announced) > most)
        read_bytes = 0

        async def receive_counted() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if too_long or read_bytes > most:
                await _throw_away(message, receive)
                raise HTTPException(413)
            return message

        await self.app(scope, receive_counted, send)


async def _throw_away(message: Message, receive: Receive) -> None:
    """Read what is left of a body, up to a size and a time that no honest form needs."""
    read_bytes = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_THROWN_AWAY_WITHIN_S):
            while message.get("more_body") and read_bytes <= _THROWN_AWAY_MAX_BYTES:
                message = await receive()
                read_bytes += len(message.get("body", b""))
