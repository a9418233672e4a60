"""What is produced: events and junk of known outcome, a pure function of the seed."""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from small_cluster import SOURCES

from streams.core.partitioner import partitions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTITIONS: Final = 4
CUSTOMERS: Final = 500
MERGED: Final = 0.1
"""The share of changes that merge a customer into another."""
KEPT: Final = 8
"""Events of a customer, the last, that may be corrected."""
PHANTOM: Final = 0.2
"""The share of corrections that are of a payment which was never sent."""
REPLACED: Final = 0.5
"""The share of the others that put another event in place of the first."""
AMOUNTS: Final = frozenset({"amount", "monthly_value", "value", "value_lost"})
HOUR: Final = 3600
DAY: Final = 86400
T0: Final = 1_700_006_400 - 1_700_006_400 % DAY
DAYS: Final = 45
SPIKES: Final = ((22, 24, "Bolt"), (30, 33, "Acme"), (38, 41, "Crux"))
"""From day to day, the company with many more complaints."""
BURST: Final = 600
"""Seconds of each hour in which things happen: few buckets, with enough in each."""
GRACE: Final = 600
HORIZON: Final = 3600

_COMPANIES: Final = ("Acme", "Bolt", "Crux", "Dune", "Echo", "Fern")
_JUNK: Final = (
    None,
    b"",
    b"{",
    b"\xff",
    b"[]",
    b'{"event_id": "no time"}',
    b'{"event_id": "x", "customer_id": "c", "occurred_at": "9999-01-01T00:00:00Z"}',
)


class Message(NamedTuple):
    """One message of a source topic."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None


class Plan(NamedTuple):
    """Messages in the order of production, and by topic how many come to what.

    `moments` has as many messages as are due by each equal part of the time, `last` are those sent
    when all the time has passed.
    """

    messages: list[Message]
    moments: list[int]
    outcomes: dict[str, Counter[str]]


class _Maker:
    def __init__(self, seed: int, *, phantoms: bool = True) -> None:
        self.rnd = random.Random(f"events {seed}")
        self.messages: list[Message] = []
        self.outcomes: dict[str, Counter[str]] = {topic: Counter() for topic in SOURCES}
        self._at: dict[tuple[str, int], int] = {}
        self._last: dict[tuple[str, int], tuple[int, Message]] = {}
        self._sent: dict[str, deque[tuple[str, dict[str, Any]]]] = {}
        self._phantoms = phantoms

    def add(self, outcome: str, message: Message) -> None:
        self.messages.append(message)
        self.outcomes[message.topic][outcome] += 1

    def event(
        self, topic: str, time: int, customer: str, *, company: str | None = None, name: str = ""
    ) -> None:
        """Add an event, now and then with what comes in the wild behind it."""
        if topic == "corrections" and not (self._phantoms or self._sent.get(customer)):
            topic = "revenue"  # nothing was counted yet that could be corrected
        key = customer.encode()
        place = topic, home_of(customer)
        at = self._at.get(place, 0)
        outcome = "folded"
        chance = self.rnd.random()
        if at and chance < 0.15:  # out of order, within grace
            time = at - self.rnd.randrange(GRACE)
        elif at and chance < 0.18 and not name:
            time = at - GRACE - 300 - self.rnd.randrange(2 * DAY)
            outcome = "late"
        elif time < at - GRACE + 1:  # not late by the one that went ahead of it
            time = at
        self._at[place] = max(at, time)
        body = self.body(topic, name or f"e{len(self.messages)}", time, customer, company)
        message = Message(*place, key, json.dumps(body).encode())
        self.add(outcome, message)
        if topic != "corrections" and (outcome == "folded" or self._phantoms):
            self._sent.setdefault(customer, deque(maxlen=KEPT)).append((topic, body))
        if outcome == "folded":
            self._last[place] = time, message
        then, again = self._last.get(place, (0, message))
        if self.rnd.random() < 0.05 and then > self._at[place] - HORIZON:
            self.add("duplicate", again)
        if self.rnd.random() < 0.02:
            self.add("refused", message._replace(value=self.rnd.choice(_JUNK)))

    def body(
        self, topic: str, event_id: str, time: int, customer: str, company: str | None
    ) -> dict[str, Any]:
        rnd = self.rnd
        common = {
            "event_id": event_id,
            "customer_id": customer,
            "occurred_at": datetime.fromtimestamp(time, UTC).isoformat(),
            "segment": rnd.choice(["small", "large", None]),
        }
        money = {"currency": rnd.choice(["USD", "EUR"])}
        amount = rnd.randrange(100_000)
        own: dict[str, dict[str, Any]] = {
            "signups": {"channel": rnd.choice("xyz"), "monthly_value": amount, **money},
            "cancellations": {"reason": rnd.choice("pqr"), "value_lost": amount, **money},
            "complaints": {
                "product": rnd.choice(["Loan", "Card"]),
                "issue": rnd.choice("abc"),
                "company": company or rnd.choice(_COMPANIES),
                "text": f"called {rnd.randrange(100)} times",
            },
            "referrals": {
                "channel": rnd.choice("xyz"),
                "converted": rnd.random() < 0.5,
                "referred_customer_id": f"c{rnd.randrange(CUSTOMERS)}",
            },
            "renewals": {
                "outcome": rnd.choice(["renewed", "refused"]),
                "value": amount,
                "reason": rnd.choice("pqr"),
                **money,
            },
            "revenue": {"amount": amount - 50_000, "cost_to_serve": amount // 10, **money},
            "changes": self.change(customer, {"monthly_value": amount, **money}),
            "complaint_updates": {"complaint_id": event_id, "status": "answered"},
            "corrections": self.correction(customer, {**common, "amount": amount, **money}),
        }
        return common | own[topic]

    def change(self, customer: str, price: dict[str, Any]) -> dict[str, Any]:
        """Give what changes: a price, or now and then who the customer is."""
        other = f"c{self.rnd.randrange(CUSTOMERS)}"
        if self.rnd.random() < MERGED and other != customer:
            return {"change": "merged", "merged_into": other}
        return {"change": "changed", **price}

    def correction(self, customer: str, payment: dict[str, Any]) -> dict[str, Any]:
        """Correct what the customer has sent; where phantoms are asked for, what never was, too."""
        sent = self._sent.get(customer, ())
        if not sent or (self._phantoms and self.rnd.random() < PHANTOM):
            return {"topic": "revenue", "original": payment, "replacement": None}
        topic, original = self.rnd.choice(sent)
        instead = None
        if self.rnd.random() < REPLACED:
            instead = dict(original)
            for name in AMOUNTS & original.keys():
                instead[name] = original[name] // 2
        return {"topic": topic, "original": original, "replacement": instead}


@cache
def home_of(customer: str) -> int:
    """Give the partition of a customer's events, as any client of Kafka chooses it."""
    return partitions_of([customer.encode()], PARTITIONS)[0]


def plan(seed: int, events: int, poisons: Sequence[float] = (), *, phantoms: bool = True) -> Plan:
    """Plan about `events` events over `DAYS` days, with spikes of the complaints about a company.

    `poisons` are the parts of the whole after which an event named poison-0, poison-1 ... comes.
    The last events reach every partition of every topic two days later, so all buckets close.
    `phantoms` says whether some corrections are of what was never counted.
    """
    maker = _Maker(seed, phantoms=phantoms)
    rnd = maker.rnd
    weights = [4 if topic == "complaints" else 1 for topic in SOURCES]
    customers = [f"c{number}" for number in range(CUSTOMERS)]
    moments = []
    due = sorted(poisons)
    for number in range(events):
        hours = number * DAYS * 24 / events
        time = T0 + int(hours) * HOUR + int(hours % 1 * BURST)
        if due[:1] and number >= due[0] * events:
            name = f"poison-{len(poisons) - len(due)}"
            maker.event("complaints", time, rnd.choice(customers), name=name)
            del due[0]
        topic = rnd.choices(SOURCES, weights)[0]
        maker.event(topic, time, rnd.choice(customers))
        for begin, end, company in SPIKES:
            if topic == "complaints" and begin <= hours / 24 < end:
                for _ in range(2):
                    maker.event(topic, time, rnd.choice(customers), company=company)
        moments.append(len(maker.messages))
    homes = {home_of(name): name for name in customers}
    end_ = T0 + (DAYS + 2) * DAY
    for topic in SOURCES:
        for partition, customer in sorted(homes.items()):
            body = maker.body(topic, f"end-{topic}-{partition}", end_, customer, None)
            value = json.dumps(body).encode()
            maker.add("folded", Message(topic, partition, customer.encode(), value))
    return Plan(maker.messages, moments, maker.outcomes)
