"""The topic of notifications: who was told what, when, by what and why; and who was not.

`notifications` is compacted and holds each decision as it stands: it is taken once, then its
delivery moves on. Times are wall time, but for those of an incident.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from schemas.alerts import AlertSeverity
from schemas.fields import Contract, Count, Instant, JsonObject, Label, Version
from schemas.incidents import IncidentId, MessageReason

NotificationId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
NotificationKind = Literal[
    "message",
    "unsilenced",
    "repeat",
    "escalation",
    "reminder",
    "unanswered",
    "released",
    "acknowledged",
    "merged",
    "digest",
    "test",
    "dead_receiver",
]
"""What makes it come now.

message: the incident has one. unsilenced: a silence that hid messages is over, and the incident is
not; or it is, and the silence hid that from who had heard of it. repeat: nobody has taken it on for
the repeat interval. escalation: nor for the time of a step. reminder: who has taken it on says
nothing. unanswered, released: nobody has it any more. acknowledged: somebody has it, so that
repeats and escalation stop. merged: it is a part of another incident, of which more is told.
digest: what paged nobody. test: somebody wants to see whether it arrives. dead_receiver: another
receiver is not reached.
"""
NotificationState = Literal[
    "not_sent", "waiting", "sending", "delivered", "failed", "unanswered", "given_up"
]
"""Where it is: failed and unanswered are tried again; not_sent, delivered, given_up are the end."""
NotSent = Literal[
    "history",
    "silenced",
    "no_route",
    "nobody_on_duty",
    "superseded",
    "never_told",
    "already_told",
    "acknowledged",
    "handled_by_alertmanager",
    "digest",
]
"""Why something is not sent.

history: it is older than `notify.max_age`. silenced: a silence holds. no_route: no route is for it.
nobody_on_duty: the route is, and nobody has the shift. superseded: a later message came with it.
never_told: it is over, and this receiver never heard of it. already_told: another route tells the
same receiver. acknowledged: somebody has taken it on. handled_by_alertmanager: that repeats by
itself. digest: it waits for the daily digest.
"""

MAX_ITEMS: Final = 200
"""Messages in one digest at most; more of them are several."""


class DigestItem(Contract):
    """A message that paged nobody, as a digest tells of it."""

    notification_id: NotificationId = Field(description="The decision not to send it by itself.")
    incident_id: IncidentId = Field(description="The incident.")
    message: Count = Field(description="Which of its messages.")
    reason: MessageReason = Field(description="Why there was a message.")
    at: Instant = Field(description="Event time at which it was known.")
    title: str = Field(description="The title at that time.")
    text: str = Field(description="What was new, in a sentence.")
    severity: AlertSeverity = Field(description="The severity at that time.")


_EXAMPLE: JsonDict = {
    "schema_version": 1,
    "notification_id": "c4d1a07be92f6358",
    "kind": "message",
    "incident_id": "5b0e8c1f7d2a9e46",
    "message": 1,
    "number": 1,
    "sequence": 1,
    "reason": None,
    "message_reason": "opened",
    "severity": "warning",
    "title": "More complaints: company Navient Solutions, LLC.",
    "why": "It has just opened. Route lending: product Student loan, severity info or higher.",
    "route": "lending",
    "receiver": "lending_slack",
    "channel": "apprise",
    "person": None,
    "state": "delivered",
    "decided_at": "2017-01-19T00:00:07Z",
    "due_at": None,
    "until": None,
    "attempts": 1,
    "attempted_at": "2017-01-19T00:00:07Z",
    "retry_at": None,
    "ended_at": "2017-01-19T00:00:08Z",
    "may_repeat": False,
    "error": None,
    "instead_of": None,
    "items": [],
    "incident": None,
}


class Notification(Contract):
    """A decision to tell somebody something, or not to, with its reason; and how delivery went.

    Every message of an incident ends as one for each receiver of each route that is for it, or as
    one without a receiver where there is none. The same decision has the same id, however often it
    is worked out. What is to be sent waits here until it is delivered or given up.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    schema_version: Version = Field(default=1, description="Version of this schema.")
    notification_id: NotificationId = Field(
        description="Names it for good; receivers get it, too, to know what they got twice."
    )
    kind: NotificationKind = Field(description="What makes it come now.")
    incident_id: IncidentId | None = Field(description="The incident; null: it is of none.")
    message: Count | None = Field(
        description="The incident's message that it is, or that was the last one; null: of none."
    )
    number: Count = Field(
        description="Of its kind: the message, the repeat, the step of an escalation, from 1 on; "
        "of an acknowledgement, and of its end, its time; of a digest its part."
    )
    sequence: Count = Field(
        description="Decisions of one incident are numbered in the order in which they were taken."
    )
    reason: NotSent | None = Field(description="Why it is not sent; null: it is to be sent.")
    message_reason: MessageReason | None = Field(
        description="Why the incident had the message; null: of none."
    )
    severity: AlertSeverity | None = Field(description="The incident's severity; null: of none.")
    title: str = Field(description="What it is about, in plain words.")
    why: str = Field(description="Why it comes now, or does not, and by which route.")
    route: Label | None = Field(description="The route that it takes; null: none is for it.")
    receiver: Label | None = Field(description="The receiver; null: there is none.")
    channel: Label | None = Field(
        description="What it goes by: apprise, alertmanager, webhook; null: there is no receiver."
    )
    person: Label | None = Field(description="Whose receiver it is; null: nobody's in person.")
    state: NotificationState = Field(description="Where it is on its way.")
    decided_at: Instant = Field(description="When it was decided.")
    due_at: Instant | None = Field(
        description="Of a digest, and of what waits for it, when it is due; null: of others."
    )
    until: Instant | None = Field(
        description="Until when somebody has taken the incident on, where that is why; or null."
    )
    attempts: Count = Field(description="How often it was tried to be delivered.")
    attempted_at: Instant | None = Field(description="When it was tried last; null: never.")
    retry_at: Instant | None = Field(description="When it is tried again; null: not known to be.")
    ended_at: Instant | None = Field(
        description="When it was delivered or given up; null: neither, or it is not sent."
    )
    may_repeat: bool = Field(
        description="An attempt was not answered, so that the receiver may have got it before."
    )
    error: str | None = Field(description="Why the last attempt failed; null: it did not.")
    instead_of: NotificationId | None = Field(
        description="The notification that could not be delivered, for which this one stands."
    )
    items: list[DigestItem] = Field(
        max_length=MAX_ITEMS, description="Of a digest: the messages that it tells of."
    )
    incident: JsonObject | None = Field(
        description="The record of `incidents` that it tells of, as it was when this was decided; "
        "null: of none, it is not sent, or its end is known."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Hold the reason against the state.

        Raises:
            PydanticCustomError: `inconsistent`, one is there without the other.
        """
        if (self.reason is None) == (self.state == "not_sent"):
            raise PydanticCustomError("inconsistent", "a reason goes with not_sent, and only then")
        return self
