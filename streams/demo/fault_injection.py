"""What goes wrong on the way: a known number of bad and of late events among the good ones.

Bad events are damaged copies of good ones, with ids of their own, so the customers' lives stay
whole without them. Late events are good ones held back for days: their hour is closed by then, if
each partition of their topic has an event on most days.
"""

from __future__ import annotations

import heapq
from enum import StrEnum
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from schemas.wire import stamp
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streams.demo.events import Event

COUNTED: Final = ("signups", "cancellations", "complaints", "referrals", "renewals", "revenue")
"""Topics whose events are counted by day; one may come too late for that."""

TOPICS: Final = (*COUNTED, "changes", "complaint_updates", "corrections")
BAD_OF_EACH_KIND: Final = 2
LATE_A_TOPIC: Final = 5
HELD_BACK_S: Final = 5 * DAY


class Fate(StrEnum):
    """What must become of a message."""

    FOLDED = "folded"
    REFUSED = "refused"
    LATE = "late"


class Message(NamedTuple):
    """One message to send; `at` is where it stands in the stream, epoch seconds."""

    at: int
    topic: str
    key: bytes
    value: bytes | None
    fate: Fate


def encode(event: Event) -> bytes:
    """Encode a good event as its producer would."""
    return msgspec.json.encode(event.body | {"occurred_at": stamp(event.at)})


def _without(*names: str) -> Callable[[dict[str, Any]], bytes]:
    return lambda body: msgspec.json.encode({n: v for n, v in body.items() if n not in names})


def _with(**changes: object) -> Callable[[dict[str, Any]], bytes]:
    return lambda body: msgspec.json.encode(body | changes)


_DAMAGE: Final[dict[str, Callable[[dict[str, Any]], bytes | None]]] = {
    "null": lambda _: None,
    "empty": lambda _: b"",
    "cut off": lambda body: msgspec.json.encode(body)[:-20],
    "not UTF-8": lambda body: msgspec.json.encode(body)[:-1] + b',"note":"\xff"}',
    "not JSON": lambda body: repr(body).encode(),
    "a list": lambda body: msgspec.json.encode([body]),
    "no time": _without("occurred_at"),
    "no id": _without("event_id"),
    "time without zone": lambda body: msgspec.json.encode(
        body | {"occurred_at": body["occurred_at"].rstrip("Z")}
    ),
    "year 9998": _with(occurred_at="9998-01-01T00:00:00Z"),
    "wrong type": _with(customer_id=17),
    "version of the future": _with(schema_version=99),
}
KINDS: Final = tuple(_DAMAGE)
BAD_A_TOPIC: Final = BAD_OF_EACH_KIND * len(KINDS)


class _Schedule:
    """When, in one topic, a bad event is slipped in and a good one held back."""

    def __init__(self, random: Random, start: int, end: int, late: int) -> None:
        kinds = list(KINDS) * BAD_OF_EACH_KIND
        random.shuffle(kinds)
        self.bad = sorted(((random.randrange(start, end), kind) for kind in kinds), reverse=True)
        # Not in the last weeks: a late event must still be sent before the end.
        last = end - 4 * HELD_BACK_S
        self.late = sorted((random.randrange(start, last) for _ in range(late)), reverse=True)


def with_faults(events: Iterable[Event], *, start: int, end: int, seed: int) -> Iterator[Message]:
    """Yield the messages of `events` with the faults of [start, end) among them.

    `BAD_A_TOPIC` refused ones a topic, and `LATE_A_TOPIC` late ones a counted topic, provided that
    the topic has events enough in that time, up to its last day.
    """
    random = Random(seed)  # noqa: S311 -- a simulation
    schedules = {
        topic: _Schedule(random, start, end - DAY, LATE_A_TOPIC if topic in COUNTED else 0)
        for topic in TOPICS
    }
    held: list[tuple[int, int, Message]] = []
    numbers = count(1)
    for event in events:
        while held and held[0][0] <= event.at:
            yield heapq.heappop(held)[2]
        schedule = schedules[event.topic]
        key = event.key.encode()
        good = Message(event.at, event.topic, key, encode(event), Fate.FOLDED)
        # Not one that is corrected: the correction of an event that came too late to be counted
        # takes away what was never there.
        if schedule.late and schedule.late[-1] <= event.at and not event.corrected:
            schedule.late.pop()
            released = event.at + HELD_BACK_S
            late = good._replace(at=released, fate=Fate.LATE)
            heapq.heappush(held, (released, next(numbers), late))
            continue
        yield good
        while schedule.bad and schedule.bad[-1][0] <= event.at:
            _, kind = schedule.bad.pop()
            body = event.body | {
                "event_id": f"bad-{next(numbers):04d}",
                "occurred_at": stamp(event.at),
            }
            yield good._replace(value=_DAMAGE[kind](body), fate=Fate.REFUSED)
    while held:
        yield heapq.heappop(held)[2]
