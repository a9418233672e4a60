"""Slices of the published complaints with a spike and artefacts put in, for histories.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import cfpb
import numpy as np
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)
WORDS = (
    *("payment", "statement", "branch", "letter", "charge", "refund", "balance", "clerk"),
    *("website", "notice", "fee", "loan", "account", "card", "call", "answer", "month", "week"),
    *("form", "rate", "lost", "raised", "ignored", "doubled", "refused", "delayed", "closed"),
    *("forgot", "changed", "blocked", "promised", "denied", "again", "yesterday", "without"),
    *("reason", "twice", "wrongly"),
)


class Row(NamedTuple):
    """A complaint: when, what, and who in which words, where known."""

    time: datetime
    product: str
    issue: str
    company: str
    state: str
    channel: str
    client: str
    text: str


class Put(NamedTuple):
    """Something put in: where and when it shows, and what must be said of it.

    `right` has the verdicts that are right: real, or an artefact; `rows` the complaints of it.
    """

    name: str
    day: datetime
    days: int
    labels: dict[str, str]
    right: str
    rows: list[Row]


class World:
    """A history in the making."""

    def __init__(self, first: str, last: str, products: tuple[str, ...], seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        columns = ["date_sent", *cfpb.COLUMNS.values()]
        table = pq.read_table(cfpb.FILE, columns=columns).to_pylist()
        self.rows = [
            self._row(r["date_sent"], r)
            for r in table
            if r["product"] in products and first <= r["date_sent"].date().isoformat() <= last
        ]
        self.put: list[Put] = []

    def _row(self, day: datetime, r: dict[str, str]) -> Row:
        what = [r[name] or "" for name in ("product", "issue", "company", "state", "submitted_via")]
        return Row(self.when(day), *what, self.client(), self.words())

    def when(self, day: datetime) -> datetime:
        """Draw a time of a day: office hours, mostly."""
        hour = min(max(self.rng.normal(13.5, 3.5), 0.0), 23.99)
        whole = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return whole + timedelta(seconds=int(hour * 3600))

    def client(self) -> str:
        """Draw a customer; few come twice."""
        return f"C{self.rng.integers(10**6):06d}"

    def words(self) -> str:
        """Draw a text."""
        return " ".join(self.rng.choice(WORDS, 14).tolist())

    def of(self, **labels: str) -> list[Row]:
        """Give the complaints with these labels."""
        return [r for r in self.rows if all(getattr(r, k) == v for k, v in labels.items())]

    def more(self, model: list[Row], number: int, time: Callable[[], datetime]) -> list[Row]:
        """Draw complaints like those of `model`, each by its own customer in its own words."""
        picked = self.rng.integers(len(model), size=number)
        return [
            model[i]._replace(time=time(), client=self.client(), text=self.words()) for i in picked
        ]

    def usual(self, model: list[Row]) -> float:
        """Give how many of these come a day."""
        span = max(r.time for r in self.rows) - min(r.time for r in self.rows)
        return len(model) / (span / DAY)

    def _add(self, put: Put) -> None:
        self.rows += put.rows
        self.put.append(put)

    # What is put in: a spike, and what only looks like one.

    def spike(self, day: datetime, **labels: str) -> None:
        """Six times as many for five days."""
        model = self.of(**labels)
        number = int(max(25, 6 * self.usual(model)))
        rows = []
        for own in (day + after * DAY for after in range(5)):
            rows += self.more(model, number, lambda own=own: self.when(own))
        self._add(Put("spike", day, 6, labels, "real", rows))

    def rename(self, day: datetime, field: str, old: str, new: str) -> None:
        """From a day on, a label has another name."""
        self.rows = [
            r._replace(**{field: new}) if r.time >= day and getattr(r, field) == old else r
            for r in self.rows
        ]
        rows = [r for r in self.rows if getattr(r, field) == new]
        self.put.append(Put("renamed label", day, 21, {field: new}, "taxonomy", rows))

    def bulk(self, day: datetime, number: int, **labels: str) -> None:
        """A backlog, entered at one second."""
        at = self.when(day)
        self._add(
            Put(
                "bulk import",
                day,
                3,
                labels,
                "bulk",
                self.more(self.of(**labels), number, lambda: at),
            )
        )

    def repeat(self, day: datetime, number: int, **labels: str) -> None:
        """One customer, all day long."""
        who = self.client()
        rows = self.more(self.of(**labels), number, lambda: self.when(day))
        rows = [r._replace(client=who) for r in rows]
        self._add(Put("one customer", day, 3, labels, "one_sender", rows))

    def chain_letter(self, day: datetime, number: int, **labels: str) -> None:
        """Many customers, one text."""
        text = self.words()
        rows = self.more(self.of(**labels), number, lambda: self.when(day))
        rows = [r._replace(text=f"{text} {self.words()[:12]}") for r in rows]
        self._add(Put("one text", day, 3, labels, "same_text", rows))

    def silence(self, day: datetime, days: int, **labels: str) -> None:
        """Nothing for some days; then all of it at once, on `day`."""
        first = day - days * DAY
        held = [r for r in self.of(**labels) if first <= r.time < day]
        gone = set(map(id, held))
        self.rows = [r for r in self.rows if id(r) not in gone]
        rows = [r._replace(time=self.when(day)) for r in held]
        self._add(Put("silent source", day, 3, labels, "catch_up", rows))

    def twice(self, day: datetime, days: int, **labels: str) -> None:
        """The rows of some days are loaded again, under other numbers."""
        again = [r for r in self.of(**labels) if day <= r.time < day + days * DAY]
        self._add(Put("loaded twice", day, days + 2, labels, "duplicate_load", again))


def utc(text: str) -> datetime:
    """Read a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
