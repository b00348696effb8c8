"""From document to bulletin: which lines of a text are read, and which only belong on paper."""

import re
from dataclasses import dataclass
from enum import StrEnum

_HEAD_LINES = 14
_TAIL_LINES = 14
_SHORT_LINE = 70


class Reason(StrEnum):
    """Why lines are set aside, in words for the officer."""

    LETTERHEAD = "Phần đầu văn bản (quốc hiệu, cơ quan, số hiệu) không đọc"
    ADDRESSEE = "Phần kính gửi không đọc"
    RECIPIENTS = "Phần nơi nhận không đọc"
    SIGNATURE = "Phần ký tên không đọc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of lines that is read (`reason` None) or set aside."""

    start: int
    end: int
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    start: int
    end: int
    text: str


_MOTTO = re.compile(
    r"cộng h(?:òa|oà) xã hội chủ nghĩa việt nam|độc lập\s*[-–—]\s*tự do\s*[-–—]\s*hạnh phúc", re.IGNORECASE
)
_PARTY = re.compile(r"(?:^|\s{2,})ĐẢNG CỘNG SẢN VIỆT NAM$")
_NUMBER_LINE = re.compile(r"^số\s?:?\s?[\d.…_ ]*\s?[-/]\s?[\w&./\-–]+(?:\s{2,}.*|\s*$)", re.IGNORECASE)
_PLACE_AND_DATE = re.compile(
    r"^(?:.*\s{3,}|[*\s\-]+)?[^\d:;]{2,40},\s*ngày\s*[\d.…_ ]+tháng\s*[\d.…_ ]+năm\s*[\d.…_ ]+$", re.IGNORECASE
)
_RULE = re.compile(r"^[-–—_=*.\s]+$")
_ISSUER = re.compile(
    r"^(?:UBND|ỦY BAN|UỶ BAN|HĐND|HỘI ĐỒNG|ĐẢNG|ĐẢNG ỦY|BAN|BCH|BCĐ|CÔNG AN|CÔNG TY|TRẠM|TRƯỜNG|HỘI|"
    r"ĐOÀN|MẶT TRẬN|MTTQ|ỦY|TỈNH|HUYỆN|XÃ|PHƯỜNG|THÔN|ĐIỆN LỰC|CHI BỘ|TỔ|SỞ|PHÒNG|TRUNG TÂM|HỢP TÁC XÃ|HTX|THỊ|"
    r"THÀNH|ĐẶC KHU|BỘ|CHÍNH PHỦ|VĂN PHÒNG)\b"
)
_ADDRESSEE = re.compile(r"^(?:đồng )?kính gửi\s?:", re.IGNORECASE)
_RECIPIENTS = re.compile(r"^nơi nhận\s?:?\s*(?:$|[-–:])|^nơi nhận\s?:", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"^(?:(?:TM|KT|TL|TUQ|T/M|K/T|T\.M|K\.T|Q)\s?\.?\s+(?=[A-ZĐỦƯ]{2})|\(?(?:đã ký|ký tên|ký,)|"
    r"(?:PHÓ |QUYỀN )?(?:CHỦ TỊCH|TRƯỞNG (?:BAN|THÔN|CÔNG AN|TRẠM)|BÍ THƯ|GIÁM ĐỐC|HIỆU TRƯỞNG|"
    r"CHÁNH VĂN PHÒNG|TỔ TRƯỞNG)"
    r"(?:\s[A-ZĐÀ-Ỹ ]+)?$|NGƯỜI (?:THÔNG BÁO|LẬP|VIẾT)(?:\s[A-ZĐÀ-Ỹ ]+)?$)"
)
_ANY_CASE_SIGNED = re.compile(r"^\(?(?:đã ký|ký tên|ký và ghi rõ)", re.IGNORECASE)
_ITEM = re.compile(r"^(?:[-–+•*]|như\s|lưu\b)", re.IGNORECASE)


def blocks(text: str) -> tuple[Block, ...]:
    """The text in order, cut into what is read and what is set aside."""
    lines = [line for line in _lines(text) if line.text]
    reasons: dict[int, Reason] = {}
    for find in (_letterhead, _addressee, _recipients, _signature):
        for at, reason in find(lines).items():
            reasons.setdefault(at, reason)
    if len(reasons) == len(lines):
        return (Block(start=0, end=len(text)),)
    return _merged(text, lines, reasons)


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    start = 0
    for raw in text.split("\n"):
        found.append(_Line(start=start, end=start + len(raw), text=raw.strip()))
        start += len(raw) + 1
    return found


def _letterhead(lines: list[_Line]) -> dict[int, Reason]:
    """Lines at the top that look like a letterhead, when a motto, a number or a place with a date proves it."""
    head = lines[:_HEAD_LINES]
    proofs = [at for at, line in enumerate(head) if _proves_letterhead(line.text)]
    if not proofs:
        return {}
    reasons: dict[int, Reason] = {}
    for at, line in enumerate(head[: max(proofs) + 1]):
        if _proves_letterhead(line.text) or _RULE.match(line.text) or _is_issuer(line.text):
            reasons[at] = Reason.LETTERHEAD
    return reasons


def _proves_letterhead(line: str) -> bool:
    if len(line) >= 2 * _SHORT_LINE:
        return False
    patterns = (_MOTTO.search, _PARTY.search, _NUMBER_LINE.match, _PLACE_AND_DATE.match)
    return any(matches(line) for matches in patterns)


def _is_issuer(line: str) -> bool:
    return line.isupper() and len(line) < _SHORT_LINE and bool(_ISSUER.match(line))


def _addressee(lines: list[_Line]) -> dict[int, Reason]:
    reasons: dict[int, Reason] = {}
    for at, line in enumerate(lines):
        if _ADDRESSEE.match(line.text):
            reasons[at] = Reason.ADDRESSEE
            for below in range(at + 1, len(lines)):
                if not _ITEM.match(lines[below].text):
                    break
                reasons[below] = Reason.ADDRESSEE
    return reasons


def _recipients(lines: list[_Line]) -> dict[int, Reason]:
    """From `Nơi nhận` down: its items, then the signature that stands beside or below it."""
    for at, line in enumerate(lines):
        if _RECIPIENTS.match(line.text):
            last = next((below for below in range(at + 1, len(lines)) if _is_prose(lines[below].text)), len(lines))
            return dict.fromkeys(range(at, last), Reason.RECIPIENTS)
    return {}


def _is_prose(line: str) -> bool:
    return len(line) > _SHORT_LINE and not _ITEM.match(line)


def _signature(lines: list[_Line]) -> dict[int, Reason]:
    first_of_tail = max(1, len(lines) - _TAIL_LINES)
    for at in range(first_of_tail, len(lines)):
        rest = lines[at:]
        signed = _SIGNATURE.match(rest[0].text) or _ANY_CASE_SIGNED.match(rest[0].text)
        if signed and all(len(line.text) < _SHORT_LINE for line in rest):
            return dict.fromkeys(range(at, len(lines)), Reason.SIGNATURE)
    return {}


def _merged(text: str, lines: list[_Line], reasons: dict[int, Reason]) -> tuple[Block, ...]:
    """Neighbouring lines of one fate become one block; blocks cover the text without a gap."""
    merged: list[Block] = []
    for at, line in enumerate(lines):
        reason = reasons.get(at)
        if merged and merged[-1].reason is reason:
            merged[-1] = Block(start=merged[-1].start, end=line.end, reason=reason)
        else:
            merged.append(Block(start=line.start, end=line.end, reason=reason))
    return tuple(merged)
