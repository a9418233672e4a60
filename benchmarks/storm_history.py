"""A history in which every series rises at once: days that are all alike, and then a storm.

373 series of complaints: all of them, 3 segments, 10 products, 60 products with an issue, 246
companies, 50 regions and 3 channels. Nothing is drawn twice from one number, so a history depends
on its arguments alone.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIES: Final = 373
SEGMENTS, PRODUCTS, ISSUES, COMPANIES, REGIONS, CHANNELS = 3, 10, 6, 246, 50, 3
COMBINATIONS: Final = 2_460
CUSTOMERS: Final = 50_000
DAY: Final = 86_400
DAYS: Final = 12
WAVES: Final = ((0, 1.0), (5, 2.0), (6, 4.0), (7, 1.0), (9, 3.0), (10, 6.0), (11, 1.0))
"""From which day on there are how many times as many as at first."""

_encode = msgspec.json.encode


def times(day: float) -> float:
    """Give how many times as many come on a day as on the first."""
    return [many for first, many in WAVES if first <= day][-1]


def history(events: int, start: int, seed: int = 1) -> Iterator[tuple[bytes, bytes]]:
    """Give the keys and values of complaints in the order of event time, from `start` on.

    The days rise and fall together (`WAVES`); within a day they come evenly.
    """
    draw = random.Random(seed)  # noqa: S311 -- no cryptography
    combinations = [_labels(number, draw) for number in range(COMBINATIONS)]
    whole = sum(times(day) for day in range(DAYS))
    made = 0
    for day in range(DAYS):
        number = round(events * times(day) / whole)
        for index in range(number):
            made += 1
            at = start + DAY * (day + (index + draw.random()) / number)
            customer = int(CUSTOMERS * draw.random())
            body = {
                "event_id": f"00000000-0000-0000-0000-{made:012d}",
                "customer_id": f"customer-{customer}",
                "occurred_at": datetime.fromtimestamp(int(at), UTC),
                **combinations[int(COMBINATIONS * draw.random())],
                "text": f"They lost payment {int(1e6 * draw.random())} of {customer} once more.",
            }
            yield body["customer_id"].encode(), _encode(body)


def _labels(number: int, draw: random.Random) -> dict[str, str]:
    """Draw a combination of labels; all together have every value."""
    company = number % COMPANIES
    return {
        "segment": ("small", "middle", "large")[int(SEGMENTS * draw.random())],
        "product": f"Product {company % PRODUCTS}",
        "issue": f"Issue {int(ISSUES * draw.random())}",
        "company": f"Company {company}",
        "region": f"Region {int(REGIONS * draw.random())}",
        "channel": ("web", "phone", "branch")[int(CHANNELS * draw.random())],
    }
