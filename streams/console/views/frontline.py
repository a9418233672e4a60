"""What the front line needs beside a complaint: words in use, open incidents, questions."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemas.topics import ACTIONS
from streams.console.views.incidents import open_ones
from streams.readmodel.questions import questions
from streams.readmodel.review.people import decode_action, in_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.incidents import Incident
    from streams.console.index.reader import Index
    from streams.readmodel.questions import Question

LABELS: Final = ("product", "issue", "channel", "region", "company", "brand")
DAYS: Final = 90
"""So far back words are looked for."""
MOST: Final = 50
KEPT_S: Final = 600
"""So long words are not looked for again: there may be many series."""


class Words(NamedTuple):
    """Words in use by label, the most frequent first, and when they were looked for (wall)."""

    by_label: dict[str, list[str]]
    at: float


def words_in_use(index: Index, wall: float) -> Words:
    """Return the words that complaints of the last days have."""
    span = index.span()
    if span is None:
        return Words({}, wall)
    found = {}
    for label in LABELS:
        largest = index.largest("complaints", label, (span[1] - DAYS, span[1]), MOST)
        found[label] = [series.labels[label] for series, _ in largest.rows]
    return Words(found, wall)


def known(index: Index, given: Mapping[str, str]) -> list[tuple[Incident, bool]]:
    """Return the open incidents, and whether each fits what was given; those first that do.

    One fits whose labels are all among those given, cases apart.
    """
    lower = {name: value.casefold() for name, value in given.items()}

    def fits(row: Incident) -> bool:
        return bool(row.labels) and all(
            lower.get(name) == value.casefold() for name, value in row.labels.items()
        )

    found = [(row, fits(row)) for row in open_ones(index)]
    return sorted(found, key=lambda pair: not pair[1])


def asked(index: Index, wall: float) -> list[Question]:
    """Return the questions of the week."""
    actions = in_time(decode_action(value) for value in index.all(ACTIONS))
    return questions(actions, datetime.fromtimestamp(wall, UTC))


def question_action(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sent when a question is asked, given an owner or answered.

    Args:
        fields: `kind`, `question` (its name), `note`, `owner`, `action_id`. Without a name a
            question is asked for the first time.
    """
    known = fields.get("question")
    again = known and fields.get("kind") == "question_opened"
    return {
        "kind": fields.get("kind"),
        "action_id": fields.get("action_id"),
        "about": known or f"question-{uuid.uuid4().hex[:8]}",
        "note": fields.get("note") or ("again" if again else None),
        "owner": fields.get("owner"),
    }
