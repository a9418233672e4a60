"""The table of incidents, and what is new in a row of it; times are RFC 3339, event time."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from streams.readmodel.rows import Complained


class Told(msgspec.Struct):
    """A message of an incident."""

    number: int
    at: str
    reason: str
    title: str
    severity: str
    observed: int
    expected: float
    text: str


class IncidentPart(msgspec.Struct):
    """A part of an incident."""

    labels: dict[str, str]
    observed: int
    expected: float
    share: float
    out_of_proportion: bool


class Member(msgspec.Struct):
    """An alert of an incident that no other explains."""

    alert_id: str
    labels: dict[str, str]
    state: str
    severity: str
    started_at: str
    observed: int
    expected: float


class Taken(msgspec.Struct):
    """Who has taken an incident on; wall time."""

    by: str
    at: str
    until: str


class Silenced(msgspec.Struct):
    """A silence that an incident falls under; wall time."""

    silence_id: str
    by: str
    until: str
    note: str
    starts_at: str = "1970-01-01T00:00:00Z"
    recurring: dict[str, Any] | None = None


class Handling(msgspec.Struct):
    """What people do about an incident."""

    acknowledged: Taken | None = None
    owner: str | None = None
    judgement: str | None = None
    judged_by: str | None = None
    silences: list[Silenced] = []  # msgspec makes a fresh one for each
    notes: int = 0


class IncidentRow(msgspec.Struct):
    """A row of incidents, as far as its readers need it."""

    incident_id: str
    state: str
    reason: str
    at: str
    metric: str
    labels: dict[str, str]
    title: str
    text: str
    severity: str
    verdict: str
    started_at: str
    opened_at: str
    resolved_at: str | None
    observed: int
    expected: float
    customers: int | None
    lead: str
    members: list[Member]
    alerts: int
    alerts_open: int
    parts: list[IncidentPart]
    messages: list[Told]
    merged_into: str | None
    handling: Handling
    samples: list[str]
    runbook: str
    value_at_risk: dict[str, int] | None = None
    complained: Complained | None = None


decode_incident: Final = msgspec.json.Decoder(IncidentRow).decode


class IncidentTable:
    """The incidents by their id, in the order in which they came."""

    def __init__(self) -> None:
        self.rows: dict[str, IncidentRow] = {}
        self._told: dict[str, int] = {}

    def apply(self, row: IncidentRow) -> list[Told]:
        """Apply a row; returns the messages in it that no row before had."""
        last = self._told.get(row.incident_id, 0)
        new = [message for message in row.messages if message.number > last]
        if new:
            self._told[row.incident_id] = new[-1].number
        self.rows[row.incident_id] = row
        return new

    def open_ones(self) -> list[IncidentRow]:
        """Return those that are not resolved, the oldest first."""
        found = [row for row in self.rows.values() if row.state != "resolved"]
        return sorted(found, key=lambda row: (row.opened_at, row.incident_id))

    def named(self, name: str) -> list[IncidentRow]:
        """Return those whose id begins with `name`, or that an alert belongs to which is so named.

        The end of an id is seldom typed; who gives one that is too short gets several.
        """
        found = [row for row in self.rows.values() if row.incident_id.startswith(name)]
        return found or [
            row
            for row in self.rows.values()
            if any(one.alert_id.startswith(name) for one in row.members)
        ]


def before(row: IncidentRow, message: Told) -> Told | None:
    """Return the message before one, if it is still known."""
    return next((one for one in row.messages if one.number == message.number - 1), None)


def changed(message: Told, last: Told | None) -> str:
    """Return the text of a message; if its number is another than before, with that: `9 -> 24`."""
    if last is None or (last.observed, last.expected) == (message.observed, message.expected):
        return message.text
    now = f"{message.observed:,}"
    rest = message.text.removeprefix(now)
    return f"{last.observed:,} -> {now}{'' if rest != message.text else '. '}{rest}"
