"""A steady crowd: events of all six topics from the same customers, with the same labels, for ever.

The population is drawn once. Which customer complains of what, and how often, does not drift.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

CUSTOMERS = 5_000
COMPANIES = 60
COMBINATIONS = 400
TOPICS = (
    *("complaints",) * 6,
    *("revenue",) * 2,
    *("signups", "cancellations", "referrals", "renewals"),
)
"""Of twelve events in a row six are complaints."""

_encode = msgspec.json.encode


class Made(NamedTuple):
    """An event, ready to be sent."""

    topic: str
    key: bytes
    value: bytes


class Crowd:
    """Makes events, one after the other, with ids that never come again."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- no cryptography
        self._made = 0
        choice = self._random.choice
        companies = [f"Company {number}" for number in range(COMPANIES)]
        complaints = [
            {
                "product": f"Product {choice(range(10))}",
                "issue": f"Issue {choice(range(6))}",
                "company": choice(companies),
                "region": f"Region {choice(range(50))}",
                "channel": choice(("web", "phone", "branch")),
            }
            for _ in range(COMBINATIONS)
        ]
        money = {"currency": "EUR"}
        self._bodies: dict[str, list[dict[str, object]]] = {
            "complaints": [
                {**labels, "text": f"They lost my payment {number} again."}
                for number, labels in enumerate(complaints)
            ],
            "signups": [
                {"channel": c, "plan": "pro", "monthly_value": 4900, **money}
                for c in ("web", "shop")
            ],
            "cancellations": [
                {"reason": r, "value_lost": 58800, **money} for r in ("price", "service")
            ],
            "referrals": [{"channel": "mail"}],
            "renewals": [
                {"outcome": o, "value": 58800, "reason": "service", **money}
                for o in ("renewed", "refused")
            ],
            "revenue": [
                {"amount": a, "cost_to_serve": 900, "kind": "fee", **money} for a in (4900, -200)
            ],
        }

    def events(self, number: int, start: float, seconds: float) -> Iterator[Made]:
        """Give `number` events that occur evenly in the `seconds` after `start` (epoch)."""
        for index in range(number):
            yield self._event(start + seconds * index / number)

    def _event(self, at: float) -> Made:
        self._made += 1
        pick = self._random.random
        topic = TOPICS[self._made % len(TOPICS)]
        customer = int(CUSTOMERS * pick() ** 2)  # some are heard of more often
        bodies = self._bodies[topic]
        body = {
            "event_id": f"00000000-0000-0000-0000-{self._made:012d}",
            "customer_id": f"customer-{customer}",
            "occurred_at": datetime.fromtimestamp(at, UTC),
            "segment": ("small", "middle", "large")[customer % 3],
            **bodies[int(len(bodies) * pick())],
        }
        return Made(topic, body["customer_id"].encode(), _encode(body))
