"""What customers are worth: the money they bring and cost, and whom they recommend us to."""

from pydantic import ConfigDict, Field

from schemas.events.base import CustomerEvent
from schemas.fields import Currency, Identifier, Label, Money, SignedMoney


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
