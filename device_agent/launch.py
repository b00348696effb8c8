"""Starts the agent's present version, and goes back when a new one does not prove itself. Installed by hand, never
updated over the air: whatever comes in a wheel, this is what decides.

It becomes the agent (the supervisor sees one process). While a version is on trial it leaves a guardian beside it.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from device_agent import settings
from device_agent.updating.programs import PROGRAM, Programs

log = logging.getLogger("device_agent.launch")

_LOOK_EVERY_S = 1.0
_TIME_TO_END_S = 20.0
_TOO_LATE = "không chứng minh được là chạy tốt trong {s:.0f} giây"


def main(arguments: Sequence[str] | None = None) -> int:
    """Become the chosen version of the agent; return only when there is none to become."""
    logging.basicConfig(level="INFO", format="%(levelname)s %(name)s: %(message)s")
    given = list(sys.argv[1:] if arguments is None else arguments)
    by_hand = Path(sys.executable).parent / PROGRAM.name
    for program in (_chosen(), by_hand):
        if program is not None:
            try:
                os.execv(program, [str(program), *given])  # noqa: S606 - this is what a launcher is for
            except OSError as exc:
                log.error("%s cannot be started: %s", program, exc)
    return 1


def _chosen() -> Path | None:
    """Return the version to start; None: the one installed by hand. A disk that refuses keeps no box silent."""
    try:
        chosen = settings.load()
        programs = Programs(chosen.programs) if chosen.programs is not None else None
        name = programs.choose() if programs is not None else None
        trial = programs.record().trial if programs is not None else None
    except (OSError, settings.SettingsError) as exc:
        log.error("the versions cannot be looked at: %s", exc)
        return None
    if programs is None or name is None:
        return None
    if trial is not None and trial.name == name:
        log.info("%s is on trial, start %d", name, trial.starts)
        _leave_guardian(programs, within_s=chosen.update_within_s)
    return programs.path_of(name) / PROGRAM


def _leave_guardian(programs: Programs, *, within_s: float) -> None:
    """Leave a process behind that ends this one, the agent to be, unless it has proved itself in time."""
    agent = os.getpid()
    if os.fork() == 0:
        try:
            _guard(programs, agent, within_s=within_s)
        finally:
            os._exit(0)


def _guard(programs: Programs, agent: int, *, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if os.getppid() != agent or programs.record().trial is None:
            return
        time.sleep(_LOOK_EVERY_S)
    lacks = programs.lacks()
    programs.fail_trial(_TOO_LATE.format(s=within_s) + (f": {lacks}" if lacks else ""))
    _end(agent)


def _end(agent: int) -> None:
    """End the agent politely, so that it reports what it was doing; a deaf one all the same."""
    for number, patience_s in ((signal.SIGTERM, _TIME_TO_END_S), (signal.SIGKILL, 0.0)):
        deadline = time.monotonic() + patience_s
        if os.getppid() == agent:
            os.kill(agent, number)
        while os.getppid() == agent and time.monotonic() < deadline:
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
