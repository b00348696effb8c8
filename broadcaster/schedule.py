"""`broadcaster schedule check`: reads a station's week from a file and says what is wrong, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from broadcaster.adapters import schedule_files
from broadcaster.adapters.schedule_files import ScheduleFileError
from broadcaster.domain.audience import Place, of_hamlets
from broadcaster.domain.errors import Refusal
from broadcaster.domain.ids import ClusterId, HamletId
from broadcaster.domain.programme import Programme
from broadcaster.domain.week.checking import breaches
from broadcaster.domain.week.ground import Ground
from broadcaster.domain.week.regime import Profile, Regime
from broadcaster.domain.week_file.reading import read_template
from broadcaster.domain.week_file.template import GROUP, Template, bind
from broadcaster.domain.week_file.toml_lines import line_of, lines_of
from broadcaster.domain.week_file.toml_tables import FaultyFile
from broadcaster.domain.week_file.toml_text import plain

ELSEWHERE = HamletId("nơi khác")
"""Stands for every hamlet that a file does not name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found: lines for a person, and whether the file may be used."""

    lines: tuple[str, ...]
    is_usable: bool


def check(path: Path, *, today: date, profile: str | None = None) -> Checked:
    """Return what is wrong with a file, by its own profile of rules or another, in the weeks from `today` on."""
    try:
        text = plain(schedule_files.read_text(path))
        template = read_template(text, profiles=schedule_files.profiles())
        rules = _profile(profile or template.profile)
    except FaultyFile as exc:
        return Checked(lines=tuple(f"{path}: {line}" for line in str(exc).splitlines()), is_usable=False)
    except ScheduleFileError as exc:
        return Checked(lines=(str(exc),), is_usable=False)
    return _judged(path, template, rules, today=today, lines=lines_of(text))


def _judged(
    path: Path, template: Template, rules: Profile, *, today: date, lines: dict[tuple[str | int, ...], int]
) -> Checked:
    try:
        programmes = placed(template)
    except Refusal as exc:
        return Checked(lines=(f"{path}: {exc}",), is_usable=False)
    ground = Ground.of(_places(template), Regime(profile=rules))
    found = breaches(programmes, ground=ground, first=today)
    order = [programme.id for programme in programmes]
    said = []
    for each in found:
        line = line_of(("programmes", order.index(each.programme), "starts"), lines)
        said.append(f"{path}: Dòng {line}: {'Lưu ý' if each.is_warning else 'Sai quy định'}: {each.reason}")
    count = sum(len(each.segments) for each in programmes)
    if not any(not each.is_warning for each in found):
        said.append(f"{path}: dùng được: {len(programmes)} chương trình, {count} mục, theo “{rules.name}”.")
    return Checked(lines=tuple(said), is_usable=all(each.is_warning for each in found))


def placed(template: Template) -> tuple[Programme, ...]:
    """Return the programmes with each hamlet that the file names taken at its word, and each group as one hamlet."""
    named = {name: HamletId(name) for name in _hamlets(template)}
    groups = {group.id: of_hamlets([GROUP + group.id]) for group in template.groups}
    return bind(template, hamlets=named, groups=groups)


def _places(template: Template) -> list[Place]:
    hamlets = [*_hamlets(template), *(GROUP + group.id for group in template.groups), ELSEWHERE]
    clusters = [Place(cluster=ClusterId(f"cụm {hamlet}"), hamlet=HamletId(hamlet)) for hamlet in hamlets]
    return clusters + [Place(cluster=cluster, hamlet=ELSEWHERE) for cluster in dict.fromkeys(_clusters(template))]


def _hamlets(template: Template) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            hamlet
            for programme in template.programmes
            for audience in (programme.audience, *(each.audience for each in programme.segments))
            if audience is not None
            for hamlet in audience.hamlets
            if not hamlet.startswith(GROUP)
        )
    )


def _clusters(template: Template) -> Iterator[ClusterId]:
    for programme in template.programmes:
        for audience in (programme.audience, *(each.audience for each in programme.segments)):
            if audience is not None:
                yield from audience.clusters


def _profile(name: str) -> Profile:
    known = schedule_files.profiles()
    if not name:
        name = "quoc-gia"
    if name not in known:
        raise ScheduleFileError(f"Không có định mức “{name}”. Các định mức có sẵn: {', '.join(sorted(known))}.")
    return known[name]
