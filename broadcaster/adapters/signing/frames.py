"""Frames on the signer's socket: four bytes of length, then as many bytes of JSON; bounded, and due in time."""

import socket
import struct
import time

FRAME_MAX_BYTES = 4 * 1024 * 1024
REPLY_MAX_BYTES = 8 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class FrameError(Exception):
    """What came is no frame: too large, cut off, or too slow."""


class Closed(FrameError):  # noqa: N818 - nothing is wrong: the other side went away between two frames
    """The other side has closed the connection."""


class Silent(FrameError):  # noqa: N818 - as above: nothing came, not even the beginning of a frame
    """The other side said nothing for too long."""


def send(sock: socket.socket, content: bytes, *, within_s: float) -> None:
    """Send one frame. Raises FrameError when the other side does not take it in time, OSError when it is gone."""
    sock.settimeout(within_s)
    try:
        sock.sendall(_LENGTH.pack(len(content)) + content)
    except TimeoutError as exc:
        raise FrameError(f"a frame of {len(content)} bytes was not taken within {within_s:.0f} s") from exc


def receive(sock: socket.socket, *, limit: int, idle_s: float, within_s: float) -> bytes:
    """Return the content of the next frame.

    It may be `idle_s` before it begins, and must be whole `within_s` after that: a frame that trickles in is given up.
    Raises Closed, FrameError, OSError.
    """
    sock.settimeout(idle_s)
    try:
        first = sock.recv(_LENGTH.size)
    except TimeoutError as exc:
        raise Silent("nothing came for a while") from exc
    if not first:
        raise Closed("closed by the other side")
    deadline = time.monotonic() + within_s
    head = first + _exactly(sock, _LENGTH.size - len(first), deadline=deadline)
    (length,) = _LENGTH.unpack(head)
    if length > limit:
        raise FrameError(f"a frame of {length} bytes is larger than {limit}")
    return _exactly(sock, length, deadline=deadline)


def _exactly(sock: socket.socket, count: int, *, deadline: float) -> bytes:
    """Return the next `count` bytes, which must all come before the deadline."""
    parts = bytearray()
    while len(parts) < count:
        left = deadline - time.monotonic()
        if left <= 0:
            raise FrameError("a frame came too slowly")
        sock.settimeout(left)
        try:
            piece = sock.recv(min(count - len(parts), 256 * 1024))
        except TimeoutError as exc:
            raise FrameError("a frame came too slowly") from exc
        if not piece:
            raise FrameError("a frame was cut off")
        parts += piece
    return bytes(parts)
