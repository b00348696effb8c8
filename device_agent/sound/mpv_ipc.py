"""One mpv process and the line of JSON to it: launch, command with a deadline, events, end. It knows nothing of cues.

mpv inherits one end of a socket pair and quits when the other end closes; a hung one is killed with the agent.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from device_agent.children import tied
from device_agent.os_words import in_words
from device_agent.sound.port import SoundError

log = logging.getLogger(__name__)

LAUNCH_DEADLINE_S = 5.0
QUIT_DEADLINE_S = 1.0
LINE_LIMIT_BYTES = 1 << 20

Json = Mapping[str, Any]


class MpvMissingError(SoundError):
    """The program is not installed, or may not be run."""

    def __init__(self, binary: str, why: str) -> None:
        super().__init__(f"không chạy được mpv (“{binary}”: {why}); hãy cài bằng lệnh: sudo apt install mpv")


class MpvDiedError(SoundError):
    """The process has ended though nobody asked it to."""

    def __init__(self, how: str) -> None:
        super().__init__(f"trình phát mpv đã dừng đột ngột ({how})")


class MpvHungError(SoundError):
    """The process lives and does not answer."""

    def __init__(self, command: str, deadline_s: float) -> None:
        super().__init__(f"trình phát mpv bị treo: không trả lời lệnh “{command}” trong {deadline_s:g} giây")


class MpvRefusedError(SoundError):
    """mpv understood a command and would not do it."""

    def __init__(self, command: str, error: str) -> None:
        super().__init__(f"trình phát mpv từ chối lệnh “{command}”: {error}")
        self.error = error


class MpvProcess:
    """A running mpv. Every command has a deadline; an mpv that misses one is killed, for it cannot be trusted again."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.on_event: Callable[[Json], None] = _nobody_listens
        self._process = process
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._last_request = 0
        self._killed = False
        self._complaints: deque[str] = deque(maxlen=3)
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._listening: asyncio.Task[None]
        self.gone = asyncio.Event()

    @classmethod
    async def launch(cls, argv: Sequence[str], *, deadline_s: float = LAUNCH_DEADLINE_S) -> "MpvProcess":
        """Start `argv` and return it answering.

        Raises MpvMissingError, MpvDiedError or MpvHungError, leaving no process behind.
        """
        ours, theirs = socket.socketpair()
        try:
            process = await _spawn([*argv, f"--input-ipc-client=fd://{theirs.fileno()}"], theirs.fileno())
        except OSError as exc:
            ours.close()
            raise MpvMissingError(argv[0], in_words(exc)) from exc
        finally:
            theirs.close()
        mpv = cls(process)
        try:
            mpv._reader, mpv._writer = await asyncio.open_unix_connection(sock=ours, limit=LINE_LIMIT_BYTES)
            mpv._listening = asyncio.create_task(mpv._listen(), name="mpv-ipc")
            await mpv.command("request_log_messages", "error", deadline_s=deadline_s)
        except BaseException:
            mpv.kill()
            await mpv.close()
            raise
        return mpv

    @property
    def alive(self) -> bool:
        """True while the line stands and the process has neither ended nor been killed."""
        return not (self._killed or self.gone.is_set()) and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def take_complaints(self) -> str:
        """Return mpv's own latest error messages in one line and forget them; empty when there were none."""
        text = "; ".join(self._complaints)
        self._complaints.clear()
        return text

    async def get(self, name: str, *, deadline_s: float) -> Any:
        """Return a property's value, None when it is not available just now."""
        try:
            return await self.command("get_property", name, deadline_s=deadline_s)
        except MpvRefusedError as refusal:
            if refusal.error == "property unavailable":
                return None
            raise

    async def command(self, *words: object, deadline_s: float, named: Json | None = None) -> Any:
        """Have mpv do a command (`words`, or `named` arguments) and return its `data`.

        Raises MpvRefusedError when mpv says no, MpvDiedError when it is gone, and MpvHungError when it does not answer
        in time; the hung process has then been killed.
        """
        label = str(named["name"]) if named else str(words[0])
        self._last_request = request = self._last_request + 1
        answer = self._answers[request] = asyncio.get_running_loop().create_future()
        try:
            self._send({"command": named or words, "request_id": request})
            async with asyncio.timeout(deadline_s):
                reply = await answer
        except TimeoutError as exc:
            self.kill()
            raise MpvHungError(label, deadline_s) from exc
        finally:
            self._answers.pop(request, None)
        if reply.get("error") != "success":
            raise MpvRefusedError(label, str(reply.get("error")))
        return reply.get("data")

    def kill(self) -> None:
        """End the process at once, even a stopped one; its sound ends with it."""
        self._killed = True
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                # Not `Process.kill`: it may collect the process itself, and asyncio then never learns how it ended.
                os.kill(self.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Let mpv quit, kill it when it will not, and give everything back. Harmless when repeated."""
        if hasattr(self, "_writer"):
            self._writer.close()
        try:
            async with asyncio.timeout(QUIT_DEADLINE_S):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
        if hasattr(self, "_listening"):
            self._listening.cancel()
            await asyncio.wait([self._listening])

    def _send(self, message: Json) -> None:
        if not self.alive:
            raise MpvDiedError(self._how_it_ended())
        # File names are bytes: those that are no UTF-8 travel as surrogates and leave as they were.
        self._writer.write(json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                self._take(line)
        except ConnectionError:
            pass  # it died with our last command unread: the same as the end of the line
        except ValueError as exc:  # a line beyond the limit, or no JSON
            log.warning("mpv %d: the line broke: %s", self.pid, exc)
            self.kill()
        finally:
            await self._hang_up()

    def _take(self, line: bytes) -> None:
        message = json.loads(line.decode("utf-8", "replace"))
        if message.get("event") == "log-message":
            self._complaints.append(f"{message.get('prefix')}: {str(message.get('text')).strip()}")
        elif "event" in message:
            self.on_event(message)
        else:
            answer = self._answers.get(message.get("request_id"))
            if answer is not None and not answer.done():
                answer.set_result(message)

    async def _hang_up(self) -> None:
        """The line is down: find out how the process ended, then tell all who wait."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await self._process.wait()
        self.gone.set()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(MpvDiedError(self._how_it_ended()))
        self.on_event({"event": "gone", "how": self._how_it_ended()})

    def _how_it_ended(self) -> str:
        code = self._process.returncode
        if code is None:
            return "mất liên lạc"
        return f"tín hiệu {signal.Signals(-code).name}" if code < 0 else f"mã thoát {code}"


def _nobody_listens(event: Json) -> None:
    """Events before the first file concern nobody."""


async def _spawn(argv: Sequence[str], inherited_fd: int) -> asyncio.subprocess.Process:
    """Start a process that keeps one of our descriptors. A session of its own keeps a terminal's Ctrl-C from it."""
    os.set_inheritable(inherited_fd, True)
    return await asyncio.create_subprocess_exec(
        *tied(argv),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        pass_fds=[inherited_fd],
        start_new_session=True,
    )


async def supported_options(binary: str) -> frozenset[str]:
    """Return the names of the options this mpv knows.

    Raises MpvMissingError when it cannot be run, MpvHungError when it hangs.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(binary, "--no-config", "--list-options"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as exc:
        raise MpvMissingError(binary, in_words(exc)) from exc
    try:
        async with asyncio.timeout(LAUNCH_DEADLINE_S):
            listing, _ = await process.communicate()
    except TimeoutError as exc:
        process.kill()
        await process.wait()
        raise MpvHungError("--list-options", LAUNCH_DEADLINE_S) from exc
    words = (line.split() for line in listing.decode("utf-8", "replace").splitlines())
    return frozenset(parts[0].removeprefix("--") for parts in words if parts and parts[0].startswith("--"))
