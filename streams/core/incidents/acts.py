"""What people did about incidents, as far as something follows from it.

The topic `actions` is the record of it all. Kept here is what decides how incidents are handled; in
the order of its time, not of its arrival, so that a state that is built anew from the topics is the
same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas.actions import Action

KINDS: Final = frozenset(
    {
        "acknowledged",
        "unacknowledged",
        "assigned",
        "noted",
        "silenced",
        "unsilenced",
        "judged",
    }
)
"""From the others nothing follows here."""
MAX_ACTS: Final = 200
"""Actions about one thing that are kept: the newest."""
MAX_THINGS: Final = 10_000
"""Incidents and silences of which actions are kept: those that were acted on last."""
NOTE_LENGTH: Final = 300
"""Characters of a note that are kept; all of it stands on the topic."""


class Weekly(msgspec.Struct, array_like=True, frozen=True):
    """Hours of the week in a time zone: `start` and `end` as `22:00`."""

    zone: str
    days: tuple[str, ...]
    start: str
    end: str


class Act(msgspec.Struct, array_like=True, frozen=True):
    """One action. `at`, `until` and `starts_at` are wall time, `seen_at` is event time (epoch s).

    `matchers` are (label, matching, value).
    """

    at: int
    action_id: str
    kind: str
    by: str
    note: str = ""
    seen_at: int | None = None
    owner: str | None = None
    until: int | None = None
    starts_at: int | None = None
    matchers: tuple[tuple[str, str, str], ...] = ()
    recurring: Weekly | None = None
    judgement: str | None = None

    @property
    def seen(self) -> int:
        """Event time up to which somebody knew what had happened."""
        return self.at if self.seen_at is None else self.seen_at


def act_of(action: Action) -> Act:
    """Return what is kept of an action."""
    weekly = action.recurring
    return Act(
        at=int(action.at.timestamp()),
        action_id=action.action_id,
        kind=action.kind,
        by=action.by,
        note=(action.note or "")[:NOTE_LENGTH],
        seen_at=None if action.seen_at is None else int(action.seen_at.timestamp()),
        owner=action.owner,
        until=None if action.until is None else int(action.until.timestamp()),
        starts_at=None if action.starts_at is None else int(action.starts_at.timestamp()),
        matchers=tuple((one.label, one.matching, one.value) for one in action.matchers or ()),
        recurring=None
        if weekly is None
        else Weekly(weekly.zone, tuple(weekly.days), weekly.start, weekly.end),
        judgement=action.judgement,
    )


class Acts:
    """The actions, by what they are about; those about one thing in the order of their time."""

    def __init__(self) -> None:
        self._about: dict[str, list[Act]] = {}
        self._changed: set[str] = set()

    def of(self, about: str) -> Sequence[Act]:
        """Return the actions about one thing, the oldest first."""
        return self._about.get(about, ())

    def all(self) -> Iterator[tuple[str, Sequence[Act]]]:
        """Yield all actions, by what they are about."""
        yield from self._about.items()

    def is_empty(self) -> bool:
        """Return whether there are none."""
        return not self._about

    def admit(self, about: str, act: Act) -> bool:
        """Keep an action; False where it came before, or is older than all that are kept."""
        if act.kind not in KINDS:
            return False
        held = self._about.get(about, [])
        if any(one.action_id == act.action_id for one in held):
            return False
        # By time and name: which of two came first is no matter of messages.
        kept = sorted((*held, act), key=lambda one: (one.at, one.action_id))[-MAX_ACTS:]
        if kept == held:
            return False
        self._about[about] = kept
        self._changed.add(about)
        while len(self._about) > MAX_THINGS:
            self.forget(min(self._about, key=lambda name: (self._about[name][-1].at, name)))
        return True

    def forget(self, about: str) -> None:
        """Drop all actions about one thing."""
        if self._about.pop(about, None) is not None:
            self._changed.add(about)

    def pending(self) -> int:
        """Count the things of which a row would be written."""
        return len(self._changed)

    def changes(self) -> Iterator[tuple[str, list[Act] | None]]:
        """Yield what changed since the last call, by what it is about; None: it is gone."""
        changed, self._changed = self._changed, set()
        for about in sorted(changed):
            yield about, self._about.get(about)

    def restore(self, about: str, acts: list[Act]) -> None:
        """Restore the actions about one thing."""
        self._about[about] = acts
