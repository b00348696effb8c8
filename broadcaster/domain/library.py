"""The library: fixed recordings of a station (jingles, greetings, songs, announcements), approved like bulletins."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from broadcaster.domain.errors import N_, Conflict, Forbidden, Invalid, refusal
from broadcaster.domain.ids import LibraryItemId, StationId, UserId
from broadcaster.domain.writing import visible

TITLE_MAX = 200
RIGHTS_MAX = 200
NOTE_MAX = 1_000


class LibraryKind(StrEnum):
    JINGLE = "jingle"
    GREETING = "greeting"
    SONG = "song"
    ANNOUNCEMENT = "announcement"
    SIGN_OFF = "sign-off"
    FILLER = "filler"


class LibraryState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


KIND_NAMES = {
    LibraryKind.JINGLE: N_("Nhạc hiệu"),
    LibraryKind.GREETING: N_("Lời chào"),
    LibraryKind.SONG: N_("Bài hát"),
    LibraryKind.ANNOUNCEMENT: N_("Thông báo thu sẵn"),
    LibraryKind.SIGN_OFF: N_("Lời kết"),
    LibraryKind.FILLER: N_("Nhạc đệm"),
}
STATE_NAMES = {
    LibraryState.DRAFT: N_("Bản nháp"),
    LibraryState.SUBMITTED: N_("Chờ duyệt"),
    LibraryState.APPROVED: N_("Đã duyệt"),
    LibraryState.RETURNED: N_("Bị trả lại"),
    LibraryState.WITHDRAWN: N_("Đã rút"),
}
LANGUAGES = {
    "vi": N_("Tiếng Việt"),
    "tyz": N_("Tiếng Tày"),
    "nut": N_("Tiếng Nùng"),
    "hmn": N_("Tiếng Mông"),
    "blt": N_("Tiếng Thái"),
    "mtq": N_("Tiếng Mường"),
    "ium": N_("Tiếng Dao"),
    "km": N_("Tiếng Khmer"),
    "cjm": N_("Tiếng Chăm"),
    "jra": N_("Tiếng Gia Rai"),
    "rad": N_("Tiếng Ê Đê"),
    "bdq": N_("Tiếng Ba Na"),
    "sed": N_("Tiếng Xơ Đăng"),
    "kpm": N_("Tiếng Cơ Ho"),
    "hre": N_("Tiếng Hrê"),
    "yue": N_("Tiếng Hoa"),
    "en": N_("Tiếng Anh"),
    "zxx": N_("Không lời"),
    "mul": N_("Nhiều thứ tiếng"),
    "und": N_("Tiếng khác"),
}
"""ISO 639 codes of the languages that commune stations speak; any other code is taken too and shown as it is."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is said of a recording by whoever uploads it. `expires_on` is the last day on which it may be aired."""

    title: str
    kind: LibraryKind
    language: str
    rights_holder: str
    rights_source: str
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryItem:
    """A fixed recording. An approval names `recording_sha256`: the sound itself, and nothing can change it later."""

    id: LibraryItemId
    station: StationId
    details: Details
    state: LibraryState
    uploader: UserId
    recording_sha256: str
    file_name: str
    """What the uploaded file was called, for people to know it again; nothing is done with it."""
    note: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def title(self) -> str:
        return self.details.title

    @property
    def details_sha256(self) -> str:
        """Return the hash of all that is said of the recording, by which an approver names what they read."""
        d = self.details
        parts = (d.title, d.kind, d.language, d.rights_holder, d.rights_source, str(d.expires_on))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def expired(self, on: date) -> bool:
        """Return whether its rights have run out on that day of the station's calendar."""
        return self.details.expires_on is not None and on > self.details.expires_on


@refusal
class RecordingUntitled(Invalid):
    message = N_("Âm thanh chưa có tên. Xin ghi một tên ngắn để dễ tìm lại.")


@refusal
class DetailTooLong(Invalid):
    length: int
    limit: int
    message = N_("Mục này dài {length} ký tự, nhiều nhất là {limit}. Xin rút ngắn lại.")


@refusal
class RightsMissing(Invalid):
    message = N_("Xin ghi ai giữ quyền của bản âm thanh này (ví dụ: đài tự thu, tác giả, đơn vị cấp phép).")


@refusal
class KindUnknown(Invalid):
    value: str
    message = N_("Kho âm thanh không có loại “{value}”. Xin chọn một loại trong danh sách.")


@refusal
class LanguageUnknown(Invalid):
    value: str
    message = N_("“{value}” không phải là mã ngôn ngữ. Xin chọn một ngôn ngữ trong danh sách.")


@refusal
class ExpiryUnclear(Invalid):
    value: str
    message = N_("“{value}” không phải là ngày. Xin chọn ngày cuối cùng được phép phát, hoặc để trống.")


@refusal
class ReturnNoteMissing(Invalid):
    message = N_("Xin ghi lý do trả lại để người tải lên biết cần sửa gì.")


@refusal
class LibraryStateWrong(Conflict):
    state: str
    message = N_(
        "Bản âm thanh đang ở trạng thái “{state}” nên không làm được việc này. Xin tải lại trang để xem tình hình mới."
    )


@refusal
class SoundChanged(Conflict):
    message = N_("Bản âm thanh hoặc thông tin của nó đã thay đổi sau khi bạn nghe. Xin nghe lại rồi duyệt.")


@refusal
class RightsExpired(Conflict):
    title: str
    day: str
    message = N_(
        "“{title}” chỉ được phát đến hết ngày {day}. Xin chọn ngày sớm hơn, hoặc gia hạn quyền rồi gửi duyệt lại."
    )


@refusal
class OwnUpload(Forbidden):
    message = N_("Người tải lên không tự duyệt âm thanh của mình. Xin nhờ một người duyệt khác.")


_MAY_FOLLOW = {
    "edit": frozenset({LibraryState.DRAFT, LibraryState.RETURNED, LibraryState.SUBMITTED, LibraryState.APPROVED}),
    "submit": frozenset({LibraryState.DRAFT, LibraryState.RETURNED}),
    "approve": frozenset({LibraryState.SUBMITTED}),
    "return": frozenset({LibraryState.SUBMITTED}),
    "withdraw": frozenset({LibraryState.DRAFT, LibraryState.RETURNED, LibraryState.SUBMITTED, LibraryState.APPROVED}),
    "air": frozenset({LibraryState.APPROVED}),
}


def may(action: str, state: LibraryState) -> bool:
    """Return whether `action` (edit, submit, approve, return, withdraw, air) may follow `state`."""
    return state in _MAY_FOLLOW[action]


def require_state(action: str, state: LibraryState) -> None:
    """Raise LibraryStateWrong unless `action` may follow `state`."""
    if not may(action, state):
        raise LibraryStateWrong(state=STATE_NAMES[state])


def require_airable(item: LibraryItem, *, on: date) -> None:
    """Raise unless the item is approved and its rights cover that day: LibraryStateWrong or RightsExpired."""
    require_state("air", item.state)
    if item.expired(on):
        raise RightsExpired(title=item.title, day=f"{item.details.expires_on:%d/%m/%Y}")


def check_approved_sound(item: LibraryItem, *, recording_sha256: str, details_sha256: str | None) -> None:
    """Raise SoundChanged unless the approver names exactly this sound, and these details where they name them."""
    same_details = details_sha256 is None or details_sha256 == item.details_sha256
    if recording_sha256 != item.recording_sha256 or not same_details:
        raise SoundChanged


def clean_details(
    *, title: str, kind: str, language: str, rights_holder: str, rights_source: str = "", expires_on: str = ""
) -> Details:
    """Return what was entered, cleaned. Raises Invalid with the first thing that must be mended."""
    name = _one_line(title, limit=TITLE_MAX)
    if not name:
        raise RecordingUntitled
    holder = _one_line(rights_holder, limit=RIGHTS_MAX)
    if not holder:
        raise RightsMissing
    return Details(
        title=name,
        kind=_kind(kind),
        language=language_code(language),
        rights_holder=holder,
        rights_source=_one_line(rights_source, limit=RIGHTS_MAX),
        expires_on=_day(expires_on.strip()),
    )


def clean_return_note(raw: str) -> str:
    """Return the note that goes back with a returned item. Raises Invalid when it says nothing or too much."""
    note = visible(raw).strip()
    if not note:
        raise ReturnNoteMissing
    if len(note) > NOTE_MAX:
        raise DetailTooLong(length=len(note), limit=NOTE_MAX)
    return note


def clean_file_name(raw: str) -> str:
    """Return the last part of an uploaded file's name, readable and short."""
    last = re.split(r"[/\\]", raw)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:120]


def _one_line(raw: str, *, limit: int) -> str:
    line = " ".join(visible(raw).split())
    if len(line) > limit:
        raise DetailTooLong(length=len(line), limit=limit)
    return line


def _kind(raw: str) -> LibraryKind:
    try:
        return LibraryKind(raw)
    except ValueError as exc:
        raise KindUnknown(value=raw[:40]) from exc


def language_code(raw: str) -> str:
    """Return a code of ISO 639 unchanged. Raises LanguageUnknown."""
    if not _LANGUAGE.fullmatch(raw):
        raise LanguageUnknown(value=raw[:40])
    return raw


def _day(raw: str) -> date | None:
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError as exc:
        raise ExpiryUnclear(value=raw[:40]) from exc
