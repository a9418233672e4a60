"""The page Now: the five numbers of the month, the sum they make, and what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.topics import INCIDENTS, PERIODS, ROLLING
from streams.console.parts import ByPerson, InParts
from streams.console.views import incidents, month
from streams.console.views.complaints import complaints

if TYPE_CHECKING:
    from streams.console.parts import Parts

router = APIRouter()

TOPICS: Final = (INCIDENTS, PERIODS, ROLLING, "failure")
"""What makes the page anew when it changes."""
LIVE: Final = 1_000
"""Rows that may be waiting where what comes is news."""
OVER: Final = 5
"""So many incidents that are over are shown."""
LATELY: Final = 50
"""So many that are over are looked at, whether they came just now."""
MOST: Final = 12
"""So many incidents are shown whole, the largest; in a storm the others are a list elsewhere."""


@router.get("/")
def now(request: Request, parts: InParts, person: ByPerson, *, wall: bool = False) -> Response:
    """Show the page; on a wall it is large, and has nothing to click."""
    del person
    body = fragment(parts, wall=wall)
    return parts.pages.page(request, "now.html.j2", {"body": body, "wall": wall})


def fragment(parts: Parts, *, wall: bool) -> str:
    """Write what changes on the page."""
    return parts.pages.part("now_body.html.j2", values(parts) | {"wall": wall})


def values(parts: Parts) -> dict[str, Any]:
    """Return what the page shows."""
    still = incidents.open_ones(parts.index)
    over, _ = incidents.over(parts.index, LATELY)
    recent: incidents.Recent = parts.shared.setdefault("recent", incidents.Recent())
    standing = parts.standing()
    live = standing.behind is not None and standing.behind < LIVE
    stay = {row.incident_id for row in recent.of([*still, *over], parts.wall(), live=live)}
    just_over = [row for row in over if row.incident_id in stay]
    every = incidents.by_size([*still, *just_over])
    fresh = [row for row in every[MOST:] if row.incident_id in stay][:MOST]
    shown = [*every[:MOST], *fresh]
    return {
        "month": month.month(parts.index),
        "still": still,
        "shown": shown,
        "more": len(every) - len(shown),
        "just_over": just_over,
        "over": [row for row in over if row.incident_id not in stay][:OVER],
        "complaints": complaints(parts.index),
        "standing": standing,
        "cause_of": incidents.cause_of,
    }
