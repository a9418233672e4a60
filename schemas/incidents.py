"""The topic of incidents: alerts of one event together, as people are told of them.

`incidents` is compacted and holds each incident as it stands. Times are event time, but for what
people did, which is wall time.
"""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from schemas.actions import Judgement, Recurrence
from schemas.alerts import AlertId, AlertSeverity, AlertState, Complained, Curve, Verdict
from schemas.fields import Amounts, Contract, Count, Identifier, Instant, Label, Version
from schemas.metrics import Metric

IncidentState = Literal["open", "stale", "resolved"]
MessageReason = Literal[
    "opened",
    "worse",
    "wider",
    "cause_changed",
    "verdict_changed",
    "came_back",
    "resolved",
]
"""Why people are told of an incident."""
IncidentReason = Literal[
    "opened",
    "worse",
    "wider",
    "cause_changed",
    "verdict_changed",
    "came_back",
    "resolved",
    "joined",
    "quiet",
    "went_stale",
    "merged",
    "handled",
    "valued",
]
"""Why a record is published: the reasons of messages, and what nobody needs to be told."""
IncidentId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]

MAX_MEMBERS: Final = 50
MAX_PARTS: Final = 10
MAX_MESSAGES: Final = 50
MAX_SILENCES: Final = 10


class IncidentPart(Contract):
    """A part of what rises, with its share of the excess."""

    labels: dict[str, Label] = Field(description="Which part.")
    observed: Count = Field(description="Events with these labels in the incident's window.")
    expected: float = Field(description="Events that were to be expected.")
    excess: float = Field(description="observed - expected.")
    share: float = Field(description="Its part of the incident's excess; may exceed 1.")
    out_of_proportion: bool = Field(
        description="It rises by far more than the rest: it may be an event of its own."
    )
    alert_id: AlertId | None = Field(description="The alert that is about it; null: none is.")


class IncidentMember(Contract):
    """An alert that belongs to an incident and that no other alert explains."""

    alert_id: AlertId = Field(description="The alert.")
    labels: dict[str, Label] = Field(description="What it is about.")
    state: AlertState = Field(description="What the alert is now.")
    severity: AlertSeverity = Field(description="Its severity.")
    started_at: Instant = Field(description="When its rise began.")
    joined_at: Instant = Field(description="When it became a part of the incident.")
    observed: Count = Field(description="Events in its window.")
    expected: float = Field(description="Events that were to be expected.")
    excess: float = Field(description="observed - expected.")


class IncidentMessage(Contract):
    """Something that people are to be told of an incident."""

    number: Count = Field(description="Of this incident's messages, from 1 on.")
    at: Instant = Field(description="Event time at which it was known.")
    reason: MessageReason = Field(description="Why.")
    title: str = Field(description="The title at that time.")
    severity: AlertSeverity = Field(description="The severity at that time.")
    observed: Count = Field(description="Events in the window at that time.")
    expected: float = Field(description="Events that were expected.")
    excess: float = Field(description="observed - expected.")
    text: str = Field(description="What is new, in a sentence.")


class Acknowledgement(Contract):
    """Somebody has taken an incident on."""

    by: Label = Field(description="Who.")
    at: Instant = Field(description="When (wall time).")
    until: Instant = Field(description="When it ends if nobody says anything more (wall time).")


class Silenced(Contract):
    """A silence that an incident falls under: it hides messages while it holds."""

    silence_id: Identifier = Field(description="The silence: what its actions are about.")
    by: Label = Field(description="Who wants it.")
    starts_at: Instant = Field(description="When it begins (wall time).")
    until: Instant = Field(description="When it ends (wall time).")
    recurring: Recurrence | None = Field(description="It holds at these hours only; null: always.")
    note: str = Field(description="Why.")


class IncidentHandling(Contract):
    """What people do about an incident; none of it changes its state."""

    acknowledged: Acknowledgement | None = Field(description="Who has taken it on; null: nobody.")
    owner: Label | None = Field(description="Whose it is; null: nobody's.")
    judgement: Judgement | None = Field(description="What it was, as somebody judged; or null.")
    judged_by: Label | None = Field(description="Who judged it.")
    silences: list[Silenced] = Field(description="Silences that match it and are not over.")
    notes: Count = Field(description="How many notes there are; they stand on `actions`.")
    changed_at: Instant | None = Field(description="Wall time of the last action; null: none.")


_EXAMPLE: JsonDict = {
    "schema_version": 1,
    "incident_id": "5b0e8c1f7d2a9e46",
    "state": "open",
    "previous": None,
    "reason": "opened",
    "message": True,
    "at": "2017-01-19T00:00:00Z",
    "metric": "complaints",
    "labels": {"company": "Navient Solutions, LLC."},
    "title": "Complaints about company Navient Solutions, LLC.",
    "text": "Complaints about company Navient Solutions, LLC.: 24 on 2017-01-18, where 4.9 were "
    "expected. Of the excess: product Student loan (98%).",
    "severity": "warning",
    "verdict": "real",
    "started_at": "2017-01-18T00:00:00Z",
    "opened_at": "2017-01-19T00:00:00Z",
    "resolved_at": None,
    "quiet_since": None,
    "wait_s": 0,
    "window_start": "2017-01-18T00:00:00Z",
    "window_end": "2017-01-19T00:00:00Z",
    "observed": 24,
    "expected": 4.9,
    "excess": 19.1,
    "customers": 24,
    "value_at_risk": {"USD": 107_800},
    "complained": {
        "customers": 22,
        "value": {"USD": 107_800},
        "left": 1,
        "value_left": {"USD": 4_900},
        "final": False,
    },
    "lead": "9f1c22d07ab4e310",
    "members": [
        {
            "alert_id": "9f1c22d07ab4e310",
            "labels": {"company": "Navient Solutions, LLC."},
            "state": "firing",
            "severity": "warning",
            "started_at": "2017-01-18T00:00:00Z",
            "joined_at": "2017-01-19T00:00:00Z",
            "observed": 24,
            "expected": 4.9,
            "excess": 19.1,
        }
    ],
    "alerts": 3,
    "alerts_open": 3,
    "parts": [
        {
            "labels": {"product": "Student loan"},
            "observed": 23,
            "expected": 4.3,
            "excess": 18.7,
            "share": 0.98,
            "out_of_proportion": False,
            "alert_id": None,
        }
    ],
    "messages": [
        {
            "number": 1,
            "at": "2017-01-19T00:00:00Z",
            "reason": "opened",
            "title": "Complaints about company Navient Solutions, LLC.",
            "severity": "warning",
            "observed": 24,
            "expected": 4.9,
            "excess": 19.1,
            "text": "24 on 2017-01-18, where 4.9 were expected.",
        }
    ],
    "merged_into": None,
    "handling": {
        "acknowledged": None,
        "owner": None,
        "judgement": None,
        "judged_by": None,
        "silences": [],
        "notes": 0,
        "changed_at": None,
    },
    "samples": ["They raised my payment and […] would not say why."],
    "curve": None,
    "runbook": "http://127.0.0.1:6066/docs/runbook#a-rise-of-complaints",
}


class Incident(Contract):
    """One event that customers suffer from: the alerts that tell of it, together.

    People are told of incidents, not of alerts: when one opens, gets worse or wider, turns out to
    have another cause, and is over. A record with `message` true is one of these; the others keep
    the table up to date. `messages` has all that was to be told, so who was away knows what it
    missed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    schema_version: Version = Field(default=1, description="Version of this schema.")
    incident_id: IncidentId = Field(description="Names it for good: the same in a replay.")
    state: IncidentState = Field(
        description="open: some of its alerts are; stale: no data comes; resolved: all are over. "
        "One that comes back within a week is open again."
    )
    previous: IncidentState | None = Field(description="What it was before; null: it is new.")
    reason: IncidentReason = Field(description="Why this record was published.")
    message: bool = Field(description="It is one that people are to be told: the last message.")
    at: Instant = Field(description="Event time at which this was known.")
    metric: Metric = Field(description="What rises.")
    labels: dict[str, Label] = Field(
        description="Where: what holds most of the excess. {} is everything."
    )
    title: str = Field(description="What it is, in plain words.")
    text: str = Field(description="What it is with its numbers, in a sentence or two.")
    severity: AlertSeverity = Field(description="The highest of its alerts so far.")
    verdict: Verdict = Field(description="artefact: none of its alerts is a real rise, it seems.")
    started_at: Instant = Field(description="When the first of its rises began.")
    opened_at: Instant = Field(description="When it opened.")
    resolved_at: Instant | None = Field(description="When the last of its alerts was over.")
    quiet_since: Instant | None = Field(
        description="When the last of its alerts was over, while it waits for a return; null: some "
        "are open, or it is resolved."
    )
    wait_s: Count = Field(
        description="Seconds of event time without an alert after which it is over; grows where it "
        "comes and goes."
    )
    window_start: Instant = Field(description="Start of the window that the numbers are of.")
    window_end: Instant = Field(description="End of it.")
    observed: Count = Field(description="Events with `labels` in the window.")
    expected: float = Field(description="Events that were to be expected.")
    excess: float = Field(description="observed - expected.")
    customers: Count | None = Field(description="Customers in it, an estimate; null: not known.")
    value_at_risk: Amounts | None = Field(
        description="What the customers who complained are worth a month, in minor units by "
        "currency: `complained.value`. null: not known (yet), or no customers are kept."
    )
    complained: Complained | None = Field(
        default=None,
        description="Who complained since `started_at` with `labels`, what they are worth, and who "
        "of them left; null: as `value_at_risk`.",
    )
    lead: AlertId = Field(description="The alert that stands for it; may change.")
    members: list[IncidentMember] = Field(
        max_length=MAX_MEMBERS,
        description="Its alerts that no other explains, the lead first, then the largest excess.",
    )
    alerts: Count = Field(description="How many alerts belong to it, those explained too.")
    alerts_open: Count = Field(description="How many of them are open.")
    parts: list[IncidentPart] = Field(
        max_length=MAX_PARTS, description="What makes up the excess, the largest share first."
    )
    messages: list[IncidentMessage] = Field(
        max_length=MAX_MESSAGES, description="What was to be told so far, oldest first: the last."
    )
    merged_into: IncidentId | None = Field(
        description="It turned out to be a part of that incident; null: it did not."
    )
    handling: IncidentHandling = Field(description="What people do about it.")
    samples: list[str] = Field(description="Up to three texts of its lead, masked.")
    curve: Curve | None = Field(description="The last days of its lead; null: not known.")
    runbook: str = Field(description="What to do: a link.")
