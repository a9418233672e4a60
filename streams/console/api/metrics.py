"""Periods and daily buckets by the API."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from schemas.fields import Amounts
from schemas.metrics import AnyMetric, Status
from schemas.periods import PeriodRow
from schemas.topics import PERIODS
from streams.console.index.decode import group_name
from streams.console.paging import Cursor, Limit, Page, cursor_of, place_of
from streams.console.parts import ByPerson, InParts
from streams.console.views.explorer import LABELS
from streams.readmodel.periods import name_of

router = APIRouter(tags=["metrics"])

_MOST_DAYS = 1100
_FIRST = 36_500


class Day(BaseModel):
    """A series in a day."""

    labels: dict[str, str] = Field(description="Which part of the metric; {} is the total.")
    day: date = Field(description="The day, of calendar.timezone.")
    count: int = Field(description="Events.")
    customers: int = Field(description="Distinct customers, an estimate.")
    values: Amounts = Field(description="Money by currency, in minor units.")
    status: Status = Field(description="provisional, final or amended.")
    late: int | None = Field(description="Events too late to be counted; only of the total.")


@router.get("/periods")
def periods(
    parts: InParts,
    person: ByPerson,
    segment: Annotated[
        str | None, Query(max_length=200, description="Not given: all together.")
    ] = None,
    tier: Annotated[str | None, Query(max_length=200, description="Not given: all.")] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[PeriodRow]:
    """List the periods of a group of customers: days, weeks, months, quarters and years."""
    del person
    start = place_of(cursor, tuple[int])
    first = 0 if start is None else min(max(start[0], 0), 2**40)
    rows = parts.index.about(PERIODS, group_name(segment, tier))
    found = [PeriodRow.model_validate_json(row) for row in rows[first : first + limit]]
    more = cursor_of((first + limit,)) if first + limit < len(rows) else None
    return Page(items=found, next=more)


@router.get("/days")
def days(
    parts: InParts,
    person: ByPerson,
    metric: Annotated[AnyMetric, Query(description="What is counted.")],
    since: Annotated[date, Query(description="The first day.")],
    until: Annotated[date, Query(description="The last day.")],
    by: Annotated[
        str,
        Query(
            max_length=200,
            pattern=LABELS,
            description="Labels, with commas between; empty: the total.",
        ),
    ] = "",
    limit: Limit = 20,
    cursor: Cursor = "",
) -> Page[Day]:
    """List the days of series that have events, those with most first; `limit` is of series."""
    del person
    first, end = since.toordinal(), until.toordinal() + 1
    if not first < end <= first + _MOST_DAYS or first < _FIRST:
        raise HTTPException(422, f"since, until: ask for 1 to {_MOST_DAYS} days")
    start = place_of(cursor, tuple[int])
    skip = 0 if start is None else min(max(start[0], 0), 2**40)
    found = parts.index.largest(metric, by, (first, end), limit, skip)
    items = [
        Day(
            labels=series.labels,
            day=date.fromisoformat(name_of("day", row.day)),
            count=row.events,
            customers=row.customers,
            values=row.money,
            status=row.status,
            late=row.late,
        )
        for series, _ in found.rows
        for row in parts.index.days(series.number, first, end)
    ]
    more = cursor_of((skip + limit,)) if skip + limit < found.many else None
    return Page(items=items, next=more)
