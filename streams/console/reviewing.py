"""The loss review as people work with it: looked at, published, calls and issues entered."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from schemas.reviews import LossReview
from schemas.topics import REVIEWS
from streams.console.acting import send
from streams.console.views.review import review, totals
from streams.readmodel.review.draw import Callers
from streams.readmodel.review.review import NoPeriodError
from streams.readmodel.review.row import row_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.console.parts import Parts
    from streams.console.roles import Person
    from streams.readmodel.review.review import Review

CALLS: Final = frozenset({"call_planned", "call_made"})
ISSUES: Final = frozenset({"issue_opened", "issue_assigned", "issue_done"})


def reviewed(parts: Parts, period: str) -> Review:
    """Return the review of a month or quarter as it stands now.

    Raises:
        HTTPException: 404, there is no such period.
    """
    own = parts.settings.review
    try:
        return review(parts.index, totals(parts.index), period, Callers(own.executives, own.calls))
    except NoPeriodError as error:
        raise HTTPException(404, str(error)) from None


async def publish(parts: Parts, person: Person, period: str) -> LossReview:
    """Send the review of a period as it stands now; returns it when Kafka has it.

    Raises:
        HTTPException: 404 there is no such period, 503 Kafka did not take it.
    """
    found = await run_in_threadpool(reviewed, parts, period)
    at = datetime.fromtimestamp(int(parts.wall()), UTC)
    value = msgspec.json.encode(row_of(found, person.name, at))
    await send(parts, REVIEWS, period.encode(), value)
    return LossReview.model_validate_json(value)


def action_in(period: str, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sent when somebody enters something in the review of a period.

    Args:
        period: its name.
        kind: one of CALLS or ISSUES.
        fields: what was entered: `customer`, `issue`, `outcome`, `reason`, `note`, `owner`, `due`
            (a day).
    """
    action = {"kind": kind, "note": fields.get("note"), "action_id": fields.get("action_id")}
    if kind in CALLS:
        customer = fields.get("customer") or ""
        return action | {
            "about": customer,
            "customer_id": customer,
            "outcome": fields.get("outcome"),
            "reason": fields.get("reason"),
            "review": period,
        }
    due = fields.get("due")
    action["about"] = fields.get("issue") or ""
    if kind != "issue_done":
        action |= {"owner": fields.get("owner"), "due_at": f"{due}T00:00:00Z" if due else None}
    if kind == "issue_opened":
        action |= {
            "about": action["about"] or f"issue-{uuid.uuid4().hex[:8]}",
            "reason": fields.get("reason"),
            "review": period,
        }
    return action
