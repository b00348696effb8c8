"""What a change did to a programme, in a few words: the history says not only who, but what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from broadcaster.domain.errors import N_
from broadcaster.web.i18n import Translate

_ACTIONS = {
    "template": N_("Bắt đầu từ mẫu"),
    "import": N_("Nhận lịch từ tệp"),
    "add": N_("Thêm chương trình"),
    "change": N_("Sửa chương trình"),
    "remove": N_("Bỏ chương trình"),
    "skip": N_("Nghỉ một buổi"),
    "rest": N_("Cho nghỉ một đợt"),
    "move": N_("Đổi giờ một buổi"),
    "restore": N_("Bỏ ngoại lệ của một ngày"),
    "copy_week": N_("Chép một tuần"),
    "undo": N_("Hoàn tác"),
}
"""What the history calls each kind of change."""
_MOST = 6
_PLAIN = {
    "title": N_("tên “{old}” thành “{new}”"),
    "starts": N_("giờ bắt đầu {old} thành {new}"),
    "minutes": N_("dài {old} phút thành {new} phút"),
}
_OTHERS = {
    N_("các ngày phát"): ("days", "lunar_days", "first_day", "last_day", "on_holidays", "holidays", "lunar_breaks"),
    N_("nơi nghe"): ("audience",),
    N_("dịp đặc biệt"): ("special",),
    N_("thời lượng"): ("seconds",),
}
Data = Mapping[str, Any]


def action_name(action: str, translate: Translate) -> str:
    """Return what the history calls a kind of change; its own word for one of a newer version."""
    return translate(_ACTIONS.get(action, action))


def what_changed(before: Data | None, after: Data | None, translate: Translate) -> list[str]:
    """Return what differs between a programme before and after; nothing for one that came or went."""
    if before is None or after is None:
        return []
    found = [*_facts(before, after, translate), *_days(before, after, translate), *_segments(before, after, translate)]
    if len(found) <= _MOST + 1:
        return found
    return [*found[:_MOST], translate(N_("và {n} chỗ khác")).format(n=len(found) - _MOST)]


def _facts(before: Data, after: Data, translate: Translate) -> Iterator[str]:
    for key, told in _PLAIN.items():
        if before.get(key) != after.get(key):
            yield translate(told).format(old=before.get(key, 0), new=after.get(key, 0))
    for told, keys in _OTHERS.items():
        if any(before.get(key) != after.get(key) for key in keys):
            yield translate(told)
    if (stopped := before.get("active", True)) != after.get("active", True):
        yield translate(N_("tạm ngừng") if stopped else N_("phát trở lại"))


def _days(before: Data, after: Data, translate: Translate) -> Iterator[str]:
    for move in _new(after, before, "moves"):
        yield translate(N_("ngày {day} phát lúc {clock}")).format(day=_day(move["day"]), clock=move["starts"])
    for rest in _new(after, before, "breaks"):
        yield _rest(rest, N_("nghỉ ngày {first}"), N_("nghỉ từ {first} đến hết {last}"), translate)
    for rest in _new(before, after, "breaks"):
        yield _rest(rest, N_("không nghỉ ngày {first} nữa"), N_("không nghỉ từ {first} đến {last} nữa"), translate)
    for day in _new(after, before, "extra_days"):
        yield translate(N_("thêm buổi ngày {day}")).format(day=_day(day))
    for day in _new(before, after, "extra_days"):
        yield translate(N_("bỏ buổi thêm ngày {day}")).format(day=_day(day))
    moved = {move["day"] for move in after.get("moves", ())}
    resting = [(rest["first_day"], rest["last_day"]) for rest in after.get("breaks", ())]
    for move in _new(before, after, "moves"):
        if move["day"] not in moved and not any(first <= move["day"] <= last for first, last in resting):
            yield translate(N_("ngày {day} lại phát giờ thường lệ")).format(day=_day(move["day"]))


def _rest(rest: Data, one: str, several: str, translate: Translate) -> str:
    told = one if rest["first_day"] == rest["last_day"] else several
    said = translate(told).format(first=_day(rest["first_day"]), last=_day(rest["last_day"]))
    return f"{said} ({rest['reason']})" if rest.get("reason") else said


def _segments(before: Data, after: Data, translate: Translate) -> Iterator[str]:
    was, becomes = ({s["id"]: s for s in data.get("segments", ())} for data in (before, after))
    for name, segment in becomes.items():
        if name not in was:
            yield translate(N_("thêm mục “{title}”")).format(title=segment["title"])
        elif was[name] != segment:
            yield translate(N_("sửa mục “{title}”")).format(title=segment["title"])
    for name, segment in was.items():
        if name not in becomes:
            yield translate(N_("bỏ mục “{title}”")).format(title=segment["title"])
    if [n for n in was if n in becomes] != [n for n in becomes if n in was]:
        yield translate(N_("đổi thứ tự các mục"))


def _new(there: Data, other: Data, key: str) -> Sequence[Any]:
    known = list(other.get(key, ()))
    return [each for each in there.get(key, ()) if each not in known]


def _day(written: object) -> str:
    return f"{date.fromisoformat(str(written)):%d/%m/%Y}"
