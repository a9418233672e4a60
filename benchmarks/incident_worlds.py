"""Histories of published complaints with events of known date and kind put in, for incidents.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import cfpb
import numpy as np
import pyarrow.parquet as pq

from streams.core.series_key import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DAY: Final = 86_400
COLUMNS: Final = ("product", "issue", "company", "state", "submitted_via")
NAMES: Final = {"state": "region", "submitted_via": "channel"}
KINDS: Final = ("broad", "uneven", "one", "narrow", "two", "inside")
WARM_UP: Final = 130
"""Days of a history before the first event."""
APART: Final = 16
"""Days between two events of a history."""
AFTER: Final = 6
"""Days after the start of an event in which what is said is looked at."""
ENOUGH: Final = 40
"""Complaints in four weeks of a company or product that may rise as a whole."""


class Planted(NamedTuple):
    """An event: its kind, its first day (epoch seconds), and a number for its history.

    `parts` are what it is made of: the labels that name each part, any of which is right.
    """

    kind: str
    start: int
    parts: list[list[dict[str, str]]]


class Complaint(NamedTuple):
    """A complaint: epoch seconds, labels in the order of COLUMNS, and the part it was put in for.

    -1: it was published.
    """

    time: int
    labels: tuple[str, ...]
    part: int


class History:
    """A slice of the published complaints, `days` long, with events put in."""

    def __init__(self, first: int, days: int, seed: int, kinds: tuple[str, ...]) -> None:
        self.rng = np.random.default_rng(seed)
        self.first, self.days = first, days
        self.rows = list(_published(first, days, self.rng))
        self.planted: list[Planted] = []
        parts = 0
        for number, start in enumerate(range(WARM_UP, days - AFTER, APART)):
            kind = kinds[(number + seed) % len(kinds)]
            at = first + start * DAY
            made, planted = self._make(kind, at, parts)
            parts += len(planted.parts)
            self.rows += made
            self.planted.append(planted)
        self.rows.sort()

    def _make(self, kind: str, at: int, part: int) -> tuple[list[Complaint], Planted]:
        if kind in {"broad", "uneven"}:
            return self._broad(kind, at, part)
        if kind == "one":
            return self._one(at, part)
        if kind == "narrow":
            return self._narrow(at, part)
        if kind == "two":
            first, one = self._narrow(at, part)
            second, other = self._narrow(at, part + 1, apart_from=one)
            return first + second, Planted(kind, at, one.parts + other.parts)
        many, broad = self._broad("broad", at, part)
        few, narrow = self._narrow(at, part + 1)
        return many + few, Planted(kind, at, broad.parts + narrow.parts)

    def _before(self, at: int) -> list[Complaint]:
        return [row for row in self.rows if at - 28 * DAY <= row.time < at and row.part < 0]

    def _broad(self, kind: str, at: int, part: int) -> tuple[list[Complaint], Planted]:
        """Let everything rise, or some products by more than others."""
        days, lift = int(self.rng.integers(1, 4)), float(self.rng.uniform(0.6, 1.5))
        usual = self._before(at)
        factor: dict[str, float] = {}
        for row in usual:
            product = row.labels[0]
            if product not in factor:
                spread = 0.8 if kind == "uneven" else 0.0
                factor[product] = float(self.rng.lognormal(0.0, spread))
        made = []
        for day in range(days):
            now = at + day * DAY
            like = [
                r
                for r in usual
                if (r.time // DAY + 7 - (now // DAY)) % 7 == 0 and r.time // DAY != now // DAY
            ]
            for row in like:
                many = self.rng.poisson(lift * factor[row.labels[0]] / 4.0)
                made += [self._at(now, row.labels, part) for _ in range(many)]
        return made, Planted(kind, at, [[{}]])

    def _one(self, at: int, part: int) -> tuple[list[Complaint], Planted]:
        """Let one company or product rise."""
        usual = self._before(at)
        name = int(self.rng.choice([0, 2]))
        values, counts = np.unique([r.labels[name] for r in usual], return_counts=True)
        enough = [
            (v, n) for v, n in zip(values, counts, strict=True) if ENOUGH <= n <= 0.3 * len(usual)
        ]
        value, many = enough[int(self.rng.integers(len(enough)))]
        like = [r.labels for r in usual if r.labels[name] == value]
        days = int(self.rng.integers(1, 4))
        a_day = many / 28
        size = max(12.0, self.rng.uniform(1.5, 4.0) * a_day, 5 * a_day**0.5)
        made = []
        for day in range(days):
            for _ in range(self.rng.poisson(size)):
                labels = like[int(self.rng.integers(len(like)))]
                made.append(self._at(at + day * DAY, labels, part))
        return made, Planted("one", at, [[{COLUMNS[name]: str(value)}]])

    def _narrow(
        self, at: int, part: int, apart_from: Planted | None = None
    ) -> tuple[list[Complaint], Planted]:
        """Let one issue of one product at one company rise."""
        usual = self._before(at)
        taken = [labels for right in apart_from.parts for labels in right] if apart_from else []
        used = {value for labels in taken for value in labels.values()}
        while True:
            row = usual[int(self.rng.integers(len(usual)))]
            if used.isdisjoint(row.labels[:3]):
                break
        like = [r.labels for r in usual if r.labels[:3] == row.labels[:3]]
        days = int(self.rng.integers(1, 4))
        size = self.rng.uniform(20, 60) + 4 * len(like) / 28
        made = []
        for day in range(days):
            for _ in range(self.rng.poisson(size)):
                labels = like[int(self.rng.integers(len(like)))]
                made.append(self._at(at + day * DAY, labels, part))
        product, issue, company = row.labels[:3]
        right = [{"company": company}, {"product": product, "issue": issue}]
        return made, Planted("narrow", at, [right])

    def _at(self, day: int, labels: tuple[str, ...], part: int) -> Complaint:
        return Complaint(day + _time(self.rng), labels, part)

    def events(self) -> cfpb.Events:
        """Return the complaints as columns."""
        codes: dict[str, NDArray[np.int64]] = {}
        values: dict[str, list[str]] = {}
        columns = list(zip(*(row.labels for row in self.rows), strict=True))
        for name, column in zip(COLUMNS, columns, strict=True):
            filled = [value or UNKNOWN for value in column]
            found, own = np.unique(filled, return_inverse=True)
            values[NAMES.get(name, name)], codes[NAMES.get(name, name)] = found.tolist(), own
        values["segment"], codes["segment"] = [UNKNOWN], np.zeros(len(self.rows), dtype=np.int64)
        return cfpb.Events(np.array([row.time for row in self.rows]), codes, values)


def _time(rng: np.random.Generator) -> int:
    hour = min(max(rng.normal(13.5, 3.5), 0.0), 23.99)
    return int(hour * 3600)


_TABLE: list[tuple[NDArray[np.int64], list[list[str]]]] = []


def _published(first: int, days: int, rng: np.random.Generator) -> Iterator[Complaint]:
    if not _TABLE:
        table = pq.read_table(cfpb.FILE, columns=["date_sent", *COLUMNS])
        sent = table["date_sent"].to_numpy().astype("datetime64[s]").astype(np.int64)
        columns = [[value or "" for value in table[name].to_pylist()] for name in COLUMNS]
        _TABLE.append((sent, columns))
    sent, columns = _TABLE[0]
    for row in np.flatnonzero((sent >= first) & (sent < first + days * DAY)).tolist():
        labels = tuple(column[row] for column in columns)
        yield Complaint(int(sent[row]) + _time(rng), labels, -1)
