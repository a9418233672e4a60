"""All events of the demo, in the order of their time: published complaints, and a company's."""

from __future__ import annotations

import heapq
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from schemas.wire import stamp
from streams.demo import complaints
from streams.demo.consumers import Consumers
from streams.demo.times import midnight
from streams.simulate.company import found
from streams.simulate.story import anonymous, story

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.simulate.chronicle import Sent
    from streams.simulate.company import Company

CUSTOMERS: Final = 12_000
"""There ever are: so many that every partition of every topic has events on most days."""

MONTHS: Final = 9
TRIAL_DAYS: Final = 14
"""Before the first day: those who sign up on it may have tried before."""

NAME: Final = "The simulated company"
"""Whom its customers complain about."""


LAST: Final = 8
"""People who send an event of each kind in the last second."""


class Event(NamedTuple):
    """One event; `at` is epoch seconds UTC, `body` what goes into the message but for the time.

    `corrected`: a correction of it comes later.
    """

    at: int
    topic: str
    key: str
    body: dict[str, Any]
    corrected: bool = False


def company_of(seed: int, customers: int = CUSTOMERS) -> Company:
    """Give the company: its months are those of the published complaints."""
    return found(seed, customers, MONTHS, (complaints.FIRST.year, complaints.FIRST.month))


def events(company: Company, end: int) -> Iterator[Event]:
    """Yield the published complaints and the company's events before `end`, epoch seconds."""
    days = takewhile(lambda day: midnight(day[0]) < end, complaints.days())
    published = (
        Event(at, "complaints", key, body) for at, key, body in Consumers(company).of(days)
    )
    merged = heapq.merge(published, of_company(company, end), key=lambda event: event.at)
    return chain(merged, last_second(end - 1))


def last_second(at: int) -> Iterator[Event]:
    """Yield an event of each kind for some people, so many that every partition has one.

    With them, every topic of every partition has come to one time, up to which the numbers are
    told then: without them, some partition would be ahead.
    """
    money = {"currency": "USD"}
    for number in range(LAST):
        name = f"last-{number}"
        paid = {"event_id": f"{name}-paid", "customer_id": name, "amount": 100, **money}
        original = paid | {"occurred_at": stamp(at)}
        bodies: dict[str, dict[str, Any]] = {
            "signups": {"monthly_value": 100, **money},
            "changes": {"change": "changed", "monthly_value": 200, **money},
            "renewals": {"outcome": "renewed", "term_months": 12, "value": 1_200, **money},
            "revenue": paid,
            "complaints": {"product": "Support", "issue": "Nobody answers", "company": NAME},
            "complaint_updates": {"complaint_id": f"{name}-complaints", "status": "answered"},
            "referrals": {"converted": False},
            "corrections": {"topic": "revenue", "original": original},
            "cancellations": {"reason": "price", "value_lost": 2_400, **money},
        }
        for topic, body in bodies.items():
            head = {"event_id": f"{name}-{topic}", "customer_id": name}
            yield Event(at, topic, name, head | body, corrected=topic == "revenue")


def of_company(company: Company, end: int) -> Iterator[Event]:
    """Yield the events of a company before `end`, epoch seconds, in the order of their time."""
    sent = [one for one in _all(company) if one[1].at < end]
    corrected = {(one.topic, one.original.event_id) for _, one in sent if one.original is not None}
    for topic, event in sorted(sent, key=lambda one: (one[1].at, one[0], one[1].event_id)):
        body = _named(topic, msgspec.to_builtins(event))
        del body["occurred_at"]
        key = event.customer_id or event.event_id
        yield Event(event.at, topic, key, body, (topic, event.event_id) in corrected)


def _all(company: Company) -> Iterable[Sent]:
    for number in range(company.customers):
        yield from story(company, number)
    yield from anonymous(company)


def _named(topic: str, body: dict[str, Any]) -> dict[str, Any]:
    """Say whom a complaint is about, also in the correction of one."""
    if topic == "complaints":
        body["company"] = NAME
    elif topic == "corrections":
        for part in ("original", "replacement"):
            if body.get(part) is not None:
                body[part] = _named(body["topic"], body[part])
    return body
