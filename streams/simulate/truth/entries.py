"""What happened to one customer's subscriptions, in the order in which it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from streams.simulate.events import Event, instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.simulate.truth.handed import Handed
    from streams.simulate.truth.settle import Held

Kind = Literal[
    "signup",
    "changed",
    "paused",
    "resumed",
    "trial_began",
    "trial_converted",
    "trial_ended",
    "past_due",
    "paid",
    "renewed",
    "cancelled",
    "refused",
    "merged",
    "taken",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they count within one second.

`taken` is no event of the customer: another one was merged into it.
"""

ENDS: Final = frozenset({"trial_ended", "cancelled", "refused", "merged"})
_PLACE: Final = {kind: number for number, kind in enumerate(KINDS)}
_STATES_SEGMENT: Final = frozenset({"signup", "changed", "trial_began", "taken"})


class Entry(NamedTuple):
    """One thing that happens to a customer at a time (epoch seconds); sorts by its fields."""

    at: int
    number: int
    place: bytes
    kind: Kind
    said: int
    """When it was said: before or after `at`, where a cancellation says when it takes effect."""
    event: Event
    handed: Handed | None = None


def entry_of(held: Held) -> Entry:
    """Give what an event of signups, changes, renewals or cancellations does, and when."""
    event, said = held.event, held.event.at
    at = said
    kind: Kind
    if held.topic == "signups":
        kind = "signup"
    elif held.topic == "cancellations":
        kind = "cancelled"
        at = said if event.effective_at is None else int(event.effective_at.timestamp())
    elif held.topic == "renewals":
        kind = "renewed" if event.outcome == "renewed" else "refused"
        if kind == "refused" and event.term_end is not None:
            at = int(event.term_end.timestamp())
    else:
        kind = next(known for known in KINDS if known == event.change)
    return Entry(at, _PLACE[kind], held.place, kind, said, event)


def states_segment(entry: Entry) -> bool:
    """Say whether it states the segment of its customer."""
    return entry.kind in _STATES_SEGMENT and entry.event.segment is not None


def taken_entry(handed: Handed) -> Entry:
    """Give what somebody does to the customer into whom it was merged."""
    event = Event(event_id="", occurred_at=instant(handed.at), segment=handed.segment)
    place = _PLACE["taken"]
    return Entry(handed.at, place, handed.place, "taken", handed.at, event, handed)


def first_known(entries: Sequence[Entry]) -> Entry | None:
    """Give what first makes somebody known: who brings nothing in a merge does not."""
    for entry in entries:
        if entry.handed is None or entry.handed.subscriptions:
            return entry
    return None
