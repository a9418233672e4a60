"""What customers complain about, and what is done about it."""

from typing import Literal

from pydantic import ConfigDict, Field

from schemas.events.base import MAX_TEXT, CustomerEvent, Event, Text
from schemas.fields import Identifier, Label

Severity = Literal["low", "medium", "high", "critical"]
Progress = Literal["acknowledged", "answered", "resolved", "reopened"]


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
    severity: Severity | None = Field(
        default=None,
        description="How bad it is for the customer; another word counts as null, and is counted.",
    )
    text: Text | None = Field(
        default=None,
        description="The customer's own words; personal data is masked before it is shown. What is "
        f"longer than {MAX_TEXT:,} characters is cut.",
    )


class ComplaintUpdate(CustomerEvent):
    """Something was done about a complaint, or the customer took it up again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-9",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-01-19T08:05:00Z",
                    "schema_version": 1,
                    "complaint_id": "evt-3",
                    "status": "answered",
                    "channel": "phone",
                    "text": "We called back and found the payment.",
                }
            ]
        }
    )

    complaint_id: Identifier = Field(
        description="The event_id of the complaint.", examples=["evt-3"]
    )
    status: Progress = Field(
        description="acknowledged: the customer knows that it has come; answered: the customer has "
        "an answer; resolved: it is settled; reopened: the customer says that it is not."
    )
    channel: Label | None = Field(
        default=None, description="How the customer was reached.", examples=["phone"]
    )
    text: Text | None = Field(
        default=None,
        description="What was said; personal data is masked before it is shown.",
    )
