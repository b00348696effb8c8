"""The bells: APScheduler rings them, and that is all that it does. What to do is decided from the database."""

from collections.abc import Callable, Mapping

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler


class Bells:
    """Calls each function every so many seconds, from a thread of its own. The functions must only wake somebody."""

    def __init__(self, bells: Mapping[Callable[[], None], float]) -> None:
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        for ring, seconds in bells.items():
            self._scheduler.add_job(ring, "interval", seconds=seconds)

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()

    def stop(self) -> None:
        """Ring no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
