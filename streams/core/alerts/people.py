"""What people send about incidents: read, kept, and refused where it is no action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import wire
from schemas.topics import ACTIONS, DEADLETTER
from streams.core.alerts.kinds import ACTS
from streams.core.incidents.acts import Acts, act_of
from streams.core.stage import Flush, Send

if TYPE_CHECKING:
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.stage import Record


class People:
    """The actions of people, of all metrics."""

    def __init__(self) -> None:
        self.acts = Acts()
        self._refused: list[Send] = []

    def admit(self, record: Record, wall: float) -> str | None:
        """Read one message of `actions`; name what it is about if it is new, else None."""
        action = wire.read_action(record.value)
        if isinstance(action, wire.Refusal):
            self._refuse(record, action, wall)
            return None
        return action.about if self.acts.admit(action.about, act_of(action)) else None

    def _refuse(self, record: Record, refusal: wire.Refusal, wall: float) -> None:
        letter = wire.encode_deadletter(
            reason=refusal.reason,
            detail=refusal.detail,
            topic=ACTIONS,
            partition=0,
            offset=record.offset,
            key=record.key,
            payload=record.value,
            at=int(wall),
        )
        key = wire.origin_key(ACTIONS, 0, record.offset)
        self._refused.append(Send(DEADLETTER, None, key, letter))

    def pending(self) -> int:
        """Count the rows and messages that the next flush would give."""
        return self.acts.pending() + len(self._refused)

    def flush(self, *, durable: bool) -> Flush:
        """Return the rows of what changed (none if not `durable`) and refusals, and forget both."""
        changes = list(self.acts.changes())
        rows: list[ChangelogRow] = []
        if durable:
            rows = [
                (ACTS.key(about), None if acts is None else ACTS.encode(acts))
                for about, acts in changes
            ]
        sends, self._refused = self._refused, []
        return Flush(rows, sends)

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        self.acts.restore(row.fields[0], row.value)
