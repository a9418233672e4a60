"""Lifecycle events: what the topics say of a customer's coming, staying and going, in one form.

An event of `signups`, `changes`, `renewals` or `cancellations` becomes an `Entry` of the customer's
life. It is known by a hash of its topic and id, so that the same event sent again changes nothing.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from streams.core.customers.calendar import FAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from streams.core.customers.names import Names

(
    SIGNUP,
    CHANGED,
    PAUSED,
    RESUMED,
    TRIAL_BEGAN,
    TRIAL_CONVERTED,
    TRIAL_ENDED,
    PAST_DUE,
    PAID,
    RENEWED,
    CANCELLED,
    REFUSED,
    MERGED,
    FORGOTTEN,
    TAKEN,
) = range(15)
"""Kinds of lifecycle events, in the order in which those of one second count.

TAKEN is no event of the customer: another one was merged into it (`merges`).
"""

ENDS: Final = frozenset({TRIAL_ENDED, CANCELLED, REFUSED, MERGED, FORGOTTEN})
"""What ends subscriptions: of one second it counts first where the customer has an active one."""
STARTS: Final = frozenset({SIGNUP, TRIAL_BEGAN})
"""What begins a subscription."""
COMES: Final = STARTS | {TAKEN}
"""What brings somebody who is not discovered by a payment of shortly before."""
LEAVES: Final = frozenset({CANCELLED, REFUSED})
"""What may take effect at another time than it is said."""

CHANGES: Final = {
    "changed": CHANGED,
    "paused": PAUSED,
    "resumed": RESUMED,
    "trial_began": TRIAL_BEGAN,
    "trial_converted": TRIAL_CONVERTED,
    "trial_ended": TRIAL_ENDED,
    "past_due": PAST_DUE,
    "paid": PAID,
    "merged": MERGED,
    "forgotten": FORGOTTEN,
}
"""The kind by the field `change` of the topic `changes`."""

UNSTATED: Final = -1
"""The value of an event that states none."""

INITIATIVES: Final = (None, "customer", "company", "payment")
AVOIDABLE: Final = (None, True, False)

MONTHS_A_YEAR: Final = 12


class Entry(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """One lifecycle event in a life. Entries are ordered by time, kind and hash alone.

    `own` is unique in a life, so what follows it never decides the order. Numbers stand for labels
    (`Names`), and `subscription` for one of the life's own list; 0 is none.

    Attributes:
        at: epoch seconds at which it takes effect.
        kind: what happened.
        own: the hash of its topic and id, or of those of the correction that brought it.
        ahead: seconds from when it was said to when it takes effect; negative if backdated.
        subscription: which one it is about.
        value: what the event states, in minor units, for `term` months; or UNSTATED.
        term: months; 0 where it is not known.
        mark: whether avoidable and on whose initiative (`mark`).
    """

    at: int
    kind: int
    own: bytes
    ahead: int
    subscription: int
    value: int
    term: int
    currency: int
    segment: int
    plan: int
    channel: int
    reason: int
    mark: int

    def worth(self) -> int:
        """Give what it is worth a month, rounded down; UNSTATED where that is not known."""
        return self.value // self.term if self.term else UNSTATED


def first_known(entries: Sequence[Entry]) -> Entry | None:
    """Give the first entry by which somebody is known: a merge that brings nothing is none.

    Of a merge that came in, `term` is the number of subscriptions that it brings.
    """
    for entry in entries:
        if entry.kind != TAKEN or entry.term:
            return entry
    return None


def is_before_payment(first: Entry, begin: int, found: int) -> bool:
    """Tell whether no payment discovers who is first known by an entry.

    `begin` is the first second of the month of the payment; somebody who comes within `found`
    seconds of it is new.
    """
    return first.at <= begin or (first.kind in COMES and first.at < begin + found)


def latest(entries: Sequence[Entry]) -> int:
    """Give the last second in which any of some entries counts: when said, or when in effect."""
    last = entries[-1].at
    for entry in entries:
        if entry.ahead < 0 and entry.at - entry.ahead > last:
            last = entry.at - entry.ahead
    return last


def hashed(topic: str, event_id: str) -> bytes:
    """Give the six bytes by which a life knows an event."""
    made = _begun_with(topic).copy()  # half of what beginning anew takes
    made.update(event_id.encode())
    return made.digest()


def all_hashed(topic: str, event_ids: Iterable[bytes]) -> list[bytes]:
    """Give the six bytes of each of many events."""
    begun, made = _begun_with(topic), []
    for one in event_ids:
        new = begun.copy()
        new.update(one)
        made.append(new.digest())
    return made


@lru_cache(maxsize=32)
def _begun_with(topic: str) -> blake2b:
    return blake2b(f"{topic}\0".encode(), digest_size=6)


def seconds(time: datetime) -> int:
    """Give epoch seconds, between 1970 and the time that never comes."""
    at = int(time.timestamp())
    return at if 0 <= at <= FAR else min(max(at, 0), FAR)


def mark(avoidable: bool | None, initiative: str | None) -> int:  # noqa: FBT001 (as on the wire)
    """Write in one number whether a loss was avoidable and who took the initiative."""
    return AVOIDABLE.index(avoidable) * len(INITIATIVES) + INITIATIVES.index(initiative)


def avoidable_of(number: int) -> bool | None:
    """Read whether a loss was avoidable."""
    return AVOIDABLE[number // len(INITIATIVES)]


def initiative_of(number: int) -> str | None:
    """Read whose initiative a loss was."""
    return INITIATIVES[number % len(INITIATIVES)]


def _signup(event: Any, own: bytes, subscription: int, names: Names) -> Entry:  # noqa: ANN401
    number, label = names.number, names.label
    return Entry(
        seconds(event.occurred_at),
        SIGNUP,
        own,
        0,
        subscription,
        event.monthly_value,
        1,
        number(event.currency),
        label("segment", event.segment),
        label("plan", event.plan),
        label("channel", event.channel),
        0,
        0,
    )


def _change(event: Any, own: bytes, subscription: int, names: Names) -> Entry:  # noqa: ANN401
    number, label = names.number, names.label
    value = event.monthly_value
    return Entry(
        seconds(event.occurred_at),
        CHANGES[event.change],
        own,
        0,
        subscription,
        UNSTATED if value is None else value,
        int(value is not None),
        number(event.currency),
        label("segment", event.segment),
        label("plan", event.plan),
        label("channel", event.channel),
        label("reason", event.reason),
        0,
    )


def _renewal(event: Any, own: bytes, subscription: int, names: Names) -> Entry:  # noqa: ANN401
    """Make an entry of a renewal, or of a refusal, which ends the subscription with its term."""
    number, label = names.number, names.label
    said = seconds(event.occurred_at)
    refused = event.outcome == "refused"
    at = seconds(event.term_end) if refused and event.term_end is not None else said
    return Entry(
        at,
        REFUSED if refused else RENEWED,
        own,
        at - said,
        subscription,
        event.value,
        event.term_months or 0,
        number(event.currency),
        label("segment", event.segment),
        0,
        0,
        label("reason", event.reason),
        0,
    )


def _cancellation(event: Any, own: bytes, subscription: int, names: Names) -> Entry:  # noqa: ANN401
    number, label = names.number, names.label
    said = seconds(event.occurred_at)
    at = said if event.effective_at is None else seconds(event.effective_at)
    reason = event.reason
    if reason is None and event.reasons:
        reason = event.reasons[0]
    return Entry(
        at,
        CANCELLED,
        own,
        at - said,
        subscription,
        event.value_lost,
        MONTHS_A_YEAR,
        number(event.currency),
        label("segment", event.segment),
        0,
        0,
        label("reason", reason),
        mark(event.avoidable, event.initiative),
    )


ENTRY_OF: Final[dict[str, Callable[[Any, bytes, int, Names], Entry]]] = {
    "signups": _signup,
    "changes": _change,
    "renewals": _renewal,
    "cancellations": _cancellation,
}
"""By topic: makes an entry of an event, its hash and the number of its subscription."""
