"""An incident as the alerts stage holds it. Times are event time, in epoch seconds."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.alerts import AlertSeverity, Verdict
from schemas.incidents import MAX_MESSAGES, IncidentReason, IncidentState, MessageReason
from streams.core.incidents.handling import Handling
from streams.core.incidents.severity import RANK, severity
from streams.core.incidents.sizes import Size, deviance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


LEAD_TIMES: Final = 1.5
"""Another member leads if it is so many times as far from its expectation."""


class Member(msgspec.Struct, array_like=True):
    """An alert of an incident that no other explains, or that none did when it joined.

    The numbers are those of its last window beyond the bound; `ended_at` is when it was over.
    """

    alert_id: str
    series: str
    labels: dict[str, str]
    since: int
    joined_at: int
    state: str
    severity: AlertSeverity
    start: int
    end: int
    observed: float
    expected: float
    upper: float
    surprise: float
    slow: bool
    customers: int = 0
    notice: bool = False
    ended_at: int | None = None

    @property
    def excess(self) -> float:
        """Events beyond the expectation."""
        return self.observed - self.expected

    @property
    def weight(self) -> float:
        """How far it is from what was expected, less a little for each label of its name."""
        return deviance(Size(self.observed, self.expected)) - 3.0 * len(self.labels)

    @property
    def is_open(self) -> bool:
        """Its alert is not over."""
        return self.ended_at is None


class Part(msgspec.Struct, array_like=True, frozen=True):
    """A part of what rises; `beyond`: it rises out of proportion to the rest."""

    labels: dict[str, str]
    observed: float
    expected: float
    beyond: bool
    alert_id: str | None = None

    @property
    def excess(self) -> float:
        """Events beyond the expectation."""
        return self.observed - self.expected


class Scope(msgspec.Struct, array_like=True, frozen=True):
    """What an incident is about: the labels that hold most of it, and its size in a window."""

    labels: dict[str, str] = {}
    start: int = 0
    end: int = 0
    observed: float = 0.0
    expected: float = 0.0
    parts: list[Part] = []

    @property
    def excess(self) -> float:
        """Events beyond the expectation."""
        return self.observed - self.expected

    @property
    def deviance(self) -> float:
        """How far it is from what was expected."""
        return deviance(Size(self.observed, self.expected))


class Message(msgspec.Struct, array_like=True, frozen=True):
    """What people were to be told."""

    number: int
    at: int
    reason: MessageReason
    title: str
    severity: AlertSeverity
    observed: float
    expected: float
    text: str
    labels: dict[str, str] = {}


class Incident(msgspec.Struct, array_like=True):
    """One incident. `wait` is in seconds of event time; `alerts` counts all that ever belonged."""

    incident_id: str
    opened_at: int
    started_at: int
    at: int
    lead: str
    members: list[Member] = []  # msgspec makes a fresh one for each
    state: IncidentState = "open"
    previous: IncidentState | None = None
    reason: IncidentReason = "opened"
    is_message: bool = False
    severity: AlertSeverity = "info"
    verdict: Verdict = "real"
    scope: Scope = msgspec.field(default_factory=Scope)
    alerts: int = 0
    wait: int = 0
    quiet_since: int | None = None
    resolved_at: int | None = None
    messages: list[Message] = []
    sent: int = 0
    told_parts: list[dict[str, str]] = []
    merged_into: str | None = None
    samples: list[str] = []
    handling: Handling = msgspec.field(default_factory=Handling)

    def member(self, alert_id: str) -> Member | None:
        """Return a member by its alert."""
        return next((one for one in self.members if one.alert_id == alert_id), None)

    def leading(self) -> Member:
        """Return the member that stands for it."""
        return self.member(self.lead) or self.members[0]

    def open_members(self) -> Iterator[Member]:
        """Yield the members whose alerts are not over."""
        return (one for one in self.members if one.is_open)

    def age(self) -> tuple[int, str]:
        """Return what incidents are sorted by: the oldest first."""
        return self.opened_at, self.incident_id

    def choose_lead(self, opened: Collection[Member]) -> None:
        """Let the open member lead that is the furthest from its expectation, by a good deal."""
        best = max(opened, key=lambda one: (one.weight, one.series))
        now = self.leading()
        if not now.is_open or best.weight > LEAD_TIMES * now.weight:
            self.lead = best.alert_id

    def begin_anew(self) -> None:
        """Forget how large and severe it was: it was over, and what came back is told of."""
        self.scope, self.severity = Scope(), "info"

    def grade(self, opened: Collection[Member]) -> None:
        """Note whether it is real, and how severe: as its worst alert, or as all of it together.

        What was told before it is no less severe later.
        """
        real = [one for one in opened if not one.notice]
        self.verdict = "real" if real else "artefact"
        grades = [one.severity for one in opened]
        if real:
            surprise = max(one.surprise for one in real)
            grades.append(severity(self.scope.observed, self.scope.expected, surprise))
        if self.sent:
            grades.append(self.severity)
        self.severity = max(grades, key=RANK.__getitem__)

    @property
    def told(self) -> Message | None:
        """The last message."""
        return self.messages[-1] if self.messages else None

    def tell(self, reason: MessageReason, at: int, title: str, text: str) -> None:
        """Note a message; the newest are kept."""
        self.sent += 1
        scope = self.scope
        message = Message(
            self.sent,
            at,
            reason,
            title,
            self.severity,
            scope.observed,
            scope.expected,
            text,
            scope.labels,
        )
        self.messages = [*self.messages, message][-MAX_MESSAGES:]
        self.told_parts = [part.labels for part in scope.parts if part.beyond]


def incident_id(alert_id: str) -> str:
    """Name the incident that an alert opens: the same wherever and whenever it is worked out."""
    return blake2b(f"incident\t{alert_id}".encode(), digest_size=8).hexdigest()
