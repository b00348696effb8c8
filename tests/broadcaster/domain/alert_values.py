"""Contents, statements and deliveries of alerts for tests, some fixed and some by chance."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from broadcaster.domain.alarm.vouching import Part, Statement
from broadcaster.domain.alert import (
    Alert,
    AlertState,
    Certainty,
    Content,
    MsgType,
    Scope,
    Severity,
    Status,
    Stroke,
    Urgency,
    content_hash,
)
from broadcaster.domain.audience import EVERYBODY, of_clusters, of_hamlets
from broadcaster.domain.ids import AlertId, StationId, UserId

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CONTENT = Content(
    station=StationId("xa-hong-phong"), status=Status.ACTUAL, msg_type=MsgType.ALERT, scope=Scope.PUBLIC,
    event="lũ quét", headline="Lũ quét trên suối Ngọt", text="Nước suối đang lên rất nhanh.",
    instruction="Bà con lên chỗ cao ngay", urgency=Urgency.IMMEDIATE, severity=Severity.SEVERE,
    certainty=Certainty.OBSERVED, audience=EVERYBODY, siren=(Stroke(on_ms=10_000, off_ms=10_000, times=2),), times=2,
    repeat_every_s=7200, on_the_hour=True, effective_at=None, expires_at=NOW + timedelta(hours=6),
)  # fmt: skip
PHRASE = "báo động thật lũ quét toàn xã"


def alert_of(content: Content = CONTENT, **values: object) -> Alert:
    """Return a live alert, changed as asked for."""
    fields = {
        "id": AlertId("kc-1"), "thread": AlertId("kc-1"), "version": 1, "content": content, "state": AlertState.LIVE,
        "author": UserId("lan"), "recording_sha256": None, "template": None, "source": "person", "created_at": NOW,
        "drafted_at": NOW, "live_at": NOW,
    } | values  # fmt: skip
    return Alert(**fields)  # type: ignore[arg-type] # each is of its field's type


def said(person: str, part: Part, *, content: Content = CONTENT, phrase: str = PHRASE, reason: str = "",
         at: datetime = NOW) -> Statement:  # fmt: skip
    """Return what somebody said of a content."""
    return Statement(
        station=content.station, alert=AlertId("kc-1"), content_sha256=content_hash(content), person=UserId(person),
        part=part, phrase=phrase, reason=reason, at=at,
    )  # fmt: skip


def contents() -> st.SearchStrategy[Content]:
    """Return contents of every kind."""
    words = st.text(min_size=1, max_size=12)
    instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
    strokes = st.builds(Stroke, on_ms=st.integers(1, 9), off_ms=st.integers(0, 9), times=st.integers(1, 9))
    return st.builds(
        Content,
        station=st.just(StationId("xa-hong-phong")),
        status=st.sampled_from(Status), msg_type=st.sampled_from(MsgType), scope=st.sampled_from(Scope),
        event=words, headline=words, text=words, instruction=words,
        urgency=st.sampled_from(Urgency), severity=st.sampled_from(Severity), certainty=st.sampled_from(Certainty),
        audience=st.sampled_from([EVERYBODY, of_hamlets(["th-1"]), of_clusters(["cl-1", "cl-2"])]),
        siren=st.lists(strokes, max_size=2).map(tuple),
        times=st.integers(1, 3), repeat_every_s=st.none() | st.integers(60, 90), on_the_hour=st.booleans(),
        effective_at=st.none() | instants, expires_at=instants,
        references=st.none() | st.just(AlertId("kc-9")),
    )  # fmt: skip
