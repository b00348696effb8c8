"""Who may do what: predicates over a person, and over the station's rules where these have a say."""

from dataclasses import dataclass
from enum import StrEnum

from broadcaster.domain.errors import N_, Forbidden, refusal
from broadcaster.domain.ids import StationId, UserId


class Role(StrEnum):
    EDITOR = "editor"
    APPROVER = "approver"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody known to the station, and what they are there."""

    id: UserId
    station: StationId
    name: str
    roles: frozenset[Role]


@refusal
class NotAllowed(Forbidden):
    message = N_("Tài khoản của bạn không có quyền làm việc này. Xin nhờ người quản trị đài cấp quyền.")


@refusal
class OwnBulletin(Forbidden):
    message = N_("Người soạn không tự duyệt bản tin của mình. Xin nhờ một người duyệt khác.")


def may_edit(person: Person) -> bool:
    """Write, change and submit bulletins."""
    return Role.EDITOR in person.roles


def may_approve(person: Person) -> bool:
    """Approve or return what others submitted."""
    return Role.APPROVER in person.roles


def may_withdraw(person: Person) -> bool:
    """Take a bulletin back, its coming airings with it."""
    return bool(person.roles & {Role.EDITOR, Role.APPROVER})


def may_air(person: Person) -> bool:
    """Choose when an approved bulletin is aired, or cancel an airing."""
    return bool(person.roles & {Role.EDITOR, Role.APPROVER})


def may_schedule(person: Person) -> bool:
    """Change what recurs: programmes, their hours, their segments and exceptions."""
    return bool(person.roles & {Role.EDITOR, Role.APPROVER, Role.ADMINISTRATOR})


def may_alert(person: Person) -> bool:
    """Draft an emergency alert; letting it sound takes `may_approve`."""
    return bool(person.roles & {Role.EDITOR, Role.APPROVER})


def may_keep_devices(person: Person) -> bool:
    """Add clusters, give out enrolment codes, retire boxes."""
    return bool(person.roles & {Role.TECHNICIAN, Role.ADMINISTRATOR})


def may_administer(person: Person) -> bool:
    """Change the station's rules, its hamlets, its people and their tokens; read the audit trail."""
    return Role.ADMINISTRATOR in person.roles


def require(allowed: bool) -> None:
    """Raise NotAllowed unless `allowed`."""
    if not allowed:
        raise NotAllowed


def require_may_approve(person: Person, *, author: UserId, self_approval: bool) -> None:
    """Raise unless this person may approve a bulletin of `author` under the station's rule on self-approval."""
    require(may_approve(person))
    if person.id == author and not self_approval:
        raise OwnBulletin
