"""Whom events name besides their own customer: by referrals and merges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.simulate.events import Event


class Between(NamedTuple):
    """The customers that referrals name, and those that merges name, on either side."""

    referring: set[str]
    merging: set[str]


def between_customers(events: Iterable[tuple[str, Event]]) -> Between:
    """Give whom referrals and merges name, also those that a correction brings or takes out."""
    found = Between(set(), set())
    for topic, event in events:
        found.referring.update(_names(topic, event, "referrals"))
        found.merging.update(_names(topic, event, "changes"))
    return found


def _names(topic: str, event: Event, of: str) -> Iterator[str]:
    other = event.referred_customer_id if of == "referrals" else event.merged_into
    if topic == of and (other is not None or of == "referrals"):
        yield from (name for name in (event.customer_id, other) if name is not None)
    for part in (event.original, event.replacement):
        if part is not None:
            yield from _names(event.topic or "", part, of)
