"""What feeds list: Atom with links or whole messages, RSS, a CAP document alone; and what is no feed."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.cap import parsing as cap_xml
from broadcaster.domain.cap.xml_tree import XmlTooLarge, XmlWithDoctype
from broadcaster.domain.errors import Invalid
from broadcaster.services.cap.index import MAX_INDEX_BYTES, MAX_ITEMS, NotAFeed, read_index
from tests.fakes.cap_documents import document, raw_file

URL = "https://tin.example/cap/feed.xml"
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><updated>2026-03-02T00:50:00Z</updated>
%s</feed>"""
NWS_ENTRY = """<entry><id>https://api.weather.example/alerts/1</id><updated>2026-03-02T00:41:00+00:00</updated>
<link href="https://api.weather.example/alerts/1"/>
<cap:event xmlns:cap="urn:oasis:names:tc:emergency:cap:1.1">x</cap:event>
</entry>"""
TYPED_ENTRY = """<entry><id>tag:2</id><updated>2026-03-02T00:40:00Z</updated><link rel="alternate" href="/page/2"/>
<link rel="alternate" type="application/cap+xml" href="2.xml"/></entry>"""
ID_ENTRY = "<entry><id>https://tin.example/3.xml</id></entry>"
RSS = """<rss version="2.0"><channel><title>x</title><lastBuildDate>Mon, 02 Mar 2026 00:55:00 +0000</lastBuildDate>
<item><title>a</title><link>https://tin.example/page</link><pubDate>Mon, 02 Mar 2026 00:30:00 GMT</pubDate>
<enclosure url="a.xml" length="1" type="application/cap+xml"/></item>
<item><guid isPermaLink="false">b</guid><link>b.xml</link></item><item><title>nothing</title></item></channel></rss>"""


def test_atom_entries_lead_to_their_cap_documents() -> None:
    index = read_index((ATOM % (NWS_ENTRY + TYPED_ENTRY + ID_ENTRY)).encode(), url=URL)

    assert index.updated == datetime(2026, 3, 2, 0, 50, tzinfo=UTC)
    assert [item.url for item in index.items] == [
        "https://api.weather.example/alerts/1", "https://tin.example/cap/2.xml", "https://tin.example/3.xml",
    ]  # fmt: skip


def test_entry_that_changed_is_another_item() -> None:
    before = read_index((ATOM % TYPED_ENTRY).encode(), url=URL).items[0]
    after = read_index((ATOM % TYPED_ENTRY.replace("00:40", "00:45")).encode(), url=URL).items[0]

    assert (before.url, before.key == after.key) == (after.url, False)


def test_message_inside_an_entry_is_lifted_out_whole() -> None:
    alert = raw_file("vn-flood.xml").decode().split("?>", 1)[1]
    (item,) = read_index((ATOM % f"<entry><content type='text/xml'>{alert}</content></entry>").encode(), url=URL).items

    assert cap_xml.read(item.document) == cap_xml.read(raw_file("vn-flood.xml"))


def test_signature_of_a_lifted_message_is_left_behind() -> None:
    """It could not hold any more; nothing may look signed that cannot be checked."""
    signed = document().decode().split("?>\n", 1)[1].replace(
        "</alert>", '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></alert>'
    )  # fmt: skip
    (item,) = read_index((ATOM % f"<entry><content>{signed}</content></entry>").encode(), url=URL).items

    assert not cap_xml.read(item.document).carries_signature


def test_rss_items_lead_to_their_files() -> None:
    index = read_index(RSS.encode(), url=URL)

    assert index.updated == datetime(2026, 3, 2, 0, 55, tzinfo=UTC)
    assert [item.url for item in index.items] == ["https://tin.example/cap/a.xml", "https://tin.example/cap/b.xml"]


def test_cap_document_alone_is_its_own_item() -> None:
    (item,) = read_index(document(), url=URL).items

    assert (item.document, item.url) == (document(), "")


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"<html/>", NotAFeed),
        (b"<rss/>", NotAFeed),
        (b"<!DOCTYPE a [<!ENTITY e SYSTEM 'http://127.0.0.1:9/'>]><feed xmlns='http://www.w3.org/2005/Atom'>&e;</feed>",
         XmlWithDoctype),
        (b" " * (MAX_INDEX_BYTES + 1), XmlTooLarge),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_refused(raw: bytes, kind: type[Invalid]) -> None:
    with pytest.raises(kind):
        read_index(raw, url=URL)


def test_endless_list_is_read_up_to_a_number() -> None:
    entries = "".join(f"<entry><id>https://tin.example/{n}.xml</id></entry>" for n in range(MAX_ITEMS + 100))

    index = read_index((ATOM % entries).encode(), url=URL)
    assert (len(index.items), index.is_cut) == (MAX_ITEMS, True)


@pytest.mark.parametrize("turned", [False, True])
def test_newest_is_read_first_whichever_end_it_stands_at(turned: bool) -> None:
    hours = range(24)[:: -1 if turned else 1]
    entries = "".join(
        f"<entry><id>https://tin.example/{h}.xml</id><updated>2026-03-02T{h:02}:00:00Z</updated></entry>" for h in hours
    )

    index = read_index((ATOM % entries).encode(), url=URL)
    assert [item.url for item in index.items] == [f"https://tin.example/{h}.xml" for h in reversed(range(24))]


def test_message_of_another_version_inside_an_entry_is_not_overlooked() -> None:
    alert = document(namespace="urn:oasis:names:tc:emergency:cap:1.1").decode().split("?>", 1)[1]
    (item,) = read_index((ATOM % f"<entry><content>{alert}</content></entry>").encode(), url=URL).items

    with pytest.raises(cap_xml.CapOtherVersion):
        cap_xml.read(item.document)


@pytest.mark.parametrize("year", ["99999999999999999999", "0000", "-5"])
@pytest.mark.parametrize("zone", ["+0000", "+999999999999999999", "-9999"])
def test_impossible_times_of_a_list_do_no_harm(year: str, zone: str) -> None:
    stamp = f"Mon, 02 Mar {year} 00:55:00 {zone}"

    assert len(read_index(RSS.replace("Mon, 02 Mar 2026 00:55:00 +0000", stamp).encode(), url=URL).items) == 2


def test_crooked_addresses_and_times_do_no_harm() -> None:
    entry = '<entry><updated>hôm qua</updated><link href="http://[x/1.xml"/></entry>'

    assert [item.url for item in read_index((ATOM % entry).encode(), url=URL).items] == ["http://[x/1.xml"]
    assert read_index(RSS.replace("Mon, 02 Mar 2026 00:55:00 +0000", "x").encode(), url=URL).updated is not None


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_words_in_a_feed_are_read_or_refused(link: str, stamp: str, words: str) -> None:
    with suppress(Invalid):
        read_index((ATOM % f"<entry><id>{words}</id><updated>{stamp}</updated><link href='{link}'/></entry>").encode(
            errors="replace"
        ), url=URL)  # fmt: skip
