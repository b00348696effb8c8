"""Warnings from outside under `/api/v1`: they are posted here; what was decided, the rules, and the feeds watched."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.domain.cap import profile as cap_profile
from broadcaster.domain.cap.profile import POSTED
from broadcaster.domain.cap.reasons import Remark
from broadcaster.domain.cap.verdict import Decision
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.permissions import Person, may_administer, may_alert, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.services.cap import feeds as cap_feeds
from broadcaster.services.cap import rules as cap_rules
from broadcaster.services.cap.intake import Incoming, receive
from broadcaster.services.cap.silence import silence_of
from broadcaster.store import cap_feeds as feed_rows
from broadcaster.store import cap_received
from broadcaster.web.api.bodies import Body
from broadcaster.web.site import Site

KINDS = ("application/cap+xml", "application/common-alerting-protocol+xml", "application/xml", "text/xml")
"""What a POST may call itself."""
_UNNAMED = ("", "application/octet-stream", "application/x-www-form-urlencoded")
"""What programs send that were not told to name it: `curl --data-binary` calls everything a form."""


@refusal
class NotSentAsXml(Invalid):
    kind: str
    message = N_("Bản tin CAP phải gửi nguyên tệp XML với Content-Type application/cap+xml, không phải “{kind}”.")


class ReasonShape(BaseModel):
    """A reason: a stable name, and a sentence."""

    code: str
    message: str


class CapMessageShape(BaseModel):
    """A message from outside and what became of it; `times` is how often it came, `alert_id` the draft made of it."""

    id: str
    decision: Decision
    reason: ReasonShape
    remarks: list[ReasonShape]
    alert_id: str | None
    source: str
    via: str
    sender: str | None
    identifier: str | None
    sent: datetime | None
    status: str | None
    msg_type: str | None
    scope: str | None
    headline: str
    received_at: datetime
    times: int


class FeedBody(Body):
    """A feed to be watched; `beat_within_s` is how long it may say nothing new before people are told."""

    source: str = Field(max_length=300)
    url: str = Field(max_length=2000, examples=["https://canhbao.example/cap/feed.xml"])
    every_s: int = 60
    dead_after_s: int = 600
    beat_within_s: int | None = None
    allow_private: bool = False
    other_hosts: list[Annotated[str, Field(max_length=253)]] = Field(default=[], max_length=10)


class PauseBody(Body):
    """Why a feed shall rest: people are told."""

    reason: str = Field(max_length=2000)


class PauseShape(BaseModel):
    """Since when a feed rests, who let it, and why."""

    at: datetime
    person_id: str
    name: str
    reason: str


class FeedShape(BaseModel):
    """A feed and how it is; `silence` is a sentence while it is missed, `paused` stands while nobody asks it."""

    id: str
    source: str
    url: str
    every_s: int
    dead_after_s: int
    beat_within_s: int | None
    allow_private: bool
    other_hosts: list[str]
    last_ok_at: datetime | None
    last_beat_at: datetime | None
    last_error: str
    dead_since: datetime | None
    silence: str | None
    paused: PauseShape | None


class RulesBody(Body):
    """The rules, whole: each source with what it may do, and where the station lies."""

    sources: list[dict[str, Any]] = Field(max_length=100)
    place: dict[str, Any] = Field(default_factory=dict)


def routes(site: Site, asking: Callable[..., Person]) -> APIRouter:
    """Return the routes of warnings from outside."""
    router = APIRouter(tags=["cap"])
    who = Annotated[Person, Depends(asking)]
    office = site.office

    @router.post("/alerts/cap", status_code=201)
    async def post(
        request: Request, actor: who, source: Annotated[str, Query(max_length=300)] = POSTED
    ) -> CapMessageShape:
        """Take a CAP 1.2 document. 201: a draft was made of it; 200: something else was decided, with the reason."""
        require(may_alert(actor))
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind not in KINDS + _UNNAMED:
            raise NotSentAsXml(kind=kind[:60])
        raw = await request.body()
        incoming = Incoming(station=actor.station, source=source, raw=raw, via=f"API – {actor.name}")
        received = await run_in_threadpool(receive, office, incoming, check=site.check_signature)
        shape = message_shape(received)
        status = 201 if received.alert and received.times == 1 else 200
        return JSONResponse(shape.model_dump(mode="json"), status_code=status)  # type: ignore[return-value] # FastAPI lets it pass, with its own status

    @router.get("/cap/messages")
    def several(
        actor: who, decision: Decision | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> list[CapMessageShape]:
        """Warnings from outside, newest first, each with what was decided on it and why."""
        with office.database.reading() as tx:
            decisions = (decision,) if decision else tuple(Decision)
            found = cap_received.latest(tx, actor.station, decisions=decisions, limit=limit)
            return [message_shape(received) for received in found]

    @router.get("/cap/messages/{message_id}")
    def one(message_id: str, actor: who) -> CapMessageShape:
        """One warning from outside."""
        with office.database.reading() as tx:
            found = cap_received.get(tx, actor.station, message_id)
        if found is None:
            raise NoSuchThing
        return message_shape(found)

    @router.get("/cap/messages/{message_id}/raw")
    def raw(message_id: str, actor: who) -> Response:
        """The bytes as they came; of long ones the beginning. Sent as a file: a browser must not open it as a page."""
        with office.database.reading() as tx:
            found = cap_received.raw_of(tx, actor.station, message_id)
        if found is None:
            raise NoSuchThing
        attached = {"Content-Disposition": f'attachment; filename="{message_id}.xml"'}
        return Response(found, media_type="application/octet-stream", headers=attached)

    @router.get("/cap/rules")
    def rules(actor: who) -> dict[str, Any]:
        """The station's rules for warnings from outside."""
        with office.database.reading() as tx:
            return cap_profile.as_json(cap_received.profile_of(tx, actor.station))

    @router.put("/cap/rules")
    def change_rules(body: RulesBody, actor: who) -> dict[str, Any]:
        """Replace the rules for warnings from outside."""
        return cap_profile.as_json(cap_rules.set_rules(office, actor=actor, wanted=body.model_dump()))

    @router.get("/cap/feeds")
    def feeds(actor: who) -> list[FeedShape]:
        """The feeds that the station watches, and how each is."""
        with office.database.reading() as tx:
            return [feed_shape(feed, to=actor, now=office.now()) for feed in feed_rows.of_station(tx, actor.station)]

    @router.post("/cap/feeds", status_code=201)
    def add_feed(body: FeedBody, actor: who) -> FeedShape:
        """Watch a feed of warnings."""
        new = cap_feeds.NewFeed(**{**body.model_dump(), "other_hosts": tuple(body.other_hosts)})
        return feed_shape(cap_feeds.add(office, actor=actor, new=new), to=actor, now=office.now())

    @router.post("/cap/feeds/{feed_id}/pause")
    def pause_feed(feed_id: str, body: PauseBody, actor: who) -> FeedShape:
        """Let a feed rest: it is not asked, and not missed."""
        return feed_shape(
            cap_feeds.pause(office, actor=actor, feed=feed_id, why=body.reason), to=actor, now=office.now()
        )

    @router.post("/cap/feeds/{feed_id}/resume")
    def resume_feed(feed_id: str, actor: who) -> FeedShape:
        """Ask a resting feed again."""
        return feed_shape(cap_feeds.resume(office, actor=actor, feed=feed_id), to=actor, now=office.now())

    @router.delete("/cap/feeds/{feed_id}", status_code=204)
    def remove_feed(feed_id: str, actor: who) -> None:
        """Watch a feed no more."""
        cap_feeds.remove(office, actor=actor, feed=feed_id)

    return router


def message_shape(found: cap_received.Received) -> CapMessageShape:
    """Return a message with its verdict."""
    return CapMessageShape(
        id=found.id,
        decision=found.decision,
        reason=_reason(found.reason),
        remarks=[_reason(remark) for remark in found.remarks],
        alert_id=found.alert,
        source=found.source,
        via=found.via,
        sender=found.name.sender if found.name else None,
        identifier=found.name.identifier if found.name else None,
        sent=found.name.sent if found.name else None,
        status=found.status,
        msg_type=found.msg_type,
        scope=found.scope,
        headline=found.headline,
        received_at=found.received_at,
        times=found.times,
    )


def feed_shape(feed: feed_rows.Feed, *, to: Person, now: datetime) -> FeedShape:
    """Return a feed and how it is; what is secret in its address is for administrators."""
    return FeedShape(
        id=feed.id,
        source=feed.source,
        url=feed.url if may_administer(to) else feed.shown,
        every_s=feed.every_s,
        dead_after_s=feed.dead_after_s,
        beat_within_s=feed.beat_within_s,
        allow_private=feed.allow_private,
        other_hosts=list(feed.other_hosts),
        last_ok_at=feed.last_ok_at,
        last_beat_at=feed.last_beat_at,
        last_error=feed.last_error,
        dead_since=feed.dead_since,
        silence=silence_of(feed, now=now),
        paused=pause_shape(feed.pause) if feed.pause else None,
    )


def pause_shape(pause: feed_rows.Pause) -> PauseShape:
    """Return why a feed rests."""
    return PauseShape(at=pause.at, person_id=pause.by, name=pause.who, reason=pause.why)


def _reason(remark: Remark) -> ReasonShape:
    return ReasonShape(code=remark.why.value, message=remark.sentence())
