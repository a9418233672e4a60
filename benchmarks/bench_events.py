"""The events that all contenders count: complaints of some 230 bytes, and the true counts."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from crowd import Made

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR: Final = 3600
CUSTOMERS: Final = 20_000
PRODUCTS, ISSUES, REGIONS = 10, 6, 50
CLOSING: Final = 400
"""Events two hours later, so that the hours before are closed: some in each partition."""

_encode = msgspec.json.encode

Counts = Counter[str]
"""Events by hour and product, as `2026-01-31T09 Product 1`."""


class Work(NamedTuple):
    """A load: so many events, evenly over so many hours, of so many companies, with texts."""

    name: str
    events: int
    hours: int
    companies: int
    letters: int = 0


def complaints(work: Work, begin: float) -> Iterator[Made]:
    """Make the events of a load in the order of event time from `begin` (epoch seconds)."""
    draw = random.Random(1)  # noqa: S311 -- no cryptography
    span = work.hours * HOUR
    for number in range(work.events - CLOSING):
        yield _event(draw, number, begin + span * number / work.events, work)
    for number in range(work.events - CLOSING, work.events):
        yield _event(draw, number, begin + span + 2 * HOUR, work)


def _event(draw: random.Random, number: int, at: float, work: Work) -> Made:
    pick = draw.random
    customer = f"customer-{int(CUSTOMERS * pick() ** 2)}"  # some complain more often
    body = {
        "event_id": f"00000000-0000-0000-0000-{number:012d}",
        "customer_id": customer,
        "occurred_at": datetime.fromtimestamp(at, UTC),
        "product": f"Product {int(PRODUCTS * pick())}",
        "issue": f"Issue {int(ISSUES * pick())}",
        "company": f"Company {int(work.companies * pick() ** 2)}",
        "region": f"Region {int(REGIONS * pick())}",
        "channel": "web" if pick() < 0.7 else "phone",  # noqa: PLR2004 -- seven of ten
        "segment": "small",
    }
    if work.letters:
        body["text"] = _text(draw, work.letters)
    return Made("complaints", customer.encode(), _encode(body))


def _text(draw: random.Random, letters: int) -> str:
    """Write words of a small vocabulary, as many letters as are wanted."""
    count = letters // 8 + 1
    return " ".join(f"word{int(4_000 * draw.random() ** 2)}" for _ in range(count))[:letters]


def truth(made: list[Made]) -> Counts:
    """Count events by hour and product."""
    counts: Counts = Counter()
    for one in made:
        row = msgspec.json.decode(one.value)
        counts[f"{row['occurred_at'][:13]} {row['product']}"] += 1
    return counts
