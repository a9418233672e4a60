"""What people send about incidents: read, kept, and refused where it is no action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas import wire
from schemas.topics import ACTIONS, DEADLETTER
from streams.core.alerts.kinds import ACTS
from streams.core.event_time.buckets import DAY
from streams.core.incidents.acts import Acts, act_of
from streams.core.incidents.handling import handling_of
from streams.core.incidents.silences import matches, silence_of
from streams.core.stage import Flush, Send

if TYPE_CHECKING:
    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.config import Handling
    from streams.core.event_time.zone import Zone
    from streams.core.incidents.acts import Act
    from streams.core.incidents.handling import Handling as Handled
    from streams.core.incidents.handling import Silence
    from streams.core.incidents.incident import Incident
    from streams.core.stage import Record

KEPT: Final = 7 * DAY
"""So long a silence that is over is remembered, in wall time."""


class People:
    """The actions of people, of all metrics; `wall` is the clock, epoch seconds."""

    def __init__(self, settings: Handling) -> None:
        self._settings = settings
        self._acts = Acts()
        self._silences: dict[str, tuple[Silence, Act]] | None = None
        self._refused: list[Send] = []
        self.wall = 0.0

    def handling(self, metric: str, incident: Incident, zone: Zone) -> Handled:
        """Return how an incident is handled now; its times are civil, of `zone`."""
        return handling_of(
            self._acts.of(incident.incident_id),
            [(zone.instant(message.at), message.reason) for message in incident.messages],
            self._matching(metric, incident),
            wall=self.wall,
            answer_within=self._settings.answer_within,
        )

    def _matching(self, metric: str, incident: Incident) -> list[Silence]:
        """Return the silences for an incident that are not over, by their names."""
        if self._silences is None:
            longest = self._settings.longest_silence
            found = ((name, silence_of(name, acts, longest)) for name, acts in self._acts.all())
            self._silences = {name: one for name, one in sorted(found) if one is not None}
        if not self._silences:
            return []
        labels = incident.leading().labels | incident.scope.labels
        labels |= {
            "incident": incident.incident_id,
            "metric": metric,
            "severity": incident.severity,
        }
        return [
            silence
            for silence, act in self._silences.values()
            if silence.until > self.wall and matches(act, labels)
        ]

    def pass_by(self, wall: float) -> bool:
        """Note the time; True where what people did may hold no longer."""
        self.wall = wall
        for name, (silence, _) in list((self._silences or {}).items()):
            if silence.until + KEPT < wall:
                self._acts.forget(name)
                self._silences = None
        return not self._acts.is_empty()

    def admit(self, record: Record, wall: float) -> bool:
        """Read one message of `actions`; False where nothing follows from it."""
        action = wire.read_action(record.value)
        if isinstance(action, wire.Refusal):
            self._refuse(record, action, wall)
            return False
        if not self._acts.admit(action.about, act_of(action)):
            return False
        self._silences = None
        return True

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
        return self._acts.pending() + len(self._refused)

    def flush(self, *, durable: bool) -> Flush:
        """Return the rows of what changed (none if not `durable`) and refusals, and forget both."""
        changes = list(self._acts.changes())
        rows: list[ChangelogRow] = []
        if durable:
            rows = [
                (ACTS.key(about), None if acts is None else ACTS.encode(acts))
                for about, acts in changes
            ]
        sends, self._refused = self._refused, []
        return Flush(rows, sends)

    def forget(self, incident_id: str) -> None:
        """Drop what was done about an incident."""
        self._acts.forget(incident_id)

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        self._acts.restore(row.fields[0], row.value)
