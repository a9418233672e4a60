"""What a customer is: one word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.customers.lives import movements as mv
from streams.core.customers.lives.subscriptions import ACTIVE, TRIAL

if TYPE_CHECKING:
    from streams.core.customers.lives.walk import Walk

STATUSES: Final = ("active", "paused", "past_due", "free", "trial", "lost", "merged", "prospect")
"""What a customer can be; a prospect has never been a customer, a past due one still is."""


def status_of(walk: Walk) -> str:  # noqa: PLR0911 (one a status)
    """Give what a customer is: one of STATUSES."""
    subscriptions = walk.subscriptions.values()
    if walk.active:
        running = paying = False
        for one in subscriptions:
            if one.unpaid_since:
                return "past_due"
            if one.status == ACTIVE:
                running = True
                paying = paying or one.value > 0 or not one.stated
        if not running:
            return "paused"
        return "active" if paying else "free"
    there = {one.status for one in subscriptions}
    if ACTIVE in there:
        return "free"  # one that counts as no customer, by the definitions
    if TRIAL in there:
        return "trial"
    if walk.last is None:
        return "prospect"
    return "merged" if walk.last[0] == mv.MERGED_OUT else "lost"
