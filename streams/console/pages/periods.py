"""The pages of periods: a month, quarter or year with its sum, groups and reasons."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from streams.console.parts import ByPerson, InParts
from streams.console.views import month

router = APIRouter()

GRAINS: Final = ("month", "quarter", "year")
UNITS: Final = ("opening", "new", "lost", "closing", "at_risk", "revenue", "margin")
"""What is shown of a group."""


@router.get("/periods")
def newest(request: Request, parts: InParts, person: ByPerson) -> Response:
    """Lead to the month that the numbers have come to."""
    del person
    found = month.month(parts.index)
    if found is None:
        return parts.pages.page(request, "period.html.j2", {"month": None})
    return RedirectResponse(f"/periods/{found.period}", 303)


@router.get("/periods/{period}")
def period(
    request: Request,
    parts: InParts,
    person: ByPerson,
    period: Annotated[str, Path(pattern=r"^[12]\d{3}(-(0[1-9]|1[0-2])|-Q[1-4])?$")],
) -> Response:
    """Show a period."""
    del person
    table = month.totals(parts.index)
    found = month.month_in(table, period)
    if found is None:
        raise HTTPException(404, "there is no such period")
    values = {
        "month": found,
        "others": {grain: sorted(table.periods(grain), reverse=True) for grain in GRAINS},
        "groups": month.groups(parts.index, period),
        "units": [(unit, month.word_of(unit, over=found.over)) for unit in UNITS],
        "reasons": month.reasons(table, period),
        "reason_words": month.WORDS,
    }
    return parts.pages.page(request, "period.html.j2", values)
