"""Who may do what, written down as a table."""

from collections.abc import Callable

import pytest

from broadcaster.domain import permissions
from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import NotAllowed, OwnBulletin, Person, Role, require_may_approve

E, A, T, D = Role.EDITOR, Role.APPROVER, Role.TECHNICIAN, Role.ADMINISTRATOR
MAY: dict[Callable[[Person], bool], set[Role]] = {
    permissions.may_edit: {E},
    permissions.may_approve: {A},
    permissions.may_withdraw: {E, A},
    permissions.may_air: {E, A},
    permissions.may_keep_devices: {T, D},
    permissions.may_administer: {D},
}


def somebody(*roles: Role) -> Person:
    """Return a person with these roles."""
    return Person(id=UserId("nd-1"), station=StationId("xa"), name="Lan", roles=frozenset(roles))


@pytest.mark.parametrize("allowed", MAY, ids=lambda allowed: allowed.__name__)
@pytest.mark.parametrize("role", Role)
def test_role_may(allowed: Callable[[Person], bool], role: Role) -> None:
    assert allowed(somebody(role)) == (role in MAY[allowed])


@pytest.mark.parametrize("allowed", MAY, ids=lambda allowed: allowed.__name__)
def test_nobody_may_without_a_role(allowed: Callable[[Person], bool]) -> None:
    assert not allowed(somebody())


def test_own_bulletin_needs_the_stations_leave() -> None:
    both = somebody(E, A)

    require_may_approve(both, author=UserId("nd-2"), self_approval=False)
    require_may_approve(both, author=both.id, self_approval=True)
    with pytest.raises(OwnBulletin):
        require_may_approve(both, author=both.id, self_approval=False)
    with pytest.raises(NotAllowed):
        require_may_approve(somebody(E), author=UserId("nd-2"), self_approval=True)
