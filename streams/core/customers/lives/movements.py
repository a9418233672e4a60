"""Movements: the kinds of changes of the customer base, and what each adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from streams.core.customers.lives.life import Away

(
    NOBODY,
    NEW,
    REACTIVATED,
    DISCOVERED,
    OPENING,
    LOST,
    EXPANSION,
    CONTRACTION,
    MOVED_IN,
    MOVED_OUT,
    MERGED_IN,
    MERGED_OUT,
) = range(12)
"""Kinds of movements; a customer of whom nothing is known is NOBODY."""

COUNTED: Final[dict[int, int]] = {
    NEW: 1,
    REACTIVATED: 1,
    DISCOVERED: 1,
    OPENING: 1,
    MOVED_IN: 1,
    MERGED_IN: 1,
    LOST: -1,
    MOVED_OUT: -1,
    MERGED_OUT: -1,
    EXPANSION: 0,
    CONTRACTION: 0,
}
"""By kind: what it adds to the number of customers."""
VALUED: Final[dict[int, int]] = {**COUNTED, EXPANSION: 1, CONTRACTION: -1}
"""By kind: whether its value is added to the recurring value or taken off."""

Values = dict[int, int]
"""Recurring value in minor units, by the number of the currency."""


class Movement(NamedTuple):
    """A change of the customer base.

    `mark` says whether a loss was avoidable and on whose initiative (`lifecycle.mark`); `channel`
    is that by which the customer came. `customers` is how many it is of: 0 of a merge into somebody
    who is a customer already, which brings value alone.
    """

    at: int
    kind: int
    values: Values
    reason: int
    plan: int
    mark: int
    channel: int
    customers: int = 1


class Span(NamedTuple):
    """From `at` on: whether the customer is one, and what is recurring."""

    at: int
    active: bool
    values: Values


class Unfinished(NamedTuple):
    """A loss that was reported though a return may take it back, and what there was before it."""

    away: Away
    values: Values
    last: tuple[int, int, int] | None
