"""The table of alerts, from their transitions: what each was at first, at most, and is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from streams.readmodel.rows import Transition


class AlertRecord(NamedTuple):
    """An alert as the table keeps it.

    `fired_at` is when it first fired, None if it never did; `fired_real` is whether it ever
    fired while it was held to be real. `peak` is the transition with the most events, `worst` the
    one with the largest excess, the first of them where several are equal.
    """

    first: Transition
    fired_at: str | None
    fired_real: bool
    peak: Transition
    worst: Transition
    now: Transition


class AlertTable:
    """The alerts by their id, in the order in which they opened."""

    def __init__(self) -> None:
        self.records: dict[str, AlertRecord] = {}

    def apply(self, row: Transition) -> bool:
        """Apply a row of alerts.history; returns whether somebody is to be shown it.

        That is so for a change of state, but for the end of an alert that never fired, as nobody
        was paged for it.
        """
        before = self.records.get(row.alert_id)
        after = _opened(row) if before is None else _gone_on(before, row)
        self.records[row.alert_id] = after
        changed = before is None or before.now.state != row.state
        return changed and not (row.state == "resolved" and after.fired_at is None)


def _opened(row: Transition) -> AlertRecord:
    firing = row.state == "firing"
    return AlertRecord(
        first=row,
        fired_at=row.at if firing else None,
        fired_real=firing and row.verdict == "real",
        peak=row,
        worst=row,
        now=row,
    )


def _gone_on(before: AlertRecord, row: Transition) -> AlertRecord:
    firing = row.state == "firing"
    return AlertRecord(
        first=before.first,
        fired_at=row.at if firing and before.fired_at is None else before.fired_at,
        fired_real=before.fired_real or (firing and row.verdict == "real"),
        peak=row if row.observed > before.peak.observed else before.peak,
        worst=row if row.excess > before.worst.excess else before.worst,
        now=row,
    )
