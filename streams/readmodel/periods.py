"""Periods as people compare them: with the same days of the period before, and of a year ago.

    2017-01, as of the 18th          the 1st to the 17th: the days that are over
    the period before                the 1st to the 17th of December
    a year ago                       the 1st to the 17th of January 2016

What came in days of the one is carried over to the days of the other: each day weighs what its
weekday usually has.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

import msgspec

from schemas.periods import PeriodUnit
from streams.core.event_time.comparison import profile
from streams.load.money import largest_first
from streams.readmodel.loss_rates import loss_rate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.readmodel.loss_rates import LossRate

COUNT: Final = ""
"""In place of a currency: how many."""

UNITS: Final[tuple[str, ...]] = get_args(PeriodUnit)
"""In the order in which they are shown."""

STOCKS: Final = frozenset({"opening", "closing", "at_risk", "referred"})
"""Units that are counted at a time; others come in over days."""

MOVES: Final = frozenset({"moved_in", "moved_out"})

BEFORE, A_YEAR_AGO = "before", "year"

_EPOCH: Final = date(1970, 1, 1).toordinal()
_YEAR_OF_WEEKS: Final = 364
_PLAIN: Final = [1.0] * 7

Group = tuple[str | None, str | None]
"""Segment and tier; None: all."""


class Number(msgspec.Struct):
    """A number of a row, as on metrics.periods."""

    count: int
    values: dict[str, int]

    def of(self, currency: str) -> int:
        """Give how many, or how much in a currency."""
        return self.count if currency == COUNT else self.values.get(currency, 0)


class Part(Number):
    """The part of a number with one label."""

    label: str


class LossCount(msgspec.Struct):
    """Losses, and customer-seconds at risk."""

    lost: int
    seconds: int

    @property
    def rate(self) -> LossRate:
        """What they come to by customer-month."""
        return loss_rate(self.lost, self.seconds)


class Losses(msgspec.Struct):
    """Losses before and after the first complaint of each customer."""

    until: str
    before: LossCount
    after: LossCount


class What(NamedTuple):
    """A unit, and COUNT or a currency."""

    unit: str
    currency: str


class PeriodRecord(msgspec.Struct):
    """A row of metrics.periods, as far as it is read here."""

    grain: str
    period: str
    start: str
    end: str
    segment: str | None
    tier: str | None
    status: str
    numbers: dict[str, Number]
    published: dict[str, Number] | None
    definitions: str
    clock: str
    parts: dict[str, dict[str, list[Part]]] = {}
    losses: Losses | None = None

    @property
    def group(self) -> Group:
        """Whose numbers they are."""
        return self.segment, self.tier

    @property
    def currencies(self) -> list[str]:
        """Its currencies, that first in which its customers are worth most at the end."""
        closing = self.numbers.get("closing")
        names = {name for number in self.numbers.values() for name in number.values}
        worth = {name: closing.of(name) if closing else 0 for name in names}
        return [name for name, _ in largest_first(worth)]

    def of(self, what: What) -> int:
        """Give a number; 0 where it is not there."""
        number = self.numbers.get(what.unit)
        return 0 if number is None else number.of(what.currency)


decode_period: Final = msgspec.json.Decoder(PeriodRecord).decode


class Days(NamedTuple):
    """Days by their ordinals (`date.toordinal`), the end exclusive."""

    start: int
    end: int


class Spans(NamedTuple):
    """The days of a period that are over, and those that they are held against."""

    kind: str
    now: Days
    before: Days


class Compared(NamedTuple):
    """A number held against an earlier one.

    Attributes:
        kind: BEFORE or A_YEAR_AGO.
        days: those of the earlier period that are compared.
        now: the number in as many days of this one.
        value: what it was then.
        expected: what that makes for the days and weekdays of now; of a stock what it was.
    """

    kind: str
    days: Days
    now: int
    value: int
    expected: float


class Line(NamedTuple):
    """A number of one group in the period asked for.

    `currency` is COUNT where customers or events are counted; `published` is what was said when the
    period became final, None before that.
    """

    group: Group
    unit: str
    currency: str
    value: int
    published: int | None
    compared: list[Compared]


class PeriodTable:
    """All rows of metrics.periods."""

    def __init__(self, rows: Iterable[PeriodRecord]) -> None:
        self._rows = {(row.grain, row.period, row.group): row for row in rows}
        self._days: dict[Group, dict[int, PeriodRecord]] = {}
        for row in self._rows.values():
            if row.grain == "day":
                self._days.setdefault(row.group, {})[_ordinal(row.period)] = row
        clocks = [datetime.fromisoformat(row.clock) for row in self._rows.values()]
        self.clock = max(clocks, default=None)
        """Up to when the rows are told, UTC; None where there is none."""

    def rows(self, period: str) -> list[PeriodRecord]:
        """Give the rows of a period by its name, the total first."""
        found = [row for row in self._rows.values() if row.period == period]
        return sorted(found, key=lambda row: (row.segment or "", row.tier or ""))

    def periods(self, grain: str) -> set[str]:
        """Name the periods of a length that there are."""
        return {period for length, period, _ in self._rows if length == grain}

    def lines(self, row: PeriodRecord) -> list[Line]:
        """Give the numbers of a row, each with what it is held against."""
        found = []
        for unit in UNITS:
            number = row.numbers.get(unit)
            if number is None:
                continue
            for currency in (COUNT, *(name for name in row.currencies if name in number.values)):
                value = number.of(currency)
                if currency == COUNT and not value and number.values:
                    continue  # money alone
                published = None
                if row.published is not None:
                    said = row.published.get(unit)
                    published = 0 if said is None else said.of(currency)
                compared = self._compared(row, What(unit, currency))
                found.append(Line(row.group, unit, currency, value, published, compared))
        return found

    def _compared(self, row: PeriodRecord, what: What) -> list[Compared]:
        whole = span_of(row.grain, row.period)
        over = self._over(whole)
        found = []
        for kind, earlier in earlier_spans(row.grain, whole, over):
            spans = Spans(kind, over, earlier)
            one = self._by_rows(row, what, spans) if over == whole else None
            one = one or self._by_days(row.group, what, spans)
            if one is not None:
                found.append(one)
        return found

    def _over(self, whole: Days) -> Days:
        """Give the days of a period that are over by the clock."""
        if self.clock is None:
            return whole
        return Days(whole.start, max(whole.start, min(whole.end, self.clock.toordinal())))

    def _by_rows(self, row: PeriodRecord, what: What, spans: Spans) -> Compared | None:
        """Hold a whole period against a whole one."""
        name = name_of(row.grain, spans.before.start)
        other = self._rows.get((row.grain, name, row.group))
        if other is None or span_of(row.grain, name) != spans.before:
            return None
        return self._carried(row.group, what.unit, spans, (row.of(what), other.of(what)))

    def _by_days(self, group: Group, what: What, spans: Spans) -> Compared | None:
        """Hold the days that are over against as many of an earlier period."""
        days = self._days.get(group, {})
        if spans.now.start >= spans.now.end or not any(day in days for day in range(*spans.before)):
            return None
        if what.unit in MOVES:
            return None  # a day has moves between segments alone, a month those between tiers too
        if not any(what.unit in row.numbers for row in days.values()):
            return None  # it is not told by day
        sums = []
        for span in (spans.now, spans.before):
            wanted = range(*span)
            if what.unit in STOCKS:
                wanted = wanted[:1] if what.unit == "opening" else wanted[-1:]
            sums.append(sum(days[day].of(what) for day in wanted if day in days))
        return self._carried(group, what.unit, spans, (sums[0], sums[1]))

    def _carried(self, group: Group, unit: str, spans: Spans, numbers: tuple[int, int]) -> Compared:
        now, value = numbers
        expected = float(value)
        if unit not in STOCKS | MOVES:
            weights = self._weights(group, unit, spans.now.end)
            expected *= exposure(weights, spans.now) / exposure(weights, spans.before)
        return Compared(spans.kind, spans.before, now, value, round(expected, 2))

    def _weights(self, group: Group, unit: str, end: int) -> list[float]:
        """Give what weekdays weigh, by the day's ordinal modulo 7, of the segment's last year."""
        days = self._days.get((group[0], None), {})
        what = What(unit, COUNT)
        counts = {day - _EPOCH: row.of(what) for day, row in days.items() if row.of(what)}
        if not counts:
            return _PLAIN
        by_epoch = profile(counts, end - _EPOCH, min(counts))
        return [by_epoch[(day - end) % 7] for day in range(7)]


def exposure(weights: list[float], days: Days) -> float:
    """Sum up what some days weigh; `weights` are by ordinal modulo 7."""
    return sum(weights[day % 7] for day in range(*days))


def span_of(grain: str, period: str) -> Days:
    """Give the days of a period.

    Raises:
        ValueError: there is no such period.
    """
    if grain == "day":
        day = _ordinal(period)
        return Days(day, day + 1)
    if grain == "week":
        year, week = period.split("-W")
        monday = date.fromisocalendar(int(year), int(week), 1).toordinal()
        return Days(monday, monday + 7)
    if grain == "month":
        return _months(date.fromisoformat(f"{period}-01"), 1)
    if grain == "quarter":
        year, quarter = period.split("-Q")
        return _months(date(int(year), 3 * int(quarter) - 2, 1), 3)
    return _months(date(int(period), 1, 1), 12)


def name_of(grain: str, day: int) -> str:
    """Name the period that holds a day."""
    then = date.fromordinal(day)
    if grain == "day":
        return then.isoformat()
    if grain == "week":
        year, week, _ = then.isocalendar()
        return f"{year}-W{week:02}"
    if grain == "month":
        return f"{then:%Y-%m}"
    return f"{then:%Y}" + (f"-Q{(then.month + 2) // 3}" if grain == "quarter" else "")


def earlier_spans(grain: str, whole: Days, over: Days) -> list[tuple[str, Days]]:
    """Give the same days of the period before, and of a year ago.

    They are as many as are `over` of the `whole` period, or all that the earlier one has.
    """
    length = over.end - over.start
    before = span_of(grain, name_of(grain, whole.start - 1))
    if grain in {"day", "week"}:
        year = Days(whole.start - _YEAR_OF_WEEKS, whole.end - _YEAR_OF_WEEKS)
    else:
        first = date.fromordinal(whole.start)
        year = span_of(grain, name_of(grain, first.replace(year=first.year - 1).toordinal()))
    spans = {BEFORE: before, A_YEAR_AGO: year}
    if grain == "year":
        del spans[A_YEAR_AGO]  # it is the same
    return [
        (kind, span if over == whole else Days(span.start, min(span.end, span.start + length)))
        for kind, span in spans.items()
    ]


def _months(first: date, months: int) -> Days:
    number = first.year * 12 + first.month - 1 + months
    return Days(first.toordinal(), date(number // 12, number % 12 + 1, 1).toordinal())


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()
