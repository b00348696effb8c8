"""The page of one bulletin, and the steps it takes: heard, submitted, approved or returned, withdrawn, aired."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.bulletin import Bulletin
from broadcaster.domain.errors import Conflict, Forbidden, Invalid, Refusal
from broadcaster.domain.ids import BulletinId
from broadcaster.domain.permissions import may_edit, require
from broadcaster.domain.station import NoSuchThing
from broadcaster.domain.week.planned import Fate
from broadcaster.domain.week.requests import AtMinute, AtOnce
from broadcaster.reading.reading import Choice
from broadcaster.services import bulletins as use_cases
from broadcaster.services.office import new_id
from broadcaster.services.rendering import render_again
from broadcaster.services.week import asking
from broadcaster.store import bulletins, recordings
from broadcaster.store.requests import Asked
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered, choice_json, choices_of, request_id_of
from broadcaster.web.live import live
from broadcaster.web.one_time import start_of, words_wanted
from broadcaster.web.pages.bulletin_view import now_values, page_values, suggested_start
from broadcaster.web.session import Post, Visit
from broadcaster.web.spoken import with_choice

_NOTHING = Entered()
_STEPS = frozenset(
    {"gui-duyet", "duyet", "tra-lai", "rut", "doc-lai", "cach-doc", "luot-phat", "xep-lich", "rut-yeu-cau"}
)


def routes(desk: Desk) -> APIRouter:
    """Return the routes of one bulletin."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/ban-tin/{bulletin_id}")
    def show(bulletin_id: str, visit: here) -> Response:
        return page(desk, visit, BulletinId(bulletin_id))

    @router.get("/ban-tin/{bulletin_id}/dien-bien")
    def follow(bulletin_id: str, visit: here) -> Response:
        def render() -> str:
            with office.database.reading() as tx:
                found = use_cases.find(tx, visit.station.id, BulletinId(bulletin_id))
                return desk.fragment(visit, "_bulletin_now.html", **now_values(desk, tx, visit, found))

        render()
        return live(desk.while_signed_in(visit.request, render))

    @router.post("/ban-tin/{bulletin_id}/gui-duyet")
    def submit(bulletin_id: str, post: sent) -> Response:
        actor = post.visit.person
        return _step(desk, post, bulletin_id, "gui-duyet", lambda b: use_cases.submit(office, actor=actor, bulletin=b))

    @router.post("/ban-tin/{bulletin_id}/duyet")
    def approve(bulletin_id: str, post: sent) -> Response:
        def step(bulletin: BulletinId) -> object:
            return use_cases.approve(
                office,
                actor=post.visit.person,
                bulletin=bulletin,
                text_sha256=post.entered.one("text_sha256"),
                recording_sha256=post.entered.one("recording_sha256"),
            )

        return _step(desk, post, bulletin_id, "duyet", step)

    @router.post("/ban-tin/{bulletin_id}/tra-lai")
    def send_back(bulletin_id: str, post: sent) -> Response:
        actor, note = post.visit.person, post.entered.one("note")
        return _step(
            desk, post, bulletin_id, "tra-lai",
            lambda b: use_cases.send_back(office, actor=actor, bulletin=b, note=note),
            problem_at="note",
        )  # fmt: skip

    @router.post("/ban-tin/{bulletin_id}/rut")
    def withdraw(bulletin_id: str, post: sent) -> Response:
        actor = post.visit.person
        return _step(desk, post, bulletin_id, "rut", lambda b: use_cases.withdraw(office, actor=actor, bulletin=b))

    @router.post("/ban-tin/{bulletin_id}/doc-lai")
    def read_again(bulletin_id: str, post: sent) -> Response:
        def step(bulletin: BulletinId) -> None:
            require(may_edit(post.visit.person))
            render_again(office, _find(desk, post.visit, bulletin), request=new_id("rd"))

        return _step(desk, post, bulletin_id, "doc-lai", step)

    @router.post("/ban-tin/{bulletin_id}/cach-doc")
    def choose_reading(bulletin_id: str, post: sent) -> Response:
        return _step(desk, post, bulletin_id, "cach-doc", lambda b: _choose(desk, post, b), problem_at="choice")

    @router.post("/ban-tin/{bulletin_id}/luot-phat")
    def air(bulletin_id: str, post: sent) -> Response:
        visit, bulletin = post.visit, BulletinId(bulletin_id)
        title = _find(desk, visit, bulletin).title
        try:
            start = start_of(desk, visit, post.entered, title=title)
            asked = asking.ask(
                office,
                actor=visit.person,
                bulletin=bulletin,
                wish=AtMinute(at=start) if start else AtOnce(asked_at=visit.now),
                request=request_id_of(post.entered),
            )
        except (Invalid, Conflict) as exc:
            return page(desk, visit, bulletin, refused=exc, problem_at="time", entered=post.entered)
        return _after_asking(asked)

    @router.get("/ban-tin/{bulletin_id}/{step}")
    def come_back(bulletin_id: str, step: str, visit: here) -> Response:
        """After a refused step the address is the step's own; opening it again shows the bulletin."""
        if step not in _STEPS:
            raise NoSuchThing
        return go(f"/ban-tin/{_find(desk, visit, BulletinId(bulletin_id)).id}")

    return router


def page(
    desk: Desk,
    visit: Visit,
    bulletin: BulletinId,
    *,
    refused: Refusal | None = None,
    problem_at: str = "top",
    entered: Entered = _NOTHING,
) -> Response:
    """Return the page of a bulletin; a refusal stands beside what was refused, with what was typed."""
    with desk.site.office.database.reading() as tx:
        found = use_cases.find(tx, visit.station.id, bulletin)
        values = page_values(desk, tx, visit, found)
        sound = recordings.get(tx, visit.station.id, found.recording_sha256 or "")
    duration = timedelta(milliseconds=sound.duration_ms if sound else 0)
    start = suggested_start(visit.now, duration=duration, rules=visit.station.rules)
    return desk.show(
        visit,
        "bulletin.html",
        status=desk.status_of(refused) if refused else 200,
        problems={problem_at: refused.sentence(visit.translate)} if refused else {},
        airing_id=new_id("lp"),
        date=entered.one("date", f"{start:%Y-%m-%d}"),
        time=entered.one("time", f"{start:%H:%M}"),
        confirm=words_wanted(refused),
        confirmed=entered.one("confirmed"),
        note=entered.one("note"),
        ask_days=entered.one("days", "3"),
        ask_section=entered.one("section"),
        ask_until=entered.one("until"),
        ask_from=entered.one("first_day", f"{visit.now.astimezone(visit.station.rules.zone):%Y-%m-%d}"),
        when="" if entered.one("date") else words.moment(start, visit.station.rules.zone, visit.translate),
        weekdays="|".join(visit.translate(name) for name in words.WEEKDAYS),
        **values,
    )


def _after_asking(asked: Asked) -> Response:
    """Lead to what became of it: the airing, the two that collide, or the bulletin with why it stands elsewhere."""
    if asked.fate is Fate.CLASH:
        return go("/lich-tuan/tranh-cho?vua=1")
    if asked.fate is Fate.PLACED and asked.airings:
        return go(f"/luot-phat/{asked.airings[0]}")
    return go(f"/ban-tin/{asked.bulletin}", done="xep-lich")


def _step(
    desk: Desk,
    post: Post,
    bulletin_id: str,
    done: str,
    step: Callable[[BulletinId], object],
    *,
    problem_at: str = "top",
) -> Response:
    """Take a step and show the bulletin as it is then; a refusal is said on the page as it is now."""
    bulletin = BulletinId(bulletin_id)
    try:
        step(bulletin)
    except (Invalid, Conflict, Forbidden) as exc:
        at = problem_at if isinstance(exc, Invalid) else "top"
        return page(desk, post.visit, bulletin, refused=exc, problem_at=at, entered=post.entered)
    return go(f"/ban-tin/{bulletin}", done=done)


def _choose(desk: Desk, post: Post, bulletin: BulletinId) -> None:
    """Say one stretch another way from now on: the bulletin is a draft with a new reading."""
    visit = post.visit
    with desk.site.office.database.reading() as tx:
        before = use_cases.find(tx, visit.station.id, bulletin)
        choices = bulletins.choices_of(tx, bulletin)
    for new in choices_of(post.entered):
        choices = with_choice(choices, new)
    if own := post.entered.one("own").strip():
        choices = with_choice(choices, _own_words(post.entered, own))
    if dropped := post.entered.every("drop"):
        gone = choices_of(Entered(fields={"choice": dropped}))
        choices = tuple(choice for choice in choices if choice not in gone)
    say_with(desk, visit, before, choices)


def say_with(desk: Desk, visit: Visit, bulletin: Bulletin, choices: tuple[Choice, ...]) -> None:
    """Keep a bulletin as it is but for the readings that are chosen for it."""
    use_cases.rewrite(
        desk.site.office,
        actor=visit.person,
        bulletin=bulletin.id,
        draft=_draft(bulletin, choices),
        voices=desk.site.voice_names,
    )


def _own_words(entered: Entered, own: str) -> Choice:
    """Return the officer's own words for the stretch that the form was made for, checked like any choice."""
    (stretch,) = choices_of(Entered(fields={"choice": [entered.one("stretch")]}))
    (checked,) = choices_of(Entered(fields={"choice": [choice_json(replace(stretch, spoken=own))]}))
    return checked


def _draft(bulletin: Bulletin, choices: tuple[Choice, ...]) -> use_cases.Draft:
    return use_cases.Draft(
        title=bulletin.title,
        text=bulletin.text,
        audience=bulletin.audience,
        voice=bulletin.voice,
        read_twice=bulletin.read_twice,
        repeat_key_fact=bulletin.repeat_key_fact,
        priority=bulletin.priority,
        choices=choices,
    )


def _find(desk: Desk, visit: Visit, bulletin: BulletinId) -> Bulletin:
    with desk.site.office.database.reading() as tx:
        return use_cases.find(tx, visit.station.id, bulletin)
