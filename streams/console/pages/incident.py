"""The pages of incidents: all that is known of one, and what people do about it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from schemas.incidents import IncidentId
from streams.console.acting import act
from streams.console.forms import form_of
from streams.console.paging import Cursor, cursor_of, place_of
from streams.console.parts import ByPerson, InParts, needs
from streams.console.roles import May
from streams.console.views import incidents

router = APIRouter()

KINDS: Final = ("acknowledged", "unacknowledged", "assigned", "noted", "silenced", "judged")
"""What may be done about an incident on its page."""
FIELDS: Final = ("kind", "note", "owner", "judgement")
SPANS: Final = {"1h": 1, "8h": 8, "1d": 24, "3d": 72, "7d": 168, "28d": 672}
"""How long a silence may last: hours."""
Named = Annotated[IncidentId, Path()]
SHOWN: Final = 100
_By = Annotated[Literal["open", "over"], Query()]


@router.get("/incidents")
def listed(
    request: Request,
    parts: InParts,
    person: ByPerson,
    state: _By = "open",
    cursor: Cursor = "",
) -> Response:
    """Show the incidents that are open, or a page of those that are over."""
    del person
    values: dict[str, Any] = {"state": state, "cursor": cursor}
    if state == "open":
        values["rows"] = incidents.open_ones(parts.index)
    else:
        place = place_of(cursor, tuple[str, str])
        values["rows"], end = incidents.over(parts.index, SHOWN, place)
        values["next"] = "" if end is None else cursor_of(end)
    return parts.pages.page(request, "incidents.html.j2", values)


@router.get("/incidents/{incident_id}")
def incident(request: Request, parts: InParts, person: ByPerson, incident_id: Named) -> Response:
    """Show an incident."""
    found = incidents.whole(parts.index, incident_id)
    values = {
        "one": found,
        "row": found.row,
        "may_act": person.may(May.ACT),
        "may_read": person.may(May.READ_TEXTS),
        "spans": SPANS,
    }
    return parts.pages.page(request, "incident.html.j2", values)


@router.post("/incidents/{incident_id}/actions")
async def do(request: Request, parts: InParts, person: ByPerson, incident_id: Named) -> Response:
    """Acknowledge an incident, own it, note something, silence it, or judge it."""
    needs(person, May.ACT)
    fields = await form_of(request)
    if fields.get("kind") not in KINDS:
        raise HTTPException(400, "this is nothing that can be done about an incident")
    row = await run_in_threadpool(incidents.one, parts.index, incident_id)
    given: dict[str, Any] = {name: fields[name] for name in FIELDS if name in fields}
    hours = SPANS.get(fields.get("span", ""))
    await act(parts, person, incidents.action_on(row, given, hours, parts.wall()))
    return RedirectResponse(f"/incidents/{incident_id}#handling", 303)
