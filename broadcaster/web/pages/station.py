"""The station's own rules, its hamlets, and the order of its voices."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from broadcaster.domain.errors import Conflict, Invalid
from broadcaster.domain.permissions import may_administer, require
from broadcaster.domain.station import STAGGER_MOST_MS, BadStagger, QuietHours, Rules, time_of_day
from broadcaster.services import stations as use_cases
from broadcaster.store import stations
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit
from broadcaster.web.style import SWITCHES, fields_of, style_of

QUIET_ROWS = 3
_VOICE_FIELDS = 3
_BESIDE = {
    "bad_time_of_day": "quiet",
    "empty_quiet_hours": "quiet",
    "unknown_voice": "voices",
    "bad_stagger": "stagger",
}


def routes(desk: Desk) -> APIRouter:
    """Return the routes of the station."""
    router = APIRouter()
    office = desk.site.office
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/dai")
    def show(visit: Annotated[Visit, Depends(desk.door.visit)]) -> Response:
        return _page(desk, visit, _entered(visit.station.rules))

    @router.post("/dai")
    def change(post: sent) -> Response:
        visit = post.visit
        try:
            rules = _rules(post.entered, before=visit.station.rules)
            use_cases.change_rules(office, actor=visit.person, rules=rules, voices=desk.site.voice_names)
        except (Invalid, Conflict) as exc:
            errors = {_BESIDE.get(exc.code, "quiet"): exc.sentence(visit.translate)}
            return _page(desk, visit, post.entered, errors=errors, status=desk.status_of(exc))
        return go("/dai", done="quy-dinh")

    @router.post("/dai/thon")
    def add_hamlet(post: sent) -> Response:
        visit, entered = post.visit, post.entered
        try:
            use_cases.add_hamlet(office, actor=visit.person, name=entered.one("name"))
        except (Invalid, Conflict) as exc:
            before = _entered(visit.station.rules)
            shown = Entered(fields={**before.fields, "name": [entered.one("name")]})
            errors = {"name": exc.sentence(visit.translate)}
            return _page(desk, visit, shown, errors=errors, status=desk.status_of(exc))
        return go("/dai", done="thon")

    return router


def _page(
    desk: Desk, visit: Visit, entered: Entered, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    require(may_administer(visit.person))
    with desk.site.office.database.reading() as tx:
        hamlets = stations.hamlets_of(tx, visit.station.id)
        clusters = stations.clusters_of(tx, visit.station.id)
    health = desk.site.health()
    return desk.show(
        visit,
        "station.html",
        status=status,
        station=visit.station,
        entered=entered,
        errors=errors or {},
        hamlets=[{"name": h.name, "count": sum(c.hamlet == h.id for c in clusters)} for h in hamlets],
        quiet_rows=_padded(entered, "quiet_start", "quiet_end"),
        voice_fields=_voice_fields(desk, entered),
        voices=desk.site.voices,
        switches=_switches(visit),
        health=health,
        disk_free=words.size(health.disk_free_bytes),
    )


def _switches(visit: Visit) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the switches of the station's style: each its field, its name and its values."""
    translate = visit.translate
    return [
        (field, translate(name), [(value.value, translate(text)) for value, text in values.items()])
        for field, (name, values) in SWITCHES.items()
    ]


def _entered(rules: Rules) -> Entered:
    """Return the rules as the form shows them."""
    return Entered(
        fields={
            "quiet_start": [f"{q.start:%H:%M}" for q in rules.quiet_hours],
            "quiet_end": [f"{q.end:%H:%M}" for q in rules.quiet_hours],
            "self_approval": ["1"] if rules.self_approval else [],
            "voice": list(rules.voices),
            "stagger_s": [f"{rules.stagger_ms / 1000:g}".replace(".", ",")],
            "self_test_at": [f"{rules.self_test_at:%H:%M}" if rules.self_test_at is not None else ""],
        }
        | fields_of(rules.style)
    )


def _padded(entered: Entered, start: str, end: str) -> list[tuple[str, str]]:
    """Return the rows of quiet hours, with empty ones for more."""
    rows = list(zip(entered.every(start), entered.every(end), strict=False))
    return rows + [("", "")] * max(1 if len(rows) >= QUIET_ROWS else 0, QUIET_ROWS - len(rows))


def _voice_fields(desk: Desk, entered: Entered) -> list[str]:
    chosen = [voice for voice in entered.every("voice") if voice]
    count = min(len(desk.site.voices), max(_VOICE_FIELDS, len(chosen)))
    return [*chosen, *[""] * count][:count]


def _rules(entered: Entered, *, before: Rules) -> Rules:
    """Return the rules that were entered; a row of quiet hours left empty does not count, and without any row the
    quiet hours stay: their own page changes them."""
    rows = zip(entered.every("quiet_start"), entered.every("quiet_end"), strict=False)
    quiet = tuple(
        QuietHours(start=time_of_day(start), end=time_of_day(end))
        for start, end in rows
        if start.strip() or end.strip()
    )
    voices = tuple(dict.fromkeys(voice for voice in entered.every("voice") if voice)) or before.voices
    return replace(
        before,
        quiet_hours=quiet if entered.every("quiet_start") else before.quiet_hours,
        self_approval=entered.ticked("self_approval"),
        voices=voices,
        style=style_of(entered, before=before.style),
        stagger_ms=_stagger_ms(entered.one("stagger_s")),
        self_test_at=time_of_day(at) if (at := entered.one("self_test_at").strip()) else None,
    )


def _stagger_ms(written: str) -> int:
    """Return seconds written as people do (`0,5`) in milliseconds; nothing is none. Raises BadStagger."""
    try:
        return round(float(written.strip().replace(",", ".") or 0) * 1000)
    except (ValueError, OverflowError) as exc:
        raise BadStagger(most_s=STAGGER_MOST_MS // 1000) from exc
