"""XML from strangers: right trees from right documents, and a sentence, not a catastrophe, for everything else."""

import json
import subprocess
import sys
from contextlib import suppress
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.cap import xml_tree
from broadcaster.domain.cap.xml_tree import Element, parse, write
from broadcaster.domain.errors import Invalid
from tests.fakes.cap_documents import document

BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">
%s]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&l9;</identifier></alert>""" % b"\n".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
)
QUADRATIC = b'<!DOCTYPE a [<!ENTITY e "%s">]><a>%s</a>' % (b"x" * 50_000, b"&e;" * 10_000)
PARAMETER = b'<!DOCTYPE a [<!ENTITY %% p SYSTEM "http://127.0.0.1:9/x.dtd"> %%p;]><a/>'
EXTERNAL = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'
EXTERNAL_DTD = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'
LATE = b"<?xml version='1.0'?><!--" + b"x" * 5_000 + b"-->" + BILLION_LAUGHS.split(b"?>", 1)[1]

HOSTILE = {
    "billion laughs": (BILLION_LAUGHS, xml_tree.XmlWithDoctype),
    "quadratic": (QUADRATIC, xml_tree.XmlWithDoctype),
    "parameter entity": (PARAMETER, xml_tree.XmlWithDoctype),
    "external entity": (EXTERNAL, xml_tree.XmlWithDoctype),
    "external document type": (EXTERNAL_DTD, xml_tree.XmlWithDoctype),
    "behind a comment": (LATE, xml_tree.XmlWithDoctype),
    "in UTF-16": (BILLION_LAUGHS.decode().replace('version="1.0"', "version='1.0'").encode("utf-16"), None),
    "undeclared entity": (b"<a>&nbsp;</a>", xml_tree.XmlBroken),
    "too large": (b"<a>" + b" " * xml_tree.MAX_BYTES + b"</a>", xml_tree.XmlTooLarge),
    "too deep": (b"<a>" * 40 + b"</a>" * 40, xml_tree.XmlTooDeep),
    "very deep": (b"<a>" * 100_000, xml_tree.XmlTooDeep),
    "too many elements": (b"<a>" + b"<b/>" * 20_001 + b"</a>", xml_tree.XmlTooManyParts),
    "too many attributes": (b"<a %s/>" % b" ".join(b'a%d="1"' % n for n in range(65)), xml_tree.XmlTooManyParts),
    "truncated": (b"<a><b>tin", xml_tree.XmlTruncated),
    "truncated in a tag": (b"<a><b", xml_tree.XmlTruncated),
    "truncated in a letter": ("<a>ữ".encode()[:-1], xml_tree.XmlTruncated),
    "truncated in CDATA": (b"<a><![CDATA[x", xml_tree.XmlTruncated),
    "empty": (b"", xml_tree.XmlEmpty),
    "white space": (b"  \n", xml_tree.XmlEmpty),
    "packed": (b"\x1f\x8b\x08" + bytes(20), xml_tree.XmlPacked),
    "no XML": (b"{}", xml_tree.XmlBroken),
    "a page": (b"<html><br><p>x</html>", xml_tree.XmlBroken),
    "two roots": (b"<a/><b/>", xml_tree.XmlBroken),
    "wrong letters": (b"<a>\xff\xfe</a>", xml_tree.XmlBroken),
    "null": (b"<a>\0</a>", xml_tree.XmlBroken),
    "wrong nesting": (b"<a><b></a></b>", xml_tree.XmlBroken),
    "no such prefix": (b"<x:a/>", xml_tree.XmlBroken),
    "unknown encoding": (b'<?xml version="1.0" encoding="x-klingon"?><a/>', xml_tree.XmlEncodingUnknown),
    "codec that is none": (b'<?xml version="1.0" encoding="unicode_escape"?><a/>', xml_tree.XmlEncodingUnknown),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?><a/>', xml_tree.XmlEncodingUnknown),
    "double byte": (b'<?xml version="1.0" encoding="GB2312"?><a/>', xml_tree.XmlEncodingUnknown),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_document_is_refused_with_its_own_sentence(case: str) -> None:
    raw, kind = HOSTILE[case]

    with pytest.raises(kind or Invalid) as refused:
        parse(raw)

    assert len(refused.value.sentence()) > 20
    assert "{" not in refused.value.sentence()


def test_tree_has_names_attributes_and_text() -> None:
    tree = parse(b'<a xmlns="urn:x" k="1">  xin <b>ch\xc3\xa0o</b> b\xc3\xa0 con </a>')

    b = Element(namespace="urn:x", name="b", text="chào")
    assert tree == Element(namespace="urn:x", name="a", attributes={"k": "1"}, text="xin  bà con", children=(b,))
    assert (tree.one("b"), list(tree.every("c")), tree.one("b", namespace="")) == (b, [], None)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-8", ""), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"),
     ("iso-8859-1", "ISO-8859-1"), ("cp1252", "windows-1252"), ("cp1258", "windows-1258")],
)  # fmt: skip
def test_encodings_are_read_right(encoding: str, declared: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = f"{head}<a>Località Perché ß</a>"
    bom = "\ufeff" if encoding == "utf-16-le" else ""

    assert parse((bom + text).encode(encoding)).text == "Località Perché ß"


def test_wrongly_declared_encoding_is_not_guessed() -> None:
    """A document in ISO-8859-1 that calls itself UTF-8 is broken, not half right."""
    with pytest.raises(xml_tree.XmlBroken):
        parse('<?xml version="1.0" encoding="UTF-8"?><a>Località</a>'.encode("iso-8859-1"))


def test_known_good_document_passes() -> None:
    """The control of all that is refused."""
    assert parse(document()).name == "alert"


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=20
)
names = st.sampled_from(["a", "b", "c"])
spaces = st.sampled_from(["", "urn:x", "urn:y"])
text = words.map(str.strip)
attributes = st.dictionaries(names, words)
trees = st.recursive(
    st.builds(Element, namespace=spaces, name=names, attributes=attributes, text=text),
    lambda inner: st.builds(
        Element, namespace=spaces, name=names, text=text, children=st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=6,
)


@given(trees)
def test_what_is_written_reads_as_the_same_tree(tree: Element) -> None:
    assert parse(write(tree)) == tree


def test_letters_that_xml_cannot_hold_are_left_out() -> None:
    assert parse(write(Element(namespace="", name="a", text="x\x00\x0b\ufffey"))).text == "xy"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(Invalid):
        parse(raw)


def test_hostile_documents_are_hostile() -> None:
    """The control: a reader that does not mind document types puts in what they declare."""
    bomb = b'<!DOCTYPE a [<!ENTITY e "%s">]><a>%s</a>' % (b"x" * 100, b"&e;" * 100)

    assert len(ElementTree.fromstring(bomb).text or "") == 10_000
    with pytest.raises(xml_tree.XmlWithDoctype):
        parse(bomb)


MEMORY = """
import json, resource, sys, time
from broadcaster.domain.errors import Invalid
from broadcaster.domain.cap.xml_tree import parse
import tests.broadcaster.domain.cap.test_xml_tree as cases
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told, started = {}, time.monotonic()
for name, (raw, _kind) in cases.HOSTILE.items():
    try:
        parse(raw)
        told[name] = "read"
    except Invalid as exc:
        told[name] = exc.code
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"kib": grown, "s": time.monotonic() - started, "told": told}))
"""


@pytest.mark.slow
def test_memory_and_time_stay_bounded() -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, timeout=100, check=True)

    seen = json.loads(done.stdout)
    assert "read" not in seen["told"].values()
    assert seen["kib"] < 60_000
    assert seen["s"] < 10
