"""How long planning a station's week takes: 50 programmes and 200 bulletins, on 100 to 10,000 clusters.

    python benchmarks/timetable.py

One line of JSON. The figure is the whole of one reconcile on 100 clusters: the audiences are resolved, the week is
planned from nothing, and each cluster has its own list of airings. `growth` gives the same for more clusters; it is
linear when milliseconds per thousand clusters stop growing. The floor is what no planner can do without: one look at
every airing on every cluster that hears it.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from broadcaster.domain.audience import EVERYBODY, Audience, Place, of_hamlets  # noqa: E402 - the path comes first
from broadcaster.domain.bulletin import Priority  # noqa: E402 - likewise
from broadcaster.domain.ids import BulletinId, ClusterId, HamletId  # noqa: E402 - likewise
from broadcaster.domain.programme import (  # noqa: E402 - likewise
    BoxSegment,
    FixedSegment,
    Programme,
    ProgrammeId,
    RelaySegment,
    Role,
    SegmentId,
    Slot,
    Sound,
    SoundName,
)
from broadcaster.domain.week.ground import Ground  # noqa: E402 - likewise
from broadcaster.domain.week.placing import plan  # noqa: E402 - likewise
from broadcaster.domain.week.planned import Week, plans_by_cluster  # noqa: E402 - likewise
from broadcaster.domain.week.regime import LegalSource, Profile, Regime  # noqa: E402 - likewise
from broadcaster.domain.week.requests import NextSession, Request, TheseSessions, Wish  # noqa: E402 - likewise

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PROGRAMMES, BULLETINS, HAMLETS, ROUNDS = 50, 200, 25, 5
SIZES = (100, 1_000, 3_000, 10_000)
MINUTE = timedelta(minutes=1)
SOUNDS = {
    SoundName("nhac-hieu"): Sound(sha256="a" * 64, duration=timedelta(seconds=14)),
    SoundName("loi-chao"): Sound(sha256="b" * 64, duration=timedelta(seconds=20)),
    SoundName("ket-thuc"): Sound(sha256="c" * 64, duration=timedelta(seconds=12)),
}


def places(clusters: int) -> list[Place]:
    """Return so many clusters, spread over the hamlets."""
    return [
        Place(cluster=ClusterId(f"c{n:05}"), hamlet=HamletId(f"thon-{n % HAMLETS:02}")) for n in range(clusters)
    ]  # fmt: skip


def programme(number: int) -> Programme:
    """Return a daily session: half of them for everybody, half for a few hamlets of their own."""
    audience = EVERYBODY if number % 2 else of_hamlets([f"thon-{(number + n) % HAMLETS:02}" for n in range(5)])
    hour, minute = divmod(5 * 60 + number * 18, 60)
    return Programme(
        id=ProgrammeId(f"p{number}"),
        title=f"Buổi phát thanh {number}",
        slot=Slot(starts=clock(hour, minute), length=15 * MINUTE),
        audience=audience,
        segments=(
            FixedSegment(id=SegmentId("mo"), title="Nhạc hiệu", sound=SoundName("nhac-hieu"), role=Role.JINGLE),
            FixedSegment(id=SegmentId("chao"), title="Lời chào", sound=SoundName("loi-chao"), role=Role.JINGLE),
            RelaySegment(id=SegmentId("vov"), title="VOV1", urls=("http://127.0.0.1/vov1",), length=8 * MINUTE),
            BoxSegment(id=SegmentId("tin"), title="Bản tin xã", length=6 * MINUTE),
            FixedSegment(id=SegmentId("het"), title="Kết thúc", sound=SoundName("ket-thuc"), role=Role.SIGN_OFF),
        ),
    )


def request(number: int) -> Request:
    """Return an approved bulletin: every fifth *ưu tiên* and in its order, every fourth for three days running."""
    wish: Wish = TheseSessions(first_day=date(2026, 3, 2), days=3) if number % 4 == 0 else NextSession()
    audience: Audience = EVERYBODY if number % 3 else of_hamlets([f"thon-{number % HAMLETS:02}"])
    return Request(
        bulletin=BulletinId(f"b{number}"),
        title=f"Bản tin {number}",
        audience=audience,
        priority=Priority.ORDINARY if number % 5 else Priority.PRIORITY,
        recording_sha256=f"{number:064x}",
        duration=timedelta(seconds=40 + 7 * (number % 20)),
        approved_at=NOW - timedelta(minutes=300 - number),
        wish=wish,
        rank=None if number % 5 else number,
    )


def week_of(clusters: int) -> tuple[Week, dict[ClusterId, tuple[object, ...]]]:
    """Return a week planned from nothing, and what each cluster plays."""
    profile = Profile(
        id="thu", name="Thử", source=LegalSource(document=""), sessions_a_day=24, session_length=60 * MINUTE
    )  # fmt: skip
    ground = Ground.of(places(clusters), Regime(profile=profile))
    week = plan(
        [programme(n) for n in range(PROGRAMMES)], [request(n) for n in range(BULLETINS)],
        ground=ground, sounds=SOUNDS, standing=(), settled=frozenset(), taken=(), since=NOW, now=NOW,
    )  # fmt: skip
    return week, dict(plans_by_cluster(week.items, ground))


def look_at_all(week: Week, lists: dict[ClusterId, tuple[object, ...]]) -> int:
    """Look once at every airing of every cluster."""
    return sum(1 for each in lists.values() for _ in each) + len(week.items)


def milliseconds(work: Callable[[], object]) -> float:
    """Return the median of a few runs, in this process's own time: others may be busy on the machine."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def main() -> int:
    """Print the line."""
    spent = {size: milliseconds(lambda size=size: week_of(size)) for size in SIZES}
    week, lists = week_of(SIZES[0])
    floor = milliseconds(lambda: look_at_all(week, lists))
    print(
        json.dumps(
            {
                "benchmark": "timetable",
                "figure": round(spent[SIZES[0]], 1),
                "unit": "milliseconds for 100 clusters, 7 days, 50 programmes, 200 bulletins",
                "floor": round(floor, 2),
                "ratio": round(spent[SIZES[0]] / floor, 1),
                "sessions": len(week.occurrences),
                "airings": len(week.items),
                "fates": {f: sum(p.fate == f for p in week.placements) for f in {p.fate for p in week.placements}},
                "growth": {str(size): round(ms, 1) for size, ms in spent.items()},
                "ms_per_1000_clusters_more": round(
                    (spent[SIZES[-1]] - spent[SIZES[1]]) / (SIZES[-1] - SIZES[1]) * 1000, 2
                ),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
