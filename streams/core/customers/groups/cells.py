"""Cells: the numbers of days and months, by group, kind and label.

A cell of a partition is the sum over its lives (`streams.core.customers.sums.contribution`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from schemas.customers import MovementKind
from streams.core.customers.lives import movements as mv
from streams.core.customers.lives.life import COMPLAINED, CONVERTED, GIVEN

if TYPE_CHECKING:
    from streams.core.customers.calendar import Months
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.groups.tiers import Tiers

DAY_GRAIN, MONTH_GRAIN = range(2)
GRAIN_WORDS: Final = ("1d", "1mo")

# Kinds of cells: those of movements, what is only counted, and changes of other stocks.
RENEWALS, REFUSALS, REVENUE, COST, REFERRED, REFERRED_CONVERTED, COMPLAINTS = range(
    mv.MERGED_OUT + 1, mv.MERGED_OUT + 8
)
AT_RISK = COMPLAINTS + 1
CANCELLATIONS, EXPOSED, COMPLAINED_ONCE, EXPOSED_AFTER, LOST_AFTER, LOST_FOUND = range(
    AT_RISK + 1, AT_RISK + 7
)
"""The last five are about how fast customers are lost (`exposure`)."""
OF_REFERRED = LOST_FOUND + 1
KIND_WORDS: Final = (
    "",
    *get_args(MovementKind),
    "renewals",
    "refusals",
    "revenue",
    "cost_to_serve",
    "referrals",
    "converted",
    "complaints",
    "at_risk",
    "cancellations",
    "exposed",
    "complained",
    "exposed_after",
    "lost_after",
    "lost_found",
    "referred",
)

COUNTED_KINDS: Final = (
    (GIVEN, REFERRED),
    (CONVERTED, REFERRED_CONVERTED),
    (COMPLAINED, COMPLAINTS),
)
"""Places in a month of a life, and the kinds of cells that they are counted in."""

TOTAL, BY_REASON, BY_AVOIDABLE, BY_INITIATIVE, BY_CHANNEL, BY_PLAN = range(6)
DIMENSION_WORDS: Final = ("", "reason", "avoidable", "initiative", "channel", "plan")

MUCH: Final = (1 << 31) - 1
"""A sum of money that is not looked beyond: packed in five bytes."""

NO_TIER: Final = -1
"""The tier in a cell of a day: days are kept by segment only."""


Key = tuple[int, int, int, int, int, int, int]
"""A `CellKey` as it is made in the hot path: an ordinary tuple, which is equal to it."""


class CellKey(NamedTuple):
    """Names a cell; numbers stand for names (`Names`), in the months' zone.

    `start` is the number of a month, or the first second of a day. `label` is a value of the
    dimension: the number of a name, of whether avoidable, or of an initiative; 0 of the total.
    """

    grain: int
    start: int
    segment: int
    tier: int
    kind: int
    dimension: int
    label: int


class Tally:
    """The numbers of a cell: events, lives that have such an event, and amounts by currency."""

    __slots__ = ("count", "lives", "values")

    def __init__(
        self, count: int = 0, lives: int = 0, values: dict[int, int] | None = None
    ) -> None:
        self.count = count
        self.lives = lives
        self.values: dict[int, int] = {} if values is None else values

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Tally)
            and self.count == other.count
            and self.lives == other.lives
            and self.values == other.values
        )

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self.count or self.lives or self.values)

    def add(self, other: Tally, sign: int = 1) -> None:
        """Add another tally, or take it out (-1); no amount of 0 stays."""
        self.count += sign * other.count
        self.lives += sign * other.lives
        if not other.values:
            return
        values = self.values
        for currency, amount in other.values.items():
            total = values.get(currency, 0) + sign * amount
            if total:
                values[currency] = total
            else:
                values.pop(currency, None)


Contribution = dict[Key, Tally]


class Rules(NamedTuple):
    """What turns a life into numbers: definitions, tiers and the calendar."""

    definitions: Definitions
    tiers: Tiers
    calendar: Months
