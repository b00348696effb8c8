"""The segments of a programme in a file, and who hears them: each fault is noted on its line."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import MappingProxyType

from broadcaster.domain.audience import EVERYBODY, Audience, EmptyAudience, MixedAudience, of_clusters, of_hamlets
from broadcaster.domain.errors import Refusal
from broadcaster.domain.programme import (
    BadLength,
    BadSilence,
    BadSource,
    BoxSegment,
    FillerSegment,
    FixedSegment,
    RelaySegment,
    RelayWithoutSource,
    Role,
    Section,
    Segment,
    SegmentId,
    SegmentNamesClash,
    SoundName,
    TooManySources,
    check_name,
    sounds_of,
)
from broadcaster.domain.week_file.template import GROUP, UnknownGroup, UnknownHamlet, UnknownSound
from broadcaster.domain.week_file.toml_tables import NotAmong, Table

KINDS = ("jingle", "recording", "sign_off", "relay", "bulletins", "notices", "filler")
_BESIDE: Mapping[type[Refusal], str] = MappingProxyType(
    {
        BadLength: "minutes",
        BadSilence: "silence_seconds",
        BadSource: "urls",
        RelayWithoutSource: "urls",
        TooManySources: "urls",
    }
)
"""The key that a refusal is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What else is there for a segment to name; `hamlets` is None where every name is taken at its word."""

    groups: frozenset[str]
    sounds: Container[SoundName]
    hamlets: Container[str] | None = None


def name_at(table: Table, key: str) -> str:
    """Return a name by which the rest of the file calls something."""
    name = table.text(key)
    if name:
        table.built(lambda: check_name(name), key)
    return name


def audience_of(table: Table, known: Known) -> Audience | None:
    """Return the audience of a table, or None when it names none."""
    inner = table.table("audience")
    if inner is None:
        return None
    everybody = inner.flag("all", default=False)
    hamlets, groups, clusters = inner.texts("hamlets"), inner.texts("groups"), inner.texts("clusters")
    inner.finish()
    for group in groups:
        if group not in known.groups:
            inner.note(UnknownGroup(name=group[:40]), "groups")
    for hamlet in hamlets:
        if known.hamlets is not None and hamlet not in known.hamlets:
            inner.note(UnknownHamlet(name=hamlet[:80]), "hamlets")
    ways = everybody + bool(hamlets) + bool(groups) + bool(clusters)
    if ways != 1 or len(groups) > 1:
        inner.note(MixedAudience() if ways else EmptyAudience())
        return None
    if everybody:
        return EVERYBODY
    named = hamlets or tuple(GROUP + group for group in groups)
    return of_hamlets(named) if named else of_clusters(clusters)


def segments_of(table: Table, known: Known) -> tuple[Segment, ...]:
    """Return the segments of a programme, each under a name of its own."""
    found: dict[str, Segment] = {}
    for each in table.tables("segments"):
        segment = _segment(each, known)
        if segment is not None and segment.id in found:
            each.note(SegmentNamesClash(name=segment.id), "id")
        if segment is not None:
            found[segment.id] = segment
    return tuple(found.values())


def _segment(table: Table, known: Known) -> Segment | None:
    kind = table.text("kind")
    if kind not in KINDS:
        if kind:
            table.note(NotAmong(key="kind", value=kind[:40], known=", ".join(KINDS)), "kind")
        return None
    segment = _SEGMENTS[kind](table, known)
    table.finish()
    for name in sounds_of(segment) if segment else ():
        key = next(key for key in _SOUND_KEYS if key in table.data)
        if name not in known.sounds:
            table.note(UnknownSound(name=name[:40]), key)
        table.built(partial(check_name, name), key)
    return segment


def _fixed(table: Table, known: Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    sound, role = SoundName(table.text("sound")), Role(table.text("kind"))
    return table.built(lambda: FixedSegment(id=id_, title=title, audience=audience, sound=sound, role=role))


def _relay(table: Table, known: Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    urls, length, filler = table.texts("urls"), table.length(), table.text("filler", "")
    silence_seconds = table.number("silence_seconds", 10)
    return table.built(
        lambda: RelaySegment(
            id=id_,
            title=title,
            audience=audience,
            urls=urls,
            length=length,
            silence=timedelta(seconds=silence_seconds),
            filler=SoundName(filler) if filler else None,
        ),
        at=_BESIDE,
    )


def _box(table: Table, known: Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    own = Section.NOTICES if table.text("kind") == "notices" else Section.BULLETINS
    length, sections = table.length(), table.choices("sections", Section) or (own,)
    return table.built(
        lambda: BoxSegment(id=id_, title=title, audience=audience, length=length, sections=sections), at=_BESIDE
    )


def _filler(table: Table, known: Known) -> Segment | None:
    id_, title, audience = _named(table, known)
    sounds, length = tuple(SoundName(name) for name in table.texts("sounds")), table.length()
    return table.built(
        lambda: FillerSegment(id=id_, title=title, audience=audience, sounds=sounds, length=length), at=_BESIDE
    )


def _named(table: Table, known: Known) -> tuple[SegmentId, str, Audience | None]:
    return SegmentId(name_at(table, "id")), table.text("title"), audience_of(table, known)


_SOUND_KEYS = ("sound", "sounds", "filler")
_SEGMENTS: dict[str, Callable[[Table, Known], Segment | None]] = {
    "jingle": _fixed,
    "recording": _fixed,
    "sign_off": _fixed,
    "relay": _relay,
    "bulletins": _box,
    "notices": _box,
    "filler": _filler,
}
