"""The week under `/api/v1`: programmes, the sessions of some days, what bulletins ask for, and clashes."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from broadcaster.domain.audience import Audience, from_json
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import LibraryItemId
from broadcaster.domain.permissions import Person
from broadcaster.domain.programme import ProgrammeId, SoundName
from broadcaster.domain.station import Station, time_of_day
from broadcaster.domain.week.calendar import check_day
from broadcaster.domain.week.programme_data import as_data
from broadcaster.domain.week.regime import OwnCaps
from broadcaster.services.week import limits
from broadcaster.services.week import programmes as use_cases
from broadcaster.services.week import sounds as sounds_by_name
from broadcaster.services.week import view as week_view
from broadcaster.services.week.foresight import Preview
from broadcaster.services.week.limits import sensitive_from_json
from broadcaster.services.week.programmes import Edit
from broadcaster.store import programmes, stations
from broadcaster.store.settled import Said
from broadcaster.web.api import shapes
from broadcaster.web.api.timetable_bodies import (
    ChangeShape,
    CopyWeekBody,
    ExceptionBody,
    FileBody,
    LimitsBody,
    LimitsShape,
    NamedSoundShape,
    PreviewShape,
    ProgrammeBody,
    ProgrammeShape,
    RestBody,
    SaidShape,
    SavedShape,
    SessionShape,
    SoundBody,
    TemplateBody,
    TimetableShape,
    UndoBody,
)
from broadcaster.web.site import Site

DAYS_MOST = 62


@refusal
class SpanTooLong(Invalid):
    days: int
    message = N_("Chỉ xem được nhiều nhất {days} ngày một lần, từ ngày trước tới ngày sau.")


def routes(site: Site, asking_person: Callable[..., Person]) -> APIRouter:
    """Return the routes of the week."""
    router = APIRouter(tags=["timetable"])
    _programmes(router, site, asking_person)
    _week(router, site, asking_person)
    return router


def _programmes(router: APIRouter, site: Site, asking_person: Callable[..., Person]) -> None:
    who = Annotated[Person, Depends(asking_person)]
    office = site.office
    dry = Annotated[bool, Query(description="only say what would break")]

    def kept(actor: Person) -> list[ProgrammeShape]:
        with office.database.reading() as tx:
            return [_programme(each) for each in programmes.of_station(tx, actor.station)]

    def done(actor: Person, edit: Edit, confirmed: list[str], preview: bool) -> SavedShape | PreviewShape:
        if preview:
            return _preview(use_cases.preview(office, actor=actor, edit=edit))
        number = use_cases.save(office, actor=actor, edit=edit, confirmed=confirmed)
        return SavedShape(change=number, programmes=kept(actor))

    @router.get("/programmes")
    def several(actor: who) -> list[ProgrammeShape]:
        """The programmes of the station's week."""
        return kept(actor)

    @router.post("/programmes", status_code=201)
    def add(body: ProgrammeBody, actor: who, preview: dry = False) -> SavedShape | PreviewShape:
        """Add a programme, unless that would break a rule; with `preview` only say what it would."""
        return done(actor, use_cases.adding(body.programme), body.confirmed, preview)

    @router.put("/programmes/{programme_id}")
    def change(programme_id: str, body: ProgrammeBody, actor: who, preview: dry = False) -> SavedShape | PreviewShape:
        """Change a programme, unless that would break a rule."""
        edit = use_cases.changing(ProgrammeId(programme_id), body.programme, version=body.version)
        return done(actor, edit, body.confirmed, preview)

    @router.delete("/programmes/{programme_id}")
    def remove(programme_id: str, actor: who, preview: dry = False) -> SavedShape | PreviewShape:
        """Remove a programme; what has begun of it plays on."""
        return done(actor, use_cases.removing(ProgrammeId(programme_id)), [], preview)

    @router.post("/programmes/{programme_id}/exceptions")
    def make_exception(
        programme_id: str, body: ExceptionBody, actor: who, preview: dry = False
    ) -> SavedShape | PreviewShape:
        """Leave one day of a programme out, give it another hour, or have it as usual again."""
        return done(actor, _exception(ProgrammeId(programme_id), body), body.confirmed, preview)

    @router.post("/timetable/template")
    def take_template(body: TemplateBody, actor: who, preview: dry = False) -> SavedShape | PreviewShape:
        """Begin with one of the ready-made weeks."""
        edit = use_cases.from_template(office, body.template, groups=_groups(body), instead=body.instead)
        return done(actor, edit, body.confirmed, preview)

    @router.post("/timetable/import")
    def take_file(body: FileBody, actor: who, preview: dry = False) -> SavedShape | PreviewShape:
        """Make the week what this file says (TOML), unless that would break a rule."""
        return done(actor, use_cases.from_file(office, body.toml, groups=_groups(body)), body.confirmed, preview)

    @router.get("/timetable/export")
    def give_file(actor: who) -> dict[str, str]:
        """The week as TOML, which `import` reads back."""
        with office.database.reading() as tx:
            return {"toml": use_cases.export(tx, _station(site, actor))}

    @router.post("/timetable/rest")
    def rest(body: RestBody, actor: who, preview: dry = False) -> SavedShape | PreviewShape:
        """Let some programmes rest for some days, both included: a mourning, a harvest."""
        meant = [ProgrammeId(name) for name in body.programmes]
        edit = use_cases.resting(meant, first_day=body.first_day, last_day=body.last_day, reason=body.reason)
        return done(actor, edit, [], preview)

    @router.post("/timetable/copy-week")
    def copy_week(body: CopyWeekBody, actor: who, preview: dry = False) -> SavedShape | PreviewShape:
        """Make one week like another, exceptions included."""
        edit = use_cases.copying_week(source=body.source, target=body.target)
        return done(actor, edit, body.confirmed, preview)

    @router.get("/timetable/history")
    def history(actor: who) -> list[ChangeShape]:
        """Who changed what in the week, newest first."""
        with office.database.reading() as tx:
            undone = programmes.undone(tx, actor.station)
            return [
                ChangeShape(
                    id=c.id, at=c.at, by=c.by, action=c.action, titles=list(c.titles), undoes=c.undoes,
                    undone=c.id in undone,
                )
                for c in programmes.history(tx, actor.station)
            ]  # fmt: skip

    @router.post("/timetable/history/{number}/undo")
    def undo(
        number: Annotated[int, Path(ge=0, lt=1 << 31)], actor: who, body: UndoBody | None = None, preview: dry = False
    ) -> SavedShape | PreviewShape:
        """Undo one change, unless that would break a rule."""
        return done(actor, use_cases.undoing(number), body.confirmed if body else [], preview)


def _week(router: APIRouter, site: Site, asking_person: Callable[..., Person]) -> None:
    who = Annotated[Person, Depends(asking_person)]
    office = site.office

    @router.get("/timetable")
    def timetable(
        actor: who,
        first: Annotated[date | None, Query(alias="from")] = None,
        last: Annotated[date | None, Query(alias="to")] = None,
    ) -> TimetableShape:
        """The sessions of these days, both included: by default today and the next six."""
        station, now = _station(site, actor), office.now()
        begin = check_day(first or now.astimezone(station.rules.zone).date())
        end = check_day(last or begin + timedelta(days=6))
        if not 0 <= (end - begin).days < DAYS_MOST:
            raise SpanTooLong(days=DAYS_MOST)
        start, until = (datetime.combine(d, time(), station.rules.zone) for d in (begin, end + timedelta(days=1)))
        with office.database.reading() as tx:
            view = week_view.look(tx, station, office.profiles, start=start, end=until, now=now)
            every = [*view.outside, *(airing for session in view.sessions for airing in session.airings)]
            shown = shapes.airings(tx, station.id, every, now=now)
            return TimetableShape(
                sessions=[
                    SessionShape(
                        programme_id=s.programme,
                        title=s.title,
                        due_at=s.key.due_at,
                        ends_by=s.ends_by,
                        verdict=s.verdict.value if s.verdict else None,
                        settled=s.is_settled,
                        clusters=sorted(s.session.clusters) if s.session else [],
                        left_out=[_said(each) for each in s.left_out],
                        omitted=[_said(each) for each in s.omitted],
                        airings=[shown[airing.id] for airing in s.airings],
                    )
                    for s in view.sessions
                ],
                outside=[shown[airing.id] for airing in view.outside],
            )

    @router.get("/timetable/sounds")
    def sounds(actor: who) -> list[NamedSoundShape]:
        """The recordings that the programmes call by a name, and which item of the library each is today."""
        with office.database.reading() as tx:
            return [
                NamedSoundShape(
                    name=name, title=s.wanted.title, language=s.wanted.language, text=s.wanted.text,
                    library_item_id=s.item,
                )
                for name, s in programmes.sounds_of(tx, actor.station).items()
            ]  # fmt: skip

    @router.put("/timetable/sounds/{name}", status_code=204)
    def name_sound(name: str, body: SoundBody, actor: who) -> None:
        """Say which approved recording of the library a name in the programmes means."""
        item = LibraryItemId(body.library_item_id) if body.library_item_id else None
        sounds_by_name.name_sound(office, actor=actor, name=SoundName(name), item=item)

    @router.get("/timetable/limits")
    def show_limits(actor: who) -> LimitsShape:
        """What limits the station's sessions: profile, own caps, places that want quiet."""
        with office.database.reading() as tx:
            found = programmes.limits_of(tx, actor.station)
        return LimitsShape(
            profile=found.profile,
            precincts=[dict(each) for each in found.precincts],
            sensitive=[dict(each) for each in found.sensitive],
            own_caps=dict(found.own_caps) if found.own_caps else None,
            profiles={name: profile.name for name, profile in office.profiles.items()},
        )

    @router.put("/timetable/limits")
    def set_limits(body: LimitsBody, actor: who) -> LimitsShape:
        """Set what limits the station's sessions."""
        limits.set_limits(
            office,
            actor=actor,
            profile=body.profile,
            precincts=tuple((from_json(each.audience), each.profile) for each in body.precincts),
            sensitive=tuple(sensitive_from_json(each.model_dump()) for each in body.sensitive),
            own=OwnCaps(**body.own_caps.model_dump()) if body.own_caps is not None else None,
        )
        return show_limits(actor)


def _groups(body: TemplateBody | FileBody) -> dict[str, Audience]:
    return {name: from_json(audience) for name, audience in body.groups.items()}


@refusal
class StartsMissing(Invalid):
    message = N_("Xin ghi giờ mới (starts), chẳng hạn 17:30.")


def _exception(programme: ProgrammeId, body: ExceptionBody) -> Edit:
    if body.kind == "skip":
        return use_cases.skipping(programme, body.day, reason=body.reason)
    if body.kind == "restore":
        return use_cases.restoring(programme, body.day)
    if body.starts is None:
        raise StartsMissing
    return use_cases.moving(programme, body.day, starts=time_of_day(body.starts), to=body.to)


def _station(site: Site, actor: Person) -> Station:
    with site.office.database.reading() as tx:
        found = stations.get(tx, actor.station)
    assert found is not None  # noqa: S101 - the person who asks belongs to it
    return found


def _programme(kept: programmes.Kept) -> ProgrammeShape:
    return ProgrammeShape(
        id=kept.programme.id,
        name=kept.name,
        version=kept.version,
        title=kept.programme.title,
        programme=as_data(kept.programme) | {"id": kept.name},
    )


def _preview(found: Preview) -> PreviewShape:
    return PreviewShape(
        changed=[name for name, _ in found.changed],
        breaks=[str(each) for each in found.breaks],
        unusual=[{"title": u.title, "clock": u.clock, "words": u.words} for u in found.unusual],
        bulletins=[str(each.reason) for each in found.bulletins],
    )


def _said(said: Said) -> SaidShape:
    return SaidShape(code=said.code, sentence=said.sentence, clusters=sorted(said.clusters), segment=said.segment)
