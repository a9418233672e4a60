"""What the numbers about customers mean: the definitions that a company may choose."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

import msgspec

from streams.core.event_time.buckets import DAY

TierBy = Literal["margin", "revenue"]


class Definitions(msgspec.Struct, frozen=True, kw_only=True):
    """The definitions behind the numbers about customers; `docs/customers.md` has examples.

    Attributes:
        return_window: seconds after a loss within which a return takes the loss back.
        past_due_days: days after the first unpaid payment after which a customer is lost.
        found_window: seconds after the month of a first payment begins within which a signup or a
            trial still makes the customer new; later, the payment discovers the customer.
        tiers: value tiers, highest first: a name, and by currency the margin (or revenue) in minor
            units of the twelve months before that a customer must reach.
        base_tier: the name of the tier of those who reach none.
        tier_by: what earns a tier: margin (revenue less cost to serve) or revenue.
        start: epoch seconds; who is discovered before is part of the opening. None: nobody is.
        recent_complaint: seconds for which a complaint puts a customer at risk, resolved or not.
        count_free: whether a customer who pays nothing is a customer (worth 0).
        zone: IANA name of the time zone in which days, months and years begin.
    """

    return_window: int = 30 * DAY
    past_due_days: int = 30
    found_window: int = 31 * DAY
    tiers: tuple[tuple[str, dict[str, int]], ...] = ()
    base_tier: str = "base"
    tier_by: TierBy = "margin"
    start: int | None = None
    recent_complaint: int = 30 * DAY
    count_free: bool = True
    zone: str = "UTC"

    @property
    def stamp(self) -> str:
        """Eight letters that name these definitions, to stand on every number made by them."""
        return blake2b(msgspec.json.encode(self, order="deterministic"), digest_size=4).hexdigest()
