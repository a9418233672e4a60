"""The topic of loss reviews: who left in a month or quarter, why, and what people do about it."""

from typing import Literal

from pydantic import ConfigDict, Field

from schemas.actions import Outcome, ReviewName
from schemas.fields import Amounts, Contract, Count, Identifier, Instant, Label, Version
from schemas.metrics import Status

CallDraw = Literal["value", "reason"]
IssueState = Literal["open", "done"]


class ReviewNumber(Contract):
    """So many losses, and what they were worth."""

    count: Count = Field(description="How many.")
    values: Amounts = Field(
        description="Recurring value a month by currency, in minor units, before the loss; of "
        "contraction the difference."
    )


class ReviewLabel(ReviewNumber):
    """The losses with one label."""

    label: Label = Field(description="unknown where none was given; other: the rest of many.")
    earlier: list[ReviewNumber | None] = Field(
        description="The same in the periods of `against`, in their order; null where it is not "
        "known."
    )


class ReviewCall(Contract):
    """A customer who left and is to be called."""

    customer_id: Identifier = Field(description="Who.")
    executive: Label = Field(description="Who calls.")
    drawn_by: CallDraw = Field(
        description="value: the more a customer was worth the likelier; reason: so that reasons "
        "come up as often as they were stated."
    )
    reason: Label = Field(description="Why the customer left, as stated.")
    lost_at: Instant = Field(description="When the customer was lost.")
    values: Amounts = Field(description="As of losses.")
    outcome: Outcome | None = Field(description="What came of the last call; null: none yet.")
    reason_found: Label | None = Field(description="Why the customer left, as the call found it.")
    returned_at: Instant | None = Field(
        description="When the customer came back, as events say; null: not yet."
    )


class ReviewIssue(Contract):
    """What is to be done so that fewer leave."""

    issue_id: Identifier = Field(description="Its name: `about` of its actions.")
    review: ReviewName | None = Field(description="The review in which it was opened.")
    text: str = Field(description="What it is.")
    reason: Label | None = Field(description="The stated reason that it is about.")
    owner: Label | None = Field(description="Whose it is; null: nobody's.")
    due_at: Instant | None = Field(description="When it is due.")
    state: IssueState = Field(description="open or done.")
    note: str | None = Field(description="What was said when it was done.")


class LossReview(Contract):
    """The review of the customers who left in a month or quarter, as it was published.

    `groundswell review --publish` and the console write it. Customers stand in it only where they
    are to be called; who left is worked out of `customers` each time.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schema_version": 1,
                    "period": "2017-01",
                    "start": "2017-01-01T00:00:00Z",
                    "end": "2017-02-01T00:00:00Z",
                    "status": "final",
                    "lost": {"count": 1, "values": {"USD": 4900}},
                    "contraction": {"count": 0, "values": {}},
                    "against": ["2016-12", "2016-01"],
                    "reasons": [
                        {
                            "label": "price",
                            "count": 1,
                            "values": {"USD": 4900},
                            "earlier": [{"count": 2, "values": {"USD": 9800}}, None],
                        }
                    ],
                    "avoidable": [
                        {
                            "label": "true",
                            "count": 1,
                            "values": {"USD": 4900},
                            "earlier": [None, None],
                        }
                    ],
                    "calls": [
                        {
                            "customer_id": "cust-42",
                            "executive": "Ada",
                            "drawn_by": "value",
                            "reason": "price",
                            "lost_at": "2017-01-18T09:30:00Z",
                            "values": {"USD": 4900},
                            "outcome": "would_return",
                            "reason_found": "service",
                            "returned_at": None,
                        }
                    ],
                    "issues": [
                        {
                            "issue_id": "issue-1",
                            "review": "2017-01",
                            "text": "Invoices come twice.",
                            "reason": "price",
                            "owner": "Ada",
                            "due_at": "2017-03-01T00:00:00Z",
                            "state": "open",
                            "note": None,
                        }
                    ],
                    "definitions": "5f0c1a2b",
                    "clock": "2017-03-03T00:00:00Z",
                    "published_at": "2017-03-04T10:00:00Z",
                    "published_by": "Ada",
                }
            ]
        }
    )

    schema_version: Version = Field(default=1, description="Version of this schema.")
    period: ReviewName = Field(description="Its name: 2017-01 or 2017-Q1.")
    start: Instant = Field(description="Its beginning, inclusive, in customers.zone.")
    end: Instant = Field(description="Its end, exclusive.")
    status: Status = Field(description="As of the period on metrics.periods.")
    lost: ReviewNumber = Field(description="Customers lost, as on metrics.periods.")
    contraction: ReviewNumber = Field(description="Those who stayed and pay less.")
    against: list[ReviewName] = Field(
        description="The periods it is held against: up to three before, and the one a year ago."
    )
    reasons: list[ReviewLabel] = Field(description="Losses by stated reason, the most first.")
    avoidable: list[ReviewLabel] = Field(
        description="Losses by whether they could have been prevented: true, false, unknown."
    )
    calls: list[ReviewCall] = Field(description="Who calls whom.")
    issues: list[ReviewIssue] = Field(
        description="Issues opened in it, and open ones of earlier reviews."
    )
    definitions: str = Field(
        description="Which definitions it is counted by: a hash of the settings customers.*."
    )
    clock: Instant = Field(description="As of the period on metrics.periods.")
    published_at: Instant = Field(description="When it was published; wall time.")
    published_by: Label = Field(description="Who published it.")
