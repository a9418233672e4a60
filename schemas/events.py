"""The six source topics: what producers tell Groundswell about their customers.

The key of a message is its customer_id or, on a complaint without one, its event_id, so that all
of a customer's events share a partition. Fields that are not listed are ignored.
"""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from schemas.fields import (
    Contract,
    Currency,
    Identifier,
    Instant,
    Label,
    Money,
    SignedMoney,
    Version,
)

MAX_TEXT: Final = 10_000

Severity = Literal["low", "medium", "high", "critical"]
Outcome = Literal["renewed", "refused"]

Term = Annotated[int, Field(ge=1, le=1200)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class Event(Contract):
    """What every source event carries."""

    event_id: Identifier = Field(
        description="Names this event: the same event sent again is counted once.",
        examples=["evt-7f3a"],
    )
    customer_id: Identifier | None = Field(
        default=None,
        description="The customer; absent only on an anonymous complaint, which is counted, but "
        "not among distinct customers.",
        examples=["cust-42"],
    )
    occurred_at: Instant = Field(
        description="When it happened, not when it was sent: RFC 3339 with an offset. Before "
        "1970, and more than five minutes ahead of the clock, is refused.",
        examples=["2017-01-18T09:30:00Z"],
    )
    schema_version: Version = Field(default=1, description="Version of this schema.")
    segment: Label | None = Field(
        default=None, description="Customer group.", examples=["small business"]
    )


class CustomerEvent(Event):
    """An event of a customer who is known."""

    customer_id: Identifier = Field(description="The customer.", examples=["cust-42"])


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
                }
            ]
        }
    )

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


class Complaint(Event):
    """Someone complained."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-3",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-01-18T09:30:00-05:00",
                    "schema_version": 1,
                    "product": "Student loan",
                    "issue": "Dealing with my lender or servicer",
                    "channel": "web",
                    "region": "CA",
                    "company": "NAVIENT",
                    "severity": "high",
                    "text": "They lost my payment for the third time.",
                },
                {"event_id": "evt-4", "occurred_at": "2017-01-18T14:31:07.250Z"},
            ]
        }
    )

    product: Label | None = Field(
        default=None, description="What it is about.", examples=["Student loan"]
    )
    issue: Label | None = Field(
        default=None, description="What went wrong.", examples=["Lost payment"]
    )
    channel: Label | None = Field(default=None, description="How it reached us.", examples=["web"])
    region: Label | None = Field(
        default=None, description="Where the customer is.", examples=["CA"]
    )
    company: Label | None = Field(
        default=None,
        description="Whom it is about, where there are several.",
        examples=["NAVIENT"],
    )
    brand: Label | None = Field(default=None, description="Brand of the product.")
    severity: Severity | None = Field(default=None, description="How bad it is for the customer.")
    text: Text | None = Field(
        default=None,
        description="The customer's own words; personal data is masked before it is shown.",
    )


class Referral(CustomerEvent):
    """A customer recommended us to someone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-5",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-02-01T12:00:00Z",
                    "schema_version": 1,
                    "referred_customer_id": "cust-77",
                    "converted": True,
                    "channel": "mail",
                }
            ]
        }
    )

    referred_customer_id: Identifier | None = Field(
        default=None, description="The one who was told, once known.", examples=["cust-77"]
    )
    converted: bool = Field(default=False, description="Whether that one became a customer.")
    channel: Label | None = Field(
        default=None, description="How it was passed on.", examples=["mail"]
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


class Revenue(CustomerEvent):
    """Money came in from a customer, or went back (negative)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-7",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-02-01T00:00:00Z",
                    "schema_version": 1,
                    "amount": 4900,
                    "cost_to_serve": 1250,
                    "currency": "USD",
                    "kind": "subscription",
                }
            ]
        }
    )

    amount: SignedMoney = Field(
        description="In minor units; a refund is negative.", examples=[4900]
    )
    cost_to_serve: Money = Field(
        default=0, description="What serving them cost, in minor units.", examples=[1250]
    )
    currency: Currency = Field(
        description="ISO 4217 code of amount and cost_to_serve.", examples=["USD"]
    )
    kind: Label | None = Field(default=None, description="What for.", examples=["subscription"])
