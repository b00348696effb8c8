"""What a change to the week would do, shown before it is saved: what it breaks, who loses by it, what must be said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from broadcaster.domain.errors import N_, Conflict, Invalid, Refusal
from broadcaster.domain.permissions import may_schedule, require
from broadcaster.domain.week.edits import TimeNotConfirmed, WouldBreak
from broadcaster.services.week import programmes as use_cases
from broadcaster.services.week.foresight import Preview
from broadcaster.services.week.programmes import Edit
from broadcaster.web.desk import Desk, go
from broadcaster.web.forms import Entered
from broadcaster.web.session import Post, Visit

_OURS = frozenset({"csrf", "step", "confirmed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A field of the form that a change came from: it stands on the preview too, to be filled in differently.

    What is refused in one of the ways of `faults` is said beside it.
    """

    name: str
    label: str
    kind: str = "text"
    faults: tuple[type[Refusal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """How a change is told on its page."""

    head: str
    lead: str
    action: str
    back: str
    edit_again: bool
    listed: bool
    asks: Sequence[Ask]
    warns: Sequence[str]


def propose(
    desk: Desk,
    post: Post,
    make: Callable[[], Edit],
    *,
    head: str,
    lead: str,
    named: Mapping[str, str],
    action: str,
    back: str,
    done: str,
    then: str | None = None,
    edit_again: bool = False,
    listed: bool = False,
    asks: Sequence[Ask] = (),
    warns: Sequence[str] = (),
) -> Response:
    """Save a change that was looked at, or show what it would do; what is refused is said where it was asked for.

    `back` leads away without a change, `then` (by default the same) is where one stands when it is saved. With `listed`
    the programmes that come, change and go are named. `warns` are sentences to be read before saving.
    """
    visit = post.visit
    require(may_schedule(visit.person))
    told = _Told(
        head=visit.translate(head), lead=visit.sentence(lead, **named), action=action, back=back,
        edit_again=edit_again, listed=listed, asks=asks, warns=warns,
    )  # fmt: skip
    if post.entered.one("step") != "save":
        return _looked_at(desk, post, make, told)

    def save() -> Response:
        return _saved(desk, post, make, told) or _go(then or back, done)

    return desk.once.press(visit.person.id, visit.request.url.path, post.entered, save)


def _saved(desk: Desk, post: Post, make: Callable[[], Edit], told: _Told) -> Response | None:
    """Save the change and return None, or return the page that says why not."""
    actor, confirmed = post.visit.person, post.entered.every("confirmed")
    try:
        use_cases.save(desk.site.office, actor=actor, edit=make(), confirmed=confirmed)
    except (WouldBreak, TimeNotConfirmed) as exc:
        return _looked_at(desk, post, make, told, problem=exc)
    except (Invalid, Conflict) as exc:
        return _shown(desk, post, told, found=None, problem=exc)
    return None


def _looked_at(
    desk: Desk, post: Post, make: Callable[[], Edit], told: _Told, *, problem: Refusal | None = None
) -> Response:
    """Return the page that says what the change would do."""
    try:
        found = use_cases.preview(desk.site.office, actor=post.visit.person, edit=make())
    except (Invalid, Conflict) as exc:
        return _shown(desk, post, told, found=None, problem=exc)
    return _shown(desk, post, told, found=found, problem=problem)


def _shown(desk: Desk, post: Post, told: _Told, *, found: Preview | None, problem: Refusal | None) -> Response:
    visit, entered = post.visit, post.entered
    status = desk.status_of(problem) if problem else 409 if found and found.breaks else 200
    return desk.show(
        visit, "week_change.html", status=status, head=told.head, lead=told.lead, action=told.action, back=told.back,
        edit_again=told.edit_again, hidden=_hidden(entered), typed=entered.every("confirmed"),
        changes=_changes(visit, found) if found and told.listed else [], warns=told.warns if found else (),
        asks=_asks(visit, entered, told.asks, problem),
        asked_hidden=_hidden(entered, but=[ask.name for ask in told.asks]), **_said(visit, found, problem),
    )  # fmt: skip


def _asks(visit: Visit, entered: Entered, asks: Sequence[Ask], problem: Refusal | None) -> list[dict[str, str]]:
    """Return the fields as they were filled in, with what was refused beside the one that it is about."""
    return [
        {
            "name": ask.name,
            "label": visit.translate(ask.label),
            "kind": ask.kind,
            "value": entered.one(ask.name),
            "error": problem.sentence(visit.translate) if problem and _is_about(problem, ask, entered) else "",
        }
        for ask in asks
    ]


def _is_about(problem: Refusal, ask: Ask, entered: Entered) -> bool:
    """Return whether a refusal is about that field: of two of one kind, the one that holds the value it names."""
    return isinstance(problem, ask.faults) and entered.one(ask.name).startswith(getattr(problem, "value", ""))


def _changes(visit: Visit, found: Preview) -> list[dict[str, str]]:
    """Return the programmes that come, change and go, in this order."""
    look = {"new": ("check", N_("Thêm")), "other": ("clock", N_("Sửa")), "gone": ("cross", N_("Bỏ"))}
    kinds = [
        ("gone", found.titles[name]) if each is None
        else ("other" if name in found.titles else "new", each.title)
        for name, each in found.changed
    ]  # fmt: skip
    order = list(look)
    return [
        {"icon": look[kind][0], "said": visit.translate(look[kind][1]), "title": title}
        for kind, title in sorted(kinds, key=lambda each: order.index(each[0]))
    ]


def _said(visit: Visit, found: Preview | None, problem: Refusal | None) -> dict[str, object]:
    """Return what a preview says, each sentence once; what is said as broken is not said twice."""
    breaks = list(dict.fromkeys(each.sentence(visit.translate) for each in found.breaks)) if found else []
    alone = problem is not None and not (isinstance(problem, WouldBreak) and breaks)
    return {
        "problem": problem.sentence(visit.translate) if problem is not None and alone else None,
        "breaks": breaks,
        "unusual": [
            {"title": u.title, "clock": u.clock, "words": u.words}
            for u in dict.fromkeys(found.unusual if found else ())
        ],
        "bulletins": [each.reason.sentence(visit.translate) for each in found.bulletins] if found else [],
        "nothing": found is not None and not found.changed,
        "may_save": found is not None and found.is_allowed and bool(found.changed),
    }


def _hidden(entered: Entered, *, but: Sequence[str] = ()) -> list[tuple[str, str]]:
    ours = _OURS | set(but)
    return [(name, value) for name, values in entered.fields.items() if name not in ours for value in values]


def _go(path: str, done: str) -> Response:
    address, _, query = path.partition("?")
    return go(f"{address}?{query}&da={done}") if query else go(address, done=done)
