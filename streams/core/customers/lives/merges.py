"""Merges: who was merged into another customer, and what that one takes over.

    Ann's life     signup | .......... | MERGED into Bob     merged out, with all that went on
    Bob's life                         | TAKEN               merged in, with the same
                                       |
    handed over    --------------------+--- what Ann's events of that second, and before, come to

What comes in counts last in its second, so nothing that came in within a second goes on to others
in the same one. Of merges in a circle, each hands over what went on before it, and no subscription
sustains itself.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from streams.core.customers.lives.life import Away
from streams.core.customers.lives.subscriptions import ENDED, restored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.core.customers.lives.life import Life, StoredSubscription, Taken
    from streams.core.customers.lives.lifecycle import Entry
    from streams.core.customers.lives.subscriptions import Subscription

SUFFIX: Final = 6
"""Bytes of the hash of who was merged: those of two customers may have one event id."""


class Brought(NamedTuple):
    """What the entries of merges in a life mean, by their hashes.

    Attributes:
        into: whom the customer was merged into.
        taken: what others brought who were merged into it.
    """

    into: Mapping[bytes, str]
    taken: Mapping[bytes, Taken]


NOTHING: Final = Brought({}, {})


def brought(life: Life) -> Brought:
    """Give what the entries of merges in a life mean."""
    if not life.merges and not life.taken:
        return NOTHING
    return Brought({one.own: one.into for one in life.merges}, {one.own: one for one in life.taken})


class Handed(NamedTuple):
    """What a customer hands over in a merge, numbers standing for names as in its life.

    Attributes:
        own: the hash of the merge, or of the correction that brought it.
        at: when, epoch seconds.
        into: to whom.
        origin: how the first activation of the customer is named; 0 if nothing is known of it.
        since: epoch seconds of that; 0 if there was none.
        channel: by which it came.
        reason: of the merge.
        subscriptions: those that went on, in the order in which they came up.
    """

    own: bytes
    at: int
    into: str
    origin: int
    since: int
    channel: int
    reason: int
    subscriptions: list[StoredSubscription]


class HandedEnd(msgspec.Struct, array_like=True, frozen=True):
    """An end that was announced: when, by what, why, and as in `lifecycle.mark`."""

    at: int
    kind: int
    reason: str
    mark: int


class HandedSubscription(msgspec.Struct, array_like=True, frozen=True):
    """A subscription that is handed over, as `StoredSubscription`; names are written out."""

    name: str
    status: int
    value: int
    stated: bool
    currency: str
    plan: str
    unpaid_since: int
    renewed_at: int
    leaves: HandedEnd | None = None


class Handover(msgspec.Struct, array_like=True, frozen=True):
    """What a customer brings to the one into whom it was merged, as `Handed`; names written out.

    `holds`: whether it was merged; else what was told under `giver` and `own` is taken back.
    `segment`: what was stated of it last before that second.
    """

    giver: str
    own: bytes
    into: str
    at: int
    holds: bool = False
    origin: int = 0
    since: int = 0
    channel: str = ""
    segment: str = ""
    subscriptions: list[HandedSubscription] = []  # msgspec makes a fresh one for each
    reason: str = ""


def key_of(giver: str, own: bytes) -> bytes:
    """Give the hash of the entry that stands for a merge in the life of the one who takes over."""
    return own + blake2b(giver.encode(), digest_size=SUFFIX).digest()


def going_on(
    subscriptions: Mapping[int, Subscription], announced: Sequence[Entry]
) -> list[StoredSubscription]:
    """Give the subscriptions that have not ended, each with the end that was announced for it."""
    found = []
    for number, one in subscriptions.items():
        if one.status == ENDED:
            continue
        stored = one.store(number)
        for entry in announced:
            if entry.subscription in {0, number}:
                if stored.leaves is None or entry.at < stored.leaves.at:
                    stored.leaves = Away(entry.at, entry.kind, entry.reason, entry.mark, 0)
                break
        found.append(stored)
    return found


def take_over(subscriptions: dict[int, Subscription], taken: Iterable[StoredSubscription]) -> None:
    """Put subscriptions of another customer among those of one; its own that go on stay."""
    for stored in taken:
        own = subscriptions.get(stored.number)
        if own is None or own.status == ENDED:
            subscriptions[stored.number] = restored(stored)
