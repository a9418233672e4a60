"""Prices that come again: what they are worth a month, or a year."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.load.money import number
from streams.load.table import first_filled

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streams.load.table import Chunk

_YEARLY: Final = {
    "day": Decimal(365),
    "week": Decimal(52),
    "month": Decimal(12),
    "year": Decimal(1),
}


class Recurring(NamedTuple):
    """The columns of a price; of each, the first one that is filled counts.

    `amount` is paid at each `every`-th `interval` (day, week, month, year; by default a month), for
    `quantity` (by default 1) of the thing. The value is that of `months` months.
    """

    months: int
    amount: tuple[str, ...]
    interval: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    quantity: tuple[str, ...] = ()

    def columns(self) -> Collection[str]:
        """Name all columns that are needed."""
        return {*self.amount, *self.interval, *self.every, *self.quantity}

    def of(self, chunk: Chunk) -> list[object]:
        """Give the value of each row; a cell that is no amount stays as it is."""
        size = chunk.rows
        parts = (
            first_filled(chunk, self.amount),
            first_filled(chunk, self.interval) if self.interval else [None] * size,
            first_filled(chunk, self.every) if self.every else [None] * size,
            first_filled(chunk, self.quantity) if self.quantity else [None] * size,
        )
        return [self._one(cells) for cells in zip(*parts, strict=True)]

    def _one(self, cells: Sequence[object]) -> object:
        amount, interval, times, quantity = cells
        value = number(amount)
        yearly = _YEARLY.get(str(interval or "month").lower())
        every = number(times) if times not in (None, "") else Decimal(1)
        many = number(quantity) if quantity not in (None, "") else Decimal(1)
        if value is None or yearly is None or not every or many is None:
            return amount
        with localcontext() as context:
            context.prec = 28
            total = value * many * yearly * self.months / (12 * every)
            try:
                return total.quantize(Decimal("0.0001")).normalize()
            except InvalidOperation:  # more digits than any amount has
                return amount
