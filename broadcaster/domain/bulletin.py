"""A bulletin from the first draft to its approval: states, texts, and what may follow what."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcaster.domain.audience import Audience
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.ids import BulletinId, StationId, UserId
from broadcaster.domain.writing import visible

TITLE_MAX = 200
TEXT_MAX = 10_000
NOTE_MAX = 1_000


class BulletinState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Priority(StrEnum):
    """The ranks of Circular 39/2020/TT-BTTTT that a bulletin may have; emergencies are alerts, not bulletins."""

    ORDINARY = "ordinary"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A text with an audience. `text_sha256` names exactly what an approval is given to."""

    id: BulletinId
    station: StationId
    title: str
    text: str
    audience: Audience
    voice: str
    read_twice: bool
    repeat_key_fact: bool
    priority: Priority
    state: BulletinState
    author: UserId
    text_sha256: str
    recording_sha256: str | None
    note: str | None
    created_at: datetime
    updated_at: datetime


@refusal
class EmptyTitle(Invalid):
    message = N_("Bản tin chưa có tiêu đề. Xin ghi một tiêu đề ngắn để dễ tìm lại.")


@refusal
class TitleTooLong(Invalid):
    length: int
    limit: int
    message = N_("Tiêu đề dài {length} ký tự, nhiều nhất là {limit}. Xin rút ngắn lại.")


@refusal
class EmptyText(Invalid):
    message = N_("Bản tin chưa có nội dung. Xin nhập nội dung cần đọc.")


@refusal
class TextTooLong(Invalid):
    length: int
    limit: int
    message = N_("Nội dung dài {length} ký tự, nhiều nhất là {limit}. Xin chia thành nhiều bản tin.")


@refusal
class NothingToSay(Invalid):
    message = N_("Nội dung không có từ nào đọc được thành tiếng. Xin nhập nội dung bằng chữ tiếng Việt.")


@refusal
class NoteMissing(Invalid):
    message = N_("Xin ghi lý do trả lại để người soạn biết cần sửa gì.")


@refusal
class NoteTooLong(Invalid):
    length: int
    limit: int
    message = N_("Lời ghi dài {length} ký tự, nhiều nhất là {limit}. Xin rút ngắn lại.")


@refusal
class WrongState(Conflict):
    state: str
    message = N_(
        "Bản tin đang ở trạng thái “{state}” nên không làm được việc này. Xin tải lại trang để xem tình hình mới."
    )


@refusal
class ContentChanged(Conflict):
    message = N_("Nội dung hoặc bản thu đã thay đổi sau khi bạn nghe. Xin nghe lại bản mới rồi duyệt.")


@refusal
class RecordingNotReady(Conflict):
    message = N_("Bản thu chưa xong. Xin chờ đọc xong, nghe lại rồi mới gửi hoặc duyệt.")


STATE_NAMES = {
    BulletinState.DRAFT: N_("Bản nháp"),
    BulletinState.SUBMITTED: N_("Chờ duyệt"),
    BulletinState.APPROVED: N_("Đã duyệt"),
    BulletinState.RETURNED: N_("Bị trả lại"),
    BulletinState.WITHDRAWN: N_("Đã rút"),
}

_MAY_FOLLOW = {
    "edit": frozenset({BulletinState.DRAFT, BulletinState.RETURNED, BulletinState.SUBMITTED, BulletinState.APPROVED}),
    "submit": frozenset({BulletinState.DRAFT, BulletinState.RETURNED}),
    "approve": frozenset({BulletinState.SUBMITTED}),
    "return": frozenset({BulletinState.SUBMITTED}),
    "withdraw": frozenset(
        {BulletinState.DRAFT, BulletinState.RETURNED, BulletinState.SUBMITTED, BulletinState.APPROVED}
    ),
    "air": frozenset({BulletinState.APPROVED}),
}


def may(action: str, state: BulletinState) -> bool:
    """Return whether `action` (edit, submit, approve, return, withdraw, air) may follow `state`."""
    return state in _MAY_FOLLOW[action]


def require_state(action: str, state: BulletinState) -> None:
    """Raise WrongState unless `action` may follow `state`."""
    if not may(action, state):
        raise WrongState(state=STATE_NAMES[state])


def clean_title(raw: str) -> str:
    """Return the title on one line, composed (NFC). Raises Invalid with the sentence for its author."""
    title = " ".join(visible(raw).split())
    if not title:
        raise EmptyTitle
    if len(title) > TITLE_MAX:
        raise TitleTooLong(length=len(title), limit=TITLE_MAX)
    return title


def clean_text(raw: str) -> str:
    """Return the text composed (NFC), with plain line ends and no trailing blanks.

    Raises Invalid: an empty text, one over TEXT_MAX characters, or one with a control character in it.
    """
    text = "\n".join(line.rstrip() for line in visible(raw).split("\n")).strip()
    if not text:
        raise EmptyText
    if len(text) > TEXT_MAX:
        raise TextTooLong(length=len(text), limit=TEXT_MAX)
    return text


def clean_note(raw: str) -> str:
    """Return the note that goes back with a returned bulletin. Raises Invalid when it says nothing."""
    note = visible(raw).strip()
    if not note:
        raise NoteMissing
    if len(note) > NOTE_MAX:
        raise NoteTooLong(length=len(note), limit=NOTE_MAX)
    return note


def text_hash(text: str, choices: Iterable[tuple[str, int, str]] = ()) -> str:
    """Return the SHA-256 that an approval names: of the clean text, and of the readings chosen for it, if any."""
    chosen = "".join(f"\0{written}\0{occurrence}\0{spoken}" for written, occurrence, spoken in sorted(choices))
    return hashlib.sha256((text + chosen).encode()).hexdigest()


def check_approved_content(bulletin: Bulletin, *, text_sha256: str, recording_sha256: str) -> None:
    """Raise unless the approver names exactly the text and the recording that the bulletin now has."""
    if bulletin.recording_sha256 is None:
        raise RecordingNotReady
    if (text_sha256, recording_sha256) != (bulletin.text_sha256, bulletin.recording_sha256):
        raise ContentChanged
