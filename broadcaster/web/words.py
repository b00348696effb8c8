"""Instants, lengths and codes as people of the station read them. Pure: the clock's `now` is an argument."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from broadcaster.domain.audience import Audience
from broadcaster.domain.bulletin import BulletinState, Priority
from broadcaster.domain.delivery import Heard, Outcome
from broadcaster.domain.errors import N_
from broadcaster.domain.permissions import Role
from broadcaster.domain.station import Cluster, Hamlet, Station
from broadcaster.web.i18n import Translate

WEEKDAYS = (
    N_("thứ Hai"), N_("thứ Ba"), N_("thứ Tư"), N_("thứ Năm"), N_("thứ Sáu"), N_("thứ Bảy"), N_("Chủ nhật"),
)  # fmt: skip

ROLE_NAMES = {
    Role.EDITOR: N_("Người soạn"),
    Role.APPROVER: N_("Người duyệt"),
    Role.TECHNICIAN: N_("Kỹ thuật viên"),
    Role.ADMINISTRATOR: N_("Quản trị đài"),
}
PRIORITY_NAMES = {Priority.ORDINARY: N_("Thông thường"), Priority.PRIORITY: N_("Ưu tiên")}

OUTCOME_LOOKS = {
    Outcome.PLANNED: ("clock", "waiting"),
    Outcome.READY: ("ready", "ready"),
    Outcome.PLAYING: ("sound", "playing"),
    Outcome.PLAYED: ("check", "good"),
    Outcome.INTERRUPTED: ("pause", "warn"),
    Outcome.FAILED: ("cross", "bad"),
    Outcome.MISSED: ("cross", "bad"),
    Outcome.REFUSED: ("stop", "bad"),
    Outcome.UNKNOWN: ("question", "warn"),
}
"""The icon and the colour of each outcome; its words stand in OUTCOME_NAMES."""

HEARD_LOOKS = {
    Heard.HEARD: ("sound", "good"),
    Heard.NOT_HEARD: ("cross", "bad"),
    Heard.UNSURE: ("question", "warn"),
}
"""The same of what a box's ear says; its words stand in HEARD_NAMES."""

STATE_LOOKS = {
    BulletinState.DRAFT: ("pen", "waiting"),
    BulletinState.SUBMITTED: ("clock", "warn"),
    BulletinState.APPROVED: ("check", "good"),
    BulletinState.RETURNED: ("back", "bad"),
    BulletinState.WITHDRAWN: ("stop", "waiting"),
}


def station_title(station: Station, translate: Translate) -> str:
    """Return the station's full name, e.g. `Đài truyền thanh xã Hồng Phong`."""
    first, _, rest = station.name.partition(" ")
    name = f"{first.lower()} {rest}" if first in ("Xã", "Phường", "Đặc") and rest else station.name
    return translate("Đài truyền thanh {name}").format(name=name)


def moment(instant: datetime, zone: ZoneInfo, translate: Translate) -> str:
    """Return an instant as `17:05, thứ Hai 23/11/2026`."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}, {day(instant, zone, translate)}"


def day(instant: datetime, zone: ZoneInfo, translate: Translate) -> str:
    """Return the day of an instant as `thứ Hai 23/11/2026`."""
    local = instant.astimezone(zone)
    return f"{translate(WEEKDAYS[local.weekday()])} {local:%d/%m/%Y}"


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """Return the time of day as `17:05`."""
    return f"{instant.astimezone(zone):%H:%M}"


def clock_to_the_second(instant: datetime, zone: ZoneInfo) -> str:
    """Return the time of day as `17:05:00`."""
    return f"{instant.astimezone(zone):%H:%M:%S}"


def length(span: timedelta, translate: Translate) -> str:
    """Return a length of time as `1 phút 05 giây`, `2 giờ 10 phút` or `3 ngày`."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return translate("{seconds} giây").format(seconds=seconds)
    if seconds < 3600:
        return translate("{minutes} phút {seconds} giây").format(minutes=seconds // 60, seconds=f"{seconds % 60:02}")
    if seconds < 86_400:
        return translate("{hours} giờ {minutes} phút").format(hours=seconds // 3600, minutes=seconds % 3600 // 60)
    return translate("{days} ngày").format(days=seconds // 86_400)


def rough_length(span: timedelta, translate: Translate) -> str:
    """Return a length of time in its largest unit alone, e.g. `2 phút`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return translate("dưới 1 phút")
    if seconds < 3600:
        return translate("{minutes} phút").format(minutes=seconds // 60)
    if seconds < 86_400:
        return translate("{hours} giờ").format(hours=seconds // 3600)
    return translate("{days} ngày").format(days=seconds // 86_400)


def ago(instant: datetime | None, now: datetime, translate: Translate) -> str:
    """Return how long ago an instant was, e.g. `2 phút trước`."""
    if instant is None:
        return translate("chưa bao giờ")
    if now - instant < timedelta(minutes=1):
        return translate("vừa xong")
    return translate("{length} trước").format(length=rough_length(now - instant, translate))


def start_error(error_ms: float | None, translate: Translate) -> str | None:
    """Return by how much a box missed its start, e.g. `lệch 12 ms`."""
    if error_ms is None:
        return None
    if abs(error_ms) < 1:
        return translate("lệch dưới 1 ms")
    return translate("lệch {figure} ms").format(figure=f"{abs(error_ms):.0f}")


def size(size_bytes: int) -> str:
    """Return a size as `12,3 GB`."""
    amount, unit = (size_bytes / 1e9, "GB") if size_bytes >= 1e9 else (size_bytes / 1e6, "MB")
    return f"{amount:.1f} {unit}".replace(".", ",")


def audience(
    meant: Audience,
    *,
    hamlets: Iterable[Hamlet],
    clusters: Iterable[Cluster],
    translate: Translate,
    most: int | None = None,
) -> str:
    """Return who hears it, by name; of more than `most` places the others are counted."""
    if meant.everybody:
        return translate("Toàn xã")
    names = [h.name for h in hamlets if h.id in meant.hamlets] + [c.name for c in clusters if c.id in meant.clusters]
    if most is None or len(names) <= most + 1:
        return ", ".join(names)
    return translate("{places} và {n} nơi khác").format(places=", ".join(names[:most]), n=len(names) - most)


def roles(held: Iterable[Role], translate: Translate) -> str:
    """Return somebody's roles by name, in the usual order."""
    there = frozenset(held)
    return ", ".join(translate(name) for role, name in ROLE_NAMES.items() if role in there)
