"""What the customers of a partition hand out: everything that changed since the last time."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from streams.core.customers.kinds import CUSTOMER_CELL

if TYPE_CHECKING:
    from streams.core.changelog import ChangelogRow
    from streams.core.customers.exchange.asked import Answer
    from streams.core.customers.exchange.links import Link
    from streams.core.customers.lives.merges import Handover
    from streams.core.customers.sums.book import ChangedCell
    from streams.core.customers.sums.cell_change import CellChange
    from streams.core.customers.sums.row import CustomerRow


class TooLate(StrEnum):
    """Why an event changes no life."""

    BEFORE_BASE = "before_base"
    BEFORE_HORIZON = "before_horizon"


class Refused(NamedTuple):
    """An event of a batch that is too old for the lives: its place in the batch, and why."""

    place: int
    reason: TooLate


class Changes(NamedTuple):
    """All that changed: cells, rows of customers (None: there is none now), changelog rows, links.

    Links are for the partitions of those who were referred, handovers among them for those of who
    takes over; answers for the alerts stage.
    """

    cells: list[CellChange]
    customers: list[tuple[str, CustomerRow | None]]
    rows: list[ChangelogRow]
    links: list[Link | Handover]
    answers: list[Answer]


def cell_row(cell: ChangedCell) -> ChangelogRow:
    """Write a cell for the changelog."""
    key, tally = CUSTOMER_CELL.key(*cell.key), cell.tally
    value = (tally.count, tally.lives, tally.values)
    return key, CUSTOMER_CELL.encode(value) if tally else None
