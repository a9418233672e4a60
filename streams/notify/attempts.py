"""How a delivery moves on: pure, a notification in and the next one out. Times are epoch seconds.

waiting ---+--> sending --+--> delivered
failed ----+              +--> failed (tried again at), given_up
unanswered +              +--> unanswered (tried again, marked), given_up
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from streams.core.notify.notification import notification_id
from streams.notify.channels.outcome import Kind

if TYPE_CHECKING:
    from streams.core.notify.notification import Notification
    from streams.notify.channels.outcome import Outcome

FIRST: Final = 1.0
"""Seconds before the second try, before jitter; they double from try to try."""
LONGEST: Final = 900.0
"""And seconds between two tries at the most."""
RESTING: Final = 3600.0
"""Seconds between two tries where the receiver will not take it as things are."""


def began(one: Notification, wall: int) -> Notification:
    """Return a notification whose next try begins now.

    One whose last try has no end was cut off: its receiver may have it.
    """
    return replace(
        one,
        state="sending",
        attempts=one.attempts + 1,
        attempted_at=wall,
        retry_at=None,
        error=None,
        may_repeat=one.may_repeat or one.state in {"sending", "unanswered"},
    )


def ended(
    one: Notification, outcome: Outcome, wall: int, *, jitter: float, give_up_after: int
) -> Notification:
    """Return a notification whose try has ended.

    Args:
        one: as it was when the try began.
        outcome: how it ended.
        wall: now.
        jitter: a random number, 0 to 1.
        give_up_after: seconds after the decision at which nothing is tried any more.
    """
    if outcome.kind is Kind.DELIVERED:
        return replace(one, state="delivered", ended_at=wall, incident=None)
    unanswered = outcome.kind is Kind.UNANSWERED
    may_repeat = one.may_repeat or unanswered
    last = one.decided_at + give_up_after
    if wall >= last:
        return given_up(replace(one, may_repeat=may_repeat), outcome.detail, wall)
    return replace(
        one,
        state="unanswered" if unanswered else "failed",
        retry_at=min(last, wall + math.ceil(delay(one.attempts, outcome, jitter))),
        error=outcome.detail,
        may_repeat=may_repeat,
    )


def given_up(one: Notification, why: str, wall: int) -> Notification:
    """Return a notification that is not tried any more."""
    return replace(one, state="given_up", ended_at=wall, retry_at=None, error=why, incident=None)


def delay(attempts: int, outcome: Outcome, jitter: float) -> float:
    """Return the seconds until the next try: half of it is chance, and what the receiver asks for.

    After a refusal nothing is to be expected of the next moments.
    """
    longest = (
        RESTING
        if outcome.kind is Kind.REFUSED
        else min(LONGEST, FIRST * 2 ** min(attempts - 1, 20))
    )
    return max(longest * (0.5 + 0.5 * jitter), outcome.retry_after or 0.0)


def instead(one: Notification, fallback: str, channel: str, why: str, wall: int) -> Notification:
    """Return what is told to another receiver in place of one that is not reached."""
    own = notification_id(one.notification_id, "dead_receiver", one.route, fallback)
    return replace(
        one,
        notification_id=own,
        kind="dead_receiver",
        reason=None,
        why=f"Receiver {one.receiver} is not reached ({why}). {one.why}",
        receiver=fallback,
        channel=channel,
        person=None,
        state="waiting",
        decided_at=wall,
        attempts=0,
        attempted_at=None,
        retry_at=None,
        ended_at=None,
        may_repeat=False,
        error=None,
        instead_of=one.notification_id,
    )
