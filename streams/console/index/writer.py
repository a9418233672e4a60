"""Writes what was read into the index: rows and positions in one transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.grammar import NO_ROW
from schemas.topics import BUCKETS, CUSTOMERS
from streams.console.index import decode
from streams.console.index.ranking import breakdown_of, put_counts, series_id
from streams.console.index.tables import build_anew, connect, is_ours, remove
from streams.readmodel.positions import Position
from streams.readmodel.review.people import plain_action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from streams.core.event_time.zone import Zone
    from streams.readmodel.positions import Piece, Place

_PUT: Final = (
    "INSERT INTO rows VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " about = excluded.about, at = excluded.at, value = excluded.value"
)
_PUT_DAY: Final = "INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?, ?, ?)"
_PUT_CUSTOMER: Final = "INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)"
_DAY_AND_SERIES: Final = itemgetter(0, 1)
_labels = msgspec.json.Decoder(dict[str, str]).decode


@dataclass
class Breakdown:
    """The series of a metric with the same names of labels, and how many there are."""

    number: int
    metric: str
    names: str
    series: int = 0


class Writer:
    """The one who writes to an index.

    Args:
        file: the index; made where it is not there, or is of another version.
        wall: epoch seconds, now.
        zone: whose days are counted.

    `refused` counts rows that are none of their topic: they are left out.
    """

    def __init__(self, file: Path, wall: float, zone: Zone) -> None:
        try:
            self._db = connect(file)
            if not is_ours(self._db, wall):
                build_anew(self._db)
        except sqlite3.DatabaseError:
            remove(file)
            self._db = connect(file)
            build_anew(self._db)
        self.refused = 0
        self._day_of = decode.DayOf(zone)
        self._series: dict[tuple[str, bytes], int] = {}
        self._breakdowns: dict[tuple[str, str], Breakdown] = {}
        self._know_series()

    def positions(self) -> dict[Place, Position]:
        """Return how far each partition was read."""
        rows = self._db.execute("SELECT topic, number, offset, digest FROM positions")
        return {(topic, number): Position(at, seen) for topic, number, at, seen in rows}

    def begin_anew(self) -> None:
        """Drop everything: the topics are others than those that were read."""
        build_anew(self._db)
        self._know_series()

    def write(self, pieces: Iterable[Piece]) -> set[str]:
        """Write pieces in one transaction; returns the topics that had rows."""
        changed: set[str] = set()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for piece in pieces:
                self._put(piece)
                changed.add(piece.topic)
                self._db.execute(
                    "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)",
                    (piece.topic, piece.partition, *piece.position),
                )
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._know_series()
            raise
        return changed

    def caught_up(self, wall: float) -> None:
        """Note that all was read that was there."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('caught_up', ?)", (str(wall),))

    def close(self) -> None:
        """Close the index."""
        self._db.close()

    def _know_series(self) -> None:
        known = self._db.execute("SELECT id, metric, names FROM breakdowns")
        by_id = {number: Breakdown(number, metric, names) for number, metric, names in known}
        self._breakdowns = {(one.metric, one.names): one for one in by_id.values()}
        self._series = {}
        for number, labels in self._db.execute("SELECT id, labels FROM series"):
            own = by_id[breakdown_of(number)]
            own.series += 1
            self._series[own.metric, labels.encode()] = number

    def _put(self, piece: Piece) -> None:
        if piece.topic == BUCKETS:
            self._put_days(piece)
        elif piece.topic == CUSTOMERS:
            self._put_customers(piece)
        else:
            self._put_small(piece)

    def _put_small(self, piece: Piece) -> None:
        describe = decode.SMALL[piece.topic]
        # The last row of a key stands: those before need not be written.
        last = dict(self._keyed(piece))
        gone = [(piece.topic, key) for key, value in last.items() if not value]
        rows = []
        for key, value in last.items():
            if not value:
                continue
            try:
                found = describe(value)
            except NO_ROW:
                self.refused += 1
                continue
            if found is not None:
                rows.append((piece.topic, key, *found, value))
        self._db.executemany("DELETE FROM rows WHERE topic = ? AND key = ?", gone)
        self._db.executemany(_PUT, rows)

    def _keyed(self, piece: Piece) -> Iterable[tuple[str, bytes]]:
        for key, value in piece.rows:
            name = key.decode(errors="replace")
            if piece.topic == "actions":  # keyed by what they are about: each is a row of its own
                read = plain_action(value)
                if read is None:
                    self.refused += 1
                    continue
                name, value = read.action_id, read.model_dump_json().encode()  # noqa: PLW2901
            yield name, value

    def _put_customers(self, piece: Piece) -> None:
        last = dict(piece.rows)
        gone = [(key.decode(errors="replace"),) for key, value in last.items() if not value]
        rows, departures = [], []
        for value in filter(None, last.values()):
            try:
                row, left = decode.customer(value)
            except NO_ROW:
                self.refused += 1
                continue
            rows.append(row)
            departures += left
        again = [*gone, *((row[0],) for row in rows)]
        self._db.executemany("DELETE FROM departures WHERE id = ?", again)
        self._db.executemany("INSERT OR IGNORE INTO departures VALUES (?, ?)", departures)
        self._db.executemany("DELETE FROM customers WHERE id = ?", gone)
        self._db.executemany(_PUT_CUSTOMER, rows)

    def _put_days(self, piece: Piece) -> None:
        rows = []
        for key, value in dict(piece.rows).items():
            if not value:
                continue  # buckets are not deleted
            try:
                day = decode.daily(key, value, self._day_of)
                if day is None:
                    continue
                series = self._series.get((day.metric, day.labels)) or self._new_series(day)
            except (*NO_ROW, ValueError):
                self.refused += 1
                continue
            rows.append((day.day, series, *day[3:]))
        rows.sort(key=_DAY_AND_SERIES)
        self._db.executemany(_PUT_DAY, rows)
        put_counts(self._db, rows)

    def _new_series(self, day: decode.Day) -> int:
        names = ",".join(sorted(_labels(day.labels)))
        own = self._breakdowns.get((day.metric, names))
        if own is None:
            own = Breakdown(len(self._breakdowns) + 1, day.metric, names)
            self._db.execute(
                "INSERT INTO breakdowns VALUES (?, ?, ?)", (own.number, own.metric, own.names)
            )
            self._breakdowns[day.metric, names] = own
        number = series_id(own.number, own.series)
        self._db.execute("INSERT INTO series VALUES (?, ?)", (number, day.labels.decode()))
        own.series += 1
        self._series[day.metric, day.labels] = number
        return number
