"""The metrics of customers: how many there are, who came and left, and whether it adds up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric

    from streams.core.views import CustomersView, PeriodsView


def customers(folds: Iterable[CustomersView]) -> Iterator[Metric]:
    """Give the customers there are, and whether they add up."""
    there = GaugeMetricFamily(
        "groundswell_customers",
        "Customers by status, as last counted; of the partitions that were counted to their end.",
        labels=("status",),
    )
    errors = GaugeMetricFamily(
        "groundswell_conservation_error",
        "By how much customers and recurring value (minor units) do not add up; 0 is right.",
        labels=("unit", "currency"),
    )
    statuses: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for fold in folds:
        statuses.update(fold.customers_by_status())
        units.update(fold.conservation_error())
    for status, count in sorted(statuses.items()):
        there.add_metric((status,), count)
    for unit, error in sorted(units.items()):
        money = unit != "customers"
        errors.add_metric(("recurring_value", unit) if money else (unit, ""), error)
    yield from (there, errors)


def months(series: Iterable[PeriodsView], segments: int) -> Iterator[Metric]:
    """Give this month so far and the last one; of at most so many segments."""
    # Totals and segments are families of their own, as of the rolling figures.
    families: dict[bool, tuple[GaugeMetricFamily, GaugeMetricFamily]] = {}
    for split, prefix, of, labels in (
        (False, "groundswell_month", "of all customers", ("month", "unit")),
        (True, "groundswell_segment_month", "of a segment", ("month", "unit", "segment")),
    ):
        families[split] = (
            GaugeMetricFamily(
                f"{prefix}_customers",
                f"Customers {of}, or movements of them, in this month so far or the last one.",
                labels=labels,
            ),
            GaugeMetricFamily(
                f"{prefix}_recurring_value_minor_units",
                f"Recurring value a month {of}, or its movements, in the currency's minor unit.",
                labels=(*labels, "currency"),
            ),
        )
    for one in series:
        for row in one.months(segments):
            there, values = families[row.segment is not None]
            names = [row.month, row.unit, *([] if row.segment is None else [row.segment])]
            there.add_metric(names, row.customers)
            for currency, value in sorted(row.values.items()):
                values.add_metric([*names, currency], value)
    for group in families.values():
        yield from group
