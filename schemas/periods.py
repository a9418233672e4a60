"""The topic of periods: who came, stayed and left in a day, week, month, quarter or year."""

from typing import Literal

from pydantic import ConfigDict, Field

from schemas.fields import Amounts, Contract, Count, Instant, Label, Version
from schemas.metrics import Status

PeriodGrain = Literal["day", "week", "month", "quarter", "year"]
PeriodUnit = Literal[
    "opening",
    "opened",
    "new",
    "reactivated",
    "discovered",
    "moved_in",
    "merged_in",
    "expansion",
    "lost",
    "moved_out",
    "merged_out",
    "contraction",
    "closing",
    "renewals",
    "refusals",
    "revenue",
    "cost_to_serve",
    "margin",
    "referrals",
    "referrals_converted",
    "referred",
    "complaints",
    "at_risk",
    "cancellations",
]
PeriodDimension = Literal["reason", "avoidable", "initiative", "channel", "plan"]

_SEGMENT = "Of which segment; null: of all."
_TIER = "Of which value tier; null: of all. Days and weeks are told by segment and in all."


class PeriodNumber(Contract):
    """A number of a period: how many, and what they are worth."""

    count: int = Field(
        description="Customers of opening, closing, at_risk and referred; movements or events of "
        "the others; 0 of money alone."
    )
    values: Amounts = Field(
        description="By currency, in minor units: recurring value a month of customers and "
        "movements, the value of the term of renewals and refusals, else the money itself."
    )
    customers: Count | None = Field(
        default=None,
        description="Distinct customers, exactly, of a movement or event in a day or month; null "
        "where they do not add up, and of stocks.",
    )


class PeriodPart(Contract):
    """The part of a number with one label."""

    label: Label = Field(description="unknown where none was given; other: the rest of many.")
    count: int = Field(description="As of the whole.")
    values: Amounts = Field(description="As of the whole.")


class LossCount(Contract):
    """Losses, and the time at risk that they came from."""

    lost: int = Field(description="Customers who were lost; not who became known by its end.")
    seconds: int = Field(
        description="Customer-seconds at risk: how long each was a customer, added up. 2,629,800 "
        "are a customer-month."
    )


class PeriodLosses(Contract):
    """How many customers were lost, before and after the first complaint of each."""

    until: Instant = Field(description="Up to when the time at risk is counted: clock, or end.")
    before: LossCount = Field(description="Of customers who had never complained.")
    after: LossCount = Field(description="Of customers who had complained at least once.")


class PeriodKey(Contract):
    """Key of metrics.periods: compact JSON, fields in this order."""

    grain: PeriodGrain = Field(description="Length of the period.")
    period: str = Field(description="Its name, as in the row.")
    segment: Label | None = Field(description=_SEGMENT)
    tier: Label | None = Field(description=_TIER)


class PeriodRow(Contract):
    """One customer group, segment or the whole company in one calendar period.

    Written only where `customers.enabled` is set. It adds up: opening + new + reactivated +
    discovered + moved_in + merged_in = lost + moved_out + merged_out + closing in customers; with
    expansion and contraction also in recurring value, for each currency by itself.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schema_version": 1,
                    "grain": "month",
                    "period": "2017-01",
                    "start": "2017-01-01T00:00:00Z",
                    "end": "2017-02-01T00:00:00Z",
                    "segment": "small business",
                    "tier": "gold",
                    "status": "final",
                    "numbers": {
                        "opening": {"count": 40, "values": {"USD": 196000}, "customers": None},
                        "lost": {"count": 1, "values": {"USD": 4900}, "customers": 1},
                        "closing": {"count": 39, "values": {"USD": 191100}, "customers": None},
                    },
                    "parts": {
                        "lost": {
                            "reason": [{"label": "price", "count": 1, "values": {"USD": 4900}}]
                        }
                    },
                    "published": {
                        "opening": {"count": 40, "values": {"USD": 196000}, "customers": None},
                        "lost": {"count": 1, "values": {"USD": 4900}, "customers": None},
                        "closing": {"count": 39, "values": {"USD": 191100}, "customers": None},
                    },
                    "difference": {},
                    "losses": {
                        "until": "2017-02-01T00:00:00Z",
                        "before": {"lost": 1, "seconds": 92102400},
                        "after": {"lost": 0, "seconds": 13391040},
                    },
                    "definitions": "5f0c1a2b",
                    "clock": "2017-03-03T00:00:00Z",
                }
            ]
        }
    )

    schema_version: Version = Field(default=1, description="Version of this schema.")
    grain: PeriodGrain = Field(description="Length of the period.")
    period: str = Field(
        description="Its name: 2017-01-18, 2017-W03 (ISO 8601), 2017-01, 2017-Q1 or 2017."
    )
    start: Instant = Field(description="Its beginning, inclusive, in customers.zone.")
    end: Instant = Field(description="Its end, exclusive.")
    segment: Label | None = Field(description=_SEGMENT)
    tier: Label | None = Field(description=_TIER)
    status: Status = Field(
        description="provisional: the clock has not passed the end by customers.return_window, so "
        "a loss may be taken back by a return; final; amended: final, then changed."
    )
    numbers: dict[PeriodUnit, PeriodNumber] = Field(
        description="As known now (restated). What is not there is 0. referrals are counted in the "
        "group of who referred; revenue, cost_to_serve, margin, referrals and complaints by month "
        "and longer only (by day they are on metrics.buckets)."
    )
    parts: dict[PeriodUnit, dict[PeriodDimension, list[PeriodPart]]] = Field(
        description="The same by reason, avoidable, initiative, channel or plan: the 20 largest "
        "by count, the rest as other."
    )
    published: dict[PeriodUnit, PeriodNumber] | None = Field(
        description="What numbers were when the period became final; null before that."
    )
    difference: dict[PeriodUnit, PeriodNumber] = Field(
        description="What was restated since: numbers less published, where it is not 0."
    )
    losses: PeriodLosses | None = Field(
        default=None,
        description="How fast customers were lost; null of days and weeks. While a period goes on, "
        "a row is not written anew for the time at risk alone.",
    )
    definitions: str = Field(
        description="Which definitions it is counted by: a hash of the settings customers.*."
    )
    clock: Instant = Field(
        description="Event time up to which all source partitions have told their movements, when "
        "the row was written."
    )
