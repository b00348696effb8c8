"""One alert: looked at, approved, followed while it sounds, updated, repeated, stopped and corrected."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.alarm.rules import require_alert_state
from broadcaster.domain.alert import Alert, AlertState, MsgType, Status
from broadcaster.domain.errors import N_, Conflict, Invalid, Missing, NotSignedIn, Refusal
from broadcaster.domain.ids import AlertId
from broadcaster.domain.permissions import may_administer, may_alert, require
from broadcaster.services.alarm import alerts as use_cases
from broadcaster.services.alarm import following
from broadcaster.services.alarm.contents import AlertDraft, sirens_of
from broadcaster.store import alerts
from broadcaster.web.alert_forms import fields_of, own_words, renewed
from broadcaster.web.alert_view import now_values, page_values, strip_values
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.live import live
from broadcaster.web.pages.alarm import words_form
from broadcaster.web.session import Post, Visit

_TITLES = {"sua": N_("Sửa tin"), "cap-nhat": N_("Cập nhật tin đang phát")}
_STEPS = frozenset({"phat", "dung", "bo", "dinh-chinh", "phat-lai", "luu-lai"})


def routes(desk: Desk) -> APIRouter:
    """Return the routes of one alert. They stand behind those whose last part could be taken for an id."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/tin-khan/{alert_id}")
    def show(alert_id: str, visit: here) -> Response:
        require(may_alert(visit.person) or may_administer(visit.person))
        return _page(desk, visit, _find(desk, visit, alert_id))

    @router.get("/tin-khan/{alert_id}/dien-bien")
    def follow(alert_id: str, visit: here) -> Response:
        require(may_alert(visit.person) or may_administer(visit.person))
        _find(desk, visit, alert_id)

        def render() -> str:
            with office.database.reading() as tx:
                found = use_cases.find(tx, visit.station.id, AlertId(alert_id))
                values = now_values(tx, visit, found, now=office.now())
                return desk.fragment(visit, "_alert_now.html", alarm=strip_values(tx, visit), **values)

        return live(desk.while_signed_in(visit.request, render))

    @router.post("/tin-khan/{alert_id}/phat")
    def approve(alert_id: str, post: sent) -> Response:
        """What was read, by its hash; the phrase; and a reason where one person alone must do."""
        visit, entered = post.visit, post.entered
        found = _find(desk, visit, alert_id)
        try:
            after = use_cases.approve(
                office, actor=visit.person, alert=found.id, content_sha256=entered.one("content_sha256"),
                phrase=entered.one("phrase"), vouch=visit.vouch, break_glass=entered.one("reason"),
            )  # fmt: skip
        except (Missing, NotSignedIn):
            raise
        except Refusal as exc:
            return _page(desk, visit, _find(desk, visit, alert_id), refused=exc, entered=entered)
        done = {AlertState.LIVE: "tin-phat", AlertState.APPROVED: "tin-hen"}.get(after.state, "tin-cho")
        return go(f"/tin-khan/{found.id}", done=done)

    def step(post: Post, alert_id: str, done: str, act: Callable[[Alert], Alert]) -> Response:
        found = _find(desk, post.visit, alert_id)
        try:
            after = act(found)
        except (Missing, NotSignedIn):
            raise
        except Refusal as exc:
            return _page(desk, post.visit, _find(desk, post.visit, alert_id), refused=exc, entered=post.entered)
        return go(f"/tin-khan/{after.id}", done=done)

    @router.post("/tin-khan/{alert_id}/dung")
    def cancel(alert_id: str, post: sent) -> Response:
        reason, who = post.entered.one("reason"), post.visit.person
        return step(
            post, alert_id, "tin-dung", lambda a: use_cases.cancel(office, actor=who, alert=a.id, reason=reason)
        )

    @router.post("/tin-khan/{alert_id}/bo")
    def discard(alert_id: str, post: sent) -> Response:
        who = post.visit.person
        return step(post, alert_id, "tin-bo", lambda a: use_cases.discard(office, actor=who, alert=a.id))

    @router.post("/tin-khan/{alert_id}/dinh-chinh")
    def correct(alert_id: str, post: sent) -> Response:
        who, vouch = post.visit.person, post.visit.vouch
        return step(
            post, alert_id, "dinh-chinh", lambda a: use_cases.correct(office, actor=who, alert=a.id, vouch=vouch)
        )

    @router.post("/tin-khan/{alert_id}/phat-lai")
    def repeat(alert_id: str, post: sent) -> Response:
        def act(found: Alert) -> Alert:
            following.repeat(office, actor=post.visit.person, alert=found.id)
            return found

        return step(post, alert_id, "tin-phat-lai", act)

    @router.post("/tin-khan/{alert_id}/luu-lai")
    def renew(alert_id: str, post: sent) -> Response:
        def act(found: Alert) -> Alert:
            with office.database.reading() as tx:
                wanted = renewed(found, sirens_of(tx, found.content.station), now=office.now())
            return use_cases.redraft(
                office, actor=post.visit.person, alert=found.id, wanted=wanted, vouch=post.visit.vouch
            )  # fmt: skip

        return step(post, alert_id, "tin-luu", act)

    _changing(router, desk)
    return router


def _changing(router: APIRouter, desk: Desk) -> None:
    """Add the forms in which a draft is changed or a live alert gets new words."""
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    def form(visit: Visit, found: Alert, action: str, entered: Entered, refused: Refusal | None = None) -> Response:
        title = visit.translate(_TITLES[action])
        return words_form(
            desk, visit, entered, status=found.content.status, action=f"/tin-khan/{found.id}/{action}",
            refused=refused, title=title,
        )  # fmt: skip

    def ask(visit: Visit, alert_id: str, action: str, state: str) -> Response:
        require(may_alert(visit.person))
        found = _find(desk, visit, alert_id)
        require_alert_state(state, found)
        with office.database.reading() as tx:
            entered = fields_of(found.content, sirens_of(tx, visit.station.id))
        return form(visit, found, action, entered)

    def take(post: Post, alert_id: str, action: str, act: Callable[[Alert, AlertDraft], Alert]) -> Response:
        visit = post.visit
        require(may_alert(visit.person))
        found = _find(desk, visit, alert_id)
        try:
            wanted = own_words(
                post.entered, status=found.content.status, now=office.now(), zone=visit.station.rules.zone
            )  # fmt: skip
            return go(f"/tin-khan/{act(found, wanted).id}", done="tin-luu")
        except (Invalid, Conflict) as exc:
            return form(visit, found, action, post.entered, exc)

    @router.get("/tin-khan/{alert_id}/sua")
    def edit(alert_id: str, visit: here) -> Response:
        return ask(visit, alert_id, "sua", "edit")

    @router.post("/tin-khan/{alert_id}/sua")
    def redraft(alert_id: str, post: sent) -> Response:
        who, vouch = post.visit.person, post.visit.vouch
        return take(
            post, alert_id, "sua",
            lambda found, wanted: use_cases.redraft(office, actor=who, alert=found.id, wanted=wanted, vouch=vouch),
        )  # fmt: skip

    @router.get("/tin-khan/{alert_id}/cap-nhat")
    def ask_update(alert_id: str, visit: here) -> Response:
        return ask(visit, alert_id, "cap-nhat", "update")

    @router.post("/tin-khan/{alert_id}/cap-nhat")
    def update(alert_id: str, post: sent) -> Response:
        who, vouch = post.visit.person, post.visit.vouch
        return take(
            post, alert_id, "cap-nhat",
            lambda found, wanted: use_cases.update(office, actor=who, alert=found.id, wanted=wanted, vouch=vouch),
        )  # fmt: skip

    @router.get("/tin-khan/{alert_id}/{step}")
    def come_back(alert_id: str, step: str, visit: here) -> Response:
        """After a refused step the address is the step's own; opening it again shows the alert."""
        found = _find(desk, visit, alert_id)
        return go(f"/tin-khan/{found.id}") if step in _STEPS else go("/tin-khan")


def _find(desk: Desk, visit: Visit, alert_id: str) -> Alert:
    with desk.site.office.database.reading() as tx:
        return use_cases.find(tx, visit.station.id, AlertId(alert_id))


def _page(
    desk: Desk, visit: Visit, alert: Alert, *, refused: Refusal | None = None, entered: Entered | None = None
) -> Response:
    office = desk.site.office
    with office.database.reading() as tx:
        values = page_values(tx, visit, alert) | now_values(tx, visit, alert, now=office.now())
        newer = [a for a in alerts.of_thread(tx, visit.station.id, alert.thread) if a.version > alert.version]
    wrong_phrase = refused is not None and refused.code == "wrong_phrase"
    wrong_reason = refused is not None and refused.code == "reason_missing"
    said = refused.sentence(visit.translate) if refused else ""
    return desk.show(
        visit,
        "alert.html",
        status=desk.status_of(refused) if refused else 200,
        problem=said if refused and not (wrong_phrase or wrong_reason) else "",
        errors={"phrase": said} if wrong_phrase else {"reason": said} if wrong_reason else {},
        typed=entered or Entered(),
        newer=newer,
        is_update=alert.content.msg_type is MsgType.UPDATE,
        is_real=alert.content.status is Status.ACTUAL,
        **values,
    )
