"""Alarms against labels: which incidents were found, how soon, and which alarms were false."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from schemas.backtest import Measures, Outcome
from streams.backtest.alarms import alarms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.backtest.alarms import Episode, Family
    from streams.backtest.labels import Label

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


class Span(NamedTuple):
    """The event time that a history covers."""

    first: datetime
    last: datetime

    @property
    def weeks(self) -> float:
        """Its length; a history of one moment counts for a second."""
        return max(self.last - self.first, timedelta(seconds=1)) / WEEK


class Verdict(NamedTuple):
    """What became of one label. Times are those of the first alert in it; families by place."""

    outcome: Outcome
    pending_at: datetime | None
    firing_at: datetime | None
    families: tuple[int, ...]


class Judgement(NamedTuple):
    """A run against the labels; `true` has the families (by place) that lie in some label."""

    verdicts: list[Verdict]
    true: frozenset[int]


def meets(episode: Episode, label: Label) -> bool:
    """Tell whether an alert matches a labelled incident: alike in time and in place.

    In place: it contradicts none of the labels and shares at least one, unless there are none.
    """
    if label.metric not in (None, episode.metric):
        return False
    if not episode.overlaps(label.start, label.end):
        return False
    shared = label.labels.keys() & episode.labels.keys()
    if any(label.labels[name] != episode.labels[name] for name in shared):
        return False
    return bool(shared) or not label.labels


def judge(found: Sequence[Family], labels: Sequence[Label], span: Span) -> Judgement:
    """Judge the families of a run (alarms and hints) against every label."""
    verdicts = []
    true: set[int] = set()
    for label in labels:
        met = [
            (place, [member for member in family.members() if meets(member, label)])
            for place, family in enumerate(found)
        ]
        met = [(place, members) for place, members in met if members]
        true.update(place for place, _ in met)
        pending = min((m.opened_at for _, members in met for m in members), default=None)
        fired = [at for place, members in met for at in _fired(found[place], members)]
        firing = min(fired, default=None)
        verdicts.append(
            Verdict(
                _outcome(label, span, pending, firing), pending, firing, tuple(p for p, _ in met)
            )
        )
    return Judgement(verdicts, frozenset(true))


def _fired(family: Family, members: Sequence[Episode]) -> list[datetime]:
    """Give when somebody was paged for these members of a family."""
    root = family.root.fired_at
    times = []
    for member in members:
        if member.fired_at is not None:
            times.append(member.fired_at)
        if root is not None:
            times.append(max(root, member.opened_at))
    return times


def _outcome(
    label: Label, span: Span, pending: datetime | None, firing: datetime | None
) -> Outcome:
    if label.end <= span.first or label.start > span.last:
        return "outside"
    if firing is not None and firing <= label.end:
        return "detected"
    if pending is not None and pending <= label.end:
        return "hint"
    return "missed" if firing is None else "late"


def delay(label: Label, at: datetime | None) -> float | None:
    """Give the hours from the start of an incident to `at`; 0 where an alert was open before."""
    return None if at is None else round(max(at - label.start, timedelta()) / HOUR, 2)


def measures(
    found: Sequence[Family], labels: Sequence[Label], judgement: Judgement, span: Span
) -> Measures:
    """Put a run into numbers."""
    fired, notices = alarms(found), sum(family.notice for family in found)
    false = [f for place, f in enumerate(found) if f.fired and place not in judgement.true]
    pairs = list(zip(labels, judgement.verdicts, strict=True))
    judged = [pair for pair in pairs if pair[1].outcome != "outside"]
    detected = [pair for pair in judged if pair[1].outcome == "detected"]
    hints = [pair for pair in judged if pair[1].outcome in {"detected", "hint"}]
    return Measures(
        alarms=len(fired),
        alarms_per_week=round(len(fired) / span.weeks, 4),
        hints=len(found) - len(fired) - notices,
        notices=notices,
        false_alarms=len(false) if labels else None,
        false_alarms_per_week=round(len(false) / span.weeks, 4) if labels else None,
        incidents=len(judged),
        detected=len(detected),
        sensitivity=round(len(detected) / len(judged), 4) if judged else None,
        median_hours_to_pending=_median([delay(label, v.pending_at) for label, v in hints]),
        median_hours_to_firing=_median([delay(label, v.firing_at) for label, v in detected]),
    )


def _median(hours: Sequence[float | None]) -> float | None:
    known = [value for value in hours if value is not None]
    return round(median(known), 2) if known else None
