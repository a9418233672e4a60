"""The customer clock of a source partition, which waits for what is on its way to it.

    target      |-------------------------------------------------> where the topics are
    limit       |--- LEAP --->|  beyond the least clock that was told and read (`told_clocks.py`)
    clock       |------------>|

A silent topic holds the clock at nothing while years of history are read, and lets go of it when it
turns idle; a partition may be read years before another. What customers do to each other goes out
with a flush and comes in flushes later. What comes in more than a year behind the clock is not
counted in full: so the clock goes no further than is known to be safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.calendar import FAR
from streams.core.customers.stored.head import due_of
from streams.core.customers.stored.store import SHARDS
from streams.core.event_time.formats import utc
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from streams.core.customers.customers import Customers
    from streams.core.ingest.told_clocks import ToldClocks

PATIENCE: Final = 120
"""Wall seconds for which a clock stands and waits for others before that is said."""

WAITS: Final = (
    "customers are counted to {} and go no further for {} seconds: of source partition {} it is "
    "not known that it is further than {}. See that workers of this release read it, all of them "
    "(docs/customers.md)"
)


class HeldClock:
    """Moves the clock of the customers of a partition.

    Attributes:
        held: whether it is behind where it could be: it waits for what others tell.
    """

    def __init__(self, customers: Customers, told: ToldClocks) -> None:
        self._customers = customers
        self._told = told
        self._written = customers.clock
        self._sure = NEVER
        self._stands: tuple[int, float] | None = None
        self._said = False
        self.held = False

    @property
    def moved(self) -> bool:
        """Whether the clock has moved since the last flush."""
        return self._customers.clock != self._written

    def advance(self, target: int) -> None:
        """Move the clock towards a time, epoch seconds."""
        if target > NEVER == self._customers.clock == self._sure:
            self._sure = self._begin(target)
        clock = min(target, max(self._told.limit, self._customers.clock))
        self.held = clock < target
        self._customers.advance(clock)

    def write(self) -> None:
        """Take notice of a flush."""
        self._written = self._customers.clock

    def sure(self) -> int:
        """Give the time, in epoch seconds, up to which all is told that customers did to others."""
        self._sure = max(self._sure, self._customers.counted_to)
        return self._sure

    def faults(self, wall: float) -> list[str]:
        """Say once if the clock has long waited for others; `wall` is epoch seconds."""
        clock = self._customers.clock
        if not self.held or self._stands is None or self._stands[0] != clock:
            self._stands, self._said = (clock, wall), False
        since = wall - self._stands[1]
        if self._said or since < PATIENCE:
            return []
        self._said = True
        holding = self._told.holding()
        known = self._told.of(holding[0]).at
        whose = ", ".join(map(str, holding))
        return [WAITS.format(_shown(clock), int(since), whose, _shown(known))]

    def _begin(self, target: int) -> int:
        """Give the time before which a clock that has never moved would find nothing due."""
        self._customers.lives.settle_all()
        store = self._customers.store
        lives = (packed for shard in range(SHARDS) for _, packed in store.shard(shard))
        return min(target, min(map(due_of, lives), default=FAR))


def _shown(at: int) -> str:
    return "nothing" if at == NEVER else f"{utc(at):%Y-%m-%d %H:%M}"
