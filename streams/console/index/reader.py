"""Reads the index: small topics by key, daily buckets by series, customers by worth."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from streams.console.index.decode import STATUSES, Customer, unpack_customer
from streams.console.index.tables import LOST, THERE, connect_reader

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

_labels: Final = msgspec.json.Decoder(dict[str, str]).decode
_money: Final = msgspec.json.Decoder(dict[str, int]).decode


KEEP_S: Final = 30.0
"""Wall seconds for which it is known which currencies there are."""


class Series(NamedTuple):
    """A series: a metric with one set of labels."""

    number: int
    metric: str
    labels: dict[str, str]


class Bucket(NamedTuple):
    """A day of a series; `day` is a proleptic ordinal, `money` minor units by currency."""

    day: int
    events: int
    customers: int
    status: str
    late: int | None
    money: dict[str, int]


class Listed(NamedTuple):
    """A customer in a list, with what it is ranked by: minor units a month of a currency."""

    customer: Customer
    currency: str
    worth: int


class After(NamedTuple):
    """Where a list goes on: behind a customer of this worth."""

    worth: int
    customer_id: str


class Index:
    """The index, read-only; every thread has a connection of its own."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._own = threading.local()
        self._currencies: tuple[list[str], float] = [], 0.0

    def get(self, topic: str, key: str) -> bytes | None:
        """Return a row of a small topic."""
        found = self._all("SELECT value FROM rows WHERE topic = ? AND key = ?", topic, key)
        return found[0][0] if found else None

    def about(self, topic: str, about: str) -> list[bytes]:
        """Return the rows about something, in the order of their time."""
        return [
            value
            for (value,) in self._all(
                "SELECT value FROM rows WHERE topic = ? AND about = ? ORDER BY at, key",
                topic,
                about,
            )
        ]

    def all(self, topic: str) -> list[bytes]:
        """Return all rows of a small topic, in the order of their time."""
        return [
            value
            for (value,) in self._all(
                "SELECT value FROM rows WHERE topic = ? ORDER BY at, key", topic
            )
        ]

    def at(self, topic: str, at: str) -> list[bytes]:
        """Return the rows of a time, of metrics.periods those of a period."""
        rows = self._all(
            "SELECT value FROM rows WHERE topic = ? AND at = ? ORDER BY key", topic, at
        )
        return [value for (value,) in rows]

    def newest(
        self,
        topic: str,
        most: int,
        before: tuple[str, str] | None = None,
        about: str | None = None,
    ) -> list[bytes]:
        """Return the newest rows of a small topic, those first.

        Args:
            topic: its name.
            most: rows.
            before: a time and a key; None: all.
            about: what they are about; None: anything.
        """
        at, key = before or ("\U0010ffff", "")
        own = "" if about is None else " AND about = ?"
        rows = self._all(
            f"SELECT value FROM rows WHERE topic = ? AND (at, key) < (?, ?){own}"  # noqa: S608 (ours)
            " ORDER BY at DESC, key DESC LIMIT ?",
            topic,
            at,
            key,
            *(() if about is None else (about,)),
            most,
        )
        return [value for (value,) in rows]

    def breakdowns(self) -> dict[str, list[str]]:
        """Return the breakdowns of each metric, as names with commas between; the total is ''."""
        found: dict[str, list[str]] = {}
        for metric, names in self._all(
            "SELECT DISTINCT metric, breakdown FROM series ORDER BY metric, breakdown"
        ):
            found.setdefault(metric, []).append(names)
        return found

    def series(self, metric: str, breakdown: str) -> list[Series]:
        """Return the series of a metric that have exactly these labels."""
        rows = self._all(
            "SELECT id, metric, labels FROM series WHERE metric = ? AND breakdown = ?",
            metric,
            breakdown,
        )
        return [Series(number, name, _labels(labels)) for number, name, labels in rows]

    def largest(  # noqa: PLR0913, PLR0917 (what is asked for)
        self, metric: str, breakdown: str, first: int, end: int, most: int, skip: int = 0
    ) -> list[tuple[Series, int]]:
        """Return the series with most events in some days, and how many; `skip` leaves some out."""
        rows = self._all(
            "SELECT s.id, s.metric, s.labels, total(d.count) AS n FROM series s JOIN days d"
            " ON d.series = s.id AND d.day >= ? AND d.day < ?"
            " WHERE s.metric = ? AND s.breakdown = ? GROUP BY s.id ORDER BY n DESC, s.labels"
            " LIMIT ? OFFSET ?",
            first,
            end,
            metric,
            breakdown,
            most,
            skip,
        )
        return [(Series(n, name, _labels(labels)), int(total)) for n, name, labels, total in rows]

    def days(self, series: int, first: int, end: int) -> list[Bucket]:
        """Return the days of a series from `first` up to `end`, which is left out."""
        return [
            Bucket(day, count, customers, STATUSES[status], late, _money(money) if money else {})
            for day, count, customers, status, late, money in self._all(
                "SELECT day, count, customers, status, late, money FROM days"
                " WHERE series = ? AND day >= ? AND day < ? ORDER BY day",
                series,
                first,
                end,
            )
        ]

    def span(self) -> tuple[int, int] | None:
        """Return the first day that there is of a total, and the day after the last."""
        rows = self._all(
            "SELECT min(day), max(day) FROM days"
            " WHERE series IN (SELECT id FROM series WHERE breakdown = '')"
        )
        first, last = rows[0]
        return None if first is None else (first, last + 1)

    def customer(self, name: str) -> Customer | None:
        """Return a customer by its whole id."""
        found = self._all("SELECT value FROM customers WHERE id = ?", name)
        return unpack_customer(found[0][0]) if found else None

    def departed(self, span: tuple[str, str]) -> list[Customer]:
        """Return who was lost or began to pay less between two times of the wire."""
        rows = self._all(
            "SELECT value FROM customers WHERE id IN"
            " (SELECT id FROM departures WHERE at >= ? AND at < ?) ORDER BY id",
            *span,
        )
        return [unpack_customer(value) for (value,) in rows]

    def currencies(self) -> list[str]:
        """Return the currencies in which customers are worth most, the most frequent first.

        All customers are looked at for it, so it is done once in a while.
        """
        known, at = self._currencies
        if known and time.monotonic() - at < KEEP_S:
            return known
        rows = self._all(
            "SELECT currency, count(*) AS n FROM customers WHERE standing = ? AND currency <> ''"
            " GROUP BY currency ORDER BY n DESC, currency",
            THERE,
        )
        found = [currency for currency, _ in rows]
        self._currencies = found, time.monotonic()
        return found

    def biggest(self, currency: str, most: int, after: After | None = None) -> list[Listed]:
        """Return the customers there are, those first that are worth most."""
        return self._listed("standing = ? AND currency = ?", (THERE, currency), most, after)

    def at_risk(self, currency: str, most: int, after: After | None = None) -> list[Listed]:
        """Return the customers with an open complaint, those first that are worth most."""
        where = "complaints > 0 AND standing = 1 AND currency = ?"
        return self._listed(where, (currency,), most, after)

    def lost(
        self, currency: str, span: tuple[str, str], most: int, after: After | None = None
    ) -> list[Listed]:
        """Return who was lost between two times of the wire, those first that were worth most."""
        where = "standing = ? AND currency = ? AND lost_at >= ? AND lost_at < ?"
        return self._listed(where, (LOST, currency, *span), most, after)

    def _listed(
        self, where: str, values: Sequence[Any], most: int, after: After | None
    ) -> list[Listed]:
        if after is not None:
            where += " AND (worth < ? OR (worth = ? AND id > ?))"
            values = (*values, after.worth, after.worth, after.customer_id)
        rows = self._all(
            f"SELECT value, currency, worth FROM customers WHERE {where}"  # noqa: S608 (ours)
            " ORDER BY worth DESC, id LIMIT ?",
            *values,
            most,
        )
        return [Listed(unpack_customer(value), currency, worth) for value, currency, worth in rows]

    def _all(self, statement: str, *values: object) -> list[Any]:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = connect_reader(self._file)
        return connection.execute(statement, values).fetchall()
