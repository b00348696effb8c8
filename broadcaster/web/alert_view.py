"""What the pages of one alert show: its very words and siren, who stands for it, and what became of it where."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from broadcaster.domain.alarm.approval import GLASS_HOUR, GLASSES_AN_HOUR, approvable_until, needs_two
from broadcaster.domain.alarm.delivery import missed
from broadcaster.domain.alarm.rules import STATE_NAMES, may
from broadcaster.domain.alarm.speech import is_correction, speech_of
from broadcaster.domain.alarm.vouching import Part
from broadcaster.domain.alert import OVER, Alert, AlertState, Status
from broadcaster.domain.errors import N_
from broadcaster.domain.permissions import may_alert, may_approve
from broadcaster.services.alarm import life
from broadcaster.services.alarm.following import alert_deliveries
from broadcaster.services.alarm.standing import Standing, standing_of
from broadcaster.store import accounts, alerts, cap_received, contacts, messengers, notices, recordings, stations
from broadcaster.web import alert_words, words
from broadcaster.web.alert_hearing import calls_of, hamlets_of
from broadcaster.web.i18n import Translate
from broadcaster.web.session import Visit

_GRAVEST = (Status.ACTUAL, Status.EXERCISE, Status.TEST)
PART_NAMES = {
    Part.AUTHOR: N_("soạn"),
    Part.APPROVER: N_("xác nhận"),
    Part.ONE_OF_TWO: N_("xác nhận"),
    Part.BREAK_GLASS: N_("phát một mình"),
}
_NOTICES = 200


def page_values(tx: Connection, visit: Visit, alert: Alert) -> dict[str, object]:
    """Return what stands still while somebody looks at an alert's page."""
    standing = standing_of(tx, alert, now=visit.now)
    content, translate, zone = alert.content, visit.translate, visit.station.rules.zone
    look = alert_words.look_of(content)
    return {
        "alert": alert,
        "is_over": alert.state in OVER,
        "content": content,
        "look": look,
        "places": standing.places,
        "area_wide": standing.area_wide,
        "hamlets_named": _places(tx, visit, alert),
        "speech": speech_of(content).split("\n"),
        "siren": alert_words.siren(content.siren, translate),
        "siren_length": alert_words.siren_length(content.siren, translate),
        "rhythm": alert_words.rhythm(content, translate),
        "expires": words.moment(content.expires_at, zone, translate),
        "begins": words.moment(content.effective_at, zone, translate) if content.effective_at else None,
        "source": None if alert.source == "person" else alert.source.removeprefix("cap:"),
        "origin": _origin(tx, visit, alert),
        "is_correction": is_correction(content),
        "earlier": [a for a in alerts.of_thread(tx, visit.station.id, alert.thread) if a.version < alert.version],
        **_approving(tx, visit, alert, standing),
    }


def now_values(tx: Connection, visit: Visit, alert: Alert, *, now: datetime) -> dict[str, object]:
    """Return what changes: the speech, who spoke for it, and the clusters."""
    translate, zone = visit.translate, visit.station.rules.zone
    found = alert_deliveries(tx, alert, now=now) if alert.live_at is not None else ()
    said, colour = alert_words.summary(found, translate)
    icon, state_colour = alert_words.STATE_LOOKS[alert.state]
    may_send = may_approve(visit.person)
    hamlets = hamlets_of(alert, found, contacts.of_station(tx, visit.station.id), visit)
    return {
        "alert": alert,
        "look": alert_words.look_of(alert.content),
        "state": translate(STATE_NAMES[alert.state]),
        "state_look": (icon, state_colour),
        "summary": said,
        "summary_look": colour,
        "sound": recordings.get(tx, visit.station.id, alert.recording_sha256) if alert.recording_sha256 else None,
        "sound_length": _sound_length(tx, visit, alert),
        "rendering": alerts.rendering_of(tx, alert.id),
        "voices": _voices(tx, visit, alert),
        "hamlets": hamlets,
        "calls": calls_of(alert, hamlets, now=now),
        "lacking": sum(d.target.device is not None for d in missed(found)),
        "live_since": words.clock_to_the_second(alert.live_at, zone) if alert.live_at else None,
        "ended": words.moment(alert.ended_at, zone, translate) if alert.ended_at else None,
        "expires_clock": words.moment(alert.content.expires_at, zone, translate),
        "told": _told(tx, visit, alert),
        "may_stop": may("cancel", alert.state) and (may_send or alert.author == visit.person.id),
        "may_repeat": may("repeat", alert.state) and may_send,
        "may_update": may("update", alert.state) and may_alert(visit.person),
        "may_correct": may_send and _may_be_corrected(alert),
        "correction": life.correction_of(tx, alert) if alert.live_at is not None else None,
        "is_correction": is_correction(alert.content),
    }


def rows(tx: Connection, visit: Visit, found: Sequence[Alert]) -> list[dict[str, object]]:
    """Return alerts as lists show them."""
    translate, zone = visit.translate, visit.station.rules.zone
    names = {account.person.id: account.person.name for account in accounts.of_station(tx, visit.station.id)}
    hamlets, clusters = stations.hamlets_of(tx, visit.station.id), stations.clusters_of(tx, visit.station.id)
    oldest = min((alert.created_at for alert in found), default=visit.now)
    corrected = life.corrections(tx, visit.station.id, since=oldest)
    shown = []
    for alert in found:
        icon, colour = alert_words.STATE_LOOKS[alert.state]
        audience = words.audience(alert.content.audience, hamlets=hamlets, clusters=clusters, translate=translate)
        shown.append(
            {
                "key": alert.id,
                "href": f"/tin-khan/{alert.id}",
                "kind": alert_words.look_of(alert.content),
                "headline": alert.content.headline,
                "when": words.moment(alert.live_at or alert.content.effective_at or alert.created_at, zone, translate),
                "state": translate(STATE_NAMES[alert.state]),
                "look": (icon, colour),
                "audience": audience,
                "author": names.get(alert.author, "") if alert.author else alert.source.removeprefix("cap:"),
                "waiting": words.ago(alert.created_at, visit.now, translate),
                "may_correct": _may_be_corrected(alert) and alert.id not in corrected,
            }
        )
    return shown


def _may_be_corrected(alert: Alert) -> bool:
    """Return whether people heard something that was stopped; whether it was corrected yet is asked besides."""
    return may("correct", alert.state) and alert.live_at is not None and not is_correction(alert.content)


def _approving(tx: Connection, visit: Visit, alert: Alert, standing: Standing) -> dict[str, object]:
    """Return what this person may do with a draft, and whom else to call."""
    person, two = visit.person, needs_two(alert.content, area_wide=standing.area_wide)
    statements = [voice.vouched.statement for voice in standing.voices]
    mine = any(s.person == person.id and s.part is not Part.AUTHOR for s in statements)
    others = any(s.person != person.id for s in statements)
    since = visit.now - GLASS_HOUR
    broken = alerts.glasses_broken(tx, visit.station.id, since=since)
    limit = approvable_until(alert)
    names = {account.person.id: account.person.name for account in accounts.of_station(tx, visit.station.id)}
    is_stale = alert.state is AlertState.DRAFT and visit.now > limit
    return {
        "needs_two": two,
        "listens_first": alert.state is AlertState.DRAFT and two and may_approve(person) and not (mine or is_stale),
        "phrase": standing.phrase,
        "missing": standing.missing.sentence(visit.translate) if standing.missing else None,
        "is_draft": alert.state is AlertState.DRAFT,
        "is_stale": is_stale,
        "approve_until": words.clock(limit, visit.station.rules.zone),
        "may_approve": may_approve(person),
        "may_edit": may("edit", alert.state) and may_alert(person),
        "may_discard": may("discard", alert.state) and (may_approve(person) or alert.author == person.id),
        "approved_by_me": mine,
        "is_second": others,
        "alone": two and not others and alert.author == person.id,
        "is_first": two and not others and alert.author != person.id,
        "glasses_left": max(0, GLASSES_AN_HOUR - broken),
        "glasses_limit": GLASSES_AN_HOUR,
        "others": sorted(names[a] for a in standing.approvers if a != person.id and a != alert.author and a in names),
    }


def _places(tx: Connection, visit: Visit, alert: Alert) -> str:
    hamlets, clusters = stations.hamlets_of(tx, visit.station.id), stations.clusters_of(tx, visit.station.id)
    return words.audience(alert.content.audience, hamlets=hamlets, clusters=clusters, translate=visit.translate)


def _sound_length(tx: Connection, visit: Visit, alert: Alert) -> str | None:
    sound = recordings.get(tx, visit.station.id, alert.recording_sha256) if alert.recording_sha256 else None
    return words.length(timedelta(milliseconds=sound.duration_ms), visit.translate) if sound else None


def _voices(tx: Connection, visit: Visit, alert: Alert) -> list[dict[str, object]]:
    zone = visit.station.rules.zone
    return [
        {
            "name": voice.name,
            "part": visit.translate(PART_NAMES[voice.vouched.statement.part]),
            "at": words.clock_to_the_second(voice.vouched.statement.at, zone),
            "reason": voice.vouched.statement.reason,
            "alone": voice.vouched.statement.part is Part.BREAK_GLASS,
        }
        for voice in alerts.statements_of(tx, [alert.id])[alert.id]
    ]


def _origin(tx: Connection, visit: Visit, alert: Alert) -> dict[str, object] | None:
    """Return the message from outside that an alert was made of, with what a person must look at before approving."""
    found = cap_received.of_alert(tx, visit.station.id, alert.id)
    if found is None:
        return None
    remarks = [remark.sentence(visit.translate) for remark in found.remarks]
    return {"href": f"/tin-khan/tu-ngoai/tin/{found.id}", "remarks": remarks}


def _told(tx: Connection, visit: Visit, alert: Alert) -> dict[str, object]:
    """Return what people were told of this alert, and to how many places it is sent."""
    found = [n for n in notices.latest(tx, visit.station.id, limit=_NOTICES) if n.subject == alert.id]
    zone = visit.station.rules.zone
    return {
        "notices": [
            {"clock": words.clock_to_the_second(n.at, zone), "sentence": n.sentence, "sent": n.sent_at is not None}
            for n in found
        ],
        "messengers": [m.name for m in messengers.of_station(tx, visit.station.id)],
    }


def strip_values(tx: Connection, visit: Visit) -> dict[str, object] | None:
    """Return what is live now, for the strip that stands on every page; None when nothing is."""
    live = alerts.live(tx, visit.station.id)
    if not live:
        return None
    worst = min(live, key=lambda a: (_GRAVEST.index(a.content.status), is_correction(a.content)))
    return {
        "look": alert_words.look_of(worst.content),
        "live": [{"key": a.id, "href": f"/tin-khan/{a.id}", "headline": a.content.headline,
                  "kind": translate_live(visit.translate, a)} for a in live],
        "may_stop": may_approve(visit.person),
    }  # fmt: skip


def translate_live(translate: Translate, alert: Alert) -> str:
    """Return what an alert that is live is called."""
    return translate(alert_words.look_of(alert.content).band)
