"""What people do about the alerts of one metric, as far as they do something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.alerts.handling import Handling, HandlingTrigger, handling_after
from streams.core.alerts.kinds import HANDLING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.changelog import ChangelogRow, StoredRow


class HandledAlerts:
    """The handling of alerts, by alert id."""

    def __init__(self) -> None:
        self._handled: dict[str, Handling] = {}
        self._changed: set[str] = set()

    def find(self, alert_id: str) -> Handling | None:
        """Return how an alert is handled."""
        return self._handled.get(alert_id)

    def happen(self, alert_id: str, trigger: HandlingTrigger) -> None:
        """Note what happens to an alert."""
        before = self._handled.get(alert_id)
        now = handling_after(before, trigger)
        if now is before:
            return
        if now is None:
            del self._handled[alert_id]
        else:
            self._handled[alert_id] = now
        self._changed.add(alert_id)

    def pending(self) -> int:
        """Count the rows that the next flush would write."""
        return len(self._changed)

    def flush(self, metric: str, *, durable: bool) -> list[ChangelogRow]:
        """Return the rows of what changed (none if not `durable`), and forget that it did."""
        changed, self._changed = self._changed, set()
        return list(self._rows(metric, changed)) if durable else []

    def _rows(self, metric: str, changed: set[str]) -> Iterator[ChangelogRow]:
        for alert_id in changed:
            now = self._handled.get(alert_id)
            yield HANDLING.key(metric, alert_id), None if now is None else HANDLING.encode(now)

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        _, (_, alert_id), handling = row
        self._handled[alert_id] = handling
