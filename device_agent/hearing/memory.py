"""What the ear keeps over a restart: how loud it usually hears the horns, and how the latest self-test went.

One small file, written when something is really other than before; what cannot be read or written is only forgotten.
"""

import json
import logging
import math
from pathlib import Path

from pydantic import ValidationError

from device_agent import durable
from wire.messages import SelfTest

log = logging.getLogger(__name__)

OTHER_DB = 1.0
"""A usual gain that differs by less is the same: a card wears, and every airing is heard a little differently."""


class EarMemory:
    """`usual_gain_db` is from the file, played at 0 dB, to the ear; None when nothing was ever heard."""

    def __init__(self, path: Path) -> None:
        self._path = path
        said = durable.remembered(path)
        self.usual_gain_db = _number(said.get("usual_gain_db"))
        self.self_test = _self_test(said.get("self_test"))

    def keep_gain(self, usual_gain_db: float) -> None:
        """Write the usual gain down, if it is another. Blocks on the disk."""
        if self.usual_gain_db is None or abs(usual_gain_db - self.usual_gain_db) >= OTHER_DB:
            self.usual_gain_db = round(usual_gain_db, 1)
            self._write()

    def keep_test(self, test: SelfTest) -> None:
        """Write the latest self-test down. Blocks on the disk."""
        self.self_test = test
        self._write()

    def _write(self) -> None:
        test = self.self_test.model_dump(mode="json") if self.self_test is not None else None
        content = json.dumps({"usual_gain_db": self.usual_gain_db, "self_test": test})
        try:
            durable.write(self._path, content.encode())
        except OSError as exc:
            log.warning("what the ear knows cannot be written down: %s", exc)


def _number(said: object) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float) or not math.isfinite(said):
        return None
    return float(said)


def _self_test(said: object) -> SelfTest | None:
    try:
        return SelfTest.model_validate(said) if said is not None else None
    except ValidationError:
        return None
