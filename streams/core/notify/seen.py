"""An incident as its record tells of it, as far as notify needs it. Times are epoch seconds."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Final

import msgspec

from schemas.alerts import AlertSeverity
from schemas.grammar import check
from schemas.incidents import IncidentState, MessageReason
from streams.core.config import known_zone
from streams.core.incidents.acts import Weekly
from streams.core.incidents.handling import Silence
from streams.core.incidents.silences import holds
from streams.core.notify.notification import Count

HALF: Final = 0.5
"""A part with so much of the excess is what the incident is about, too."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_FIRST, _LAST = 1970, 9998
"""Years of times that a zone cannot move out of the calendar."""


class _Timed(msgspec.Struct, frozen=True):
    """Has times: one far outside of what there can be makes a record none."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            at = getattr(self, name)
            if isinstance(at, datetime) and not _FIRST <= at.year <= _LAST:
                raise ValueError(f"{name} is before 1970, or in the year 9999")


class Message(_Timed, frozen=True):
    """What people are to be told; `at` is event time."""

    number: Count
    at: Instant
    reason: MessageReason
    title: str
    text: str
    severity: AlertSeverity

    @property
    def known_at(self) -> int:
        """Event time at which it was known, epoch seconds."""
        return int(self.at.timestamp())


class Taken(_Timed, frozen=True):
    """Who has taken it on; wall time."""

    by: str
    at: Instant
    until: Instant

    @property
    def since(self) -> int:
        """When, epoch seconds."""
        return int(self.at.timestamp())

    @property
    def ends(self) -> int:
        """When it ends without an answer, epoch seconds."""
        return int(self.until.timestamp())


class _Hours(msgspec.Struct, frozen=True):
    zone: str
    days: tuple[str, ...]
    start: str
    end: str

    def __post_init__(self) -> None:
        known_zone(self.zone)
        for clock in (self.start, self.end):
            if f"{time.fromisoformat(clock):%H:%M}" != clock:
                raise ValueError("hours are written as 09:00")


class _Silenced(_Timed, frozen=True):
    silence_id: str
    by: str
    starts_at: Instant
    until: Instant
    note: str
    recurring: _Hours | None = None


class _Handling(_Timed, frozen=True):
    acknowledged: Taken | None = None
    changed_at: Instant | None = None
    silences: tuple[_Silenced, ...] = ()


class _Member(msgspec.Struct, frozen=True):
    alert_id: str
    labels: dict[str, str]


class _Part(msgspec.Struct, frozen=True):
    labels: dict[str, str]
    share: float


class Seen(msgspec.Struct, frozen=True):
    """A record of `incidents`."""

    incident_id: str
    state: IncidentState
    metric: str
    labels: dict[str, str]
    title: str
    severity: AlertSeverity
    customers: Count | None
    value_at_risk: dict[str, int] | None
    lead: str
    members: tuple[_Member, ...]
    parts: tuple[_Part, ...]
    messages: tuple[Message, ...]
    handling: _Handling
    merged_into: str | None = None

    def known_by(self) -> dict[str, str]:
        """Return the labels that it is known by.

        Its own before those of its lead, before those of a part that has half of the excess; and
        `incident`, `metric`, `severity`.
        """
        found: dict[str, str] = {}
        for part in reversed(self.parts):
            if part.share >= HALF:
                found |= part.labels
        for member in self.members:
            if member.alert_id == self.lead:
                found |= member.labels
        own = {"incident": self.incident_id, "metric": self.metric, "severity": self.severity}
        return {**found, **self.labels, **own}

    def taken(self, wall: float) -> Taken | None:
        """Return who has taken it on, if anybody has."""
        taken = self.handling.acknowledged
        return taken if taken is not None and wall < taken.ends else None

    def knows_of(self, message: int, action: int) -> bool:
        """Return whether a message, by its number, and an action, by its time, were before it.

        State that is built anew passes through its past, and publishes that again.
        """
        last = self.messages[-1].number if self.messages else 0
        changed = self.handling.changed_at
        return last >= message and (0 if changed is None else changed.timestamp()) >= action

    def silence(self, wall: float) -> Silence | None:
        """Return a silence that hides its messages now, if one does."""
        return next(
            (one for one in map(_silence, self.handling.silences) if holds(one, wall)), None
        )


def _silence(one: _Silenced) -> Silence:
    weekly = one.recurring
    return Silence(
        one.silence_id,
        one.by,
        int(one.starts_at.timestamp()),
        int(one.until.timestamp()),
        None if weekly is None else Weekly(weekly.zone, weekly.days, weekly.start, weekly.end),
        one.note,
    )


_seen: Final = msgspec.json.Decoder(Seen).decode


def read(value: bytes) -> Seen:
    """Read a record of `incidents`.

    Raises:
        one of `schemas.grammar.NO_ROW`: it is none.
    """
    return _seen(check(value))
