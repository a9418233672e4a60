"""The five numbers of the month, and the sum that they make."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from schemas.topics import PERIODS
from streams.console.index.decode import group_name
from streams.core.event_time.comparison import SMALL
from streams.readmodel.periods import (
    BEFORE,
    COUNT,
    MOVES,
    PeriodTable,
    decode_period,
    name_of,
    span_of,
)

if TYPE_CHECKING:
    from streams.console.index.reader import Index
    from streams.readmodel.periods import Line, PeriodRecord

Lines = dict[tuple[str, str], "Line"]
"""By unit, and COUNT or a currency."""

IN: Final = ("new", "reactivated", "discovered", "moved_in", "merged_in")
OUT: Final = ("lost", "moved_out", "merged_out")
MONEY_IN: Final = (*IN, "expansion")
MONEY_OUT: Final = (*OUT, "contraction")

WORDS: Final = {
    "opening": "at the beginning",
    "new": "new",
    "reactivated": "came back",
    "discovered": "discovered",
    "moved_in": "moved in",
    "merged_in": "merged in",
    "expansion": "pay more",
    "contraction": "pay less",
    "lost": "lost",
    "moved_out": "moved out",
    "merged_out": "merged out",
    "closing": "now",
    "renewals": "renewed",
    "refusals": "refused to renew",
    "revenue": "revenue",
    "cost_to_serve": "cost to serve",
    "margin": "margin",
    "referrals": "referrals",
    "referrals_converted": "converted",
    "at_risk": "at risk",
    "complaints": "complaints",
}
"""What the units of a period are called on a page."""


def word_of(unit: str, *, over: bool) -> str:
    """Return what a unit is called in a period that is over, or is not."""
    return "at the end" if unit == "closing" and over else WORDS[unit]


class Amount(NamedTuple):
    """A number, and by how much it is more than in the same days before.

    `currency` is COUNT for how many; `change` is None where there is nothing to hold it against,
    `share` where that was nothing, or too few to be told in percent.
    """

    currency: str
    value: int
    change: int | None
    share: float | None


class Figure(NamedTuple):
    """A number of the month: how many, and the money, with its word."""

    unit: str
    word: str
    many: Amount | None
    money: list[Amount]


class Card(NamedTuple):
    """One of the five, its parts in the order of their weight."""

    title: str
    figures: list[Figure]
    reasons: list[tuple[str, int]]


class Step(NamedTuple):
    """A step from what the month began with to what there is: `sign` is +1, -1, or 0 at the ends.

    `values` are by COUNT or currency.
    """

    unit: str
    word: str
    sign: int
    values: dict[str, int]


class Month(NamedTuple):
    """A month so far, or another period.

    Attributes:
        period: its name, `2017-01`.
        title: `January 2017`.
        clock: up to when it is told.
        status: provisional, final or amended.
        against: the days that it is held against, as words; empty if none.
        cards: the five numbers.
        steps: the sum, opening first and closing last.
        currencies: those in it.
        adds_up: whether the steps come to the closing.
        at_risk: the customers with an open or recent complaint.
        definitions: what the numbers are counted by.
        over: whether its end has passed.
    """

    period: str
    title: str
    clock: datetime
    status: str
    against: str
    cards: list[Card]
    steps: list[Step]
    currencies: list[str]
    adds_up: bool
    at_risk: Figure | None
    definitions: str
    over: bool


_CARDS: Final = (
    ("New customers", ("new", "reactivated", "discovered"), ""),
    ("Lost customers", ("lost",), "lost"),
    ("Renewals", ("renewals", "refusals"), "refusals"),
    ("Revenue and margin", ("revenue", "margin"), ""),
    ("Referrals", ("referrals", "referrals_converted"), ""),
)
_REASONS: Final = 3


def totals(index: Index) -> PeriodTable:
    """Return the periods of all customers together."""
    rows = index.about(PERIODS, group_name(None, None))
    return PeriodTable(decode_period(row) for row in rows)


def month(index: Index) -> Month | None:
    """Return the month that the numbers have come to; None: there is none."""
    return month_in(totals(index))


def month_in(table: PeriodTable, period: str | None = None) -> Month | None:
    """Return a period of `totals`, by default the month that the numbers have come to."""
    if table.clock is None:
        return None
    wanted = period or name_of("month", table.clock.toordinal())
    rows = table.rows(wanted)
    if not rows:
        return None
    row = rows[0]
    first = date.fromordinal(span_of(row.grain, wanted).start)
    lines: Lines = {(line.unit, line.currency): line for line in table.lines(row)}
    currencies = row.currencies
    steps = _steps(row, currencies)
    return Month(
        period=wanted,
        title=f"{first:%B %Y}" if row.grain == "month" else wanted,
        clock=table.clock.astimezone(UTC),
        status=row.status,
        against=_against(lines),
        cards=[
            Card(
                title,
                [found for unit in units if (found := _figure(unit, lines, currencies))],
                _reasons(row, of) if of else [],
            )
            for title, units, of in _CARDS
        ],
        steps=steps,
        currencies=currencies,
        adds_up=_adds_up(steps, currencies),
        at_risk=_figure("at_risk", lines, currencies),
        definitions=row.definitions,
        over=row.end <= row.clock,
    )


class Group(NamedTuple):
    """A group of customers in a period; `numbers` are by unit, then by COUNT or currency."""

    segment: str
    tier: str
    status: str
    numbers: dict[str, dict[str, int]]


class Reason(NamedTuple):
    """A reason for a movement: how many, and the money."""

    label: str
    many: int
    values: dict[str, int]


def groups(index: Index, period: str) -> list[Group]:
    """Return the groups of a period, those first that have most customers in the end."""
    rows = [decode_period(value) for value in index.at(PERIODS, period)]
    found = [
        Group(
            row.segment or "all",
            row.tier or "all",
            row.status,
            {unit: {COUNT: one.count, **one.values} for unit, one in row.numbers.items()},
        )
        for row in rows
        if row.segment is not None
    ]
    return sorted(found, key=_size)


def _size(group: Group) -> tuple[int, str, str]:
    return -group.numbers.get("closing", {}).get(COUNT, 0), group.segment, group.tier


def reasons(table: PeriodTable, period: str) -> dict[str, list[Reason]]:
    """Return why customers were lost, refused to renew and pay less, the most frequent first."""
    rows = [row for row in table.rows(period) if row.group == (None, None)]
    found = {}
    for unit in ("lost", "refusals", "contraction"):
        parts = [part for row in rows for part in row.parts.get(unit, {}).get("reason", [])]
        ranked = sorted(parts, key=lambda part: (-part.count, part.label))
        if ranked:
            found[unit] = [Reason(part.label, part.count, part.values) for part in ranked]
    return found


def _figure(unit: str, lines: Lines, currencies: list[str]) -> Figure | None:
    count = lines.get((unit, COUNT))
    money = [line for name in currencies if (line := lines.get((unit, name))) is not None]
    if count is None and not money:
        return None
    amounts = [_amount(line) for line in money]
    return Figure(unit, WORDS[unit], None if count is None else _amount(count), amounts)


def _amount(line: Line) -> Amount:
    before = next((one for one in line.compared if one.kind == BEFORE), None)
    if before is None:
        return Amount(line.currency, line.value, None, None)
    change = round(before.now - before.expected)
    least = SMALL if line.currency == COUNT else 1
    share = change / before.expected if before.expected >= least else None
    return Amount(line.currency, line.value, change, share)


def _against(lines: Lines) -> str:
    for line in lines.values():
        for one in line.compared:
            if one.kind == BEFORE:
                first, last = (date.fromordinal(d) for d in (one.days.start, one.days.end - 1))
                return f"{first.day} to {last.day} {last:%B %Y}"
    return ""


def _reasons(row: PeriodRecord, unit: str) -> list[tuple[str, int]]:
    parts = row.parts.get(unit, {}).get("reason", [])
    ranked = sorted(parts, key=lambda part: (-part.count, part.label))
    return [(part.label, part.count) for part in ranked[:_REASONS]]


def _steps(row: PeriodRecord, currencies: list[str]) -> list[Step]:
    plan = (
        ("opening", 0),
        *((unit, 1) for unit in (*IN, "expansion")),
        *((unit, -1) for unit in ("contraction", *OUT)),
        ("closing", 0),
    )
    found = []
    for unit, sign in plan:
        number = row.numbers.get(unit)
        if number is None and sign:
            continue
        values = {what: 0 if number is None else number.of(what) for what in (COUNT, *currencies)}
        if unit in {"expansion", "contraction"}:
            values[COUNT] = 0  # so many movements, but nobody came or went
        if sign and not any(values.values()):
            continue
        found.append(Step(unit, word_of(unit, over=row.end <= row.clock), sign, values))
    return _without_moves(found)


def _without_moves(steps: list[Step]) -> list[Step]:
    """Leave out moves from group to group where as much moved in as out: of all customers."""
    moves = {step.unit: step.values for step in steps if step.unit in MOVES}
    if moves.get("moved_in") != moves.get("moved_out"):
        return steps
    return [step for step in steps if step.unit not in MOVES]


def _adds_up(steps: list[Step], currencies: list[str]) -> bool:
    for what in (COUNT, *currencies):
        opening, closing = steps[0].values[what], steps[-1].values[what]
        if opening + sum(step.sign * step.values[what] for step in steps) != closing:
            return False
    return True
