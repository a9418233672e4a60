"""The five numbers of the month: who came and who left, and what that is worth.

New customers, lost customers, renewals and refusals, revenue and margin, referrals: in customers
and in money, from what the month began with to what there is now, and against the same days of last
month.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from streams.core.event_time.formats import minute
from streams.readmodel.periods import BEFORE, COUNT, name_of

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from streams.readmodel.periods import Line, PeriodRecord, PeriodTable

CURRENCIES: Final = ("USD", "EUR")
WIDE: Final = 100
"""Columns from which on it is shown how the money has changed."""

REASONS: Final = 4
"""So many reasons are named, the most frequent first."""


class _Row(NamedTuple):
    title: str
    style: str
    units: tuple[str, ...]


_ROWS: Final = (
    _Row("opening", "dim", ("opening",)),
    _Row("new", "green", ("new",)),
    _Row("back or found", "green", ("reactivated", "discovered")),
    _Row("pay more", "green", ("expansion",)),
    _Row("pay less", "red", ("contraction",)),
    _Row("lost", "red", ("lost",)),
    _Row("merged", "dim", ("merged_out",)),
    _Row("taken over", "dim", ("merged_in",)),
    _Row("closing", "bold", ("closing",)),
    _Row("at risk", "yellow", ("at_risk",)),
    _Row("renewed", "green", ("renewals",)),
    _Row("refused", "red", ("refusals",)),
    _Row("revenue", "", ("revenue",)),
    _Row("margin", "bold", ("margin",)),
    _Row("referrals", "green", ("referrals",)),
    _Row("converted", "green", ("referrals_converted",)),
)


class Month:
    """Draws the month that the numbers have come to.

    Args:
        table: the periods of all customers together, as last published.
    """

    def __init__(self, table: PeriodTable) -> None:
        self._table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as there is room for."""
        clock = self._table.clock
        rows = [] if clock is None else self._table.rows(name_of("month", clock.toordinal()))
        if clock is None or not rows:
            yield Text("Customers of the month: none published as yet", style="dim")
            return
        lines = self._table.lines(rows[0])
        day = date.fromordinal(clock.toordinal())
        yield Text(f"Customers in {day:%B %Y}, as of {minute(clock)}", style="bold")
        yield Group(_drawn(lines, wide=options.max_width >= WIDE), *_reasons(rows[0]))


def _drawn(lines: list[Line], *, wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column("customers", justify="right", no_wrap=True)
    table.add_column(_change_of(lines), justify="right", no_wrap=True)
    for currency in CURRENCIES:
        table.add_column(currency, justify="right", no_wrap=True, min_width=10)
        if wide:
            table.add_column("change", justify="right", no_wrap=True)
    told = {(line.unit, line.currency): line for line in lines}
    for row in _ROWS:
        cells = [*_cells([told.get((unit, COUNT)) for unit in row.units])]
        for currency in CURRENCIES:
            value, change = _cells([told.get((unit, currency)) for unit in row.units], money=True)
            cells += (value, change) if wide else (value,)
        table.add_row(Text(row.title, style=row.style), *(Text(c, style=row.style) for c in cells))
    return table


def _change_of(lines: list[Line]) -> str:
    """Name the days that the numbers are held against."""
    for line in lines:
        for one in line.compared:
            if one.kind == BEFORE:
                first, last = (date.fromordinal(d) for d in (one.days.start, one.days.end - 1))
                return f"to {first.day}-{last.day} {last:%b}"
    return "change"


def _cells(lines: list[Line | None], *, money: bool = False) -> tuple[str, str]:
    """Write a number, the sum of some, and by how much it is more than in the same days before."""
    there = [line for line in lines if line is not None]
    if not there:
        return "", ""
    unit = 100 if money else 1
    value = f"{round(sum(line.value for line in there) / unit):,}"
    changes = [
        one.now - one.expected for line in there for one in line.compared if one.kind == BEFORE
    ]
    return value, f"{round(sum(changes) / unit):+,}" if changes else ""


def _reasons(row: PeriodRecord) -> list[Text]:
    found = []
    for title, unit in (("Lost for", "lost"), ("Refused for", "refusals")):
        parts = row.parts.get(unit, {}).get("reason", [])
        ranked = sorted(parts, key=lambda part: (-part.count, part.label))[:REASONS]
        named = ", ".join(f"{part.label} {part.count:,}" for part in ranked)
        found.append(Text(f"{title}: {named or 'nothing'}", no_wrap=True, overflow="ellipsis"))
    return found
