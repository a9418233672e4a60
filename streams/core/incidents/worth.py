"""What the customers are worth who complained, as it is published of alerts and incidents."""

from __future__ import annotations

from typing import Any

import msgspec


class Worth(msgspec.Struct, array_like=True, frozen=True):
    """What those are worth who complained, over all source partitions.

    Fields as in `streams.core.customers.exchange.asked.Answer`; sums by currency, in minor units a
    month.
    """

    customers: int
    left: int
    values: dict[str, int]
    values_left: dict[str, int]
    final: bool


def fields(worth: Worth | None) -> dict[str, Any] | None:
    """Give the fields of `Complained` (`schemas.alerts`); None: not known."""
    if worth is None:
        return None
    return {
        "customers": worth.customers,
        "value": worth.values,
        "left": worth.left,
        "value_left": worth.values_left,
        "final": worth.final,
    }
