"""The tables of the index, and the connections to it."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

from schemas.topics import (
    ACTIONS,
    ALERTS,
    BUCKETS,
    CUSTOMERS,
    INCIDENTS,
    NOTIFICATIONS,
    PERIODS,
    REVIEWS,
    ROLLING,
)

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 6
"""Raise it when the tables, or what is kept in them, change: the index is built anew then."""

TOPICS: Final = (
    INCIDENTS,
    ALERTS,
    ACTIONS,
    NOTIFICATIONS,
    PERIODS,
    REVIEWS,
    ROLLING,
    CUSTOMERS,
    BUCKETS,
)
"""What is read."""

LEAVING_S: Final = 20 * 3600
"""Kafka keeps a deletion for a day: an index that was behind for longer may have missed one."""

_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE positions (
    topic TEXT NOT NULL, number INTEGER NOT NULL, offset INTEGER NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (topic, number)
) WITHOUT ROWID;
CREATE TABLE rows (
    topic TEXT NOT NULL, key TEXT NOT NULL, about TEXT NOT NULL, at TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (topic, key)
) WITHOUT ROWID;
CREATE INDEX rows_about ON rows (topic, about, at);
CREATE TABLE breakdowns (
    id INTEGER PRIMARY KEY, metric TEXT NOT NULL, names TEXT NOT NULL, UNIQUE (metric, names)
);
CREATE TABLE series (id INTEGER PRIMARY KEY, labels TEXT NOT NULL);
CREATE TABLE days (
    day INTEGER NOT NULL, series INTEGER NOT NULL, count INTEGER NOT NULL,
    customers INTEGER NOT NULL, status INTEGER NOT NULL, late INTEGER, money TEXT,
    PRIMARY KEY (day, series)
) WITHOUT ROWID;
CREATE TABLE day_counts (
    breakdown INTEGER NOT NULL, day INTEGER NOT NULL, part INTEGER NOT NULL, value BLOB NOT NULL,
    UNIQUE (breakdown, day, part)
);
CREATE TABLE customers (
    id TEXT PRIMARY KEY, standing INTEGER NOT NULL, currency TEXT NOT NULL, worth INTEGER NOT NULL,
    complaints INTEGER NOT NULL, lost_at TEXT, value BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX customers_worth ON customers (currency, worth DESC, id) WHERE standing = 1;
CREATE INDEX customers_at_risk ON customers (currency, worth DESC, id)
    WHERE standing = 1 AND complaints > 0;
CREATE INDEX customers_lost ON customers (currency, lost_at, worth, id) WHERE standing = 2;
CREATE TABLE departures (
    id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (id, at)
) WITHOUT ROWID;
CREATE INDEX departures_at ON departures (at);
"""
"""`rows` has the topics that are small, whole; `days` the daily buckets, of which there are many.

`days.day` is a proleptic ordinal (`date.toordinal`) of calendar.timezone, and `days` are in its
order as that is the order in which they come; `day_counts` has the events once more, packed, to sum
up those of all series of a breakdown (`ranking`), and a series' id says its breakdown and its place
there (`ranking.series_id`). `customers.worth` is recurring value a month in minor units of
`currency`, of somebody lost what it was before; `departures` say when somebody was lost or began to
pay less.
"""

NOBODY, THERE, LOST = 0, 1, 2
"""`customers.standing`."""


def connect(file: Path) -> sqlite3.Connection:
    """Open the index for writing; no other may write to it meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(file, isolation_level=None, timeout=30.0, check_same_thread=False)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-131072;"
    )
    return connection


def connect_reader(file: Path) -> sqlite3.Connection:
    """Open the index for reading, from the thread that calls."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=30.0, check_same_thread=False)
    connection.executescript("PRAGMA query_only=ON; PRAGMA mmap_size=268435456;")
    return connection


def is_ours(connection: sqlite3.Connection, wall: float) -> bool:
    """Return whether an index can go on: its tables are these, and it missed no deletion."""
    try:
        found = dict(connection.execute("SELECT name, value FROM meta"))
    except sqlite3.DatabaseError:
        return False
    if found.get("version") != str(VERSION) or found.get("topics") != ",".join(TOPICS):
        return False
    return wall - float(found.get("caught_up", wall)) < LEAVING_S


def build_anew(connection: sqlite3.Connection) -> None:
    """Drop all that is in the index, and make its tables, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f'DROP TABLE "{name}"')
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [("version", str(VERSION)), ("topics", ",".join(TOPICS))],
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def remove(file: Path) -> None:
    """Remove an index that cannot be read."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + suffix).unlink()
