"""The audit trail as sentences that a person reads: who did what to which thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from broadcaster.domain.errors import N_
from broadcaster.domain.ids import AiringId, AlertId, BulletinId, DeviceId, LibraryItemId, StationId
from broadcaster.domain.permissions import Role
from broadcaster.store import accounts, airings, alerts, bulletins, devices, library, stations
from broadcaster.store.audit import Entry
from broadcaster.web import words
from broadcaster.web.i18n import Translate

SENTENCES = {
    "sign_in": N_("{who} đăng nhập."),
    "bulletin.write": N_("{who} soạn bản tin “{subject}”."),
    "bulletin.rewrite": N_("{who} sửa bản tin “{subject}”."),
    "bulletin.recorded": N_("Máy đọc xong bản tin “{subject}” ({voice})."),
    "bulletin.submit": N_("{who} gửi duyệt bản tin “{subject}”."),
    "bulletin.approve": N_("{who} duyệt bản tin “{subject}”."),
    "bulletin.return": N_("{who} trả lại bản tin “{subject}”: {note}"),
    "bulletin.withdraw": N_("{who} rút bản tin “{subject}”."),
    "airing.plan": N_("{who} đặt giờ phát cho “{subject}”."),
    "airing.cancel": N_("{who} hủy lượt phát “{subject}”."),
    "station.set_up": N_("Đài được thiết lập với tên “{name}”."),
    "station.rules": N_("{who} thay đổi quy định của đài: giờ yên lặng {quiet}; {approval}; giọng đọc {voices}."),
    "station.epoch": N_("Máy chủ được khôi phục từ bản sao lưu; mọi lịch phát được gửi lại cho các bộ thu."),
    "hamlet.add": N_("{who} thêm thôn “{name}”."),
    "cluster.add": N_("{who} thêm cụm loa “{name}”."),
    "code.issue": N_("{who} cấp mã lắp đặt cho cụm loa “{subject}”."),
    "device.enrol": N_("Bộ thu {device} được lắp cho cụm loa “{subject}”."),
    "device.retire": N_("{who} gỡ bộ thu {device} (cụm loa “{subject}”)."),
    "person.add": N_("{who} thêm tài khoản “{subject}” ({roles})."),
    "person.change": N_("{who} sửa tài khoản “{subject}” ({roles})."),
    "person.password": N_("{who} đặt mật khẩu mới cho “{subject}”."),
    "person.password_reset": N_("Mật khẩu của “{subject}” được đặt lại tại máy chủ."),
    "lexicon.add": N_("{who} ghi vào từ điển của đài: “{subject}” đọc là “{spoken}”."),
    "lexicon.remove": N_("{who} bỏ “{subject}” khỏi từ điển của đài."),
    "library.add": N_("{who} tải lên âm thanh “{subject}”."),
    "library.describe": N_("{who} sửa thông tin âm thanh “{subject}”."),
    "library.submit": N_("{who} gửi duyệt âm thanh “{subject}”."),
    "library.approve": N_("{who} duyệt âm thanh “{subject}”."),
    "library.return": N_("{who} trả lại âm thanh “{subject}”: {note}"),
    "library.withdraw": N_("{who} rút âm thanh “{subject}”."),
    "alert.draft": N_("{who} soạn tin khẩn cấp “{subject}”."),
    "alert.redraft": N_("{who} sửa tin khẩn cấp “{subject}”."),
    "alert.update": N_("{who} soạn bản cập nhật của tin khẩn cấp “{subject}”."),
    "alert.approve": N_("{who} duyệt tin khẩn cấp “{subject}”."),
    "alert.glass": N_("{who} một mình cho phát tin khẩn cấp “{subject}”: {reason}"),
    "alert.live": N_("Tin khẩn cấp “{subject}” bắt đầu phát."),
    "alert.recorded": N_("Máy đọc xong lời của tin khẩn cấp “{subject}” ({voice})."),
    "alert.cancel": N_("{who} dừng tin khẩn cấp “{subject}”. {reason}"),
    "alert.silence": N_("{who} dừng mọi tin khẩn cấp. {reason}"),
    "alert.correct": N_("{who} đính chính một tin khẩn cấp đã dừng."),
    "alert.repeat": N_("{who} cho phát lại tin khẩn cấp “{subject}” ở những nơi bị lỡ."),
    "alert.discard": N_("{who} bỏ bản nháp tin khẩn cấp “{subject}”."),
    "alert.expire": N_("Tin khẩn cấp “{subject}” hết hiệu lực."),
    "prepared.add": N_("{who} làm sẵn tin “{headline}” để các bộ thu giữ."),
    "prepared.retire": N_("{who} gỡ một tin làm sẵn."),
    "contacts.keep": N_("{who} sửa danh bạ của các thôn."),
    "button.set": N_("{who} đổi nút bấm của thôn."),
    "siren.set": N_("{who} đặt mẫu còi “{subject}”."),
    "token.issue": N_("{who} cấp mã truy cập “{subject}” cho {owner}."),
    "messenger.add": N_("{who} thêm nơi nhận tin “{name}” ({address})."),
    "messenger.remove": N_("{who} bỏ một nơi nhận tin."),
    "cap.rules": N_("{who} sửa quy tắc nhận cảnh báo từ ngoài."),
    "cap.feed.add": N_("{who} theo dõi nguồn cảnh báo {address}."),
    "cap.feed.pause": N_("{who} tạm dừng theo dõi nguồn cảnh báo {address}. Lý do: {reason}"),
    "cap.feed.resume": N_("{who} cho theo dõi lại nguồn cảnh báo {address}."),
    "cap.feed.remove": N_("{who} thôi theo dõi một nguồn cảnh báo."),
    "cap.feed_dead": N_("{who} ghi nhận mất nguồn cảnh báo {address}."),
    "cap.feed_alive": N_("{who} ghi nhận nguồn cảnh báo {address} hoạt động trở lại."),
    "token.revoke": N_("{who} thu hồi mã truy cập “{subject}”."),
    "timetable.template": N_("{who} nhận mẫu lịch: {titles}."),
    "timetable.import": N_("{who} nhận lịch từ tệp: {titles}."),
    "timetable.add": N_("{who} thêm chương trình {titles}."),
    "timetable.change": N_("{who} sửa chương trình {titles}."),
    "timetable.remove": N_("{who} bỏ chương trình {titles}."),
    "timetable.rest": N_("{who} cho nghỉ một đợt: {titles}."),
    "timetable.skip": N_("{who} cho nghỉ một buổi của {titles}."),
    "timetable.move": N_("{who} đổi giờ một buổi của {titles}."),
    "timetable.restore": N_("{who} cho {titles} phát lại như thường lệ."),
    "timetable.copy_week": N_("{who} chép một tuần: {titles}."),
    "timetable.undo": N_("{who} hoàn tác lần sửa lịch của {titles}."),
    "timetable.sound": N_("{who} chọn bản thu cho “{subject}”."),
    "station.limits": N_("{who} sửa định mức phát của đài."),
    "request.ask": N_("{who} yêu cầu phát bản tin “{bulletin}”."),
    "request.change": N_("{who} chọn giờ khác cho bản tin “{bulletin}”."),
    "request.withdraw": N_("{who} rút yêu cầu phát bản tin “{bulletin}”."),
    "request.order": N_("{who} xếp thứ tự các tin ưu tiên tranh chỗ."),
    "calendar.give": N_("{who} tạo địa chỉ lịch cho điện thoại."),
    "calendar.revoke": N_("{who} thu hồi địa chỉ lịch cho điện thoại."),
}
_OTHER = N_("{who}: {action} ({subject}).")
_STATION = N_("Máy chủ")
_NONE = N_("không có")
_ALONE = N_("cho phép tự duyệt")
_TOGETHER = N_("không tự duyệt")
_LINKS = {"bt": "/ban-tin/", "lp": "/luot-phat/", "cl": "/cum-loa/", "am": "/kho-am-thanh/", "kc": "/tin-khan/"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry: the sentence, and where its subject is shown (None for what has no page)."""

    sentence: str
    entry: Entry
    href: str | None


def lines(
    tx: Connection, station: StationId, entries: Iterable[Entry], *, translate: Translate, voices: Mapping[str, str]
) -> tuple[Line, ...]:
    """Return the entries as sentences; `voices` gives each voice's title."""
    names = _Names(tx, station)
    return tuple(
        Line(
            sentence=_sentence(entry, names, translate=translate, voices=voices),
            entry=entry,
            href=None if _is_form(entry) else _link(entry.subject),
        )
        for entry in entries
    )


class _Names:
    """What things are called, each looked up once."""

    def __init__(self, tx: Connection, station: StationId) -> None:
        self._tx = tx
        self._station = station
        self._known: dict[str, str] = {c.id: c.name for c in stations.clusters_of(tx, station)}
        self._known |= {a.person.id: a.person.name for a in accounts.of_station(tx, station)}
        self._known |= {t.id: t.name for t in accounts.tokens_of(tx, station)}

    def of(self, subject: str) -> str:
        """Return the name of a thing, or its id when it has none."""
        if subject not in self._known:
            self._known[subject] = self._looked_up(subject) or subject
        return self._known[subject]

    def _looked_up(self, subject: str) -> str | None:
        kind = subject.partition("-")[0]
        if kind == "bt" and (bulletin := bulletins.get(self._tx, self._station, BulletinId(subject))):
            return bulletin.title
        if kind == "lp" and (airing := airings.get(self._tx, self._station, AiringId(subject))):
            return airing.title
        if kind == "am" and (item := library.get(self._tx, self._station, LibraryItemId(subject))):
            return item.title
        if kind == "kc" and (alert := alerts.get(self._tx, self._station, AlertId(subject))):
            return alert.content.headline
        if kind == "loa" and (device := devices.get(self._tx, DeviceId(subject))):
            return device.cluster_name
        return None


def _sentence(entry: Entry, names: _Names, *, translate: Translate, voices: Mapping[str, str]) -> str:
    detail = entry.detail
    held = (Role(role) for role in detail.get("roles") or () if role in set(Role))
    values = {
        "who": entry.who or translate(_STATION),
        "action": entry.action,
        "subject": entry.subject if _is_form(entry) else names.of(entry.subject),
        "device": entry.subject,
        "name": detail.get("name", ""),
        "spoken": detail.get("spoken", ""),
        "note": detail.get("note") or "",
        "reason": detail.get("reason") or "",
        "headline": detail.get("headline") or "",
        "voice": voices.get(str(detail.get("voice", "")), detail.get("voice", "")),
        "roles": words.roles(held, translate),
        "titles": ", ".join(f"“{title}”" for title in detail.get("titles") or ()),
        "bulletin": names.of(str(detail.get("bulletin", ""))),
        "address": detail.get("address") or detail.get("url") or "",
        "owner": names.of(str(detail.get("owner", ""))),
        "quiet": ", ".join("–".join(span) for span in detail.get("quiet_hours") or ()) or translate(_NONE),
        "approval": translate(_ALONE if detail.get("self_approval") else _TOGETHER),
        "voices": ", ".join(voices.get(voice, voice) for voice in detail.get("voices") or ()),
    }
    return translate(SENTENCES.get(entry.action, _OTHER)).format(**values)


def _is_form(entry: Entry) -> bool:
    """Return whether an entry's subject is a written form, which may look like the id of something else."""
    return entry.action.startswith("lexicon.")


def _link(subject: str) -> str | None:
    kind = subject.partition("-")[0]
    return f"{_LINKS[kind]}{subject}" if kind in _LINKS and "/" not in subject else None
