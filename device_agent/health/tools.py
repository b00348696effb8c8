"""Programs of the system that know more of the box than files do: asked rarely, with a short deadline, on no hurry."""

import logging
import shutil
import subprocess

log = logging.getLogger(__name__)

DEADLINE_S = 3.0


class Tools:
    """`path` is where programs are looked for, None for the process's own; a program that is not there says nothing."""

    def __init__(self, *, path: str | None = None, deadline_s: float = DEADLINE_S) -> None:
        self._path = path
        self._deadline_s = deadline_s

    def ask(self, program: str, *arguments: str) -> str | None:
        """Return what it prints; None when it is not there, fails or takes too long. Blocks: never call in the loop."""
        found = shutil.which(program, path=self._path)
        if found is None:
            return None
        try:
            answer = subprocess.run(  # noqa: S603 - the system's own programs, with words of ours alone
                [found, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                timeout=self._deadline_s, check=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as exc:
            log.info("%s says nothing: %s", program, exc)
            return None
        return answer.stdout.decode(errors="replace")


class NoTools(Tools):
    """Starts nothing: for a village of simulated boxes."""

    def ask(self, program: str, *arguments: str) -> str | None:
        """Return None."""
        return None
