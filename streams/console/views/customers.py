"""Lists of customers, those first that are worth most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from schemas.topics import PERIODS
from streams.console.index.decode import group_name
from streams.console.index.reader import Summed
from streams.console.views.month import totals
from streams.readmodel.periods import decode_period, name_of

if TYPE_CHECKING:
    from streams.console.index.reader import After, Index, Listed

Lists = Literal["at_risk", "lost", "biggest"]


NOBODY: Final = Summed(0, 0)


class List(NamedTuple):
    """A page of a list; `month` is that of those lost."""

    rows: list[Listed]
    month: str


def currencies(index: Index) -> list[str]:
    """Return the currencies of those who are there, that first in which all are worth most."""
    newest = index.newest(PERIODS, 1, about=group_name(None, None))
    order = decode_period(newest[0]).currencies if newest else []
    return sorted(index.currencies(), key=lambda name: order.index(name) if name in order else 99)


def months(index: Index) -> list[str]:
    """Return the months that there are, the newest first."""
    table = totals(index)
    return sorted(table.periods("month"), reverse=True)


def list_of(  # noqa: PLR0913, PLR0917 (what may be asked)
    index: Index, which: Lists, currency: str, month: str, most: int, after: After | None = None
) -> List:
    """Return a list of customers who are worth something in a currency.

    Args:
        index: what was read.
        which: at risk (an open complaint), lost in `month`, or the biggest of those there are.
        currency: customers are ranked by what they are worth in it.
        month: `2017-01`; empty: the one that the numbers have come to.
        most: rows.
        after: the row that it goes on behind.
    """
    if which == "biggest":
        return List(index.biggest(currency, most, after), "")
    if which == "at_risk":
        return List(index.at_risk(currency, most, after), "")
    clock = totals(index).clock
    name = month or ("" if clock is None else name_of("month", clock.toordinal()))
    span = _span(index, name)
    return List([] if span is None else index.lost(currency, span, most, after), name)


def sum_of(index: Index, which: Lists, currency: str, month: str) -> Summed:
    """Return how many customers all pages of a list have, and what they come to; as `list_of`."""
    if which == "biggest":
        return index.sum_of_biggest(currency)
    if which == "at_risk":
        return index.sum_at_risk(currency)
    span = _span(index, month)
    return NOBODY if span is None else index.sum_of_lost(currency, span)


def _span(index: Index, month: str) -> tuple[str, str] | None:
    """Return the times of a month, as its row has them."""
    found = [row for row in totals(index).rows(month) if row.grain == "month"]
    return (found[0].start, found[0].end) if found else None
