"""Signing in and out: sessions behind cookies, tokens behind programs, and a limit on guessing."""

import contextlib
import ipaddress
import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from broadcaster.domain.errors import N_, NotSignedIn, Refusal, TooMany, refusal
from broadcaster.domain.permissions import Person
from broadcaster.services.office import Office, fingerprint, new_secret
from broadcaster.store import accounts, audit

log = logging.getLogger(__name__)

SESSION_LENGTH = timedelta(hours=12)
TRIES = 10
"""Wrong tries of one name from one place; of a box's code, from one address."""
TRIES_OF_A_PLACE = 50
"""All names together: a whole office may share one address, and one of them may be forgetful."""
TRIES_OF_A_NAME = 100
"""From all places together, except those where that person has signed in lately."""
TRIES_WITHIN = timedelta(minutes=15)
KNOWN_PLACE = timedelta(days=30)
PASSWORD_MAX = 200
_USERNAME = re.compile(r"[a-z0-9.-]{1,40}")


class Passwords(Protocol):
    """A password hash function (argon2id), and the check that goes with it."""

    def hash(self, password: str) -> str: ...

    def verify(self, password: str, hash: str) -> bool: ...


@refusal
class SignInFailed(NotSignedIn):
    message = N_("Tên đăng nhập hoặc mật khẩu không đúng. Xin kiểm tra lại rồi thử lần nữa.")


@refusal
class TooManyTries(TooMany):
    minutes: int
    message = N_("Đã thử sai quá nhiều lần. Xin chờ {minutes} phút rồi thử lại.")


@refusal
class NobodyKnown(NotSignedIn):
    message = N_("Bạn chưa đăng nhập, hoặc phiên làm việc đã hết. Xin đăng nhập lại.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A fresh sign-in: the cookie's secret and when it ends, and the secret by which this browser is known again."""

    secret: str
    expires_at: datetime
    browser: str


def sign_in(
    office: Office, passwords: Passwords, *, username: str, password: str, address: str, browser: str = ""
) -> SignedIn:
    """Open a session. Raises SignInFailed, or TooManyTries when there were too many wrong tries lately.

    A try counts before the password is looked at, so that many at once are no way round the limits. They count for
    this name from this place, for the place, and for the name; the last one never shuts out a place where that
    person has signed in lately. The tries of a `browser` in which that person has signed in lately count for it alone:
    nobody, not even at the next desk, can lock an officer out of their own station.
    """
    now, name, place = office.now(), _name(username), _place(address)
    with office.database.writing() as tx:
        known = _known_browser(tx, name, browser, now=now)
        counted = (known,) if known else _counted(name, place)
        if known:
            check_tries(tx, "sign_in", who=known, now=now)
        else:
            _check_limits(tx, name=name, place=place, now=now)
        for who in counted:
            accounts.note_attempt(tx, "sign_in", who=who, now=now)
        account = accounts.by_username(tx, name)
    right = _verified(passwords, password=password[:PASSWORD_MAX], account=account)
    if account is None or account.disabled_at is not None or not right:
        raise SignInFailed
    with office.database.writing() as tx:
        for who in counted:
            accounts.take_back_attempt(tx, "sign_in", who=who, now=now)
        browser = browser or new_secret()
        for where in (place, fingerprint(browser)):
            accounts.note_attempt(tx, "signed_in", who=f"{name} {where}", now=now)
        signed_in = _open_session(tx, account.person, browser=browser, now=now)
    _tell_signer(office, account.person, password=password[:PASSWORD_MAX], secret=signed_in.secret)
    return signed_in


def who_is_signed_in(office: Office, secret: str) -> accounts.Session:
    """Return the session behind a cookie, pushing its end away. Raises NobodyKnown."""
    now, token = office.now(), fingerprint(secret)
    with office.database.reading() as tx:
        session = accounts.session(tx, token, now=now)
    if session is None:
        raise NobodyKnown
    if now - session.seen_at > timedelta(minutes=5):
        with office.database.writing() as tx:
            accounts.touch_session(tx, token, now=now, expires_at=now + SESSION_LENGTH)
        with contextlib.suppress(Refusal):  # the session goes on; what the signer does not know it says at an alert
            office.registrar.prolong(session.account.person, secret=secret)
    return session


def who_bears(office: Office, token: str) -> accounts.Account:
    """Return whose token this is. Raises NobodyKnown."""
    with office.database.reading() as tx:
        account = accounts.by_token(tx, fingerprint(token))
    if account is None:
        raise NobodyKnown
    return account


def sign_out(office: Office, secret: str) -> None:
    """End a session; a copied cookie is worthless from now on."""
    with office.database.writing() as tx:
        accounts.end_session(tx, fingerprint(secret))
    with contextlib.suppress(Refusal):  # the key ends by itself, and its secret is gone from the browser
        office.registrar.close_session(fingerprint(secret))


def check_tries(tx: Connection, what: str, *, who: str, now: datetime, tries: int = TRIES) -> None:
    """Raise TooManyTries when `who` tried `what` that often lately."""
    if accounts.attempts_since(tx, what, who=who, since=now - TRIES_WITHIN) >= tries:
        raise TooManyTries(minutes=int(TRIES_WITHIN.total_seconds() // 60))


def forget_tries(tx: Connection, *, now: datetime) -> None:
    """Forget the tries that count no more, and the places where somebody has not signed in for long."""
    accounts.prune_attempts(tx, before=now - timedelta(days=1), what=("sign_in", "enrol"))
    accounts.prune_attempts(tx, before=now - KNOWN_PLACE, what=("signed_in",))


def _check_limits(tx: Connection, *, name: str, place: str, now: datetime) -> None:
    check_tries(tx, "sign_in", who=f"{name} {place}", now=now)
    check_tries(tx, "sign_in", who=place, now=now, tries=TRIES_OF_A_PLACE)
    if not accounts.attempts_since(tx, "signed_in", who=f"{name} {place}", since=now - KNOWN_PLACE):
        check_tries(tx, "sign_in", who=f"{name} *", now=now, tries=TRIES_OF_A_NAME)


def _known_browser(tx: Connection, name: str, browser: str, *, now: datetime) -> str:
    """Return for whom a browser's tries count, nothing when that person has not signed in with it lately."""
    who = f"{name} {fingerprint(browser)}"
    lately = browser and accounts.attempts_since(tx, "signed_in", who=who, since=now - KNOWN_PLACE)
    return who if lately else ""


def _counted(name: str, place: str) -> tuple[str, str, str]:
    return f"{name} {place}", place, f"{name} *"


def _name(username: str) -> str:
    """Return the name as accounts have it; what cannot be anybody's name is counted as one."""
    name = username.strip().lower()
    return name if _USERNAME.fullmatch(name) else "?"


def _place(address: str) -> str:
    """Return from where somebody calls: an IPv4 address, or the network of 64 bits that one IPv6 subscriber has."""
    with contextlib.suppress(ValueError):
        known = ipaddress.ip_address(address)
        if isinstance(known, ipaddress.IPv6Address):
            return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
    return address[:60]


def _open_session(tx: Connection, person: Person, *, browser: str, now: datetime) -> SignedIn:
    secret, expires_at = new_secret(), now + SESSION_LENGTH
    accounts.add_session(
        tx, person.id, token_sha256=fingerprint(secret), csrf=new_secret(), now=now, expires_at=expires_at
    )
    audit.record(tx, person.station, user=person.id, action="sign_in", subject=person.id, now=now)
    return SignedIn(secret=secret, expires_at=expires_at, browser=browser)


def _tell_signer(office: Office, person: Person, *, password: str, secret: str) -> None:
    """Have the session's key known to the signer. Without it one may do all but speak for an alert."""
    try:
        office.registrar.open_session(person.id, password=password, secret=secret)
    except Refusal as exc:
        log.warning("%s is signed in, but the signer does not know the session: %s", person.id, exc)


def _verified(passwords: Passwords, *, password: str, account: accounts.Account | None) -> bool:
    """Return whether the password is right, taking as long when there is no such name."""
    if account is None:
        passwords.hash(password)
        return False
    return passwords.verify(password, account.password_hash)
