"""Entries of a broadcast log for tests, and how Hypothesis makes them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.domain.records.logbook import Entry, Line, LogKind, Place, Source, follow

NOON = datetime(2026, 11, 10, 5, 0, tzinfo=UTC)
PLACES = tuple(
    Place(hamlet=HamletId(f"th-{n // 2}"), hamlet_name=f"Thôn {n // 2}", cluster=ClusterId(f"cl-{n}"),
          cluster_name=f"Cụm {n}")
    for n in range(4)
)  # fmt: skip


def entry(subject: str = "lp-1", *, cluster: int = 0, seconds: float | None = 60, **changes: object) -> Entry:
    """Return an entry of something that played for so many seconds, or for None never began."""
    made = Entry(
        kind=LogKind.AIRING, subject=subject, source=Source.BULLETIN, item=f"bt-{subject}", title=f"Tin {subject}",
        priority="ordinary", place=PLACES[cluster], device=None, recording_sha256="a" * 64, duration_ms=60_000,
        planned_at=NOON, started_at=NOON, ended_at=NOON + timedelta(seconds=seconds or 0), outcome=Outcome.PLAYED,
        reason=None, heard=None,
    )  # fmt: skip
    if seconds is None:
        made = replace(made, started_at=None, ended_at=None, outcome=Outcome.MISSED, reason="box_off")
    return replace(made, **changes)  # type: ignore[arg-type] # fields of an entry


def chain(*entries: Entry) -> list[Line]:
    """Return these entries as a station's log."""
    lines: list[Line] = []
    for each in entries:
        lines.append(follow(lines[-1] if lines else None, each, corrects=None, now=NOON))
    return lines


ALERTS = frozenset({Source.ALERT, Source.BUTTON, Source.EXERCISE, Source.TEST})
outcomes = st.sampled_from([Outcome.PLAYED, Outcome.INTERRUPTED, Outcome.FAILED, Outcome.MISSED, Outcome.UNKNOWN])
entries = st.builds(
    lambda subject, cluster, seconds, outcome, heard, source, priority, day: entry(
        f"{'kc' if source in ALERTS else 'lp'}-{source}-{subject}", cluster=cluster, outcome=outcome,
        kind=LogKind.ALERT if source in ALERTS else LogKind.AIRING,
        heard=heard if outcome is Outcome.PLAYED else None, source=source, priority=priority,
        planned_at=NOON + timedelta(days=day), started_at=NOON + timedelta(days=day) if seconds else None,
        ended_at=NOON + timedelta(days=day, seconds=seconds) if seconds else None,
        reason=None if outcome is Outcome.PLAYED else "box_off",
    ),
    st.integers(0, 5), st.integers(0, 3), st.integers(0, 900), outcomes,
    st.one_of(st.none(), st.sampled_from(Heard)), st.sampled_from(Source), st.sampled_from(["ordinary", "priority"]),
    st.integers(-9, 20),
)  # fmt: skip
