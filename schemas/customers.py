"""The topic of customers: one row a customer."""

from typing import Literal

from pydantic import ConfigDict, Field

from schemas.events.complaints import Progress
from schemas.fields import Amounts, Contract, Count, Identifier, Instant, Label, Version

CustomerStatus = Literal[
    "active", "paused", "past_due", "free", "trial", "lost", "merged", "prospect"
]
MovementKind = Literal[
    "new",
    "reactivated",
    "discovered",
    "opening",
    "lost",
    "expansion",
    "contraction",
    "moved_in",
    "moved_out",
    "merged_in",
    "merged_out",
]


class CustomerMovement(Contract):
    """A change of the customer base by one customer."""

    kind: MovementKind = Field(description="What happened.")
    at: Instant = Field(description="When.")
    reason: Label = Field(description="Why, as the event said; unknown if none did.")


class ToldMovement(CustomerMovement):
    """A movement of one customer, with what it is worth."""

    values: Amounts = Field(
        description="Recurring value a month by currency, in minor units: of new, reactivated, "
        "discovered and opening what the customer was worth then, of lost and merged_out before, "
        "of merged_in what came with who was merged into it, "
        "of expansion and contraction the difference, never below 0."
    )


class ToldLoss(Contract):
    """What is known besides of a movement that is lost or contraction."""

    kind: Literal["lost", "contraction"] = Field(description="As of the movement.")
    at: Instant = Field(description="As of the movement.")
    segment: Label = Field(description="The customer's segment in the month of it.")
    tier: Label = Field(description="Its value tier in the month of it.")
    avoidable: bool | None = Field(description="As the event said; null: it did not.")
    initiative: Literal["customer", "company", "payment"] | None = Field(
        description="As the event said; null: it did not."
    )


class ToldComplaint(Contract):
    """A complaint of one customer, and what became of it."""

    at: Instant = Field(description="When.")
    product: Label | None = Field(description="What it was about; null if no event said.")
    issue: Label | None = Field(description="What had gone wrong; null if no event said.")
    status: Progress | None = Field(description="As updated last; null: never.")


class ToldWords(Contract):
    """What one customer wrote, masked: names, addresses and numbers are taken out."""

    at: Instant = Field(description="When.")
    topic: Literal["complaints", "cancellations"] = Field(
        description="As it complained, or as it left."
    )
    text: str = Field(description="Its own words, cut at a hundred characters.")


class Customer(Contract):
    """One customer: who it is, since when, what it is worth, and what happened last.

    Written only where `customers.enabled` is set. A row says what is known up to the customer
    clock: the event time that all source topics of the partition have reached. Status, tier and
    value are published at once when they change, the rest within ten seconds.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schema_version": 1,
                    "customer_id": "cust-42",
                    "status": "active",
                    "segment": "small business",
                    "tier": "gold",
                    "since": "2016-02-01T09:30:00Z",
                    "recurring_value": {"USD": 4900},
                    "value_known": True,
                    "plan": "team",
                    "subscriptions": 1,
                    "open_complaints": 0,
                    "last_movement": {
                        "kind": "expansion",
                        "at": "2016-11-03T12:00:00Z",
                        "reason": "upgrade",
                    },
                    "movements": [
                        {
                            "kind": "new",
                            "at": "2016-02-01T09:30:00Z",
                            "reason": "unknown",
                            "values": {"USD": 1900},
                        },
                        {
                            "kind": "expansion",
                            "at": "2016-11-03T12:00:00Z",
                            "reason": "upgrade",
                            "values": {"USD": 3000},
                        },
                    ],
                    "losses": [],
                    "complaints": [
                        {
                            "at": "2016-09-14T08:20:00Z",
                            "product": "Invoices",
                            "issue": "Charged twice",
                            "status": "resolved",
                        }
                    ],
                    "words": [
                        {
                            "at": "2016-09-14T08:20:00Z",
                            "topic": "complaints",
                            "text": "You took the money twice. Write to [e-mail].",
                        }
                    ],
                    "merged_into": None,
                    "definitions": "5f0c1a2b",
                }
            ]
        }
    )

    schema_version: Version = Field(default=1, description="Version of this schema.")
    customer_id: Identifier = Field(description="Who.")
    status: CustomerStatus = Field(
        description="active, paused (a customer worth 0), past_due (a customer who has not paid), "
        "free (pays nothing), trial, lost, merged (into another), or prospect (never a customer)."
    )
    segment: Label = Field(description="Segment in this month; unknown if no event said one.")
    tier: Label = Field(description="Value tier in this month, by the definitions.")
    since: Instant | None = Field(
        description="When it first became a customer, as far as is known; null: it never did."
    )
    recurring_value: Amounts = Field(
        description="Recurring value a month by currency, in minor units. Empty: none."
    )
    value_known: bool = Field(
        description="False: nobody has stated the value of one of its subscriptions."
    )
    plan: Label | None = Field(description="Plan of its first subscription that has one.")
    subscriptions: Count = Field(description="Subscriptions that are active or paused.")
    open_complaints: Count = Field(description="Of its newest eight complaints.")
    last_movement: CustomerMovement | None = Field(
        description="The last change of the customer base by it; null: none."
    )
    movements: list[ToldMovement] | None = Field(
        default=None,
        description="Its newest sixteen changes of the customer base, the oldest first, of those "
        "that are kept apart of it (13 months, and longer where less has happened). Absent or "
        "null: the row was written before there was this field.",
    )
    losses: list[ToldLoss] | None = Field(
        default=None,
        description="What else is known of those of its movements that are lost or contraction, in "
        "the same order. Absent or null: as of movements.",
    )
    complaints: list[ToldComplaint] | None = Field(
        default=None,
        description="Its newest eight complaints, the oldest first. Absent or null: as of "
        "movements.",
    )
    words: list[ToldWords] | None = Field(
        default=None,
        description="The newest that it wrote, masked: of its complaints one text, and one of its "
        "cancellations. Absent or null: the row was written before there was this field.",
    )
    merged_into: Identifier | None = Field(
        default=None,
        description="Who it is now, where its status is merged; else null, as where the row was "
        "written before there was this field.",
    )
    definitions: str = Field(
        description="Which definitions it is counted by: a hash of the settings customers.*."
    )
