"""The stretches of what sounds: each interruption, each resumption, each source, kept until the report carries them."""

import sqlite3
from collections.abc import Sequence

from wire.messages import Reason, Stretch

SCHEMA = """
CREATE TABLE IF NOT EXISTS stretches (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, is_open INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS stretches_by_key ON stretches (key);
"""
REPORTED = 20
"""The wire carries so many: of more, the first and the last are kept."""


def put(db: sqlite3.Connection, key: str, stretches: Sequence[Stretch], *, is_open: bool) -> None:
    """Write down the stretches of the present run in place of what was known of them; `is_open`: it goes on."""
    db.execute("DELETE FROM stretches WHERE key = :key AND is_open = 1", {"key": key})
    db.executemany(
        "INSERT INTO stretches (key, is_open, body) VALUES (:key, :is_open, :body)",
        [{"key": key, "is_open": int(is_open), "body": stretch.model_dump_json()} for stretch in stretches],
    )


def of(db: sqlite3.Connection, key: str, *, cut_by: Reason | None) -> tuple[Stretch, ...]:
    """Return what is known, oldest first; a stretch still open was cut by `cut_by` where it was last seen."""
    rows = db.execute("SELECT is_open, body FROM stretches WHERE key = :key ORDER BY number", {"key": key}).fetchall()
    found = [Stretch.model_validate_json(row["body"]) for row in rows]
    if rows and rows[-1]["is_open"]:
        found[-1] = found[-1].model_copy(update={"ended_by": cut_by})
    return tuple(found) if len(found) <= REPORTED else (*found[: REPORTED // 2], *found[-REPORTED // 2 :])


def forget(db: sqlite3.Connection, key: str) -> None:
    """Forget what has been reported."""
    db.execute("DELETE FROM stretches WHERE key = :key", {"key": key})
