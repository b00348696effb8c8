"""Senseless documents under the station's own signature: no box dies, hangs or falls silent of them.

Whoever has taken the web process over can have much signed that no officer ever wrote; and servers have faults too.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.adapters.embedded_broker import EmbeddedBroker
from tests.fakes.alert_forgeries import live
from tests.fakes.box_process import BoxProcess, noise, wait_until
from tests.fakes.box_station import FakeStation, audio_ref
from tests.fakes.box_village import Commune, Village
from tests.faults.test_forged_alerts import sounded
from wire import chunks, topics
from wire.messages import AudioRef, Burst, LiveAlert

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    # The values are wrong on purpose, and what writes them says so.
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
]

NOW = datetime.now(UTC)
FAR = datetime(8999, 12, 31, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)
MOST = 2**53 - 1
GIANT = AudioRef(sha256="a" * 64, size_bytes=256 * 1024 * 1024, chunks=4096, duration_ms=7 * 86_400_000)
IMPOSSIBLE = AudioRef(sha256="b" * 64, size_bytes=1, chunks=4096, duration_ms=0)
OTHERS = tuple(f"loa-{n:05d}" for n in range(10_000))
WORDS_MS = 1000

Words = AudioRef
Documents = tuple[tuple[LiveAlert, ...], ...]
"""What the station says one after the other."""


def odd(**fields: object) -> LiveAlert:
    """Return an alert whose every field may be what no server would write: nothing is checked here."""
    return live("la").model_copy(update=fields)


SILENT: dict[str, Callable[[Words], Documents]] = {
    "an exercise with a siren": lambda _w: ((odd(status="Exercise"),),),
    "a test with a siren": lambda _w: ((odd(status="Test"),),),
    "a restricted one with a siren": lambda _w: ((odd(scope="Restricted"),),),
    "a private one with a siren": lambda _w: ((odd(scope="Private"),),),
    "expired a day ago": lambda _w: ((odd(expires_at=NOW - timedelta(days=1)),),),
    "expired in the first year": lambda _w: ((odd(effective_at=FIRST, expires_at=FIRST),),),
    "in force in seven thousand years": lambda _w: ((odd(effective_at=FAR, expires_at=FAR + timedelta(hours=1)),),),
    "for ten thousand others": lambda _w: ((odd(devices=OTHERS),),),
    "for nobody": lambda _w: ((odd(devices=()),),),
    "a status that there is not": lambda _w: ((odd(status="Thật"),),),
    "a version below one": lambda _w: ((odd(version=0),),),
    "a name of a megabyte of nothing": lambda _w: ((odd(alert_id="x" * 100_000),),),
}
"""None of these may sound a siren."""

SOUNDING: dict[str, Callable[[Words], Documents]] = {
    "in force since the first year": lambda _w: ((odd(effective_at=FIRST),),),
    "in force since 1900": lambda _w: ((odd(effective_at=datetime(1900, 1, 1, tzinfo=UTC)),),),
    "never expiring": lambda _w: ((odd(expires_at=NEVER),),),
    "expiring in seven thousand years": lambda _w: ((odd(expires_at=FAR),),),
    "one status, then another": lambda w: tuple(
        (odd(status=status, recording=w),) for status in ("Exercise", "Actual", "Test", "Actual")
    ),
    "one name with three statuses": lambda w: (
        tuple(odd(status=status, recording=w) for status in ("Exercise", "Actual", "Test")),
    ),
    "one name with two versions": lambda w: ((odd(version=1, recording=w), odd(version=MOST, recording=w)),),
    "a thousand at once": lambda _w: (tuple(odd(alert_id=f"la-{n}", headline="") for n in range(1000)),),
    "words of 256 MiB": lambda _w: ((odd(recording=GIANT),),),
    "words that no chunks make up": lambda _w: ((odd(recording=IMPOSSIBLE),),),
    "words that last for ages": lambda w: (
        (odd(siren=(), recording=w.model_copy(update={"duration_ms": MOST})),),
        (odd(siren=(), recording=w.model_copy(update={"duration_ms": 7 * 86_400_000})),),
    ),
    "words that last no time": lambda w: ((odd(siren=(), recording=w.model_copy(update={"duration_ms": 0})),),),
    "sentences that end far behind the words": lambda w: (
        (odd(siren=(), recording=w, sentence_offsets_ms=(MOST,)),),
        (odd(siren=(), recording=w, sentence_offsets_ms=(7 * 86_400_000, 5, 0)),),
    ),
    "ten thousand sentences": lambda w: ((odd(siren=(), recording=w, sentence_offsets_ms=tuple(range(10_000))),),),
    "again every second": lambda w: ((odd(recording=w, repeat_every_s=1, times=20),),),
    "again every second of the day": lambda w: ((odd(recording=w, repeat_every_s=1, on_the_hour=True, times=1),),),
    "again never": lambda w: ((odd(recording=w, repeat_every_s=86_400, on_the_hour=True),),),
    "a siren of a month": lambda _w: ((odd(siren=(Burst(on_ms=600_000, off_ms=600_000, times=100),) * 20),),),
    "a siren of two thousand strokes": lambda _w: ((odd(siren=(Burst(on_ms=100, off_ms=0, times=100),) * 20),),),
    "a siren of clicks": lambda _w: ((odd(siren=(Burst.model_construct(on_ms=1, off_ms=0, times=1),)),),),
    "a name full of tricks": lambda _w: ((odd(alert_id="../../x\n\x00\u202e/1/0.s0"),),),
}
"""These may sound or be refused; what matters is what comes after them."""


def test_every_genuine_alert_after_a_senseless_one_sounds_and_no_drill_has_a_siren(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    audio = noise(tmp_path / "words.opus", seconds=WORDS_MS / 1000)
    words, cases = audio_ref(audio, WORDS_MS), [*SILENT.items(), *SOUNDING.items()]
    with Village(embedded_broker.url, tmp_path, boxes=len(cases)).standing() as village:
        for commune in village.communes:
            village.publish(topics.chunk(commune.name, words.sha256, 0), chunks.split(audio)[0])
        village.begin_trusted()
        for index in range(4):
            for commune, (_, make) in zip(village.communes, cases, strict=True):
                documents = make(words)
                if index < len(documents):
                    village.publish(commune.topic, commune.says(*documents[index]))
            time.sleep(2.5)
        assert [name for (name, _), c in zip(cases, village.communes, strict=True) if c.name in village.dead()] == []

        for commune in village.communes:
            village.publish(commune.topic, commune.says(live("that")))
        deadline = time.monotonic() + 15
        while any("that" not in heard(c) for c in village.communes) and time.monotonic() < deadline:
            time.sleep(0.1)

        assert [name for (name, _), c in zip(cases, village.communes, strict=True) if "that" not in heard(c)] == []
        assert village.dead() == []
        silent = dict(zip(SILENT, village.communes[: len(SILENT)], strict=True))
        assert [name for name, c in silent.items() if ("la", "siren") in c.parts] == []


def heard(commune: Commune) -> list[str]:
    """Return which alerts began on a commune's box."""
    return [one.alert for one in commune.began]


@pytest.mark.parametrize(
    "name", ["a thousand at once", "a siren of two thousand strokes", "for ten thousand others", "words of 256 MiB"]
)
def test_a_box_on_a_pole_survives_the_heaviest_of_them(
    name: str, embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    make = (SILENT | SOUNDING)[name]
    with FakeStation(embedded_broker.url).on_air() as station:
        station.enrol(tmp_path / "box")
        station.publish_alerts()
        with BoxProcess(data=tmp_path / "box", sounds=tmp_path / "sounds").running() as box:
            station.wait_for(lambda: station.status and station.status.clock.trusted, timeout_s=20, what="the time")
            for document in make(GIANT):
                station.publish_alerts(*document)
            time.sleep(3)

            said_at = time.monotonic()
            station.publish_alerts(live("that"))
            wait_until(lambda: "that" in sounded(box), timeout_s=15)

            assert time.monotonic() - said_at < 8
            assert box.is_alive
