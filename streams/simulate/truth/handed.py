"""What somebody who is merged into another customer hands over."""

from __future__ import annotations

from copy import copy
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Status = Literal["ended", "trial", "active", "paused"]
Origin = Literal["new", "discovered", "opened"]

UNKNOWN = "unknown"
DEFAULT = ""
"""The subscription of those who send no id."""


class Leave(NamedTuple):
    """An end that was announced before somebody was merged: when it is, and why."""

    at: int
    kind: str
    reason: str
    avoidable: bool | None
    initiative: str | None


class Subscription:
    """A subscription as it stands.

    `past_due` is when the first unpaid payment was due, `begun` when it was last signed up or
    renewed. `leaves` is when and why it ends, if that came with somebody who was merged.
    """

    def __init__(self) -> None:
        self.status: Status = "ended"
        self.value = 0
        self.currency = ""
        self.stated = False
        self.plan = UNKNOWN
        self.past_due: int | None = None
        self.begun: int | None = None
        self.leaves: Leave | None = None

    @property
    def free(self) -> bool:
        """Whether it was said to be worth nothing."""
        return self.stated and self.value == 0

    @property
    def goes_on(self) -> bool:
        """Whether it makes a customer: active, or paused."""
        return self.status in {"active", "paused"}

    def end(self) -> None:
        """End it."""
        self.status, self.past_due, self.leaves = "ended", None, None


class Handed(NamedTuple):
    """What went on when somebody was merged into another customer, at the end of it.

    `since` is when that one first was a customer; `subscriptions` are by name.
    """

    at: int
    place: bytes
    into: str
    origin: Origin | None
    since: int | None
    channel: str
    segment: str | None
    subscriptions: Sequence[tuple[str, Subscription]]

    def of(self, giver: str) -> Handed:
        """Give it with names and a place that no other customer's has."""
        place = self.place + blake2b(giver.encode(), digest_size=6).digest()
        named = [(name or f"{giver} {place.hex()}", one) for name, one in self.subscriptions]
        return self._replace(place=place, subscriptions=named)


def going_on(subscriptions: Mapping[str, Subscription]) -> list[tuple[str, Subscription]]:
    """Give what has not ended, as it stands."""
    return [(name, copy(one)) for name, one in subscriptions.items() if one.status != "ended"]
