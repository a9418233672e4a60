"""The page Explorer: any metric, by its parts, over any days; and the same as CSV."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas.metrics import AnyMetric
from streams.console.parts import ByPerson, InParts
from streams.console.views import explorer
from streams.console.views.explorer import EVENTS, LABELS, Against, Question
from streams.console.words import plain_cell
from streams.readmodel.periods import Days, name_of, span_of

if TYPE_CHECKING:
    from streams.console.index.reader import Index

router = APIRouter()

METRICS: Final[tuple[str, ...]] = get_args(AnyMetric)
PRESETS: Final = (28, 90, 365)


class Asked(NamedTuple):
    """What stands in the address of a view; None where a day is not given."""

    metric: str
    by: str
    unit: str
    since: date | None
    until: date | None
    against: Against
    having: str


def asked(
    metric: Annotated[AnyMetric, Query()] = "complaints",
    by: Annotated[str, Query(max_length=200, pattern=LABELS)] = "",
    unit: Annotated[str, Query(pattern=r"^(events|customers|[A-Z]{3})$")] = EVENTS,
    since: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
    until: Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
    against: Annotated[Against, Query()] = "before",
    having: Annotated[str, Query(max_length=200)] = "",
) -> Asked:
    """Read the address of a view."""
    return Asked(metric, by, unit, _day(since), _day(until), against, having)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(400, f"{text} is no day") from None


ByAddress = Annotated[Asked, Depends(asked)]


def question(index: Index, given: Asked) -> Question | None:
    """Return what is asked for, what was not given filled in; None where there is nothing.

    Raises:
        HTTPException: 400, the days are none, or are too many.
    """
    usual = explorer.default_days(index)
    if usual is None:
        return None
    last = usual.end if given.until is None else given.until.toordinal() + 1
    first = last - explorer.USUAL if given.since is None else given.since.toordinal()
    if not first < last <= first + explorer.LONGEST or first <= explorer.LONGEST:
        raise HTTPException(400, f"ask for 1 to {explorer.LONGEST} days")
    days = Days(first, last)
    return Question(given.metric, given.by, given.unit, days, given.against, given.having)


@router.get("/explorer")
def explore(request: Request, parts: InParts, person: ByPerson, given: ByAddress) -> Response:
    """Show a view."""
    del person
    index = parts.index
    found = question(index, given)
    if found is None:
        return parts.pages.page(request, "explorer.html.j2", {"asked": None})
    breakdowns = index.breakdowns()
    values: dict[str, Any] = {
        "asked": found,
        "answer": explorer.answer(index, found),
        "metrics": [name for name in METRICS if name in breakdowns],
        "breakdowns": breakdowns.get(found.metric, [""]),
        "units": explorer.units(index, found.metric, found.days),
        "first": name_of("day", found.days.start),
        "last": name_of("day", found.days.end - 1),
        "presets": _presets(index, found),
        "link": _link("/explorer", found),
        "csv": _link("/explorer.csv", found),
        "words_of": explorer.words_of,
        "link_to": lambda **changed: _link("/explorer", found._replace(**changed)),
    }
    return parts.pages.page(request, "explorer.html.j2", values)


def _link(path: str, of: Question) -> str:
    fields = {
        "metric": of.metric,
        "by": of.by,
        "unit": of.unit,
        "since": name_of("day", of.days.start),
        "until": name_of("day", of.days.end - 1),
        "against": of.against,
        "having": of.having,
    }
    return f"{path}?{urlencode({name: value for name, value in fields.items() if value})}"


def _presets(index: Index, of: Question) -> list[tuple[str, str, bool]]:
    """Return spans to choose from: a word, the link, and whether it is the one that is shown."""
    usual = explorer.default_days(index) or of.days
    spans = [(f"{days} days", Days(usual.end - days, usual.end)) for days in PRESETS]
    month = span_of("month", name_of("month", usual.end - 1))
    before = span_of("month", name_of("month", month.start - 1))
    spans.append((name_of("month", month.start), Days(month.start, min(month.end, usual.end))))
    spans.append((name_of("month", before.start), before))
    return [
        (word, _link("/explorer", of._replace(days=days)), days == of.days) for word, days in spans
    ]


@router.get("/explorer.csv")
def as_csv(parts: InParts, person: ByPerson, given: ByAddress) -> Response:
    """Give a view as CSV: a line for each series and day."""
    del person
    found = question(parts.index, given)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [name for name in given.by.split(",") if name]
    writer.writerow(["metric", *names, "day", "unit", "value", "status", "late"])
    if found is not None:
        for panel in explorer.answer(parts.index, found).panels:
            own = [plain_cell(panel.labels.get(name, "")) for name in names]
            for row in parts.index.days(panel.series, *found.days):
                value = explorer.value_of(row, found.unit)
                day = name_of("day", row.day)
                writer.writerow([found.metric, *own, day, found.unit, value, row.status, row.late])
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="groundswell.csv"'},
    )
