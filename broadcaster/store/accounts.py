"""People, their sign-ins and their tokens, and how often somebody tried."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import Person, Role
from broadcaster.store.tables import attempts, sessions, tokens, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person as the database keeps them."""

    person: Person
    username: str
    password_hash: str
    language: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in of one person in one browser."""

    account: Account
    csrf: str
    expires_at: datetime
    seen_at: datetime


def add(tx: Connection, account: Account, *, now: datetime) -> None:
    """Keep a new person."""
    tx.execute(
        insert(users).values(
            id=account.person.id,
            station_id=account.person.station,
            username=account.username,
            full_name=account.person.name,
            password_hash=account.password_hash,
            roles=sorted(account.person.roles),
            language=account.language,
            created_at=now,
        )
    )


def by_username(tx: Connection, username: str) -> Account | None:
    """Return the person who signs in by that name, or None."""
    row = tx.execute(select(users).where(users.c.username == username)).first()
    return _account(row) if row else None


def get(tx: Connection, user: UserId) -> Account | None:
    """Return one person, or None."""
    row = tx.execute(select(users).where(users.c.id == user)).first()
    return _account(row) if row else None


def of_station(tx: Connection, station: StationId) -> tuple[Account, ...]:
    """Return the station's people by name."""
    rows = tx.execute(select(users).where(users.c.station_id == station).order_by(users.c.full_name))
    return tuple(_account(row) for row in rows)


def change(tx: Connection, user: UserId, **values: object) -> None:
    """Change columns of one person (`full_name`, `password_hash`, `roles`, `language`, `disabled_at`)."""
    tx.execute(update(users).where(users.c.id == user).values(**values))


def add_session(
    tx: Connection, user: UserId, *, token_sha256: str, csrf: str, now: datetime, expires_at: datetime
) -> None:
    """Keep a new sign-in."""
    tx.execute(
        insert(sessions).values(
            token_sha256=token_sha256, user_id=user, created_at=now, seen_at=now, expires_at=expires_at, csrf=csrf
        )
    )


def session(tx: Connection, token_sha256: str, *, now: datetime) -> Session | None:
    """Return the live sign-in behind a cookie, or None when it is unknown, over, or its person is disabled."""
    row = tx.execute(
        select(users, sessions.c.csrf, sessions.c.expires_at, sessions.c.seen_at)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_sha256 == token_sha256, sessions.c.expires_at > now, users.c.disabled_at.is_(None))
    ).first()
    return (
        Session(account=_account(row), csrf=row.csrf, expires_at=row.expires_at, seen_at=row.seen_at) if row else None
    )


def touch_session(tx: Connection, token_sha256: str, *, now: datetime, expires_at: datetime) -> None:
    """Push a sign-in's end further away."""
    tx.execute(
        update(sessions).where(sessions.c.token_sha256 == token_sha256).values(seen_at=now, expires_at=expires_at)
    )


def end_session(tx: Connection, token_sha256: str) -> None:
    """Forget one sign-in."""
    tx.execute(delete(sessions).where(sessions.c.token_sha256 == token_sha256))


def end_sessions_of(tx: Connection, user: UserId) -> None:
    """Forget every sign-in of a person."""
    tx.execute(delete(sessions).where(sessions.c.user_id == user))


def prune_sessions(tx: Connection, *, now: datetime) -> None:
    """Forget the sign-ins that are over."""
    tx.execute(delete(sessions).where(sessions.c.expires_at <= now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a program signs in with, without its secret."""

    id: str
    name: str
    owner: str
    created_at: datetime
    revoked_at: datetime | None


def add_token(tx: Connection, user: UserId, *, token_id: str, token_sha256: str, name: str, now: datetime) -> None:
    """Keep a new token of a person."""
    tx.execute(insert(tokens).values(id=token_id, token_sha256=token_sha256, user_id=user, name=name, created_at=now))


def by_token(tx: Connection, token_sha256: str) -> Account | None:
    """Return the person behind a live token, or None."""
    row = tx.execute(
        select(users)
        .join(tokens, tokens.c.user_id == users.c.id)
        .where(tokens.c.token_sha256 == token_sha256, tokens.c.revoked_at.is_(None), users.c.disabled_at.is_(None))
    ).first()
    return _account(row) if row else None


def tokens_of(tx: Connection, station: StationId) -> tuple[Token, ...]:
    """Return the station's tokens, newest first."""
    rows = tx.execute(
        select(tokens, users.c.full_name)
        .join(users, users.c.id == tokens.c.user_id)
        .where(users.c.station_id == station)
        .order_by(tokens.c.created_at.desc())
    )
    return tuple(
        Token(id=r.id, name=r.name, owner=r.full_name, created_at=r.created_at, revoked_at=r.revoked_at) for r in rows
    )


def token_fingerprint(tx: Connection, station: StationId, token_id: str) -> str:
    """Return the fingerprint of a token's secret, nothing when there is no such token."""
    ours = tokens.join(users, users.c.id == tokens.c.user_id)
    is_it = (users.c.station_id == station) & (tokens.c.id == token_id)
    query = select(tokens.c.token_sha256).select_from(ours).where(is_it)
    return str(tx.execute(query).scalar() or "")


def revoke_token(tx: Connection, station: StationId, token_id: str, *, now: datetime) -> bool:
    """End a token of this station; return whether there was a live one."""
    of_station_users = select(users.c.id).where(users.c.station_id == station)
    ended = tx.execute(
        update(tokens)
        .where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None), tokens.c.user_id.in_(of_station_users))
        .values(revoked_at=now)
    )
    return ended.rowcount > 0


def note_attempt(tx: Connection, what: str, *, who: str, now: datetime) -> None:
    """Remember a try of `what` (sign_in, signed_in, enrol) by `who` (a name, an address, or both)."""
    tx.execute(insert(attempts).values(what=what, who=who[:120], at=now))


def take_back_attempt(tx: Connection, what: str, *, who: str, now: datetime) -> None:
    """Forget one try that was noted at exactly that instant: it was none of those that count."""
    one = select(attempts.c.id).where(attempts.c.what == what, attempts.c.who == who[:120], attempts.c.at == now)
    tx.execute(delete(attempts).where(attempts.c.id.in_(one.limit(1))))


def attempts_since(tx: Connection, what: str, *, who: str, since: datetime) -> int:
    """Return how often `who` tried `what` since then."""
    counted = select(func.count()).where(attempts.c.what == what, attempts.c.who == who[:120], attempts.c.at >= since)
    return int(tx.execute(counted).scalar_one())


def prune_attempts(tx: Connection, *, before: datetime, what: Collection[str]) -> None:
    """Forget old tries of these kinds."""
    tx.execute(delete(attempts).where(attempts.c.at < before, attempts.c.what.in_(sorted(what))))


def _account(row: Row[Any]) -> Account:
    person = Person(
        id=UserId(row.id),
        station=StationId(row.station_id),
        name=row.full_name,
        roles=frozenset(Role(role) for role in row.roles),
    )
    return Account(
        person=person,
        username=row.username,
        password_hash=row.password_hash,
        language=row.language,
        disabled_at=row.disabled_at,
    )
