"""PromQL for the rolling figures; $window, $currency and $minor are the board's variables."""

from __future__ import annotations


def customers(metric: str) -> str:
    """Distinct customers of a metric in the chosen window, over all workers."""
    return f'sum(groundswell_rolling_customers{{metric="{metric}", window="$window"}})'


def events(metric: str, window: str = "$window") -> str:
    """Events of a metric in a window, over all workers."""
    return f'sum(groundswell_rolling_events{{metric="{metric}", window="{window}"}})'


def money(metric: str) -> str:
    """Money of a metric in the chosen window and currency, in its main unit."""
    labels = f'metric="{metric}", window="$window", currency="$currency"'
    return f"sum(groundswell_rolling_value_minor_units{{{labels}}}) / $minor"


def month(unit: str, which: str = "current") -> str:
    """Customers, or movements of them, in this month so far or the last one."""
    return f'sum(groundswell_month_customers{{month="{which}", unit="{unit}"}})'


def month_money(unit: str, which: str = "current") -> str:
    """Recurring value of the same, in the chosen currency, in its main unit."""
    labels = f'month="{which}", unit="{unit}", currency="$currency"'
    return f"sum(groundswell_month_recurring_value_minor_units{{{labels}}}) / $minor"


def month_of_segment(unit: str) -> str:
    """Break customers, or movements of them, in this month so far down by segment."""
    labels = f'month="current", unit="{unit}"'
    return f"sum by (segment) (groundswell_segment_month_customers{{{labels}}})"


def of_segment(kind: str, metric: str) -> str:
    """Break `customers` or `events` of a metric down by segment."""
    labels = f'metric="{metric}", window="$window"'
    return f"sum by (segment) (groundswell_segment_rolling_{kind}{{{labels}}})"


def money_of_segment(metric: str) -> str:
    """Break the money of a metric down by segment."""
    labels = f'metric="{metric}", window="$window", currency="$currency"'
    family = "groundswell_segment_rolling_value_minor_units"
    return f"sum by (segment) ({family}{{{labels}}}) / $minor"


def of_incident(kind: str) -> str:
    """Give a number of each open incident, with its cause."""
    labels = "incident_id, severity, metric, cause"
    named = f"max by ({labels}) (groundswell_incident_excess_events)"
    if kind == "excess_events":
        return named
    number = f"max by (incident_id) (groundswell_incident_{kind})"
    return f"{number} * on (incident_id) group_right () (0 * {named} + 1)"
