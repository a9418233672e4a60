"""Subscriptions: what each lifecycle event makes of one.

                 | ended   | active  | trial   | paused
    -------------+---------+---------+---------+---------
    signup       | active  | active  | active  | active
    renewed      | active  | active  | active  | active
    resumed      | active  | .       | .       | active
    converted    | .       | .       | active  | .
    trial began  | trial   | .       | .       | .
    paused       | .       | paused  | .       | .
    trial ended  | .       | .       | ended   | .
    cancelled, refused, merged, forgotten: ended

A subscription counts as one of a customer's while it is active or paused; a paused one is worth
nothing. The first unpaid payment is remembered until it is paid, renewed or signed up anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives.life import StoredSubscription

if TYPE_CHECKING:
    from streams.core.customers.lives.life import Away

ENDED, ACTIVE, TRIAL, PAUSED = range(4)
"""What a subscription is."""

_SAME: Final = (ENDED, ACTIVE, TRIAL, PAUSED)
_OVER: Final = (ENDED, ENDED, ENDED, ENDED)

NEXT: Final[dict[int, tuple[int, int, int, int]]] = {
    lc.SIGNUP: (ACTIVE, ACTIVE, ACTIVE, ACTIVE),
    lc.RENEWED: (ACTIVE, ACTIVE, ACTIVE, ACTIVE),
    lc.RESUMED: (ACTIVE, ACTIVE, TRIAL, ACTIVE),
    lc.TRIAL_CONVERTED: (ENDED, ACTIVE, ACTIVE, PAUSED),
    lc.TRIAL_BEGAN: (TRIAL, ACTIVE, TRIAL, PAUSED),
    lc.PAUSED: (ENDED, PAUSED, TRIAL, PAUSED),
    lc.TRIAL_ENDED: (ENDED, ACTIVE, ENDED, PAUSED),
    lc.CHANGED: _SAME,
    lc.PAST_DUE: _SAME,
    lc.PAID: _SAME,
    lc.CANCELLED: _OVER,
    lc.REFUSED: _OVER,
    lc.MERGED: _OVER,
    lc.FORGOTTEN: _OVER,
}
"""By kind of event: what a subscription is after it, by what it was."""

SETTLES: Final = frozenset({lc.SIGNUP, lc.RENEWED, lc.PAID})
"""What clears an unpaid payment."""
EXTENDS: Final = frozenset({lc.SIGNUP, lc.RENEWED})
"""What annuls an end that was announced before it and takes effect after it."""
KNOWN_ACTIVE: Final = frozenset({lc.CHANGED, lc.PAUSED, lc.RESUMED, lc.PAST_DUE, lc.PAID})
"""What is only said of a subscription that is active: as a first event, it discovers one."""


class Subscription:
    """One subscription of a customer at a time.

    Attributes:
        status: ENDED, ACTIVE, TRIAL or PAUSED.
        value: worth a month in minor units of `currency`; 0 also where it is not known.
        stated: whether an event stated the value, so that nothing has to be derived.
        unpaid_since: epoch seconds of the first unpaid payment; 0 if there is none.
        renewed_at: epoch seconds of the last signup or renewal; 0 if there was none.
        leaves: the end that was announced before somebody brought it in a merge, if one was.
    """

    __slots__ = (
        "currency",
        "leaves",
        "plan",
        "renewed_at",
        "stated",
        "status",
        "unpaid_since",
        "value",
    )

    def __init__(self) -> None:
        self.status = ENDED
        self.value = 0
        self.stated = False
        self.currency = 0
        self.plan = 0
        self.unpaid_since = 0
        self.renewed_at = 0
        self.leaves: Away | None = None

    @property
    def known(self) -> bool:
        """Whether anything tells what it is worth."""
        return self.stated or self.value > 0

    def apply(self, entry: lc.Entry) -> None:
        """Apply a lifecycle event to the subscription."""
        kind = entry.kind
        self.status = after = NEXT[kind][self.status]
        if kind == lc.PAST_DUE:
            if after in (ACTIVE, PAUSED) and not self.unpaid_since:
                self.unpaid_since = entry.at
        elif kind in SETTLES or after == ENDED:
            self.unpaid_since = 0
        if kind in EXTENDS:
            self.renewed_at, self.leaves = entry.at, None
        elif after == ENDED:
            self.leaves = None
        if kind in lc.ENDS:
            return
        if entry.plan:
            self.plan = entry.plan
        # What a renewal is worth a month is a last resort: what is stated comes first.
        if kind != lc.RENEWED:
            if entry.value >= 0:
                self.value, self.currency, self.stated = entry.value, entry.currency, True
        elif not self.stated and entry.term:
            self.value, self.currency = entry.worth(), entry.currency

    def end(self) -> None:
        """Let it end by itself."""
        self.status = ENDED
        self.unpaid_since, self.leaves = 0, None

    def store(self, number: int) -> StoredSubscription:
        """Write it down under its number."""
        return StoredSubscription(
            number,
            self.status,
            self.value,
            self.stated,
            self.currency,
            self.plan,
            self.unpaid_since,
            self.renewed_at,
            self.leaves,
        )


def restored(stored: StoredSubscription) -> Subscription:
    """Take a subscription over as it was written down."""
    subscription = Subscription()
    subscription.status = stored.status
    subscription.value = stored.value
    subscription.stated = stored.stated
    subscription.currency = stored.currency
    subscription.plan = stored.plan
    subscription.unpaid_since = stored.unpaid_since
    subscription.renewed_at, subscription.leaves = stored.renewed_at, stored.leaves
    return subscription
