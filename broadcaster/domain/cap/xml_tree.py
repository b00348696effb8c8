"""XML from strangers as a small tree: no document type, no entities, nothing fetched, and no more memory than its size.

Only expat is used, which reads no file and no network by itself; what it would let through is refused here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from broadcaster.domain.errors import N_, Invalid, refusal

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 64
MAX_NAME = 200
_PACKED = (b"\x1f\x8b", b"PK\x03\x04")
_PIECE_BYTES = 64 * 1024
_PROLOGUE_PIECE_BYTES = 64
"""Until the root element has begun, so little at a time that a document type is seen before what it declares."""
_UNFINISHED = frozenset(
    expat.errors.codes[why]
    for why in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0, section 2.2)."""
ENCODINGS = frozenset(
    "utf-8 utf8 utf-16 utf-16le utf-16be us-ascii ascii windows-1250 windows-1252 windows-1258".split()
) | {f"iso-8859-{n}" for n in range(1, 16) if n != 12}


@refusal
class XmlTooLarge(Invalid):
    limit_kib: int
    message = N_("Tệp XML lớn hơn {limit_kib} KiB, đài không đọc tệp lớn như vậy.")


@refusal
class XmlEmpty(Invalid):
    message = N_("Tệp XML trống, không có nội dung nào. Xin gửi lại cả tệp.")


@refusal
class XmlPacked(Invalid):
    message = N_("Tệp đang ở dạng nén (gzip hoặc zip). Xin gửi tệp XML không nén.")


@refusal
class XmlTruncated(Invalid):
    message = N_("Tệp XML bị cụt: chưa hết nội dung đã hết tệp. Xin gửi lại cả tệp.")


@refusal
class XmlBroken(Invalid):
    line: int
    column: int
    message = N_("Tệp không phải là XML đúng quy cách: lỗi ở dòng {line}, cột {column}.")


@refusal
class XmlWithDoctype(Invalid):
    message = N_("Tệp XML có khai báo DOCTYPE hoặc ENTITY. Đài không nhận tệp như vậy vì lý do an toàn.")


@refusal
class XmlTooDeep(Invalid):
    limit: int
    message = N_("Tệp XML lồng nhau quá {limit} tầng, không phải là bản tin cảnh báo bình thường.")


@refusal
class XmlTooManyParts(Invalid):
    limit: int
    message = N_("Tệp XML có quá {limit} phần tử, không phải là bản tin cảnh báo bình thường.")


@refusal
class XmlEncodingUnknown(Invalid):
    encoding: str
    message = N_("Đài không đọc được bảng mã “{encoding}” của tệp XML. Xin gửi bằng UTF-8.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element: its namespace and name, and its own text without that of its children."""

    namespace: str
    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Element", ...] = ()

    def every(self, name: str, *, namespace: str | None = None) -> Iterator["Element"]:
        """Yield the children of that name, in this element's namespace unless another is given."""
        wanted = self.namespace if namespace is None else namespace
        return (child for child in self.children if child.name == name and child.namespace == wanted)

    def one(self, name: str, *, namespace: str | None = None) -> "Element | None":
        """Return the first child of that name, or None."""
        return next(self.every(name, namespace=namespace), None)


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES, max_elements: int = MAX_ELEMENTS) -> Element:
    """Return the root element. Raises Invalid (one of the classes above) for everything that is not to be read."""
    if len(raw) > max_bytes:
        raise XmlTooLarge(limit_kib=max_bytes // 1024)
    if not raw.strip():
        raise XmlEmpty
    if raw.startswith(_PACKED):
        raise XmlPacked
    return _Growing(max_elements).grow(raw)


@dataclass(slots=True, kw_only=True)
class _Open:
    """An element whose end has not come yet."""

    namespace: str
    name: str
    attributes: Mapping[str, str]
    text: list[str]
    children: list[Element]


class _Growing:
    """One document on its way to a tree."""

    def __init__(self, max_elements: int) -> None:
        self._max_elements = max_elements
        self._count = 0
        self._open: list[_Open] = []
        self._root: Element | None = None
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        self._parser = parser

    def grow(self, raw: bytes) -> Element:
        at = 0
        try:
            while at < len(raw):
                size = _PIECE_BYTES if self._count else _PROLOGUE_PIECE_BYTES
                self._parser.Parse(raw[at : at + size], False)
                at += size
        except expat.ExpatError as exc:
            raise XmlBroken(line=exc.lineno, column=exc.offset + 1) from exc
        except (LookupError, ValueError) as exc:  # a codec that is none, or not one byte a letter
            raise XmlEncodingUnknown(encoding="?") from exc
        return self._finished()

    def _finished(self) -> Element:
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as exc:
            if exc.code in _UNFINISHED:
                raise XmlTruncated from exc
            raise XmlBroken(line=exc.lineno, column=exc.offset + 1) from exc
        if self._root is None:
            raise XmlTruncated
        return self._root

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise XmlEncodingUnknown(encoding=encoding[:40])

    def _doctype(self, *_what: object) -> None:
        raise XmlWithDoctype

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > self._max_elements:
            raise XmlTooManyParts(limit=self._max_elements)
        if len(self._open) >= MAX_DEPTH:
            raise XmlTooDeep(limit=MAX_DEPTH)
        if len(attributes) > MAX_ATTRIBUTES:
            raise XmlTooManyParts(limit=MAX_ATTRIBUTES)
        namespace, _, name = tag.rpartition(" ")
        self._open.append(_Open(namespace=namespace, name=name[:MAX_NAME], attributes=attributes, text=[], children=[]))

    def _characters(self, text: str) -> None:
        self._open[-1].text.append(text)

    def _end(self, _tag: str) -> None:
        done = self._open.pop()
        element = Element(
            namespace=done.namespace,
            name=done.name,
            attributes=done.attributes,
            text="".join(done.text).strip(),
            children=tuple(done.children),
        )
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element


def write(element: Element) -> bytes:
    """Return a document that reads as the same tree; prefixes and white space around elements are not kept."""
    return b'<?xml version="1.0" encoding="UTF-8"?>' + _written(element, inherited="").encode()


def _written(element: Element, *, inherited: str) -> str:
    own = "" if element.namespace == inherited else f" xmlns={quoteattr(element.namespace)}"
    # An attribute of a namespace would need a prefix; nothing that is read from such a copy has one.
    plain = ((name, _ILLEGAL.sub("", value)) for name, value in element.attributes.items() if " " not in name)
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in plain)
    inside = escape(_ILLEGAL.sub("", element.text), {"\r": "&#13;"}) + "".join(
        _written(c, inherited=element.namespace) for c in element.children
    )
    return f"<{element.name}{own}{attributes}>{inside}</{element.name}>"
