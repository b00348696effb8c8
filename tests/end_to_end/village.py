"""Simulated boxes in one process or some, each of which tells when its siren and its words began and ended."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from broadcaster import simulate
from tests.end_to_end.station import Station

LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One part that one box began, and when it ended; instants of the machine's monotonic clock.

    `asked_at` is when its player was told to: one with a device of its own would have been exact from then on, this
    one begins when the turn of its box comes.
    """

    box: int
    alert: str | None
    part: str | None
    began_at: float
    asked_at: float
    ended_at: float | None = None


class Boxes:
    """So many boxes of a station, in so many processes. Use as a context; `folder` may hold them from before."""

    def __init__(self, station: Station, folder: Path, *, count: int, processes: int = 1, synced: bool = True) -> None:
        self._rest = simulate.Station(url=station.about["url"], token=station.about["tokens"]["admin"])
        self._folder, self.count, self._processes, self._synced = folder, count, processes, synced
        self._open = ExitStack()
        self._villages: dict[int, simulate.Village] = {}
        self.ids: dict[int, str] = {}
        self._heard: list[Heard] = []
        self._sounding: dict[tuple[int, str | None, str | None], Heard] = {}

    def __enter__(self) -> Self:
        clusters = simulate.clusters_for(self._rest, self.count)
        with ExitStack() as opening:
            for share in sorted({number % self._processes for number in clusters}):
                folder = (self._folder / str(share)).resolve()
                village = opening.enter_context(simulate.Village(folder, synced=self._synced))
                mine = {number: clusters[number] for number in clusters if number % self._processes == share}
                self.ids |= village.take_in(simulate.orders_for(self._rest, mine, data=folder))
                village.start()
                self._villages[share] = village
            self._open = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.__exit__(kind, error, at)

    @property
    def pids(self) -> list[int]:
        return [village.pid for village in self._villages.values()]

    def heard(self) -> list[Heard]:
        """Return every part that began since `forget`, in the order of their beginnings."""
        for village in self._villages.values():
            for said in village.ask({"tell": True})["told"]:
                self._note(said)
        return sorted((*self._heard, *self._sounding.values()), key=lambda heard: heard.began_at)

    def forget(self) -> None:
        """Forget what ended."""
        self.heard()
        self._heard.clear()

    def sounding(self) -> list[Heard]:
        """Return what sounds now."""
        self.heard()
        return list(self._sounding.values())

    def switch(self, numbers: Iterable[int], *, on: bool) -> None:
        """Switch boxes off or on; returns when they are gone, or begin."""
        chosen = set(numbers)
        for share, village in self._villages.items():
            village.ask({"on" if on else "off": sorted(n for n in chosen if n % self._processes == share)})

    def until(self, is_so: Callable[[list[Heard]], bool], *, within_s: float) -> list[Heard]:
        """Return what was heard once it satisfies; fails when that takes too long."""
        end = time.monotonic() + within_s
        while not is_so(heard := self.heard()):
            if time.monotonic() > end:
                boxes = len({part.box for part in heard})
                raise AssertionError(f"not within {within_s:.0f} s; {boxes} boxes of {self.count} were heard")
            time.sleep(LOOK_EVERY_S)
        return heard

    def until_silent(self, *, within_s: float) -> list[Heard]:
        """Return what was heard once all of it has ended; fails when that takes too long."""
        return self.until(lambda heard: all(part.ended_at is not None for part in heard), within_s=within_s)

    def _note(self, said: dict[str, Any]) -> None:
        key = (said["box"], said["alert"], said["part"])
        if said["began"]:
            self._sounding[key] = Heard(
                box=said["box"], alert=said["alert"], part=said["part"], began_at=said["at"], asked_at=said["asked"]
            )  # fmt: skip
        elif (began := self._sounding.pop(key, None)) is not None:
            self._heard.append(replace(began, ended_at=said["at"]))
