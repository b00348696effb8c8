"""The station's people: their accounts, roles, passwords and tokens."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.acting import Act, ActKind, SignAct
from broadcaster.domain.errors import N_, Conflict, Invalid, refusal
from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import Person, Role, may_administer, require
from broadcaster.domain.station import NoSuchThing, clean_name
from broadcaster.services.office import Office, fingerprint, new_id, new_secret
from broadcaster.services.registrar import nobody_signs
from broadcaster.services.signing_in import PASSWORD_MAX, Passwords
from broadcaster.store import accounts, audit, stations

log = logging.getLogger(__name__)

PASSWORD_MIN = 10


@refusal
class PasswordTooShort(Invalid):
    least: int
    message = N_("Mật khẩu cần ít nhất {least} ký tự. Một câu ngắn dễ nhớ là mật khẩu tốt.")


@refusal
class PasswordTooLong(Invalid):
    limit: int
    message = N_("Mật khẩu dài quá {limit} ký tự. Xin chọn mật khẩu ngắn hơn.")


@refusal
class BadUsername(Invalid):
    message = N_("Tên đăng nhập gồm 3 đến 32 chữ thường không dấu, chữ số, dấu chấm hoặc gạch ngang.")


@refusal
class UsernameTaken(Conflict):
    username: str
    message = N_("Tên đăng nhập “{username}” đã có người dùng. Xin chọn tên khác.")


@refusal
class NoRole(Invalid):
    message = N_("Chưa chọn vai trò. Xin chọn ít nhất một vai trò cho người này.")


@refusal
class LastAdministrator(Conflict):
    message = N_("Đài phải còn ít nhất một người quản trị. Xin giao quyền quản trị cho người khác trước.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Who is to be added, as entered."""

    username: str
    full_name: str
    password: str
    roles: frozenset[Role]


def add_person(
    office: Office, passwords: Passwords, *, actor: Person, new: NewPerson, sign: SignAct = nobody_signs
) -> Person:
    """Give somebody an account at the actor's station; the signer learns of it by the actor's own signature."""
    require(may_administer(actor))
    with office.database.writing() as tx:
        person = create_person(tx, passwords, station=actor.station, new=new, now=office.now())
        audit.record(
            tx, actor.station, user=actor.id, action="person.add", subject=person.id, now=office.now(),
            username=new.username, roles=sorted(new.roles),
        )  # fmt: skip
        _act(tx, office, ActKind.ADMIT, actor=actor, user=person.id, sign=sign)
    return person


def create_person(tx: Connection, passwords: Passwords, *, station: StationId, new: NewPerson, now: datetime) -> Person:
    """Keep a new person within a transaction. Raises Invalid or UsernameTaken."""
    username = clean_username(new.username)
    if not new.roles:
        raise NoRole
    if accounts.by_username(tx, username) is not None:
        raise UsernameTaken(username=username)
    person = Person(
        id=UserId(new_id("nd")), station=station, name=clean_name(new.full_name), roles=frozenset(new.roles)
    )
    account = accounts.Account(
        person=person,
        username=username,
        password_hash=passwords.hash(check_password(new.password)),
        language="vi",
        disabled_at=None,
    )
    accounts.add(tx, account, now=now)
    return person


def change_person(
    office: Office, *, actor: Person, user: UserId, roles: frozenset[Role], disabled: bool, full_name: str,
    sign: SignAct = nobody_signs,
) -> None:  # fmt: skip
    """Change what somebody may do, or close their account and end their sign-ins."""
    require(may_administer(actor))
    if not roles:
        raise NoRole
    now = office.now()
    with office.database.writing() as tx:
        account = _person_of(tx, actor.station, user)
        accounts.change(
            tx, user, roles=sorted(roles), full_name=clean_name(full_name),
            disabled_at=(account.disabled_at or now) if disabled else None,
        )  # fmt: skip
        if disabled:
            accounts.end_sessions_of(tx, user)
        if not any(
            Role.ADMINISTRATOR in a.person.roles and a.disabled_at is None
            for a in accounts.of_station(tx, actor.station)
        ):
            raise LastAdministrator
        audit.record(
            tx, actor.station, user=actor.id, action="person.change", subject=user, now=now,
            roles=sorted(roles), disabled=disabled,
        )  # fmt: skip
        _act(tx, office, ActKind.CHANGE, actor=actor, user=user, sign=sign)


def set_password(
    office: Office, passwords: Passwords, *, actor: Person, user: UserId, password: str, old: str = "",
    sign: SignAct = nobody_signs,
) -> None:  # fmt: skip
    """Give a new password: one's own, or as administrator anybody's. Every sign-in of that person ends.

    The signer takes it for the `old` one, or by an administrator's signature.
    """
    require(actor.id == user or may_administer(actor))
    hashed = passwords.hash(check_password(password))
    with office.database.writing() as tx:
        _person_of(tx, actor.station, user)
        accounts.change(tx, user, password_hash=hashed)
        accounts.end_sessions_of(tx, user)
        audit.record(tx, actor.station, user=actor.id, action="person.password", subject=user, now=office.now())
        if old:
            office.registrar.change_password(user, old=old, verifier=hashed)
        else:
            _act(tx, office, ActKind.GIVE_PASSWORD, actor=actor, user=user, sign=sign)


def reset_password(office: Office, passwords: Passwords, *, username: str, password: str) -> None:
    """Give somebody a new password at the server's own console, where no administrator can sign in any more."""
    hashed = passwords.hash(check_password(password))
    with office.database.writing() as tx:
        account = accounts.by_username(tx, username)
        if account is None:
            raise NoSuchThing
        accounts.change(tx, account.person.id, password_hash=hashed, disabled_at=None)
        accounts.end_sessions_of(tx, account.person.id)
        audit.record(
            tx, account.person.station, user=None, action="person.password_reset", subject=account.person.id,
            now=office.now(),
        )  # fmt: skip


def set_language(office: Office, *, actor: Person, language: str) -> None:
    """Remember in which language somebody reads the pages."""
    with office.database.writing() as tx:
        accounts.change(tx, actor.id, language="en" if language == "en" else "vi")


def issue_token(office: Office, *, actor: Person, user: UserId, name: str, sign: SignAct = nobody_signs) -> str:
    """Return a new bearer token of a person; it is shown once and never again."""
    require(may_administer(actor))
    secret = new_secret()
    with office.database.writing() as tx:
        _person_of(tx, actor.station, user)
        token_id = new_id("tk")
        accounts.add_token(
            tx, user, token_id=token_id, token_sha256=fingerprint(secret), name=clean_name(name), now=office.now()
        )
        audit.record(
            tx, actor.station, user=actor.id, action="token.issue", subject=token_id, now=office.now(), owner=user
        )
        _act(tx, office, ActKind.GIVE_KEY, actor=actor, user=user, sign=sign, secret=secret)
    return secret


def revoke_token(office: Office, *, actor: Person, token_id: str) -> None:
    """End a token. Raises NoSuchThing."""
    require(may_administer(actor))
    with office.database.writing() as tx:
        if not accounts.revoke_token(tx, actor.station, token_id, now=office.now()):
            raise NoSuchThing
        office.registrar.close_session(accounts.token_fingerprint(tx, actor.station, token_id))
        audit.record(tx, actor.station, user=actor.id, action="token.revoke", subject=token_id, now=office.now())


def clean_username(raw: str) -> str:
    """Return a username in lower case. Raises BadUsername."""
    username = raw.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{2,31}", username):
        raise BadUsername
    return username


def check_password(password: str) -> str:
    """Return the password unchanged. Raises Invalid when it is too short or too long."""
    if len(password) < PASSWORD_MIN:
        raise PasswordTooShort(least=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise PasswordTooLong(limit=PASSWORD_MAX)
    return password


def hand_over(office: Office) -> tuple[StationId, ...]:
    """Hand every station's people over to a signer that knows nobody there; return those stations.

    Their sign-ins end: only a password given once more makes a session known to the signer.
    """
    with office.database.reading() as tx:
        strange = [s.id for s in stations.every(tx) if not office.registrar.knows_somebody(s.id)]
    for station in strange:
        hand_over_station(office, station)
        log.warning("the signer knew nobody of %s and has taken its people over; they sign in once more", station)
    return tuple(strange)


def hand_over_station(office: Office, station: StationId) -> None:
    """Hand one station's people over, and end their sign-ins."""
    with office.database.reading() as tx:
        known = accounts.of_station(tx, station)
    office.registrar.found(station, known)
    with office.database.writing() as tx:
        for account in known:
            accounts.end_sessions_of(tx, account.person.id)


def _act(
    tx: Connection, office: Office, kind: ActKind, *, actor: Person, user: UserId, sign: SignAct, secret: str = ""
) -> None:
    """Have the signer do to its register what was just done to ours; what it refuses is undone here too.

    Somebody whom it does not know yet (an older copy of either was restored) becomes known to it by that.
    """
    account = accounts.get(tx, user)
    assert account is not None  # noqa: S101 - it was looked up or made a moment ago
    if kind is not ActKind.ADMIT and not office.registrar.knows(account.person):
        _act(tx, office, ActKind.ADMIT, actor=actor, user=user, sign=sign)
    act = Act(
        kind=kind, station=actor.station, actor=actor.id, subject=user, nonce=new_secret(), at=office.now(),
        username=account.username, roles=account.person.roles, disabled=account.disabled_at is not None,
        verifier=account.password_hash, key=office.registrar.key_of(secret) if secret else "",
        key_name=fingerprint(secret) if secret else "",
    )  # fmt: skip
    office.registrar.obey(act, sign=sign)


def _person_of(tx: Connection, station: StationId, user: UserId) -> accounts.Account:
    account = accounts.get(tx, user)
    if account is None or account.person.station != station:
        raise NoSuchThing
    return account
