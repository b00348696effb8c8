"""The rules that limit a station's sessions: chosen, previewed with what they break, and only then saved."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid
from broadcaster.domain.permissions import may_administer, may_schedule, require
from broadcaster.services.week import limits
from broadcaster.services.week.foresight import LimitsPreview, foresee_limits
from broadcaster.store import programmes
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.rules_form import GAINS, entered_of, place_numbers, quiet_rows, wanted_of
from broadcaster.web.rules_view import profile_card, what_follows
from broadcaster.web.session import Post, Visit
from broadcaster.web.week_view import Places

PATH = "/dai/dinh-muc"
_OURS = frozenset({"csrf", "step"})


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the rules."""
    router = APIRouter()
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get(PATH)
    def show(visit: here) -> Response:
        require(may_administer(visit.person) or may_schedule(visit.person))
        with office.database.reading() as tx:
            now = limits.wanted_of(visit.station, programmes.limits_of(tx, visit.station.id))
        return _form(desk, visit, entered_of(now))

    @router.post(PATH)
    def change(post: sent) -> Response:
        visit, entered = post.visit, post.entered
        require(may_administer(visit.person))
        if entered.one("step") == "edit":
            return _form(desk, visit, entered)
        try:
            wanted = _wanted(desk, visit, entered)
            if entered.one("step") == "save":
                limits.save_limits(office, actor=visit.person, wanted=wanted)
                return go(PATH, done="dinh-muc")
            with office.database.reading() as tx:
                found = foresee_limits(tx, office, visit.station, wanted=wanted)
        except (Invalid, Conflict) as exc:
            return _form(desk, visit, entered, problem=exc.sentence(visit.translate), status=desk.status_of(exc))
        return _preview(desk, visit, entered, found)

    return router


def _wanted(desk: Desk, visit: Visit, entered: Entered) -> limits.WantedLimits:
    with desk.site.office.database.reading() as tx:
        before = limits.wanted_of(visit.station, programmes.limits_of(tx, visit.station.id))
        hamlets = [h.id for h in Places.of(tx, visit).hamlets]
    return wanted_of(entered, hamlets=hamlets, before=before)


def _form(desk: Desk, visit: Visit, entered: Entered, *, problem: str | None = None, status: int = 200) -> Response:
    office = desk.site.office
    with office.database.reading() as tx:
        places, kept = Places.of(tx, visit), programmes.limits_of(tx, visit.station.id)
    regime = limits.regime_of(visit.station, kept, office.profiles)
    before = limits.wanted_of(visit.station, kept)
    return desk.show(
        visit, "rules.html", status=status, problem=problem, entered=entered, action=PATH,
        may_change=may_administer(visit.person),
        follows=what_follows(visit, regime, places),
        profiles=[profile_card(visit, each) for each in office.profiles.values()],
        hamlets=places.hamlets, clusters=places.clusters, quiet_rows=quiet_rows(entered, "quiet_"),
        rows=[_place(visit, entered, n) for n in [*place_numbers(entered), len(place_numbers(entered))]],
        beyond=[
            {"n": n, "where": places.named(audience, visit), "profile": profile}
            for n, (audience, profile) in enumerate(p for p in before.precincts if not p[0].hamlets)
        ],
        has_precincts=any(entered.one(f"precinct-{h.id}") for h in places.hamlets),
        has_own=any(entered.one(name) for name in ("own_sessions", "own_minutes", "own_days", "own_document")),
    )  # fmt: skip


def _place(visit: Visit, entered: Entered, n: int) -> dict[str, Any]:
    """Return one place that wants quiet as the form shows it; the last one is empty, to be written in."""
    gain = entered.one(f"gain-{n}", "-6")
    offered = [(value, visit.translate(name)) for value, name in GAINS.items()]
    return {
        "n": n,
        "gain": gain,
        "gains": offered if gain in GAINS else [*offered, (gain, f"{gain} dB")],
        "quiet_rows": quiet_rows(entered, "place_", f"-{n}"),
        "is_new": not entered.every(f"place-{n}"),
    }


def _preview(desk: Desk, visit: Visit, entered: Entered, found: LimitsPreview) -> Response:
    with desk.site.office.database.reading() as tx:
        places = Places.of(tx, visit)
    say = visit.translate
    return desk.show(
        visit, "rules_change.html", action=PATH, follows=what_follows(visit, found.regime, places),
        breaks=list(dict.fromkeys(each.sentence(say) for each in found.breaks)),
        bulletins=[each.reason.sentence(say) for each in found.bulletins],
        hidden=[(name, value) for name, values in entered.fields.items() if name not in _OURS for value in values],
    )  # fmt: skip
