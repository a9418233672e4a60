"""Alarms: what the transitions of a run come to.

An alarm is what somebody would have been paged for: an alert that fired while its verdict was real
and that no other alert explains, with those that it explains. A hint never fired; a notice was an
artefact whenever it did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EVER: Final = datetime.max.replace(tzinfo=UTC)


class _Row(msgspec.Struct):
    alert_id: str
    state: str
    metric: Metric
    labels: dict[str, str]
    at: datetime
    started_at: datetime
    excess: float
    explained_by: str | None
    resolved_at: datetime | None
    verdict: str = "real"


_decode = msgspec.json.Decoder(_Row).decode


@dataclass(frozen=True, slots=True)
class Episode:
    """One alert from its first transition to its last; `worst` is its record with most excess."""

    alert_id: str
    metric: Metric
    labels: Mapping[str, str]
    started_at: datetime
    opened_at: datetime
    fired_at: datetime | None
    closed_at: datetime | None
    explained_by: str | None
    artefact: bool
    excess: float
    worst: bytes

    @property
    def series(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Name the series."""
        return self.metric, tuple(sorted(self.labels.items()))

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Say whether any of its time, from its first window on, lies in `[start, end)`."""
        return self.started_at < end and (self.closed_at or EVER) > start


@dataclass(frozen=True, slots=True)
class Family:
    """An alert that no other explains, with those that it explains."""

    root: Episode
    parts: Sequence[Episode]

    @property
    def fired(self) -> bool:
        """Whether it is an alarm: its root fired."""
        return self.root.fired_at is not None

    @property
    def notice(self) -> bool:
        """Whether it was never paged for because it is an artefact."""
        return not self.fired and self.root.artefact

    def members(self) -> Iterable[Episode]:
        """Give the root and its parts."""
        yield self.root
        yield from self.parts


def episodes(transitions: Iterable[bytes]) -> dict[str, Episode]:
    """Put the rows of alerts.history together, by alert id."""
    found: dict[str, Episode] = {}
    for value in transitions:
        row = _decode(value)
        fired = row.at if row.state == "firing" and row.verdict == "real" else None
        known = found.get(row.alert_id)
        if known is None:
            found[row.alert_id] = Episode(
                alert_id=row.alert_id,
                metric=row.metric,
                labels=row.labels,
                started_at=row.started_at,
                opened_at=row.at,
                fired_at=fired,
                closed_at=row.resolved_at,
                explained_by=row.explained_by,
                artefact=row.verdict == "artefact",
                excess=row.excess,
                worst=value,
            )
            continue
        worse = row.excess > known.excess
        found[row.alert_id] = replace(
            known,
            started_at=min(known.started_at, row.started_at),
            fired_at=known.fired_at or fired,
            closed_at=row.resolved_at,
            explained_by=row.explained_by,
            artefact=row.verdict == "artefact",
            excess=row.excess if worse else known.excess,
            worst=value if worse else known.worst,
        )
    return found


def families(transitions: Iterable[bytes]) -> list[Family]:
    """Give every alert that no other explains, in the order in which they opened."""
    known = episodes(transitions)
    parts: dict[str, list[Episode]] = {}
    roots = []
    for episode in known.values():
        if episode.explained_by in known:
            parts.setdefault(episode.explained_by or "", []).append(episode)
        else:
            roots.append(episode)
    return [Family(root, tuple(parts.get(root.alert_id, ()))) for root in roots]


def alarms(found: Iterable[Family]) -> list[Family]:
    """Keep those that somebody would have been paged for."""
    return [family for family in found if family.fired]


def beyond(these: Iterable[Family], those: Iterable[Family]) -> list[Family]:
    """Give those of `these` that have no counterpart among `those`.

    Counterparts rise at the same time in the same series, be it the root or one that is explained:
    under another setting another alert may count as the cause of the same rise.
    """
    times: dict[object, list[tuple[datetime, datetime]]] = {}
    for family in those:
        for member in family.members():
            span = member.started_at, member.closed_at or EVER
            times.setdefault(member.series, []).append(span)
    return [
        family
        for family in these
        if not any(
            member.overlaps(start, end)
            for member in family.members()
            for start, end in times.get(member.series, ())
        )
    ]
