"""CAP documents are read whole and right; what cannot be relied on is refused by name."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from broadcaster.domain.alert import Certainty, MsgType, Scope, Severity, Status, Urgency
from broadcaster.domain.cap import fields
from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.message import Circle, Named, Point, Reference
from broadcaster.domain.errors import Invalid
from tests.fakes.cap_documents import FILES, SCHEMA, block, document, raw_file
from tests.fakes.station_office import MORNING


@pytest.mark.parametrize("name", FILES)
def test_files_are_valid_by_the_schema_of_oasis(name: str) -> None:
    """The control of the files themselves: they are CAP, and not what our reader would like CAP to be."""
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(raw_file(name)))


@pytest.mark.parametrize(
    ("name", "sender", "sent", "status", "msg_type", "scope", "languages"),
    [
        ("us-nws.xml", "w-nws.webmaster@noaa.gov", "2026-03-02T00:41:00", "Actual", "Alert", "Public", ["en-us"]),
        ("ca-naad-update.xml", "cap-pac@canada.example", "2026-03-02T00:31:52", "Actual", "Update", "Public",
         ["en-ca", "fr-ca"]),
        ("ca-naad-heartbeat.xml", "naads-heartbeat@hub.example", "2026-03-02T00:59:30", "System", "Alert", "Public",
         []),
        ("de-dwd.xml", "CAP@dwd.example", "2026-03-02T00:20:00", "Actual", "Alert", "Public", ["de-de"]),
        ("de-mowas-cancel.xml", "DE-BY-BSP-W000", "2026-03-02T00:45:00", "Actual", "Cancel", "Public", ["de"]),
        ("au-fire.xml", "webmaster@rfs.example", "2026-03-02T00:30:00", "Actual", "Alert", "Public", ["en-au"]),
        ("ph-rain.xml", "forecast@pagasa.example", "2026-03-02T00:45:00", "Actual", "Alert", "Public", ["en-us"]),
        ("cn-storm.xml", "示例市气象台", "2026-03-02T00:30:00", "Actual", "Alert", "Public", ["zh-cn"]),
        ("it-fire.xml", "so.esempio@soccorso.example", "2026-03-02T00:10:00", "Actual", "Alert", "Restricted",
         ["it-it"]),
        ("vn-flood.xml", "pctt@bacninh.example", "2026-03-02T00:50:00", "Actual", "Alert", "Public", ["en", "vi-vn"]),
    ],
)  # fmt: skip
def test_files_of_several_countries_are_read(
    name: str, sender: str, sent: str, status: str, msg_type: str, scope: str, languages: list[str]
) -> None:
    message = cap_xml.read(raw_file(name))

    assert message.sender == sender
    assert message.sent == datetime.fromisoformat(sent).replace(tzinfo=UTC)
    assert (message.status, message.msg_type, message.scope) == (status, msg_type, scope)
    assert [info.language for info in message.infos] == languages


def test_every_file_is_in_the_list_above() -> None:
    listed = next(m for m in test_files_of_several_countries_are_read.pytestmark if m.name == "parametrize").args[1]

    assert sorted(case[0] for case in listed) == FILES


def test_info_is_read_whole() -> None:
    (info,) = cap_xml.read(raw_file("us-nws.xml")).infos

    assert (info.urgency, info.severity, info.certainty) == (Urgency.IMMEDIATE, Severity.SEVERE, Certainty.LIKELY)
    assert info.event_codes[0] == Named(name="SAME", value="FFW")
    assert info.onset == info.effective == datetime(2026, 3, 2, 0, 41, tzinfo=UTC)
    assert info.response_types == ("Avoid",)
    assert "\n\nHAZARD" in info.description
    (area,) = info.areas
    assert area.polygons[0][0] == area.polygons[0][-1] == Point(latitude=35.12, longitude=-97.61)
    assert [code.name for code in area.geocodes] == ["SAME", "SAME", "UGC"]


def test_resource_keeps_no_embedded_bytes() -> None:
    (info,) = cap_xml.read(raw_file("au-fire.xml")).infos
    (resource,) = info.resources

    assert (resource.embedded, resource.size, resource.uri) == (True, 68, "http://127.0.0.1:9/map.png")
    assert info.areas[0].circles == (Circle(centre=Point(latitude=-33.512, longitude=150.231), radius_km=0),)


def test_references_name_sender_identifier_and_time() -> None:
    first, second = cap_xml.read(raw_file("de-mowas-cancel.xml")).references

    assert first == Reference(
        sender="DE-BY-BSP-W000", identifier="DE-BY-BSP-W000-20260301-001", sent=datetime(2026, 3, 1, 21, 10, tzinfo=UTC)
    )
    assert second.identifier == "DE-BY-BSP-W000-20260301-000"


@pytest.mark.parametrize(("name", "encoding"), [("it-fire.xml", "iso-8859-1"), ("cn-storm.xml", "utf-16")])
def test_other_encodings_say_the_same(name: str, encoding: str) -> None:
    text = raw_file(name).decode().replace('encoding="UTF-8"', f'encoding="{encoding}"')

    assert cap_xml.read(text.encode(encoding)) == cap_xml.read(raw_file(name))


def test_unclosed_polygon_is_closed_and_a_crooked_one_loses_no_warning() -> None:
    closed = cap_xml.read(raw_file("ph-rain.xml")).infos[0].areas[0]
    area = "<areaDesc>x</areaDesc><polygon>1,2 91,0 3</polygon><circle>1,2</circle><circle>1,2 nan</circle>"
    crooked = cap_xml.read(document(area=area)).infos[0].areas[0]

    assert len(closed.polygons[0]) == 5
    assert (crooked.polygons, crooked.circles, crooked.unreadable) == ((), (), True)


WRONG = {
    "CAP 1.1": (document(namespace="urn:oasis:names:tc:emergency:cap:1.1"), cap_xml.CapOtherVersion, "1.1"),
    "CAP 1.0": (document(namespace="http://www.incident.com/cap/1.0"), cap_xml.CapOtherVersion, "1.0"),
    "no namespace": (document(namespace=""), cap_xml.CapWithoutNamespace, "1.2"),
    "another namespace": (document(namespace="urn:x"), cap_xml.CapOtherNamespace, "urn:x"),
    "a page": (b"<html/>", cap_xml.NotCap, "html"),
    "no identifier": (document(identifier=""), fields.CapFieldMissing, "identifier"),
    "no sender": (document(sender=""), fields.CapFieldMissing, "sender"),
    "no status": (document(status=""), fields.CapFieldMissing, "status"),
    "no event": (document(event=""), fields.CapFieldMissing, "event"),
    "spaces in the identifier": (document(identifier="a b"), fields.CapFieldWrong, "identifier"),
    "a comma in the sender": (document(sender="a,b"), fields.CapFieldWrong, "sender"),
    "unknown status": (document(status="actual"), fields.CapFieldWrong, "actual"),
    "unknown type": (document(msg_type="Alarm"), fields.CapFieldWrong, "Alarm"),
    "unknown scope": (document(scope="All"), fields.CapFieldWrong, "All"),
    "unknown urgency": (document(urgency="Now"), fields.CapFieldWrong, "Now"),
    "two statuses": (
        document().replace(b"<status>", b"<status>Test</status><status>"), fields.CapFieldTwice, "status",
    ),
    "no zone": (document().replace(b"+00:00</sent>", b"</sent>"), fields.CapTimeWrong, "2026"),
    "no such day": (document().replace(b"03-02T", b"02-30T"), fields.CapTimeWrong, "02-30"),
    "before all time": (
        document(effective="0001-01-01T00:00:00+14:00"), fields.CapTimeWrong, "0001",
    ),
    "crooked reference": (document(references="a,b"), fields.CapFieldWrong, "a,b"),
    "too many corners": (
        document(area=f"<areaDesc>x</areaDesc><polygon>{'1,2 ' * 20_001}</polygon>"), cap_xml.CapTooManyPoints, "20000",
    ),
    "too many blocks": (document(infos=block() * 101), cap_xml.CapTooManyPoints, "20000"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_document_is_refused_by_name(case: str) -> None:
    raw, kind, named = WRONG[case]

    with pytest.raises(kind) as refused:
        cap_xml.read(raw)

    assert named in refused.value.sentence()


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T07:55:00+07:00", "2026-03-02T00:55:00Z", "2026-03-02T00:55:00.123Z",
        "2026-03-02T07:55:00.0000000+07:00", "2026-03-02T07:55:00+0700",
    ],
)  # fmt: skip
def test_instants_met_in_the_wild_are_read(written: str) -> None:
    raw = re.sub(rb"<sent>.*</sent>", f"<sent>{written}</sent>".encode(), document())

    assert cap_xml.read(raw).sent == MORNING - timedelta(minutes=5)


def test_the_end_of_a_day_may_be_written_as_24_o_clock() -> None:
    assert fields.as_instant("2026-12-31T24:00:00Z", field="expires") == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("field", ["effective", "onset", "expires"])
def test_an_end_of_all_time_can_be_reckoned_with(field: str) -> None:
    """Who means "without an end" writes the last second that there is; adding to it must not break anything."""
    end = f"<{field}>9999-12-31T23:59:59-12:00</{field}>"
    raw = document(infos=block(expires=None).replace("<headline>", f"{end}<headline>"))

    found = getattr(cap_xml.read(raw).infos[0], field)

    assert (found + timedelta(days=10_000)).astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).year > fields.LAST_YEAR


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("msg_type", MsgType)
@pytest.mark.parametrize("scope", Scope)
def test_the_75_combinations_are_told_apart(status: Status, msg_type: MsgType, scope: Scope) -> None:
    message = cap_xml.read(document(status=status, msg_type=msg_type, scope=scope))

    assert (message.status, message.msg_type, message.scope) == (status, msg_type, scope)


@given(st.sampled_from(FILES), st.data())
def test_mutated_files_are_read_or_refused(name: str, data: st.DataObject) -> None:
    """Nothing but a refusal with a sentence ever comes out, whatever was done to the bytes."""
    raw = bytearray(raw_file(name))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "drop", "double", "put"])):
            case "flip":
                raw[at] = data.draw(st.integers(0, 255))
            case "cut":
                del raw[max(at, 1) :]
            case "drop":
                del raw[at : at + data.draw(st.integers(1, 40))]
                raw = raw or bytearray(b"<")
            case "double":
                raw[at:at] = raw[at : at + 60]
            case "put":
                raw[at:at] = data.draw(
                    st.sampled_from([b"<!DOCTYPE a>", b"&e;", b"<x>", b"]]>", b"\xff", b"<![CDATA["])
                )
    with suppress(Invalid):
        cap_xml.read(bytes(raw))


@given(st.data())
def test_any_values_in_the_right_places_are_read_or_refused(data: st.DataObject) -> None:
    text = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
    drawn = {name: data.draw(text) for name in ("event", "headline", "language", "effective", "urgency")}
    with suppress(Invalid):
        cap_xml.read(document(identifier=data.draw(text), references=data.draw(text), **drawn))
