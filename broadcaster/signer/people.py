"""Whom the signer knows: persons, their roles and passwords, and the keys of their sessions. All by its own clock."""

import re
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.acting import Act
from broadcaster.domain.alarm.approval import APPROVE_WITHIN
from broadcaster.domain.ids import StationId, UserId
from broadcaster.domain.permissions import Role
from broadcaster.signer.book import Book, instant, stamp
from broadcaster.signer.errors import AlreadyFounded, BadVerifier, PersonKnown, PersonUnknown

NEW_FOR = timedelta(hours=24)
"""So long does whoever an administrator brought in not count for what reaches everybody: time to notice it."""
SESSION_LASTS = timedelta(hours=12)
SESSION_LASTS_AT_MOST = timedelta(days=7)
FOR_EVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
ALERTING = frozenset({Role.EDITOR, Role.APPROVER})
_ARGON2 = re.compile(r"\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{20,24}\$[A-Za-z0-9+/]{40,44}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person as the signer knows them. `counts_from`: from then on for an area-wide real alert too."""

    id: UserId
    station: StationId
    username: str
    roles: frozenset[Role]
    verifier: str
    counts_from: datetime
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Whose key it is, and from when statements made with it count for an area-wide real alert."""

    person: Known
    counts_from: datetime
    ends_at: datetime


class People:
    """The register. `is_verifier` says what a password's hash must look like."""

    def __init__(
        self, book: Book, *, now: Callable[[], datetime], is_verifier: Callable[[str], object] = _ARGON2.fullmatch
    ) -> None:
        self._book, self._now, self._is_verifier = book, now, is_verifier

    def note_station(self, station: StationId, *, made_at: datetime) -> None:
        """Remember since when a station is known; the first word stays."""
        with self._book.writing() as tx:
            tx.execute("INSERT OR IGNORE INTO stations VALUES (?, ?)", (station, stamp(made_at)))

    def found(self, station: StationId, people: Sequence[Known]) -> None:
        """Take a station's people over. Raises AlreadyFounded when one is known already."""
        with self._book.writing() as tx:
            if tx.execute("SELECT 1 FROM persons WHERE station = ?", (station,)).fetchone():
                raise AlreadyFounded
            for person in people:
                self._add(tx, person)

    def of_station(self, station: StationId) -> tuple[Known, ...]:
        """Return everybody known at a station."""
        with self._book.reading() as tx:
            rows = tx.execute("SELECT * FROM persons WHERE station = ? ORDER BY username", (station,)).fetchall()
        return tuple(_known(row) for row in rows)

    def get(self, person: UserId) -> Known:
        """Return one person. Raises PersonUnknown."""
        with self._book.reading() as tx:
            row = tx.execute("SELECT * FROM persons WHERE id = ?", (person,)).fetchone()
        if row is None:
            raise PersonUnknown
        return _known(row)

    def named(self, username: str) -> tuple[Known, ...]:
        """Return who has that name, at any station."""
        with self._book.reading() as tx:
            rows = tx.execute("SELECT * FROM persons WHERE username = ?", (username,)).fetchall()
        return tuple(_known(row) for row in rows)

    def admit(self, act: Act) -> None:
        """Take in who an administrator names. Raises PersonKnown, BadVerifier."""
        new = Known(
            id=act.subject, station=act.station, username=act.username, roles=act.roles, verifier=act.verifier,
            counts_from=self._counts_from(act.station), disabled=False,
        )  # fmt: skip
        with self._book.writing() as tx:
            self._add(tx, new)

    def change(self, act: Act) -> None:
        """Give other roles, or close an account and end its keys. Who may alert more than before is new again."""
        before = self.get(act.subject)
        gains = bool((act.roles - before.roles) & ALERTING) or (before.disabled and not act.disabled)
        counts_from = max(before.counts_from, self._counts_from(act.station)) if gains else before.counts_from
        with self._book.writing() as tx:
            tx.execute(
                "UPDATE persons SET roles = ?, disabled = ?, counts_from = ? WHERE id = ?",
                (_roles(act.roles), act.disabled, stamp(counts_from), act.subject),
            )
            if act.disabled:
                tx.execute("DELETE FROM keys WHERE person = ?", (act.subject,))

    def give_password(self, act: Act) -> None:
        """Set a password that an administrator chose: its owner is new again, whoever knows it."""
        counts_from = max(self.get(act.subject).counts_from, self._counts_from(act.station))
        self.set_password(act.subject, act.verifier, counts_from=counts_from)

    def set_password(
        self, person: UserId, verifier: str, *, counts_from: datetime | None = None, tokens_too: bool = False
    ) -> None:
        """Set a password; every session of that person ends, or every key. Raises PersonUnknown, BadVerifier."""
        before = self.get(person)
        self._check(verifier)
        with self._book.writing() as tx:
            tx.execute(
                "UPDATE persons SET verifier = ?, counts_from = ? WHERE id = ?",
                (verifier, stamp(counts_from or before.counts_from), person),
            )
            tx.execute("DELETE FROM keys WHERE person = ? AND (? OR NOT lasting)", (person, tokens_too))

    def trust_now(self, person: UserId) -> None:
        """Let somebody count at once, and open their account: the console's word is an administrator's and more."""
        with self._book.writing() as tx:
            now = stamp(self._now())
            tx.execute("UPDATE persons SET counts_from = ?, disabled = 0 WHERE id = ?", (now, person))
            tx.execute("UPDATE keys SET counts_from = min(counts_from, ?) WHERE person = ?", (now, person))

    def open_key(self, person: UserId, key: str, *, name: str, lasting: bool, counts_from: datetime) -> bool:
        """Remember a key of somebody; False when it is known as another's already."""
        now = self._now()
        ends_at = FOR_EVER if lasting else now + SESSION_LASTS
        with self._book.writing() as tx:
            row = tx.execute("SELECT person, counts_from FROM keys WHERE public_key = ?", (key,)).fetchone()
            if row is not None and row["person"] != person:
                return False
            since = min(stamp(counts_from), row["counts_from"]) if row else stamp(counts_from)
            tx.execute(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)",
                (key, name, person, lasting, stamp(now), stamp(ends_at), since),
            )
        return True

    def prolong(self, key: str) -> None:
        """Let a session last longer, up to a week after its password was given."""
        now = self._now()
        with self._book.writing() as tx:
            row = tx.execute("SELECT proven_at FROM keys WHERE public_key = ? AND NOT lasting", (key,)).fetchone()
            if row is not None:
                ends_at = min(now + SESSION_LASTS, instant(row["proven_at"]) + SESSION_LASTS_AT_MOST)
                tx.execute("UPDATE keys SET ends_at = ? WHERE public_key = ?", (stamp(ends_at), key))

    def close_key(self, name: str) -> None:
        """End the key behind the secret with this fingerprint; what it said before may still be counted a while."""
        with self._book.writing() as tx:
            now = stamp(self._now())
            tx.execute("UPDATE keys SET ends_at = min(ends_at, ?) WHERE name = ?", (now, name))

    def speaker(self, key: str) -> Speaker | None:
        """Return whose key it is, also for as long after its end as something said before may be counted."""
        with self._book.reading() as tx:
            row = tx.execute(
                "SELECT persons.*, keys.ends_at, keys.counts_from AS key_counts_from FROM keys"
                " JOIN persons ON persons.id = keys.person WHERE public_key = ? AND keys.ends_at > ?",
                (key, stamp(self._now() - APPROVE_WITHIN)),
            ).fetchone()
        if row is None or row["disabled"]:
            return None
        person = _known(row)
        counts_from = max(person.counts_from, instant(row["key_counts_from"]))
        return Speaker(person=person, counts_from=counts_from, ends_at=instant(row["ends_at"]))

    def use_nonce(self, nonce: str) -> bool:
        """Return whether an act with this nonce was not seen before; it is from now on."""
        with self._book.writing() as tx:
            tx.execute("DELETE FROM acts WHERE at < ?", (stamp(self._now() - timedelta(days=1)),))
            added = tx.execute("INSERT OR IGNORE INTO acts VALUES (?, ?)", (nonce, stamp(self._now())))
            return added.rowcount == 1

    def prune(self) -> None:
        """Forget the keys that ended long ago."""
        with self._book.writing() as tx:
            tx.execute("DELETE FROM keys WHERE ends_at < ?", (stamp(self._now() - timedelta(days=1)),))

    def counts_from(self, station: StationId) -> datetime:
        """Return from when somebody counts whom an administrator brings in now."""
        return self._counts_from(station)

    def _counts_from(self, station: StationId) -> datetime:
        now = self._now()
        with self._book.reading() as tx:
            row = tx.execute("SELECT made_at FROM stations WHERE id = ?", (station,)).fetchone()
        is_first_day = row is not None and now < instant(row["made_at"]) + NEW_FOR
        return now if is_first_day else now + NEW_FOR

    def _add(self, tx: sqlite3.Connection, person: Known) -> None:
        self._check(person.verifier)
        if tx.execute("SELECT 1 FROM persons WHERE id = ?", (person.id,)).fetchone():
            raise PersonKnown
        tx.execute(
            "INSERT INTO persons VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                person.id, person.station, person.username, _roles(person.roles), person.verifier,
                stamp(person.counts_from), person.disabled,
            ),
        )  # fmt: skip

    def _check(self, verifier: str) -> None:
        """Raise BadVerifier for a hash of another kind or cost: checking it could take all memory."""
        if not self._is_verifier(verifier):
            raise BadVerifier


def _roles(roles: frozenset[Role]) -> str:
    return " ".join(sorted(role.value for role in roles))


def _known(row: sqlite3.Row) -> Known:
    return Known(
        id=UserId(row["id"]), station=StationId(row["station"]), username=row["username"],
        roles=frozenset(Role(role) for role in row["roles"].split()), verifier=row["verifier"],
        counts_from=instant(row["counts_from"]), disabled=bool(row["disabled"]),
    )  # fmt: skip
