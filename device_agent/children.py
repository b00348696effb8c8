"""Programs that the agent starts end with it, however it ends: the kernel sees to that.

A pipe that closes ends only those that write into it; a decoder that waits for its stream would be left behind by an
agent that was killed, and its successor would start another one each time.
"""

import functools
import shutil
from collections.abc import Sequence


def tied(argv: Sequence[str]) -> list[str]:
    """Return the command that runs `argv` so that it is killed when the thread that starts it ends (`prctl(2)`,
    PR_SET_PDEATHSIG): start it from one that lives as long. Where there is no setpriv (util-linux), and of a program
    that is not there, it is `argv`."""
    setpriv = _setpriv()
    if setpriv is None or shutil.which(argv[0]) is None:
        return list(argv)
    return [setpriv, "--pdeathsig", "KILL", "--", *argv]


@functools.cache
def _setpriv() -> str | None:
    return shutil.which("setpriv")
