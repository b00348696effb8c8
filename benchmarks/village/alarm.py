"""The parts of an alarm that need boxes: siren, words, cancellation, expiry; each with what came of it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.village.usage import Usage
from tests.end_to_end.alarm import WORDS, Asked, Books, approve, cancel, drafted, of_part, spread
from tests.end_to_end.station import Station, until
from tests.end_to_end.village import Boxes, Heard

UNDISTURBED_S = 2.0
"""Nobody is asked anything while it counts."""


def siren(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return the figures of one alert from the request to every siren, and of its end."""
    draft = drafted(station, siren="extreme")
    boxes.forget()
    usage = Usage(boxes.pids)
    asked = approve(station, books, draft)
    time.sleep(UNDISTURBED_S)
    heard = boxes.until(lambda heard: len(of_part(heard, "siren")) == boxes.count, within_s=60)
    sirens = asked.figures([each.began_at for each in of_part(heard, "siren").values()])
    sirens["cpu_ms_each"] = round(1000 * usage.cpu_s() / boxes.count, 2)
    ended = cancel(station, books, draft)
    return {"siren": sirens, "silence": ended.figures(_silent_at(boxes, ended))}


def words(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return how long it was silent between the siren and the words that follow it.

    A player that was told ahead begins by itself; `told_late` is how much too late it was told, 0 where it was in time.
    """
    draft = drafted(station)
    boxes.forget()
    asked = approve(station, books, draft)
    time.sleep(15.0)
    boxes.until(lambda heard: len(of_part(heard, "speech")) == boxes.count, within_s=180)
    heard = boxes.until_silent(within_s=90)
    speech = of_part(heard, "speech")
    silent = {each.box: each.ended_at for each in heard if each.part == "siren" and each.ended_at is not None}
    gaps = [abs(speech[box].began_at - silent[box]) for box in speech]
    late = [max(0.0, speech[box].asked_at - silent[box]) for box in speech]
    return {
        "characters": len(WORDS), "gap": spread(gaps), "told_late": spread(late),
        "sirens_each": round(sum(each.part == "siren" for each in heard) / boxes.count, 2),
        "siren": asked.figures([each.began_at for each in of_part(heard, "siren").values()]),
    }  # fmt: skip


def cancelled(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return how soon a cancellation silences, with every tenth box off: half before the siren, half in its midst."""
    numbers = sorted(boxes.ids)
    before, during = numbers[::20], numbers[10::20]
    draft = drafted(station, siren="extreme")
    boxes.forget()
    boxes.switch(before, on=False)
    approve(station, books, draft)
    there = boxes.count - len(before)
    boxes.until(lambda heard: len(of_part(heard, "siren")) == there, within_s=60)
    boxes.switch(during, on=False)
    still = len(boxes.sounding())
    ended = cancel(station, books, draft)
    silence = ended.figures(_silent_at(boxes, ended))
    boxes.forget()
    boxes.switch([*before, *during], on=True)
    until(lambda: books.online() == boxes.count, within_s=90 + boxes.count / 10)
    time.sleep(8.0)
    return {"boxes_off": len(before) + len(during), "sounding_then": still, "silence": silence,
            "sounded_after_return": len(boxes.heard())}  # fmt: skip


def expiry(station: Station, books: Books, boxes: Boxes) -> dict[str, Any]:
    """Return how soon after `expires` it is silent, and how many began after it."""
    expires_at = datetime.now(UTC) + timedelta(seconds=40)
    expires_monotonic = time.monotonic() + (expires_at - datetime.now(UTC)).total_seconds()
    draft = drafted(station, siren="storm", expires_at=expires_at.isoformat())
    off = sorted(boxes.ids)[::20]
    boxes.forget()
    approve(station, books, draft)
    boxes.until(lambda heard: len(of_part(heard, "siren")) == boxes.count, within_s=30)
    boxes.switch(off, on=False)
    boxes.forget()
    still = len(boxes.sounding())
    time.sleep(max(0.0, expires_monotonic - time.monotonic()))
    boxes.switch(off, on=True)
    time.sleep(10.0)
    heard = boxes.until_silent(within_s=30)
    stopped = [each.ended_at - expires_monotonic for each in heard if each.ended_at]
    return {"sounding_before": still, "stopped": spread(stopped),
            "began_after": sum(each.began_at > expires_monotonic for each in heard)}  # fmt: skip


def _silent_at(boxes: Boxes, ended: Asked) -> Sequence[float]:
    """Return when each box that sounded was silent, once all are."""
    time.sleep(UNDISTURBED_S)
    heard: list[Heard] = boxes.until_silent(within_s=30)
    return [each.ended_at for each in heard if each.ended_at and each.ended_at > ended.sent_at]
