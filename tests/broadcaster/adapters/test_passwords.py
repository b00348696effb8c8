"""What every password hash function promises, the real one and the fast one of the tests."""

import pytest

from broadcaster.adapters.passwords import Argon2Passwords
from broadcaster.services.signing_in import Passwords
from tests.fakes.station_office import FastPasswords


@pytest.fixture(params=[Argon2Passwords, FastPasswords], ids=lambda kind: kind.__name__)
def passwords(request: pytest.FixtureRequest) -> Passwords:
    """Each of the two."""
    made: Passwords = request.param()
    return made


@pytest.mark.parametrize("password", ["một câu ngắn dễ nhớ", "x" * 200, " khoảng trắng "])
def test_only_the_right_password_passes(passwords: Passwords, password: str) -> None:
    kept = passwords.hash(password)

    assert password not in kept
    assert passwords.verify(password, kept)
    for wrong in (password + " ", password[:-1], "", password.upper()):
        assert not passwords.verify(wrong, kept)


def test_real_one_is_argon2id_with_a_salt() -> None:
    passwords = Argon2Passwords()

    assert passwords.hash("mot cau ngan").startswith("$argon2id$")
    assert passwords.hash("mot cau ngan") != passwords.hash("mot cau ngan")
