"""A station's week as a file: what it holds, and how it is bound to a station's own places."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from broadcaster.domain.audience import EVERYBODY, Audience, of_hamlets
from broadcaster.domain.errors import N_, Invalid, refusal
from broadcaster.domain.ids import HamletId
from broadcaster.domain.programme import Programme, ProgrammeId, SoundName

GROUP = "nhóm:"
"""What stands before a group's name where a hamlet's would stand, until the file is bound to a station."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Hamlets that hear something of their own: which they are is said when a station takes the template."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSound:
    """A fixed recording that the programmes need, for the library to have; `text` proposes what to say in it."""

    name: SoundName
    title: str
    language: str = "vi"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a file holds. The audiences in it name hamlets by their names, and groups, until `bind`."""

    name: str
    description: str
    profile: str
    """The id of the profile of rules that it was written for."""
    programmes: tuple[Programme, ...]
    sounds: tuple[WantedSound, ...] = ()
    groups: tuple[Group, ...] = ()


@refusal
class UnknownHamlet(Invalid):
    name: str
    message = N_("Đài không có thôn nào tên là “{name}”. Xin sửa tên thôn trong tệp, hoặc thêm thôn ấy vào đài.")


@refusal
class UnknownGroup(Invalid):
    name: str
    message = N_('Chưa khai báo nhóm “{name}”. Xin thêm một bảng [[groups]] có id = "{name}".')


@refusal
class UnknownSound(Invalid):
    name: str
    message = N_('Chưa khai báo bản thu “{name}”. Xin thêm một bảng [[sounds]] có name = "{name}".')


@refusal
class ProgrammeTwice(Invalid):
    name: str
    message = N_("Mã chương trình “{name}” dùng hai lần. Xin đặt mỗi chương trình một mã.")


@refusal
class WrittenBefore(Invalid):
    name: str
    message = N_("“{name}” đã khai báo ở trên rồi. Xin bỏ bớt một, hoặc đổi tên.")


@refusal
class UnassignedGroup(Invalid):
    name: str
    known: str
    message = N_("Lịch này không có nhóm “{name}”. Các nhóm trong lịch: {known}.")


@refusal
class NoProgrammes(Invalid):
    message = N_("Tệp chưa có chương trình nào. Xin thêm ít nhất một bảng [[programmes]].")


def bind(
    template: Template,
    *,
    hamlets: Mapping[str, HamletId],
    groups: Mapping[str, Audience],
    name: Callable[[ProgrammeId], ProgrammeId] = lambda written: written,
) -> tuple[Programme, ...]:
    """Return the programmes with a station's own hamlets, groups and ids.

    A group that was given no audience is everybody: then each of its items is heard everywhere, one after another.
    Raises UnknownHamlet, and UnassignedGroup for an audience given to a group that there is not.
    """
    known = [group.id for group in template.groups]
    for group in groups:
        if group not in known:
            raise UnassignedGroup(name=group[:40], known=", ".join(known) or "—")

    def place(audience: Audience) -> Audience:
        for written in audience.hamlets:
            if written.startswith(GROUP):
                return groups.get(written.removeprefix(GROUP), EVERYBODY)
            if written not in hamlets:
                raise UnknownHamlet(name=written[:80])
        return of_hamlets(hamlets[h] for h in audience.hamlets) if audience.hamlets else audience

    return tuple(
        replace(
            each,
            id=name(each.id),
            audience=place(each.audience),
            segments=tuple(
                replace(s, audience=place(s.audience)) if s.audience is not None else s for s in each.segments
            ),
        )
        for each in template.programmes
    )
