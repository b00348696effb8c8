"""Tin khẩn: from the template to the draft that is looked at, for real alarms, drills and tests; silence everywhere."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.alarm.approval import approvable_until
from broadcaster.domain.alarm.sirens import house_sirens
from broadcaster.domain.alarm.templates import Template, house_templates, template
from broadcaster.domain.alert import AlertState, Status
from broadcaster.domain.errors import Conflict, Invalid, Refusal
from broadcaster.domain.permissions import may_administer, may_alert, may_approve, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.alarm import alerts as use_cases
from broadcaster.services.alarm.contents import AlertDraft, sirens_of
from broadcaster.store import alerts, stations
from broadcaster.web import alert_words
from broadcaster.web.alert_forms import LIVES_H, REPEATS, filled_template, own_words, same_just_now
from broadcaster.web.alert_view import rows
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit

PATHS = {Status.ACTUAL: "/tin-khan", Status.EXERCISE: "/tin-khan/dien-tap", Status.TEST: "/tin-khan/thu-loa"}
JUST_STOPPED = timedelta(minutes=30)
SHOWN_MOST = 5
"""What waits stands above what may be sent, and must not push it off a phone's screen."""
_WAITING = (AlertState.DRAFT, AlertState.APPROVED)
_BESIDE = {
    "empty_audience": "places", "mixed_audience": "places", "unknown_audience": "places", "nobody_to_hear": "places",
    "time_unclear": "begins", "effective_too_far": "begins", "bad_life": "life", "expiry_too_far": "life",
    "expiry_in_the_past": "life",
}  # fmt: skip


def routes(desk: Desk) -> APIRouter:
    """Return the routes of choosing what is sent, and of stopping everything."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/tin-khan")
    def real(visit: here) -> Response:
        return _choose(desk, visit, Status.ACTUAL)

    @router.get("/tin-khan/dien-tap")
    def drill(visit: here) -> Response:
        return _choose(desk, visit, Status.EXERCISE)

    @router.get("/tin-khan/thu-loa")
    def trial(visit: here) -> Response:
        return _choose(desk, visit, Status.TEST)

    @router.get("/tin-khan/lich-su")
    def history(visit: here) -> Response:
        with office.database.reading() as tx:
            begun = [state for state in AlertState if state not in _WAITING]
            found = alerts.of_station(tx, visit.station.id, states=begun, limit=200)
            return desk.show(visit, "alarm_history.html", rows=rows(tx, visit, found))

    @router.post("/tin-khan/soan")
    def from_template(post: sent) -> Response:
        visit, entered, status = post.visit, post.entered, _status(post.entered)
        require(may_alert(visit.person))
        chosen = template(entered.one("template"))
        asks = bool(chosen.blanks) or status is Status.EXERCISE
        if asks and not entered.ticked("filled"):
            return _fill(desk, visit, entered, chosen, status=status)
        try:
            wanted = filled_template(chosen, entered, status=status, now=visit.now, zone=visit.station.rules.zone)
            return _drafted(desk, visit, wanted)
        except (Invalid, Conflict) as exc:
            return _fill(desk, visit, entered, chosen, status=status, refused=exc)

    @router.get("/tin-khan/tu-soan")
    def own(visit: here) -> Response:
        require(may_alert(visit.person))
        status = _status(Entered(fields={"status": [visit.request.query_params.get("loai", "Actual")]}))
        return words_form(desk, visit, Entered(fields={"life": ["6"]}), status=status, action="/tin-khan/tu-soan")

    @router.post("/tin-khan/tu-soan")
    def write(post: sent) -> Response:
        visit, status = post.visit, _status(post.entered)
        require(may_alert(visit.person))
        try:
            wanted = own_words(post.entered, status=status, now=visit.now, zone=visit.station.rules.zone)
            return _drafted(desk, visit, wanted)
        except (Invalid, Conflict) as exc:
            return words_form(
                desk, visit, post.entered, status=status, action="/tin-khan/tu-soan", refused=exc
            )  # fmt: skip

    @router.post("/tin-khan/dung-tat-ca")
    def stop_everything(post: sent) -> Response:
        stopped = use_cases.cancel_all(office, actor=post.visit.person, reason=post.entered.one("reason"))
        where = f"/tin-khan/{stopped[0].id}" if len(stopped) == 1 else "/tin-khan"
        return go(where, done="dung-tat-ca")

    return router


def chooser_values(desk: Desk, visit: Visit, status: Status) -> dict[str, object]:
    """Return what the panel of templates shows; the first page has it too."""
    with desk.site.office.database.reading() as tx:
        hamlets = stations.hamlets_of(tx, visit.station.id)
    same = [t for t in house_templates().values() if t.status is status]
    others = [t for t in house_templates().values() if t.status is Status.ACTUAL and status is Status.EXERCISE]
    return {
        "look": alert_words.LOOKS[status],
        "kind": status.value,
        "hamlets": hamlets,
        "entered": Entered(),
        "templates": [
            {"id": t.id, "title": t.title, "siren": t.siren not in (None, "none") and status is Status.ACTUAL,
             "asks": bool(t.blanks)}
            for t in (*same, *others)
        ],
    }  # fmt: skip


def words_form(
    desk: Desk,
    visit: Visit,
    entered: Entered,
    *,
    status: Status,
    action: str,
    refused: Refusal | None = None,
    title: str = "",
) -> Response:
    """Return the form of own words, for a new alert, a changed draft or an update."""
    with desk.site.office.database.reading() as tx:
        hamlets = stations.hamlets_of(tx, visit.station.id)
        clusters = stations.clusters_of(tx, visit.station.id)
        patterns = {**house_sirens(), **sirens_of(tx, visit.station.id)}
    translate = visit.translate
    return desk.show(
        visit,
        "alarm_words.html",
        status=desk.status_of(refused) if refused else 200,
        look=alert_words.LOOKS[status],
        kind=status.value,
        title=title or translate("Tự soạn tin"),
        action=action,
        entered=entered,
        errors=_errors(visit, refused),
        hamlets=hamlets,
        clusters=[c for c in clusters if c.id in entered.every("cluster")],
        sirens=[(name, siren.title) for name, siren in patterns.items()],
        lives=[(str(h), translate("{hours} giờ").format(hours=h)) for h in LIVES_H],
        repeats=[(value, translate(name)) for value, name in REPEATS.items()],
    )


def _choose(desk: Desk, visit: Visit, status: Status) -> Response:
    """Return the page of one kind of alert: what may be sent, what waits, what was just stopped."""
    require(may_alert(visit.person) or may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        waiting = alerts.of_station(tx, visit.station.id, states=_WAITING)
        fresh = [a for a in waiting if a.state is AlertState.APPROVED or visit.now <= approvable_until(a)]
        present = [*alerts.live(tx, visit.station.id), *fresh[:SHOWN_MOST]]
        ended = alerts.of_station(tx, visit.station.id, states=(AlertState.CANCELLED,))
        stopped = [a for a in ended if a.ended_at and a.ended_at > visit.now - JUST_STOPPED]
        drafts = rows(tx, visit, present)
        others = rows(tx, visit, [a for a in waiting if a not in present])
        corrigible = [row for row in rows(tx, visit, stopped) if row["may_correct"]]
    return desk.show(
        visit, "alarm.html", drafts=drafts, others=others, stopped=corrigible[:SHOWN_MOST],
        may_alert=may_alert(visit.person), may_approve=may_approve(visit.person),
        kind=status.value, panel=chooser_values(desk, visit, status), look=alert_words.LOOKS[status],
    )  # fmt: skip


def _fill(
    desk: Desk, visit: Visit, entered: Entered, chosen: Template, *, status: Status, refused: Refusal | None = None
) -> Response:
    """Return the form of a template's blanks and places, with what was entered before."""
    with desk.site.office.database.reading() as tx:
        hamlets = stations.hamlets_of(tx, visit.station.id)
    blank = getattr(refused, "blank", None)
    number = next((n for n, b in enumerate(chosen.blanks) if b.name == blank), None)
    errors = _errors(visit, refused)
    if refused and number is not None:
        errors = {f"blank-{number}": refused.sentence(visit.translate)}
    return desk.show(
        visit,
        "alarm_fill.html",
        status=desk.status_of(refused) if refused else 200,
        look=alert_words.LOOKS[status],
        kind=status.value,
        chosen=chosen,
        blanks=[(f"blank-{n}", b) for n, b in enumerate(chosen.blanks)],
        hamlets=hamlets,
        entered=entered,
        errors=errors,
        back=PATHS[status],
    )


def _drafted(desk: Desk, visit: Visit, wanted: AlertDraft) -> Response:
    """Draft it and lead to its page; a second click leads to what the first one drafted."""
    office = desk.site.office
    with office.database.reading() as tx:
        before = same_just_now(tx, visit.person, wanted, now=office.now())
    made = before or use_cases.draft(office, actor=visit.person, wanted=wanted, vouch=visit.vouch)
    return go(f"/tin-khan/{made.id}")


def _errors(visit: Visit, refused: Refusal | None) -> dict[str, str]:
    return {_BESIDE.get(refused.code, "top"): refused.sentence(visit.translate)} if refused else {}


def _status(entered: Entered) -> Status:
    """Return which kind of alert a page is about. Raises NoSuchThing for what no page offers."""
    found = next((s for s in PATHS if s.value == entered.one("status")), None)
    if found is None:
        raise NoSuchThing
    return found
