"""What people did about a review: calls and their outcomes, issues; read off the actions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from schemas import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.actions import Action

NEVER_AGAIN: Final = "do_not_call"


class ActionRecord(msgspec.Struct):
    """A row of actions, as far as reviews and questions need it; times are RFC 3339."""

    action_id: str
    kind: str
    about: str
    by: str
    at: str
    note: str | None = None
    owner: str | None = None
    due_at: str | None = None
    customer_id: str | None = None
    outcome: str | None = None
    review: str | None = None
    reason: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Return its place in time."""
        return datetime.fromisoformat(self.at), self.action_id


decode_action: Final = msgspec.json.Decoder(ActionRecord).decode
"""Reads what `plain_action` gave."""


def plain_action(value: bytes) -> Action | None:
    """Read a message of `actions`, on which anybody may write; None where it is no action.

    As JSON its times are written in one way, that of `datetime.fromisoformat`.
    """
    read = wire.read_action(value)
    return None if isinstance(read, wire.Refusal) else read


class Talk(NamedTuple):
    """What came of the last call to a customer: the outcome, the reason found, who, when, a note.

    `outcome` is None where a call is only planned.
    """

    outcome: str | None
    reason: str | None
    by: str
    at: str
    note: str | None


class Issue(NamedTuple):
    """What is to be done; `closing` is what was said when it was done, `done_at` is when."""

    issue_id: str
    review: str | None
    text: str
    reason: str | None
    owner: str | None
    due_at: str | None
    opened_by: str
    done_at: str | None
    closing: str | None

    def is_overdue(self, now: datetime) -> bool:
        """Return whether it should have been done by a time."""
        if self.done_at is not None or self.due_at is None:
            return False
        return datetime.fromisoformat(self.due_at) < now


def in_time(actions: Iterable[ActionRecord]) -> list[ActionRecord]:
    """Return actions in the order of their time, each once."""
    once = {one.action_id: one for one in actions}
    return sorted(once.values(), key=lambda one: one.order)


def talks(actions: Sequence[ActionRecord], review: str) -> dict[str, Talk]:
    """Return by customer what came of the calls of a review; `actions` in order of time."""
    found: dict[str, Talk] = {}
    for one in actions:
        if one.customer_id is None or one.review not in {None, review}:
            continue
        if one.kind == "call_made":
            found[one.customer_id] = Talk(one.outcome, one.reason, one.by, one.at, one.note)
        elif one.kind == "call_planned" and one.customer_id not in found:
            found[one.customer_id] = Talk(None, None, one.by, one.at, one.note)
    return found


def never_again(actions: Iterable[ActionRecord]) -> set[str]:
    """Return the customers who asked not to be called."""
    return {
        one.customer_id
        for one in actions
        if one.kind == "call_made" and one.outcome == NEVER_AGAIN and one.customer_id is not None
    }


def issues(actions: Iterable[ActionRecord]) -> list[Issue]:
    """Return all issues in the order in which they were opened; `actions` in order of time."""
    found: dict[str, Issue] = {}
    for one in actions:
        held = found.get(one.about)
        if one.kind == "issue_opened":
            # Opened again it is open again; the words are the new ones.
            found[one.about] = Issue(
                one.about,
                one.review or (held.review if held else None),
                one.note or "",
                one.reason or (held.reason if held else None),
                one.owner or (held.owner if held else None),
                one.due_at or (held.due_at if held else None),
                one.by,
                None,
                None,
            )
        elif held is None:
            continue
        elif one.kind == "issue_assigned":
            found[one.about] = held._replace(owner=one.owner, due_at=one.due_at or held.due_at)
        elif one.kind == "issue_done":
            found[one.about] = held._replace(done_at=one.at, closing=one.note)
    return list(found.values())
