"""What recurs: the templates to start from, the programmes with their form, and which recordings they play."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from broadcaster.domain.errors import N_, Conflict, Invalid
from broadcaster.domain.ids import LibraryItemId
from broadcaster.domain.library import LibraryState
from broadcaster.domain.permissions import may_schedule, require
from broadcaster.domain.programme import Programme, ProgrammeId, SoundName
from broadcaster.domain.station import NoSuchThing
from broadcaster.domain.week.calendar import HOLIDAY_NAMES
from broadcaster.domain.week.programme_data import FaultyProgramme, as_data
from broadcaster.domain.week_file.template import Template
from broadcaster.services.week import programmes as use_cases
from broadcaster.services.week import sounds as sounds_by_name
from broadcaster.services.week.limits import profile_of
from broadcaster.store import library, programmes, stations
from broadcaster.store.programmes import Kept
from broadcaster.web import words
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.programme_days import (
    DAYS,
    LUNAR_DAYS,
    ON_HOLIDAYS,
    open_parts,
    rows_with_one_more,
    weekdays_of,
)
from broadcaster.web.programme_form import (
    KINDS,
    NEW,
    beside,
    data_of,
    entered_of,
    numbers,
    open_segments,
    rearranged,
)
from broadcaster.web.session import Post, Visit
from broadcaster.web.week_groups import chosen
from broadcaster.web.week_proposal import propose

_MINUTE_S = 60


def routes(desk: Desk) -> APIRouter:
    """Return the routes of templates, programmes and their recordings."""
    router = APIRouter()
    _templates(router, desk)
    _sounds(router, desk)
    _programmes(router, desk)
    return router


def _templates(router: APIRouter, desk: Desk) -> None:
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/lich-tuan/mau")
    def several(visit: here) -> Response:
        require(may_schedule(visit.person))
        found = [_template(desk, visit, name, each) for name, each in office.templates.items()]
        return desk.show(visit, "week_templates.html", templates=found)

    @router.get("/lich-tuan/mau/{name}")
    def one(name: str, visit: here) -> Response:
        require(may_schedule(visit.person))
        template = office.templates.get(name)
        if template is None:
            raise NoSuchThing
        with office.database.reading() as tx:
            hamlets = stations.hamlets_of(tx, visit.station.id)
            there = bool(programmes.of_station(tx, visit.station.id))
        found = use_cases.preview(office, actor=visit.person, edit=use_cases.from_template(office, name))
        plain = not (found.breaks or found.unusual or there)
        return desk.show(
            visit, "week_template.html", offered=_template(desk, visit, name, template), hamlets=hamlets,
            groups=[{"id": g.id, "title": g.title} for g in template.groups], there=there, at_once=plain,
            sounds=[s.title for s in template.sounds],
        )  # fmt: skip

    @router.post("/lich-tuan/mau/{name}")
    def take(name: str, post: sent) -> Response:
        groups = chosen(post.entered)
        instead = post.entered.one("instead") == "1"
        template = office.templates.get(name)
        if template is None:
            raise NoSuchThing
        return propose(
            desk, post, lambda: use_cases.from_template(office, name, groups=groups, instead=instead),
            head=N_("Bắt đầu từ mẫu"), lead=N_("Lịch của đài lấy theo mẫu “{name}”."),
            named={"name": template.name},
            action=f"/lich-tuan/mau/{name}", back=f"/lich-tuan/mau/{name}", then="/lich-tuan", done="mau",
            listed=True,
        )  # fmt: skip


def _sounds(router: APIRouter, desk: Desk) -> None:
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/chuong-trinh/ban-thu")
    def sounds(visit: here) -> Response:
        with office.database.reading() as tx:
            wanted = programmes.sounds_of(tx, visit.station.id)
            items = _items(tx, visit)
        rows = [
            {"name": name, "title": s.wanted.title, "text": s.wanted.text, "item": s.item or ""}
            for name, s in wanted.items()
        ]
        may = may_schedule(visit.person)
        return desk.show(visit, "programme_sounds.html", rows=rows, items=items, may_schedule=may)

    @router.post("/chuong-trinh/ban-thu")
    def name_sounds(post: sent) -> Response:
        with office.database.reading() as tx:
            before = programmes.sounds_of(tx, post.visit.station.id)
        for name, sound in before.items():
            chosen = post.entered.one(f"sound-{name}")
            if post.entered.every(f"sound-{name}") and chosen != (sound.item or ""):
                item = LibraryItemId(chosen) if chosen else None
                sounds_by_name.name_sound(office, actor=post.visit.person, name=SoundName(name), item=item)
        return go("/chuong-trinh/ban-thu", done="ban-thu")


def _programmes(router: APIRouter, desk: Desk) -> None:
    office = desk.site.office
    here = Annotated[Visit, Depends(desk.door.visit)]
    sent = Annotated[Post, Depends(desk.door.posted)]

    @router.get("/chuong-trinh")
    def several(visit: here) -> Response:
        with office.database.reading() as tx:
            rows = [_row(visit, each.programme) for each in programmes.of_station(tx, visit.station.id)]
        return desk.show(visit, "programmes.html", rows=rows, may_schedule=may_schedule(visit.person))

    @router.get("/chuong-trinh/moi")
    def ask(visit: here) -> Response:
        require(may_schedule(visit.person))
        return _form(desk, visit, NEW, before=None)

    @router.post("/chuong-trinh/moi")
    def add(post: sent) -> Response:
        return _save(desk, post, before=None)

    @router.get("/chuong-trinh/{programme}")
    def ask_again(programme: str, visit: here) -> Response:
        require(may_schedule(visit.person))
        kept = _find(desk, visit, programme)
        entered = entered_of(as_data(kept.programme))
        return _form(desk, visit, Entered(fields={**entered.fields, "version": [str(kept.version)]}), before=kept)

    @router.post("/chuong-trinh/{programme}")
    def change(programme: str, post: sent) -> Response:
        return _save(desk, post, before=_find(desk, post.visit, programme))

    @router.post("/chuong-trinh/{programme}/bo")
    def remove(programme: str, post: sent) -> Response:
        kept = _find(desk, post.visit, programme)
        return propose(
            desk, post, lambda: use_cases.removing(kept.programme.id),
            head=N_("Bỏ chương trình"), lead=N_("“{title}” sẽ không phát nữa. Có thể hoàn tác ở trang “Ai đã sửa gì”."),
            named={"title": kept.programme.title}, action=f"/chuong-trinh/{programme}/bo",
            back=f"/chuong-trinh/{programme}", then="/chuong-trinh", done="bo-chuong-trinh",
        )  # fmt: skip

    @router.get("/chuong-trinh/{programme}/bo")
    def come_back(programme: str, _visit: here) -> Response:
        return go(f"/chuong-trinh/{_find(desk, _visit, programme).programme.id}")


def _save(desk: Desk, post: Post, *, before: Kept | None) -> Response:
    """Rearrange the form, show what the change would do, or save it; faults stand beside their fields."""
    visit, entered = post.visit, post.entered
    require(may_schedule(visit.person))
    if wish := entered.one("do"):
        return _form(desk, visit, rearranged(entered, wish), before=before)
    if entered.one("step") == "edit":
        return _form_again(desk, visit, entered, before=before)
    data = data_of(entered, before=as_data(before.programme) if before else None)
    version = entered.one("version")
    try:
        if before is None:
            edit = use_cases.adding({key: value for key, value in data.items() if key != "id"})
        else:
            known = int(version) if version.isdigit() and len(version) < 9 else None
            edit = use_cases.changing(before.programme.id, data, version=known)
    except FaultyProgramme as exc:
        errors = dict(beside(place, fault, visit.translate) for place, fault in reversed(exc.faults))
        return _form(desk, visit, entered, before=before, errors=errors)
    except (Invalid, Conflict) as exc:
        return _form(desk, visit, entered, before=before, errors={"form": exc.sentence(visit.translate)})
    action = f"/chuong-trinh/{before.programme.id}" if before else "/chuong-trinh/moi"
    return propose(
        desk, post, lambda: edit, head=N_("Lưu chương trình"), lead=N_("“{title}”, bắt đầu lúc {starts}."),
        named={"title": entered.one("title").strip(), "starts": entered.one("starts")},
        action=action, back=action, then="/lich-tuan", done="chuong-trinh", edit_again=True,
    )  # fmt: skip


def _form_again(desk: Desk, visit: Visit, entered: Entered, *, before: Kept | None) -> Response:
    """Show the form as it was filled in; where somebody else has saved meanwhile, say that this one takes its place."""
    if before is None or entered.one("version") == str(before.version):
        return _form(desk, visit, entered, before=before)
    newest = Entered(fields={**entered.fields, "version": [str(before.version)]})
    told = N_("Trong lúc bạn nhập, chương trình này đã được sửa và lưu. Lưu ở đây là thay bằng bản của bạn.")
    return _form(desk, visit, newest, before=before, errors={"form": visit.translate(told)})


def _form(
    desk: Desk, visit: Visit, entered: Entered, *, before: Kept | None, errors: Mapping[str, str] | None = None
) -> Response:
    with desk.site.office.database.reading() as tx:
        hamlets = stations.hamlets_of(tx, visit.station.id)
        clusters = stations.clusters_of(tx, visit.station.id)
        sounds = _sound_choices(tx, visit)
    translate = visit.translate
    return desk.show(
        visit, "programme_form.html", status=422 if errors else 200, entered=entered, errors=errors or {},
        hamlets=hamlets, hamlet_ids={h.id for h in hamlets}, clusters=clusters, cluster_ids={c.id for c in clusters},
        sounds=sounds, sound_ids={id for id, _ in sounds}, numbers=numbers(entered),
        kinds=[(kind, translate(name)) for kind, name in KINDS.items()],
        weekdays=list(zip(DAYS, (translate(day) for day in words.WEEKDAYS), strict=True)),
        lunar_days=[(day, translate(name)) for day, name in LUNAR_DAYS.items()],
        on_holidays=[(way.value, translate(name)) for way, name in ON_HOLIDAYS.items()],
        holidays=[(each.value, translate(name)) for each, name in HOLIDAY_NAMES.items()],
        which_days=entered.one("which_days"), rows=rows_with_one_more(entered),
        open_parts=open_parts(entered, errors or {}), open_segments=open_segments(entered, errors or {}),
        action=f"/chuong-trinh/{before.programme.id}" if before else "/chuong-trinh/moi", before=before,
    )  # fmt: skip


def _sound_choices(tx: Connection, visit: Visit) -> list[tuple[str, str]]:
    """Return what a segment may play: the names that programmes use, and the library's approved items."""
    named = [(str(name), s.wanted.title) for name, s in programmes.sounds_of(tx, visit.station.id).items()]
    return named + _items(tx, visit)


def _items(tx: Connection, visit: Visit) -> list[tuple[str, str]]:
    every = library.of_station(tx, visit.station.id)
    return [(str(each.id), each.details.title) for each in every if each.state is LibraryState.APPROVED]


def _template(desk: Desk, visit: Visit, name: str, template: Template) -> dict[str, object]:
    """Return a template in plain words."""
    return {
        "href": f"/lich-tuan/mau/{name}",
        "name": template.name,
        "description": template.description,
        "profile": profile_of(template.profile, desk.site.office.profiles).name,
        "programmes": [_row(visit, each) for each in template.programmes],
    }


def _row(visit: Visit, programme: Programme) -> dict[str, object]:
    data = as_data(programme)
    days = weekdays_of(data)
    minutes = round(programme.slot.length.total_seconds() / _MINUTE_S)
    return {
        "href": f"/chuong-trinh/{programme.id}",
        "title": programme.title,
        "starts": f"{programme.slot.starts:%H:%M}",
        "length": visit.sentence(N_("{minutes} phút"), minutes=minutes),
        "days": _days_said(visit, days, data),
        "segments": [each.title for each in programme.segments],
        "active": programme.active,
    }


def _days_said(visit: Visit, days: tuple[str, ...] | None, data: Mapping[str, Any]) -> str:
    if days == DAYS:
        return visit.translate(N_("hằng ngày"))
    if days:
        return ", ".join(visit.translate(words.WEEKDAYS[DAYS.index(day)]) for day in days)
    if data.get("lunar_days"):
        return visit.sentence(N_("ngày âm lịch {days}"), days=", ".join(data["lunar_days"]))
    return visit.translate(N_("những ngày riêng"))


def _find(desk: Desk, visit: Visit, programme: str) -> Kept:
    with desk.site.office.database.reading() as tx:
        found = [k for k in programmes.of_station(tx, visit.station.id) if k.programme.id == ProgrammeId(programme)]
    if not found:
        raise NoSuchThing
    return found[0]
