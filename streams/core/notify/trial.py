"""What the routes would do with an incident: tried on a desk of its own, minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from streams.core.event_time.buckets import HOUR
from streams.core.notify.desk import Desk
from streams.core.notify.routing import describe, misses, routes_for
from streams.core.notify.seen import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streams.core.notify.config import Notify
    from streams.core.notify.duty import Duty, Shift, Target
    from streams.core.notify.notification import Notification

MINUTE: Final = 60


class Verdict(NamedTuple):
    """A route and an incident: whether the one is for the other, and why."""

    route: str
    takes: bool
    why: str


class Stretch(NamedTuple):
    """Hours in a row in which the same receivers are told: from, until, routes and receivers."""

    start: int
    end: int
    told: tuple[tuple[str, tuple[Target, ...]], ...]


def made_up(wall: int, **fields: Any) -> bytes:  # noqa: ANN401 (the fields of an incident)
    """Return the record of an incident with a message of now (`wall`, epoch seconds)."""
    row: dict[str, Any] = {
        "incident_id": "0" * 16,
        "state": "open",
        "metric": "complaints",
        "labels": {},
        "title": "an incident",
        "text": "",
        "severity": "warning",
        "customers": None,
        "value_at_risk": None,
        "lead": "",
        "members": [],
        "parts": [],
        "handling": {},
    } | fields
    message = {
        "number": 1,
        "at": datetime.fromtimestamp(wall, UTC),
        "reason": "opened",
        "title": row["title"],
        "text": row["text"],
        "severity": row["severity"],
    }
    return msgspec.json.encode(row | {"state": "open", "messages": [message]})


def verdicts(settings: Notify, duty: Duty, record: bytes, wall: int) -> Iterator[Verdict]:
    """Yield of each route whether an incident takes it at `wall`, and why."""
    seen = read(record)
    taken = {route.name: targets for route, targets in routes_for(settings, seen, duty, wall)}
    last = next((name for name, targets in reversed(taken.items()) if targets), None)
    is_over = False
    for route in settings.routes:
        why = ", ".join(misses(route, seen, duty, wall))
        if is_over:
            yield Verdict(route.name, False, f"not tried: {last} does not continue")  # noqa: FBT003
        elif why:
            yield Verdict(route.name, False, why)  # noqa: FBT003
        elif not taken.get(route.name):
            yield Verdict(route.name, False, f"{describe(route)}; nobody has the shift")  # noqa: FBT003
        else:
            yield Verdict(route.name, True, describe(route))  # noqa: FBT003
            is_over = not route.continues


def course(
    settings: Notify,
    answer_within: int,
    shifts: Mapping[str, Sequence[Shift]],
    record: bytes,
    span: tuple[int, int],
) -> list[Notification]:
    """Return what would be decided in a span (epoch seconds) in which nothing more happens."""
    desk = Desk(settings, answer_within, shifts)
    desk.observe(record)
    start, end = span
    return [one for wall in range(start, end + 1, MINUTE) for one in desk.decide(wall)]


def stretches(
    settings: Notify, duty: Duty, record: bytes, span: tuple[int, int]
) -> Iterator[Stretch]:
    """Yield whom a message would be told to at each hour of a span, where it is the same as one."""
    seen = read(record)
    held: Stretch | None = None
    start, end = span
    for wall in range(start, end, HOUR):
        found = routes_for(settings, seen, duty, wall)
        told = tuple((route.name, tuple(targets)) for route, targets in found)
        if held is not None and held.told == told:
            held = held._replace(end=wall + HOUR)
            continue
        if held is not None:
            yield held
        held = Stretch(wall, wall + HOUR, told)
    if held is not None:
        yield held
