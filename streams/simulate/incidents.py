"""What goes wrong for many customers at once: complaints of known date, with known labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.buckets import DAY, HOUR
from streams.simulate.truth.rates import MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

EVERY: Final = 4 * MONTH
"""There is one incident in so many seconds, on the average."""

KINDS: Final = (
    ("Card", "Charged twice"),
    ("App", "Cannot log in"),
    ("Delivery", "Arrived late"),
    ("Invoice", "Wrong amount"),
    ("Support", "Nobody answers"),
)


class Incident(NamedTuple):
    """Customers of a region complain about an issue of a product, from `start` to `end`.

    `share` is how many of the region's customers do. Times are epoch seconds.
    """

    start: int
    end: int
    product: str
    issue: str
    region: str
    share: float


def draw_incidents(
    random: Random, start: int, end: int, regions: Mapping[str, float]
) -> tuple[Incident, ...]:
    """Draw the incidents between two times, in their order; none in the first month."""
    incidents = []
    for _ in range(round((end - start) / EVERY)):
        begins = random.randrange(start + MONTH, max(end - 10 * DAY, start + MONTH + 1), HOUR)
        product, issue = random.choice(KINDS)
        incidents.append(
            Incident(
                begins,
                begins + random.randrange(2, 9) * DAY,
                product,
                issue,
                random.choices(tuple(regions), tuple(regions.values()))[0],
                round(random.uniform(0.05, 0.15), 3),
            )
        )
    return tuple(sorted(incidents))
