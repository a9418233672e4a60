"""The loss review as a page: printed on A4, and with forms for what people found and do."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from streams.console.acting import act
from streams.console.forms import form_of
from streams.console.pages.customers import name_of
from streams.console.parts import ByPerson, InParts, needs
from streams.console.reviewing import CALLS, ISSUES, action_in, publish, reviewed
from streams.console.roles import May
from streams.console.views.incidents import said_between
from streams.console.views.review import totals
from streams.console.words import plain_cell
from streams.readmodel.review.document import ORDER
from streams.readmodel.review.lines import COLUMNS, OUTCOMES, WORDS, csv_rows, summary, tables

router = APIRouter()

_Name = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]|Q[1-4]))?$")]
_Named = Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2]|Q[1-4])$")]


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
    found = reviewed(parts, chosen)

    def called(customer_id: str) -> str:
        return name_of(parts, person, customer_id).shown

    there = tables(found, called)
    if not person.may(May.READ_TEXTS):
        del there[WORDS]
    values |= {
        "review": found,
        "summary": summary(found),
        "tables": [(name, there[name]) for name in ORDER if name in there and there[name].rows],
        "said": said_between(parts.index, found.row.start, found.row.end)
        if person.may(May.READ_TEXTS)
        else [],
        "may_look_up": person.may(May.LOOK_UP),
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
        await publish(parts, person, period)
    elif kind in CALLS or kind in ISSUES:
        await act(parts, person, action_in(period, kind, fields))
    else:
        raise HTTPException(400, "this is nothing to do in a review")
    place = "issues" if kind in ISSUES else "calls"
    return RedirectResponse(f"/review?period={period}#{place}", 303)


@router.get("/review.csv")
def as_csv(parts: InParts, person: ByPerson, period: _Named) -> Response:
    """Give who left, and who pays less, as CSV: a line for each customer and movement."""
    found = reviewed(parts, period)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in csv_rows(found):
        row["customer_id"] = name_of(parts, person, row["customer_id"]).shown
        if not person.may(May.READ_TEXTS):
            row[WORDS] = ""
        writer.writerow({name: plain_cell(cell) for name, cell in row.items()})
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="lost-{period}.csv"'},
    )
