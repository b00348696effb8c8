"""The feeds of warnings that are watched: an administrator adds one, has it asked, rests it, and removes it."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid, Refusal
from broadcaster.domain.permissions import may_administer, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.cap import feeds as use_cases
from broadcaster.services.cap.intake import NoSuchSource
from broadcaster.store import cap_feeds as feed_rows
from broadcaster.store import cap_received
from broadcaster.web import words
from broadcaster.web.cap_forms import ASKED_EVERY_S, BEATS_WITHIN_S, DEAD_AFTER_S, beside, new_feed
from broadcaster.web.cap_view import PATH, title_of
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit

FEEDS = PATH + "/nguon"


def routes(desk: Desk) -> APIRouter:
    """Return the routes of feeds."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get(FEEDS)
    def ask(visit: here) -> Response:
        house = use_cases.NewFeed(source="", url="")
        entered = Entered(fields={"every_s": [str(house.every_s)], "dead_after_s": [str(house.dead_after_s)]})
        return _form(desk, visit, entered)

    @router.post(FEEDS)
    def add(post: sent) -> Response:
        try:
            use_cases.add(office, actor=post.visit.person, new=new_feed(post.entered))
        except (Invalid, Conflict, NoSuchSource) as exc:
            return _form(desk, post.visit, post.entered, refused=exc)
        return go(PATH, done="them-nguon")

    @router.post(FEEDS + "/{feed_id}/hoi")
    def ask_now(feed_id: str, post: sent) -> Response:
        use_cases.ask_now(office, actor=post.visit.person, feed=feed_id)
        return go(PATH, done="hoi-nguon")

    @router.post(FEEDS + "/{feed_id}/dung")
    def pause(feed_id: str, post: sent) -> Response:
        use_cases.pause(office, actor=post.visit.person, feed=feed_id, why=post.entered.one("why"))
        return go(PATH, done="dung-nguon")

    @router.post(FEEDS + "/{feed_id}/lai")
    def resume(feed_id: str, post: sent) -> Response:
        use_cases.resume(office, actor=post.visit.person, feed=feed_id)
        return go(PATH, done="lai-nguon")

    @router.post(FEEDS + "/{feed_id}/bo")
    def remove(feed_id: str, post: sent) -> Response:
        use_cases.remove(office, actor=post.visit.person, feed=feed_id)
        return go(PATH, done="bo-nguon")

    @router.get(FEEDS + "/{feed_id}/{_step}")
    def come_back(feed_id: str, _step: Literal["hoi", "dung", "lai", "bo"], visit: here) -> Response:
        """Whoever signed in again after a step is led to where the feed is shown."""
        with office.database.reading() as tx:
            if feed_rows.get(tx, visit.station.id, feed_id) is None:
                raise NoSuchThing
        return go(PATH)

    return router


def _form(desk: Desk, visit: Visit, entered: Entered, *, refused: Refusal | None = None) -> Response:
    require(may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        profile = cap_received.profile_of(tx, visit.station.id)

    def spans(seconds: tuple[int, ...]) -> list[tuple[str, str]]:
        return [(str(s), _span(timedelta(seconds=s), visit)) for s in seconds]

    return desk.show(
        visit,
        "cap_feed.html",
        status=desk.status_of(refused) if refused else 200,
        errors=beside(refused, visit.translate) if refused else {},
        entered=entered,
        sources=[(s.name, title_of(s.name, profile, visit.translate)) for s in reversed(profile.sources)],
        every=spans(ASKED_EVERY_S),
        dead_after=spans(DEAD_AFTER_S),
        beats=spans(BEATS_WITHIN_S),
    )


def _span(span: timedelta, visit: Visit) -> str:
    shown = words.length if span < timedelta(minutes=1) else words.rough_length
    return shown(span, visit.translate)
