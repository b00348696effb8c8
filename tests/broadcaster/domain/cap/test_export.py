"""Our alerts as CAP for others: valid by the OASIS schema, read back as what was meant, a drill never a real alarm."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from broadcaster.domain.alert import (
    Alert,
    AlertState,
    Certainty,
    Content,
    MsgType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from broadcaster.domain.audience import EVERYBODY
from broadcaster.domain.cap import export as cap_export
from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.export import Publisher
from broadcaster.domain.cap.message import Message
from broadcaster.domain.cap.writing import as_xml
from broadcaster.domain.ids import AlertId, StationId
from tests.fakes.cap_documents import FILES, SCHEMA, raw_file
from tests.fakes.station_office import MORNING

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BY = Publisher(
    sender="xa-hong-phong@loa.example", name="Xã Hồng Phong, Bắc Ninh", web="https://loa.example/cap/feed.xml"
)
CONTENT = Content(
    station=StationId("xa-hong-phong"), status=Status.ACTUAL, msg_type=MsgType.ALERT, scope=Scope.PUBLIC,
    event="lũ quét", headline="Lũ quét <sắp> về & rất nhanh", text="Nước lên.\nChạy ngay.", instruction="Lên chỗ cao.",
    urgency=Urgency.IMMEDIATE, severity=Severity.EXTREME, certainty=Certainty.OBSERVED, audience=EVERYBODY, siren=(),
    times=2, repeat_every_s=None, on_the_hour=False, effective_at=None, expires_at=MORNING + timedelta(hours=6),
)  # fmt: skip


def alert(name: str = "kc-1", *, version: int = 1, state: AlertState = AlertState.LIVE, **content: object) -> Alert:
    """Return an alert that went live in the morning."""
    return Alert(
        id=AlertId(name), thread=AlertId("kc-1"), version=version, content=replace(CONTENT, **content), state=state,
        author=None, recording_sha256=None, template=None, source="person", created_at=MORNING, drafted_at=MORNING,
        live_at=MORNING + timedelta(minutes=version, microseconds=17),
        ended_at=MORNING + timedelta(hours=1) if state is AlertState.CANCELLED else None, end_reason="Báo nhầm.",
    )  # fmt: skip


def valid(raw: bytes) -> Message:
    """Return the message of a document that the schema of OASIS accepts."""
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(raw))
    return cap_xml.read(raw)


def told(of: Alert, *, earlier: tuple[Alert, ...] = ()) -> Message:
    message = cap_export.message_of(of, by=BY, earlier=earlier, area="Xã Hồng Phong, Bắc Ninh")
    return valid(as_xml(message, zone=ZONE))


def test_live_alert_is_a_valid_document_that_says_the_same() -> None:
    message = told(alert())
    (info,) = message.infos

    assert (message.status, message.msg_type, message.scope) == (Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC)
    assert (message.sender, message.identifier, message.references) == (BY.sender, "kc-1", ())
    assert message.sent == MORNING + timedelta(minutes=1)
    assert (info.headline, info.description, info.instruction) == (CONTENT.headline, CONTENT.text, CONTENT.instruction)
    assert (info.language, info.categories, info.expires) == ("vi-vn", ("Met",), CONTENT.expires_at)
    assert info.areas[0].description == "Xã Hồng Phong, Bắc Ninh"


def test_instants_are_written_in_the_station_s_zone() -> None:
    message = cap_export.message_of(alert(), by=BY, earlier=(), area="x")

    assert b"<sent>2026-03-02T08:01:00+07:00</sent>" in as_xml(message, zone=ZONE)


def test_update_refers_to_every_version_before_it() -> None:
    message = told(alert("kc-2", version=2), earlier=(alert("kc-1"),))

    assert message.msg_type is MsgType.UPDATE
    assert [reference.identifier for reference in message.references] == ["kc-1"]


def test_update_whose_earlier_versions_never_went_live_is_new() -> None:
    never = replace(alert("kc-1"), live_at=None)

    assert told(alert("kc-2", version=2), earlier=(never,)).msg_type is MsgType.ALERT


def test_cancellation_refers_to_the_whole_chain_and_gives_the_reason() -> None:
    ended = alert("kc-2", version=2, state=AlertState.CANCELLED)
    raw = as_xml(cap_export.cancellation_of(ended, by=BY, earlier=(alert("kc-1"),), area="x"), zone=ZONE)
    message = valid(raw)

    assert (message.msg_type, message.identifier) == (MsgType.CANCEL, "kc-2.huy")
    assert [reference.identifier for reference in message.references] == ["kc-1", "kc-2"]
    assert message.infos[0].description == "Báo nhầm."


def test_drill_is_marked_in_status_headline_and_note() -> None:
    message = told(alert(status=Status.EXERCISE))

    assert message.status is Status.EXERCISE
    assert message.infos[0].headline.startswith("[DIỄN TẬP] ")
    assert "diễn tập" in message.note
    assert "DIỄN TẬP" not in told(alert()).infos[0].headline


@pytest.mark.parametrize(
    ("of", "listed"),
    [
        (alert(), True),
        (alert(status=Status.EXERCISE), True),
        (alert(status=Status.TEST), False),
        (alert(scope=Scope.RESTRICTED), False),
        (replace(alert(), live_at=None, state=AlertState.DRAFT), False),
        (replace(alert(), live_at=None, state=AlertState.APPROVED), False),
        (alert(state=AlertState.UPDATED), False),
        (alert(state=AlertState.EXPIRED), False),
        (alert(expires_at=MORNING), False),
        (alert(state=AlertState.CANCELLED), True),
        (replace(alert(state=AlertState.CANCELLED), live_at=None), False),
        (replace(alert(state=AlertState.CANCELLED), ended_at=MORNING - timedelta(hours=23)), False),
    ],
)
def test_feed_lists_what_is_live_or_was_cancelled_today(of: Alert, listed: bool) -> None:
    assert cap_export.is_listed(of, now=MORNING + timedelta(hours=2)) is listed


@pytest.mark.parametrize("name", FILES)
def test_what_others_sent_is_written_again_as_valid(name: str) -> None:
    """The writer knows the whole of CAP, not only what we say ourselves (embedded bytes and signatures apart)."""
    message = cap_xml.read(raw_file(name))
    again = valid(as_xml(message, zone=ZONE))
    bare = [replace(i, resources=tuple(replace(r, embedded=False) for r in i.resources)) for i in message.infos]

    assert again == replace(message, infos=tuple(bare))


text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=60)


@given(headline=text, words=text, event=text, status=st.sampled_from([Status.ACTUAL, Status.EXERCISE]))
def test_any_words_make_a_valid_document(headline: str, words: str, event: str, status: Status) -> None:
    message = cap_export.message_of(
        alert(headline=headline, text=words, event=event, status=status), by=BY, earlier=(), area=headline
    )

    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(as_xml(message, zone=ZONE)))


def test_known_bad_document_fails_the_schema() -> None:
    """Negative control: parts in another order are seen."""
    raw = as_xml(cap_export.message_of(alert(), by=BY, earlier=(), area="x"), zone=ZONE)
    swapped = raw.replace(b"<status>Actual</status>", b"").replace(b"</scope>", b"</scope><status>Actual</status>")

    assert not etree.XMLSchema(etree.parse(SCHEMA)).validate(etree.fromstring(swapped))


@pytest.mark.parametrize(
    ("event", "category"),
    [("bão số 3", "Met"), ("sạt lở đất", "Geo"), ("cháy rừng", "Fire"), ("dịch bệnh", "Health"), ("mất tích", "Rescue"),
     ("đính chính", "Safety")],
)  # fmt: skip
def test_category_follows_the_event(event: str, category: str) -> None:
    assert cap_export.category_of(event) == category
