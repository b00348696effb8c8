"""The command line and the composition root of the box: enrol, run, doctor.

Exit codes: 0 done (also after SIGTERM), 1 the agent died and is to be started again, 2 wrong usage or setting,
3 the station refused or could not be reached, 4 not enrolled or the identity is broken, 5 the doctor found a fault,
6 another agent already runs on this data directory.
"""

import argparse
import asyncio
import functools
import importlib.metadata
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path

from device_agent import enrolment, identity, settings
from device_agent.agent import Agent
from device_agent.assembly import assemble
from device_agent.doctor import examine
from device_agent.identity import Identity, IdentityError
from device_agent.journal.rows import JournalError
from device_agent.only_one import AlreadyRunningError, is_running, only_one
from device_agent.os_words import in_words
from device_agent.settings import PlayerKind, Settings, SettingsError
from device_agent.simulation import simulate
from device_agent.timekeeper import read_system_clock
from device_agent.workshop import button_fault, ear_fault, mains_fault, power_fault, sound_fault

log = logging.getLogger("device_agent")

EXIT_CODES = (
    "Mã kết thúc: 0 xong; 1 dừng vì lỗi, cần chạy lại; 2 sai cách dùng; 3 đài từ chối hoặc không kết nối được; "
    "4 chưa ghép với đài; 5 doctor thấy chỗ hỏng; 6 đã có một device-agent khác đang chạy."
)
EXIT_DIED, EXIT_USAGE, EXIT_REFUSED, EXIT_IDENTITY, EXIT_FAULT, EXIT_TWICE = 1, 2, 3, 4, 5, 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; everything a person must know goes to stderr, in Vietnamese."""
    options = _parser().parse_args(arguments)
    try:
        chosen = _with_options(settings.load(), options)
    except SettingsError as exc:
        return _say(str(exc), EXIT_USAGE)
    # What the doctor finds he says himself, in sentences.
    level = "ERROR" if options.command == "doctor" and chosen.log_level == "INFO" else chosen.log_level
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    match options.command:
        case "enrol":
            return _enrol(chosen, options.invitation, again=options.again)
        case "doctor":
            return _doctor(chosen)
        case "simulate":
            return _simulate(chosen, synced=options.synced)
        case _:
            return _run(chosen, alone_at_most_s=options.alone_at_most)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="device-agent", description="Bộ thu phát thanh của cụm loa.", epilog=EXIT_CODES
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True, metavar="LỆNH")
    enrol = commands.add_parser("enrol", help="ghép thiết bị với đài bằng mã dùng một lần")
    enrol.add_argument("invitation", nargs="+", metavar="ĐỊA_CHỈ MÃ", help="địa chỉ của đài và mã, hoặc nội dung mã QR")
    enrol.add_argument("--again", action="store_true", help="thay danh tính đang có")
    run = commands.add_parser("run", help="chạy thiết bị")
    run.add_argument("--player", choices=[kind.value for kind in PlayerKind], help="trình phát (mặc định: mpv)")
    run.add_argument("--sounds", type=Path, metavar="THƯ_MỤC", help="nơi trình phát wav ghi âm thanh")
    run.add_argument("--alone-at-most", type=float, metavar="GIÂY", help="tự dừng sau khi chương trình mẹ chết bấy lâu")
    doctor = commands.add_parser("doctor", help="kiểm tra thiết bị và nói rõ chỗ hỏng")
    # Not in the list of commands: `broadcaster simulate` starts it and speaks with it.
    village = commands.add_parser("simulate")
    village.add_argument("--no-fsync", dest="synced", action="store_false", help="nhật ký không chờ ghi xuống đĩa")
    for command in (enrol, run, doctor, village):
        command.add_argument("--data", type=Path, metavar="THƯ_MỤC", help="thư mục dữ liệu của thiết bị")
    return parser


def _with_options(chosen: Settings, options: argparse.Namespace) -> Settings:
    given = {name: value for name in ("data", "sounds") if (value := getattr(options, name, None)) is not None}
    if (player := getattr(options, "player", None)) is not None:
        given["player"] = PlayerKind(player)
    return replace(chosen, **given)


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


# -- enrol -----------------------------------------------------------------------------------------------------------


def _enrol(chosen: Settings, words: list[str], *, again: bool) -> int:
    try:
        if identity.exists(chosen.data) and not again:
            text = f"Thiết bị này đã được ghép (danh tính trong {chosen.data}). Muốn ghép lại, hãy thêm --again."
            return _say(text, EXIT_IDENTITY)
        invitation = enrolment.read_invitation(words)
        chosen.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        reply, key = enrolment.enrol(invitation, agent_version=_version())
        identity.store(chosen.data, reply, key=key)
    except enrolment.EnrolmentError as exc:
        return _say(str(exc), EXIT_REFUSED)
    except OSError as exc:
        return _say(f"Không ghi được vào {chosen.data}: {in_words(exc)}.", EXIT_IDENTITY)
    text = f"Đã ghép với đài {reply.station}: cụm loa {reply.cluster} ({reply.hamlet}), mã thiết bị {reply.device}."
    return _say(f"{text} Chạy thiết bị: device-agent run", 0)


# -- run -------------------------------------------------------------------------------------------------------------


def _run(chosen: Settings, *, alone_at_most_s: float | None) -> int:
    try:
        me = identity.load(chosen.data)
    except IdentityError as exc:
        return _say(str(exc), EXIT_IDENTITY)
    return _alone(chosen.data, lambda stop: _work(chosen, me, stop, alone_at_most_s=alone_at_most_s))


def _alone(data: Path, work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> int:
    """Do the one work that this data directory may have, until a signal ends it; return the exit code."""
    before, threading.excepthook = threading.excepthook, _die_of_thread
    try:
        with only_one(data):
            asyncio.run(_until_told(work))
    except AlreadyRunningError:
        return _say(f"Một device-agent khác đang chạy với thư mục {data}.", EXIT_TWICE)
    except (BaseExceptionGroup, JournalError, OSError) as exc:
        log.exception("the agent died")
        return _say(f"Thiết bị dừng vì lỗi: {_causes(exc)}", EXIT_DIED)
    finally:
        threading.excepthook = before
    return 0


def _causes(error: BaseException) -> str:
    """Return what really happened, out of however many groups it comes in."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_causes(inner) for inner in error.exceptions)
    if isinstance(error, OSError):
        return f"{in_words(error)} ({error.filename})" if error.filename else in_words(error)
    return str(error) or type(error).__name__


async def _until_told(work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_die_of_callback)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(stop)


async def _work(chosen: Settings, me: Identity, stop: asyncio.Event, *, alone_at_most_s: float | None) -> None:
    box = assemble(chosen, me, version=_version())
    guard = asyncio.create_task(_leave_when_orphaned(stop, alone_at_most_s)) if alone_at_most_s else None
    try:
        await Agent(box).run(stop)
    finally:
        if guard is not None:
            guard.cancel()
        box.journal.close()


async def _leave_when_orphaned(stop: asyncio.Event, alone_at_most_s: float) -> None:
    """End the box of a demonstration some time after the process that started it died, so that none is forgotten."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(5)
    log.info("the process that started this box is gone; it plays on for %.0f s", alone_at_most_s)
    await asyncio.sleep(alone_at_most_s)
    stop.set()


def _die_of_thread(failure: threading.ExceptHookArgs) -> None:
    """A thread that died takes the process down: the supervisor brings it back whole."""
    value = failure.exc_value or failure.exc_type()
    log.critical("a thread died", exc_info=(failure.exc_type, value, failure.exc_traceback))
    os._exit(EXIT_DIED)


def _die_of_callback(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """So does an exception that no task is there to raise."""
    loop.default_exception_handler(context)
    if "exception" in context:
        os._exit(EXIT_DIED)


# -- simulate --------------------------------------------------------------------------------------------------------


def _simulate(chosen: Settings, *, synced: bool) -> int:
    # Hundreds of boxes in one log would bury what matters, and everybody knows here that the players are silent.
    logging.getLogger().setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("device_agent.sound.null").setLevel(logging.ERROR)
    chosen.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _alone(chosen.data, lambda stop: simulate(chosen, stop, version=_version(), synced=synced))


# -- doctor ----------------------------------------------------------------------------------------------------------


def _doctor(chosen: Settings) -> int:
    held = is_running(chosen.data)
    findings = examine(
        chosen, system_clock=read_system_clock(), is_running=held, check_sound=functools.partial(sound_fault, chosen),
        check_ear=functools.partial(ear_fault, chosen),
        check_power=functools.partial(power_fault, chosen, is_held=held),
        check_mains=functools.partial(mains_fault, chosen, is_held=held),
        check_button=functools.partial(button_fault, chosen, is_held=held),
    )  # fmt: skip
    for finding in findings:
        mark = {True: "ĐẠT ", False: "HỎNG", None: "LƯU Ý"}[finding.good]
        print(f"{mark}  {finding.text}", file=sys.stderr)
    return EXIT_FAULT if any(finding.good is False for finding in findings) else 0


def _version() -> str:
    try:
        return importlib.metadata.version("commune-broadcaster")
    except importlib.metadata.PackageNotFoundError:
        return "0"


if __name__ == "__main__":
    sys.exit(main())
