"""The metric topics: tables of counts, values and distinct customers, by series and time.

Both are compacted: hold the last value of each key and you hold the whole table. A row replaces
the one before it; never add two rows of one key.
"""

from typing import Literal

from pydantic import ConfigDict, Field

from schemas.fields import Amounts, Contract, Count, Instant, Label, Version

Metric = Literal[
    "signups",
    "cancellations",
    "complaints",
    "referrals",
    "renewals",
    "refusals",
    "revenue",
    "cost_to_serve",
]
"""What events are counted as."""
MovementMetric = Literal[
    "new_customers",
    "reactivated_customers",
    "discovered_customers",
    "lost_customers",
    "merged_in_customers",
    "merged_out_customers",
    "active_customers",
    "expansion",
    "contraction",
]
"""What is told of customers, where they are kept."""
AnyMetric = Literal[Metric, MovementMetric]
Grain = Literal["5m", "1h", "1d"]
Window = Literal["1h", "24h", "7d", "28d", "90d", "365d"]
Status = Literal["provisional", "final", "amended"]

_METRIC = (
    "What is counted; refusals are renewals refused, cost_to_serve comes from revenue. Movements "
    "of customers (from new_customers on) are told by day only, and only where customers.enabled "
    "is set: their day begins at midnight of customers.zone."
)
_LABELS = (
    "Which part of the metric: {} is the total. A value that the events left out reads unknown, "
    "one beyond the cap of label values other."
)
_COUNT = (
    "Events, after duplicates were removed; of movements how many there were, of active_customers "
    "how many customers there are at the end of the day."
)
_VALUES = (
    "Money by currency, in minor units; currencies are never added up. Empty: no money. Of "
    "movements it is recurring value a month."
)
_CUSTOMERS = (
    "Distinct customers: an estimate (HyperLogLog), its standard error is 1.6 %. Of movements the "
    "exact number of customers with one"
)
_WATERMARK = "Event time up to which this metric is believed complete."


class BucketKey(Contract):
    """Key of metrics.buckets: compact JSON, fields in this order, labels sorted by name."""

    metric: AnyMetric = Field(description=_METRIC)
    labels: dict[str, Label] = Field(description=_LABELS)
    grain: Grain = Field(description="Length of the bucket.")
    start: Instant = Field(description="Start of the bucket.")


class RollingKey(Contract):
    """Key of metrics.rolling: compact JSON, fields in this order, labels sorted by name."""

    metric: AnyMetric = Field(description=_METRIC)
    labels: dict[str, Label] = Field(description=_LABELS)
    window: Window = Field(description="Length of the window.")


class BucketRow(Contract):
    """One series in one 5 minutes, hour or day of event time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schema_version": 1,
                    "metric": "cancellations",
                    "labels": {"reason": "price"},
                    "grain": "1d",
                    "start": "2017-01-18T00:00:00Z",
                    "end": "2017-01-19T00:00:00Z",
                    "count": 31,
                    "values": {"EUR": 88000, "USD": 1204700},
                    "customers": 31,
                    "status": "final",
                    "late": None,
                    "watermark": "2017-01-19T00:12:41Z",
                }
            ]
        }
    )

    schema_version: Version = Field(default=1, description="Version of this schema.")
    metric: AnyMetric = Field(description=_METRIC)
    labels: dict[str, Label] = Field(description=_LABELS)
    grain: Grain = Field(
        description="Length of the bucket: 5m and 1h are aligned to UTC, 1d is a day of "
        "calendar.timezone (UTC by default), of 23 or 25 hours when the clock is changed there."
    )
    start: Instant = Field(
        description="Start of the bucket, inclusive; of a day its midnight in calendar.timezone, "
        "or the first instant after it where it is skipped."
    )
    end: Instant = Field(description="End of the bucket, exclusive.")
    count: Count = Field(description=_COUNT)
    values: Amounts = Field(description=_VALUES)
    customers: Count = Field(description=f"{_CUSTOMERS}.")
    status: Status = Field(
        description="provisional: more events may come; final: the watermark has passed the end "
        "by the grace period; amended: final, then changed."
    )
    late: Count | None = Field(
        default=None,
        description="Events of this metric and day that came too late to be counted (they are on "
        "the topic late); only on the daily total.",
    )
    watermark: Instant = Field(description=_WATERMARK)


class RollingRow(Contract):
    """One series over the last hour, day, week, 4 weeks, 90 days or year of event time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schema_version": 1,
                    "metric": "complaints",
                    "labels": {"product": "Student loan"},
                    "window": "7d",
                    "start": "2017-01-12T00:10:00Z",
                    "end": "2017-01-19T00:10:00Z",
                    "count": 1876,
                    "values": {},
                    "customers": 1822,
                    "status": "provisional",
                    "watermark": "2017-01-19T00:12:41Z",
                }
            ]
        }
    )

    schema_version: Version = Field(default=1, description="Version of this schema.")
    metric: AnyMetric = Field(description=_METRIC)
    labels: dict[str, Label] = Field(description=_LABELS)
    window: Window = Field(
        description="Length of the window: 28d, 90d and 365d are days of calendar.timezone, 7d "
        "begins at the same hour of the day there as it ends."
    )
    start: Instant = Field(description="Start of the window, inclusive.")
    end: Instant = Field(description="End of the window, exclusive: as of when it stands.")
    count: Count = Field(description=_COUNT)
    values: Amounts = Field(description=_VALUES)
    customers: Count | None = Field(
        description=f"{_CUSTOMERS} in a day, which do not add up: null in a window."
    )
    status: Status = Field(
        description="provisional: events may still come for its last buckets; final: none; "
        "amended: final, then changed."
    )
    watermark: Instant = Field(description=_WATERMARK)
