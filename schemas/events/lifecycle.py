"""How customers come, stay, change and go."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import ConfigDict, Field

from schemas.events.base import CustomerEvent, Flaw, Rule, Text
from schemas.fields import Currency, Identifier, Instant, Label, Money

MAX_REASONS: Final = 10

Outcome = Literal["renewed", "refused"]
Initiative = Literal["customer", "company", "payment"]
Turn = Literal[
    "changed",
    "paused",
    "resumed",
    "trial_began",
    "trial_ended",
    "trial_converted",
    "past_due",
    "paid",
    "merged",
    "forgotten",
]

Term = Annotated[int, Field(ge=1, le=1200)]
Reasons = Annotated[list[Label], Field(max_length=MAX_REASONS)]


def _whole_amount(change: Any) -> Flaw | None:  # noqa: ANN401 (a model, or what a decoder gives)
    """Ask for an amount with its currency, or for neither."""
    if (change.monthly_value is None) == (change.currency is None):
        return None
    if change.currency is None:
        return Flaw("currency", "Input should be there, as monthly_value is")
    return Flaw("monthly_value", "Input should be there, as currency is")


def _merged_somewhere(change: Any) -> Flaw | None:  # noqa: ANN401 (a model, or what a decoder gives)
    """Ask for the other customer of a merger, and of nothing else."""
    if (change.change == "merged") == (change.merged_into is not None):
        return None
    if change.merged_into is None:
        return Flaw("merged_into", "Input should be there, as change is 'merged'")
    return Flaw("merged_into", "Input should be null, as change is not 'merged'")


def _first_reason(cancellation: Any) -> str | None:  # noqa: ANN401 (as above)
    return cancellation.reasons[0] if cancellation.reasons else None


class Signup(CustomerEvent):
    """A customer joined."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-1",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-01-18T09:30:00Z",
                    "schema_version": 1,
                    "segment": "small business",
                    "channel": "web",
                    "plan": "pro",
                    "monthly_value": 4900,
                    "currency": "USD",
                }
            ]
        }
    )

    channel: Label | None = Field(
        default=None, description="Where they came from.", examples=["web"]
    )
    plan: Label | None = Field(default=None, description="What they bought.", examples=["pro"])
    monthly_value: Money = Field(description="Worth a month, in minor units.", examples=[4900])
    currency: Currency = Field(description="ISO 4217 code of monthly_value.", examples=["USD"])
    subscription_id: Identifier | None = Field(
        default=None,
        description="Which of the customer's subscriptions it is, where there are several.",
        examples=["sub-1"],
    )


class Change(CustomerEvent):
    """Something else became of a customer: another plan, a pause, a trial, an unpaid bill."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-8",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-05-01T00:00:00Z",
                    "schema_version": 1,
                    "segment": "small business",
                    "change": "changed",
                    "plan": "team",
                    "reason": "more seats",
                    "monthly_value": 9900,
                    "currency": "USD",
                },
                {
                    "event_id": "evt-10",
                    "customer_id": "cust-43",
                    "occurred_at": "2017-05-03T10:12:00Z",
                    "change": "merged",
                    "merged_into": "cust-42",
                },
            ]
        }
    )
    rules: ClassVar[tuple[Rule, ...]] = (_whole_amount, _merged_somewhere)

    change: Turn = Field(
        description="changed: plan, segment or value are now as stated; paused, resumed; "
        "trial_began, trial_ended, trial_converted; past_due: a payment is missing; paid: it has "
        "come; merged: this customer is from now on another one, which goes on with its "
        "subscriptions; forgotten: it is to be removed, "
        "and what is sent of it later is about somebody new."
    )
    plan: Label | None = Field(
        default=None, description="What they have from now on.", examples=["team"]
    )
    channel: Label | None = Field(default=None, description="How it came about.", examples=["web"])
    reason: Label | None = Field(
        default=None, description="Why, in the words of your own list.", examples=["more seats"]
    )
    monthly_value: Money | None = Field(
        default=None,
        description="Worth a month from now on, in minor units; with currency, or neither.",
        examples=[9900],
    )
    currency: Currency | None = Field(
        default=None,
        description="ISO 4217 code of monthly_value; with it, or neither.",
        examples=["USD"],
    )
    merged_into: Identifier | None = Field(
        default=None,
        description="The customer that this one is from now on: required where change is merged, "
        "and only there.",
        examples=["cust-42"],
    )
    subscription_id: Identifier | None = Field(
        default=None,
        description="Which of the customer's subscriptions it is about, where there are several.",
        examples=["sub-1"],
    )


class Cancellation(CustomerEvent):
    """A customer left."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-2",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-03-02T16:05:12+01:00",
                    "schema_version": 1,
                    "segment": "small business",
                    "reason": "price",
                    "avoidable": True,
                    "value_lost": 58800,
                    "currency": "USD",
                },
                {
                    "event_id": "evt-13",
                    "customer_id": "cust-44",
                    "occurred_at": "2017-03-02T16:05:12Z",
                    "value_lost": 58800,
                    "currency": "USD",
                    "subscription_id": "sub-1",
                    "effective_at": "2017-03-31T23:59:59Z",
                    "initiative": "customer",
                    "reasons": ["price", "missing feature"],
                    "detail": "The other one is cheaper and has reports.",
                },
            ]
        }
    )
    fallbacks: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"reason": _first_reason}

    reason: Label | None = Field(
        default=None, description="Why, in the words of your own list.", examples=["price"]
    )
    avoidable: bool | None = Field(
        default=None, description="Whether it could have been prevented; null if not known."
    )
    value_lost: Money = Field(
        description="What a year without this customer costs, in minor units.", examples=[58800]
    )
    currency: Currency = Field(description="ISO 4217 code of value_lost.", examples=["USD"])
    subscription_id: Identifier | None = Field(
        default=None,
        description="Which of the customer's subscriptions it is, where there are several.",
        examples=["sub-1"],
    )
    effective_at: Instant | None = Field(
        default=None,
        description="When it takes effect, before or after occurred_at; null: not stated.",
        examples=["2017-03-31T23:59:59Z"],
    )
    initiative: Initiative | None = Field(
        default=None,
        description="Who ended it: the customer, the company, or a payment that never came.",
    )
    reasons: Reasons | None = Field(
        default=None,
        description="All reasons, the weightiest first. Where reason is null it is the first "
        "of these.",
        examples=[["price", "missing feature"]],
    )
    detail: Text | None = Field(
        default=None,
        description="The customer's own words; personal data is masked before it is shown.",
    )


class Renewal(CustomerEvent):
    """A contract came up for renewal, and the customer renewed it or refused to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-6",
                    "customer_id": "cust-42",
                    "occurred_at": "2018-01-18T00:00:00Z",
                    "schema_version": 1,
                    "outcome": "refused",
                    "term_months": 12,
                    "value": 58800,
                    "currency": "USD",
                    "reason": "service",
                }
            ]
        }
    )

    outcome: Outcome = Field(
        description="renewed counts as a renewal, refused as a refusal to renew."
    )
    term_months: Term | None = Field(
        default=None, description="Length of the term on offer.", examples=[12]
    )
    value: Money = Field(description="Worth of that term, in minor units.", examples=[58800])
    currency: Currency = Field(description="ISO 4217 code of value.", examples=["USD"])
    reason: Label | None = Field(
        default=None, description="Why renewed or refused.", examples=["service"]
    )
    subscription_id: Identifier | None = Field(
        default=None,
        description="Which of the customer's subscriptions it is, where there are several.",
        examples=["sub-1"],
    )
    term_end: Instant | None = Field(
        default=None,
        description="When the term ends that is renewed, or refused.",
        examples=["2019-01-18T00:00:00Z"],
    )
