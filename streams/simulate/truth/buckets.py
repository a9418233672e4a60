"""The true daily counts of events: each event once, in its UTC day, by its own labels.

A correction changes nothing here: buckets count what was sent.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.buckets import DAY
from streams.core.event_time.formats import day, utc
from streams.simulate.truth.handed import UNKNOWN
from streams.simulate.truth.numbers import COUNT, Row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from streams.simulate.events import Event
    from streams.simulate.truth.numbers import Sums

METRICS: Final = {
    "signups": ("signups",),
    "cancellations": ("cancellations",),
    "complaints": ("complaints",),
    "referrals": ("referrals",),
    "renewals": ("renewals", "refusals"),
    "revenue": ("revenue", "cost_to_serve"),
}
"""What is counted of each topic."""

Names = tuple[str, ...]
"""Names of labels, sorted: what a series is kept by."""


class Breakdown(NamedTuple):
    """A metric, kept by labels of these names."""

    metric: str
    names: Names


def daily(events: Iterable[tuple[str, Event]], breakdowns: Collection[Breakdown]) -> Iterator[Row]:
    """Yield the true daily counts of some breakdowns, those that are not 0."""
    by_metric: dict[str, list[Names]] = {}
    for metric, names in sorted(breakdowns):
        by_metric.setdefault(metric, []).append(names)
    seen: set[tuple[str, str]] = set()
    sums: dict[tuple[str, str, str], Sums] = {}
    for topic, event in events:
        if topic not in METRICS or (topic, event.event_id) in seen:
            continue
        seen.add((topic, event.event_id))
        for metric, amount in _measured(topic, event):
            for names in by_metric.get(metric, ()):
                group = group_of({name: _label(event, name) for name in names})
                cell = sums.setdefault((metric, day(utc(event.at // DAY * DAY)), group), Counter())
                cell[COUNT] += 1
                if event.currency is not None:
                    cell[event.currency] += amount
    for (metric, period, group), cell in sums.items():
        for currency, value in cell.items():
            if value:
                yield Row("day", period, group, metric, currency, value)


def group_of(labels: dict[str, str]) -> str:
    """Write labels as the group of a row."""
    return ",".join(f"{name}={labels[name]}" for name in sorted(labels)) or "total"


def _measured(topic: str, event: Event) -> Iterator[tuple[str, int]]:
    match topic:
        case "signups":
            yield topic, event.monthly_value or 0
        case "cancellations":
            yield topic, event.value_lost or 0
        case "renewals":
            yield "renewals" if event.outcome == "renewed" else "refusals", event.value or 0
        case "revenue":
            yield "revenue", event.amount or 0
            yield "cost_to_serve", event.cost_to_serve or 0
        case _:
            yield topic, 0


def _label(event: Event, name: str) -> str:
    value = getattr(event, name, None)
    if value is None and name == "reason" and event.reasons:
        value = event.reasons[0]
    return UNKNOWN if value is None else str(value)
