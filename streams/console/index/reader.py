"""Reads the index: small topics by key, daily buckets by series, customers by worth."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import numpy as np

from streams.console.index.decode import STATUSES, Customer, unpack_customer
from streams.console.index.ranking import place_of, ranked, series_id
from streams.console.index.tables import connect_reader

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_labels: Final = msgspec.json.Decoder(dict[str, str]).decode
_money: Final = msgspec.json.Decoder(dict[str, int]).decode


_BIGGEST: Final = "customers_worth WHERE standing = 1 AND currency = ?"
_AT_RISK: Final = "customers_at_risk WHERE standing = 1 AND complaints > 0 AND currency = ?"
_LOST: Final = "customers_lost WHERE standing = 2 AND currency = ? AND lost_at >= ? AND lost_at < ?"
"""Lists of customers, each with the index that has it."""


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


class Ranked(NamedTuple):
    """Some of the largest series with their events, and how many series have any."""

    rows: list[tuple[Series, int]]
    many: int


class Listed(NamedTuple):
    """A customer in a list, with what it is ranked by: minor units a month of a currency."""

    customer: Customer
    currency: str
    worth: int


class Summed(NamedTuple):
    """How many customers a list has in all, and what they come to in minor units a month."""

    many: int
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
        for metric, names in self._all("SELECT metric, names FROM breakdowns ORDER BY 1, 2"):
            found.setdefault(metric, []).append(names)
        return found

    def series(self, metric: str, breakdown: str) -> list[Series]:
        """Return the series of a metric that have exactly these labels."""
        own = self._breakdown(metric, breakdown)
        rows = self._all(
            "SELECT id, labels FROM series WHERE id >= ? AND id < ? ORDER BY id",
            series_id(own, 0),
            series_id(own + 1, 0),
        )
        return [Series(number, metric, _labels(labels)) for number, labels in rows]

    def series_of(self, metric: str, labels: Mapping[str, str]) -> Series | None:
        """Return the series of a metric with exactly these labels; None: there is none."""
        names = sorted(labels)
        own = self._breakdown(metric, ",".join(names))
        found = self._all(
            "SELECT id FROM series WHERE id >= ? AND id < ? AND labels = ?",
            series_id(own, 0),
            series_id(own + 1, 0),
            msgspec.json.encode({name: labels[name] for name in names}).decode(),
        )
        return Series(found[0][0], metric, dict(labels)) if found else None

    def largest(  # noqa: PLR0913, PLR0917 (what is asked for)
        self,
        metric: str,
        breakdown: str,
        days: tuple[int, int],
        most: int,
        skip: int = 0,
        having: str = "",
    ) -> Ranked:
        """Return the series that have events in some days, those first with most.

        Args:
            metric: its name.
            breakdown: the names of their labels.
            days: the first, and the one behind the last.
            most: series.
            skip: so many of the first are left out.
            having: only those with this text in a label, cases apart.
        """
        own = self._breakdown(metric, breakdown)
        columns = self._each(
            "SELECT part, value FROM day_counts WHERE breakdown = ? AND day >= ? AND day < ?",
            own,
            *days,
        )
        places, totals = ranked(columns)
        if having:
            fits = self._places_with(own, having.casefold())
            chosen = np.isin(places, fits)
            places, totals = places[chosen], totals[chosen]
        wanted = slice(skip, skip + most)
        found = []
        for place, total in zip(places[wanted].tolist(), totals[wanted].tolist(), strict=True):
            number = series_id(own, place)
            ((labels,),) = self._all("SELECT labels FROM series WHERE id = ?", number)
            found.append((Series(number, metric, _labels(labels)), total))
        return Ranked(found, len(places))

    def days(self, series: int, first: int, end: int) -> list[Bucket]:
        """Return the days of a series from `first` up to `end`, which is left out."""
        return [
            Bucket(day, count, customers, STATUSES[status], late, _money(money) if money else {})
            for day, count, customers, status, late, money in self._all(
                "WITH RECURSIVE ends(first, last) AS (SELECT max(?, (SELECT min(day) FROM days)),"
                " min(?, (SELECT max(day) FROM days))),"
                " wanted(day) AS (SELECT first FROM ends UNION ALL"
                " SELECT day + 1 FROM wanted, ends WHERE day < last)"
                " SELECT day, count, customers, status, late, money FROM wanted"
                " CROSS JOIN days USING (day) WHERE series = ? AND day <= ? ORDER BY day",
                first,
                end - 1,
                series,
                end - 1,
            )
        ]

    def span(self) -> tuple[int, int] | None:
        """Return the first day that there is of a total, and the day after the last."""
        found = [
            self._all("SELECT min(day), max(day) FROM day_counts WHERE breakdown = ?", number)[0]
            for (number,) in self._all("SELECT id FROM breakdowns WHERE names = ''")
        ]
        if not found:
            return None
        return min(first for first, _ in found), max(last for _, last in found) + 1

    def _places_with(self, breakdown: int, text: str) -> list[int]:
        """Return the places of a breakdown whose series have a text in a label, cases apart."""
        rows = self._each(
            "SELECT id, labels FROM series WHERE id >= ? AND id < ?",
            series_id(breakdown, 0),
            series_id(breakdown + 1, 0),
        )
        plain = not set(text) & {'"', "\\"} and text.isprintable()
        return [
            place_of(number)
            for number, labels in rows
            # Most are left out before they are decoded: what is not escaped stands there as it is.
            if (not plain or text in labels.casefold() or "\\" in labels)
            and any(text in value.casefold() for value in _labels(labels).values())
        ]

    def _breakdown(self, metric: str, names: str) -> int:
        """Return the number of a breakdown, 0 where there is none."""
        found = self._all("SELECT id FROM breakdowns WHERE metric = ? AND names = ?", metric, names)
        return found[0][0] if found else 0

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
        """Return the currencies that customers who are there are worth most in, by their names."""
        rows = self._all(  # one step through the index for each, however many customers there are
            "WITH RECURSIVE found(currency) AS ("
            " SELECT min(currency) FROM customers WHERE standing = 1 UNION ALL"
            " SELECT (SELECT min(currency) FROM customers WHERE standing = 1"
            " AND currency > found.currency) FROM found WHERE found.currency IS NOT NULL)"
            " SELECT currency FROM found WHERE currency <> ''"
        )
        return [currency for (currency,) in rows]

    def biggest(self, currency: str, most: int, after: After | None = None) -> list[Listed]:
        """Return the customers there are, those first that are worth most."""
        return self._listed(_BIGGEST, (currency,), most, after)

    def at_risk(self, currency: str, most: int, after: After | None = None) -> list[Listed]:
        """Return the customers with an open complaint, those first that are worth most."""
        return self._listed(_AT_RISK, (currency,), most, after)

    def lost(
        self, currency: str, span: tuple[str, str], most: int, after: After | None = None
    ) -> list[Listed]:
        """Return who was lost between two times of the wire, those first that were worth most."""
        return self._listed(_LOST, (currency, *span), most, after)

    def sum_of_biggest(self, currency: str) -> Summed:
        """Sum up the customers there are."""
        return self._summed(_BIGGEST, (currency,))

    def sum_at_risk(self, currency: str) -> Summed:
        """Sum up the customers with an open complaint."""
        return self._summed(_AT_RISK, (currency,))

    def sum_of_lost(self, currency: str, span: tuple[str, str]) -> Summed:
        """Sum up who was lost between two times of the wire."""
        return self._summed(_LOST, (currency, *span))

    def _summed(self, where: str, values: Sequence[Any]) -> Summed:
        """Sum up all customers of an index that has all that is asked."""
        [row] = self._all(
            f"SELECT count(*), coalesce(sum(worth), 0) FROM customers INDEXED BY {where}",  # noqa: S608 (ours)
            *values,
        )
        return Summed(*row)

    def _listed(
        self, where: str, values: Sequence[Any], most: int, after: After | None
    ) -> list[Listed]:
        """Return customers by an index that has all that is asked, so only these are read."""
        if after is not None:
            where += " AND worth <= ? AND (worth < ? OR id > ?)"
            values = (*values, after.worth, after.worth, after.customer_id)
        found = f"SELECT id FROM customers INDEXED BY {where} ORDER BY worth DESC, id LIMIT ?"  # noqa: S608 (ours)
        rows = self._all(
            f"SELECT value, currency, worth FROM customers WHERE id IN ({found})"  # noqa: S608 (ours)
            " ORDER BY worth DESC, id",
            *values,
            most,
        )
        return [Listed(unpack_customer(value), currency, worth) for value, currency, worth in rows]

    def _all(self, statement: str, *values: object) -> list[Any]:
        return self._each(statement, *values).fetchall()

    def _each(self, statement: str, *values: object) -> sqlite3.Cursor:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = connect_reader(self._file)
        return connection.execute(statement, values)
