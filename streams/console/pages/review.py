"""The loss review as a page: printed on A4, and with forms for what people found and do."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from schemas.topics import REVIEWS
from streams.console.acting import act, send
from streams.console.forms import form_of
from streams.console.pages.customers import name_of
from streams.console.parts import ByPerson, InParts, needs
from streams.console.roles import May
from streams.console.views.review import review, totals
from streams.readmodel.review.document import ORDER
from streams.readmodel.review.draw import Callers
from streams.readmodel.review.lines import OUTCOMES, summary, tables
from streams.readmodel.review.review import NoPeriodError
from streams.readmodel.review.row import row_of

if TYPE_CHECKING:
    from streams.console.parts import Parts
    from streams.readmodel.review.review import Review

router = APIRouter()

_Name = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]|Q[1-4]))?$")]
ISSUES: Final = frozenset({"issue_opened", "issue_assigned", "issue_done"})


@router.get("/review")
def shown(request: Request, parts: InParts, person: ByPerson, period: _Name = "") -> Response:
    """Show the review of a month or quarter; without a name that of the last whole month."""
    rows = totals(parts.index)
    chosen = period or next(
        (row.period for row in rows if row.grain == "month" and row.end <= row.clock),
        rows[0].period if rows else "",
    )
    values: dict[str, Any] = {"period": chosen, "periods": [row.period for row in rows]}
    if not rows:
        return parts.pages.page(request, "review.html.j2", values | {"review": None})
    found = _found(parts, chosen)

    def called(customer_id: str) -> str:
        return name_of(parts, person, customer_id).shown

    there = tables(found, called)
    values |= {
        "review": found,
        "summary": summary(found),
        "tables": [(name, there[name]) for name in ORDER if name in there and there[name].rows],
        "may_review": person.may(May.REVIEW),
        "outcomes": OUTCOMES,
        "callers": parts.settings.review.executives,
        "open_issues": [one for one in found.issues if one.done_at is None],
    }
    return parts.pages.page(request, "review.html.j2", values)


@router.post("/review/{period}")
async def done(request: Request, parts: InParts, person: ByPerson, period: str) -> Response:
    """Take what somebody entered: what came of a call, or an issue; or publish the review."""
    needs(person, May.REVIEW)
    fields = await form_of(request)
    kind = fields.get("kind", "")
    if kind == "publish":
        found = await run_in_threadpool(_found, parts, period)
        at = datetime.fromtimestamp(int(parts.wall()), UTC)
        value = msgspec.json.encode(row_of(found, person.name, at))
        await send(parts, REVIEWS, period.encode(), value)
    elif kind == "call_made":
        await act(parts, person, _call(fields, period))
    elif kind in ISSUES:
        await act(parts, person, _issue(fields, period))
    else:
        raise HTTPException(400, "this is nothing to do in a review")
    place = {"publish": "calls", "call_made": "calls"}.get(kind, "issues")
    return RedirectResponse(f"/review?period={period}#{place}", 303)


def _found(parts: Parts, period: str) -> Review:
    own = parts.settings.review
    try:
        return review(parts.index, totals(parts.index), period, Callers(own.executives, own.calls))
    except NoPeriodError as error:
        raise HTTPException(404, str(error)) from None


def _call(fields: dict[str, str], period: str) -> dict[str, Any]:
    customer = fields.get("customer", "")
    return {
        "kind": "call_made",
        "about": customer,
        "customer_id": customer,
        "outcome": fields.get("outcome"),
        "reason": fields.get("reason"),
        "note": fields.get("note"),
        "review": period,
    }


def _issue(fields: dict[str, str], period: str) -> dict[str, Any]:
    kind, due = fields["kind"], fields.get("due", "")
    action: dict[str, Any] = {
        "kind": kind,
        "about": fields.get("issue"),
        "note": fields.get("note"),
        "owner": None if kind == "issue_done" else fields.get("owner"),
        "due_at": f"{due}T00:00:00Z" if due and kind != "issue_done" else None,
    }
    if kind == "issue_opened":
        action |= {
            "about": f"issue-{uuid.uuid4().hex[:8]}",
            "reason": fields.get("reason"),
            "review": period,
        }
    return action
