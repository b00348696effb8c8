"""Warnings from outside in words: feeds and how they are, what each source may do, what came and what became of it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from broadcaster.domain.alert import AlertState, Severity
from broadcaster.domain.cap.profile import POSTED, ByItself, Profile, Source, Treatment, UnknownArea
from broadcaster.domain.cap.verdict import Decision
from broadcaster.domain.errors import N_
from broadcaster.services.cap.rules import facts_of
from broadcaster.services.cap.silence import silence_of
from broadcaster.store import alerts, cap_feeds, cap_received
from broadcaster.store.cap_feeds import Feed
from broadcaster.store.cap_received import Received
from broadcaster.web import words
from broadcaster.web.i18n import Translate
from broadcaster.web.session import Visit

PATH = "/tin-khan/tu-ngoai"
SHOWN = 60
DECISIONS = {
    Decision.PLAYS: (N_("Được tự phát"), ("siren", "bad")),
    Decision.WAITS: (N_("Chờ người duyệt"), ("clock", "warn")),
    Decision.CALLS_OFF: (N_("Dừng tin trước"), ("stop", "ready")),
    Decision.NOTED: (N_("Chỉ ghi lại"), ("info", "waiting")),
    Decision.DROPPED: (N_("Không dùng"), ("cross", "waiting")),
}
SEVERITIES = {
    Severity.UNKNOWN: N_("mọi mức, kể cả không ghi mức"),
    Severity.MINOR: N_("nhẹ (Minor) trở lên"),
    Severity.MODERATE: N_("vừa (Moderate) trở lên"),
    Severity.SEVERE: N_("nặng (Severe) trở lên"),
    Severity.EXTREME: N_("chỉ rất nặng (Extreme)"),
}
PLAYS = {
    ByItself.NEVER: N_("không bao giờ"),
    ByItself.SIGNED: N_("báo động thật có chữ ký số đúng, khi người giữ máy chủ cũng đã giao tin nguồn này cho bộ ký"),
}
_DRAFTS_MOST = 200


def now_values(tx: Connection, visit: Visit, *, now: datetime) -> dict[str, Any]:
    """Return what changes while somebody looks: what waits, how the feeds are, what came."""
    profile = cap_received.profile_of(tx, visit.station.id)
    drafts = alerts.of_station(tx, visit.station.id, states=(AlertState.DRAFT,), limit=_DRAFTS_MOST)
    waiting = {alert.id for alert in drafts}
    latest = cap_received.latest(tx, visit.station.id, limit=SHOWN)
    found = [_line(received, visit, profile, waiting) for received in latest]
    return {
        "feeds": [_feed(feed, visit, profile, now=now) for feed in cap_feeds.of_station(tx, visit.station.id)],
        "waiting": [line for line in found if line["waits"]],
        "rest": [line for line in found if not line["waits"]],
        "shown_most": SHOWN,
    }


def title_of(name: str, profile: Profile, translate: Translate) -> str:
    """Return what a source is called: by its title, or for the one that every station has, by how it comes."""
    source = profile.source(name)
    if source is not None and source.title:
        return source.title
    return translate(N_("Hệ thống khác gửi thẳng tới đài")) if name == POSTED else name


def _feed(feed: Feed, visit: Visit, profile: Profile, *, now: datetime) -> dict[str, object]:
    zone, translate = visit.station.rules.zone, visit.translate
    silence = silence_of(feed, now=now)
    is_dead = feed.dead_since is not None or silence is not None
    since = feed.last_ok_at or feed.added_at
    return {
        "key": feed.id,
        "title": title_of(feed.source, profile, translate),
        "source": feed.source,
        "url": feed.shown,
        "look": _feed_look(feed, is_dead=is_dead, translate=translate),
        "answered": words.ago(feed.last_ok_at, now, translate) if feed.last_ok_at else None,
        "news": words.moment(feed.last_beat_at, zone, translate) if feed.last_beat_at else None,
        "silent_since": words.moment(since, zone, translate) if is_dead and feed.failures else None,
        "failures": feed.failures,
        "error": feed.last_error,
        "pause": _pause(feed, visit),
        "mute": silence if silence and not feed.failures else None,
        "next": words.clock_to_the_second(feed.next_at, zone) if feed.next_at > now else None,
    }


def _pause(feed: Feed, visit: Visit) -> str | None:
    """Return since when a feed rests, by whose word, and why; None while it is watched."""
    if feed.pause is None:
        return None
    since = words.moment(feed.pause.at, visit.station.rules.zone, visit.translate)
    sentence = visit.translate(N_("{who} tạm dừng từ {moment}. Lý do: {why}"))
    return sentence.format(who=feed.pause.who, moment=since, why=feed.pause.why)


def _feed_look(feed: Feed, *, is_dead: bool, translate: Translate) -> tuple[str, str, str]:
    if feed.pause is not None:
        return "pause", "waiting", translate(N_("Tạm dừng"))
    if is_dead:
        return "cross", "bad", translate(N_("Mất nguồn"))
    if feed.failures or feed.last_error:
        return "warn", "warn", translate(N_("Đang trục trặc"))
    if feed.last_ok_at is None:
        return "clock", "waiting", translate(N_("Chưa hỏi lần nào"))
    return "check", "good", translate(N_("Đang hoạt động"))


def _line(received: Received, visit: Visit, profile: Profile, waiting: Collection[str]) -> dict[str, object]:
    translate = visit.translate
    name, look = DECISIONS[received.decision]
    return {
        "key": received.id,
        "headline": received.headline or translate(N_("(không đọc được)")),
        "source": title_of(received.source, profile, translate),
        "when": words.moment(received.received_at, visit.station.rules.zone, translate),
        "decision": translate(name),
        "look": look,
        "reason": received.reason.sentence(translate),
        "remarks": [remark.sentence(translate) for remark in received.remarks],
        "href": f"{PATH}/tin/{received.id}",
        "alert": f"/tin-khan/{received.alert}" if received.alert else None,
        "waits": received.alert in waiting,
        "times": received.times,
    }


def message_values(
    received: Received, visit: Visit, profile: Profile, *, waiting: Collection[str]
) -> dict[str, object]:
    """Return one message with all that is known of it."""
    zone, translate, name = visit.station.rules.zone, visit.translate, received.name
    return {
        **_line(received, visit, profile, waiting),
        "sender": name.sender if name else None,
        "identifier": name.identifier if name else None,
        "sent": words.moment(name.sent, zone, translate) if name else None,
        "kinds": " · ".join(kind for kind in (received.status, received.msg_type, received.scope) if kind),
        "via": received.via,
        "size": received.raw_bytes,
    }


def source_values(source: Source, visit: Visit, profile: Profile) -> dict[str, object]:
    """Return a source's rules as sentences: what plays by itself, what waits for a person, what is not used."""
    say = visit.translate
    return {
        "name": source.name,
        "title": title_of(source.name, profile, say),
        "href": f"{PATH}/quy-tac/{quote(source.name)}",
        "by_itself": source.by_itself is not ByItself.NEVER,
        "plays": say(PLAYS[source.by_itself]),
        "waits": "; ".join(say(words) for words in _waits(source)),
        "drops": "; ".join(_drops(source, say)),
        "certificates": certificates_of(source.certificates, visit),
    }


def _waits(source: Source) -> list[str]:
    said = [N_("báo động thật")]
    if source.exercises is Treatment.WAIT:
        said.append(N_("tin diễn tập"))
    if source.tests is Treatment.WAIT:
        said.append(N_("tin thử"))
    if source.unknown_area is UnknownArea.WAIT:
        said.append(N_("tin không rõ dành cho nơi nào"))
    return said


def _drops(source: Source, say: Translate) -> list[str]:
    """Return what is only kept in the list, with the reason beside it there."""
    said = [N_("tin dành cho nơi khác")]
    if source.unknown_area is UnknownArea.DROP:
        said.append(N_("tin không rõ dành cho nơi nào"))
    if source.exercises is Treatment.NOTE:
        said.append(N_("tin diễn tập"))
    if source.tests is Treatment.NOTE:
        said.append(N_("tin thử"))
    if source.senders:
        said.append(N_("nơi gửi không có trong danh sách"))
    if source.signature_required:
        said.append(N_("tin không có chữ ký số kiểm tra được"))
    elif source.certificates:
        said.append(N_("tin có chữ ký số sai"))
    shown = [say(sentence) for sentence in said]
    if source.least_severity is not Severity.UNKNOWN:
        shown.append(say(N_("mức thấp hơn: {level}")).format(level=say(SEVERITIES[source.least_severity])))
    if source.unwanted_events:
        shown.append(say(N_("loại tin: {events}")).format(events=", ".join(source.unwanted_events)))
    shown.append(say(N_("tin gửi đã quá {hours} giờ")).format(hours=source.max_age_h))
    return shown


def certificates_of(pems: Sequence[str], visit: Visit) -> list[dict[str, object]]:
    """Return the certificates of the trust list as people can compare them."""
    shown = []
    for pem in pems:
        facts = facts_of(pem)
        shown.append(
            {
                "pem": pem,
                "holder": facts.holder if facts else visit.translate(N_("(không đọc được)")),
                "until": words.day(facts.until, visit.station.rules.zone, visit.translate) if facts else "",
                "is_over": facts is not None and facts.until < visit.now,
                "fingerprint": facts.fingerprint if facts else "",
            }
        )
    return shown
