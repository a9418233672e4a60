"""The pages of incidents: all that is known of one, and what people do about it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from schemas.incidents import IncidentId
from schemas.topics import INCIDENTS
from streams.console.acting import act
from streams.console.forms import form_of
from streams.console.parts import ByPerson, InParts, needs
from streams.console.roles import May
from streams.console.views import incidents

if TYPE_CHECKING:
    from schemas.incidents import Incident
    from streams.console.parts import Parts

router = APIRouter()

KINDS: Final = ("acknowledged", "unacknowledged", "assigned", "noted", "silenced", "judged")
"""What may be done about an incident on its page."""
SPANS: Final = {"1h": 1, "8h": 8, "1d": 24, "3d": 72, "7d": 168, "28d": 672}
"""How long a silence may last: hours."""
Named = Annotated[IncidentId, Path()]
SHOWN: Final = 100
_By = Annotated[Literal["open", "over"], Query()]


@router.get("/incidents")
def listed(request: Request, parts: InParts, person: ByPerson, state: _By = "open") -> Response:
    """Show the incidents that are open, or those that are over."""
    del person
    rows = (
        incidents.open_ones(parts.index)
        if state == "open"
        else incidents.over_lately(parts.index, SHOWN)
    )
    return parts.pages.page(request, "incidents.html.j2", {"rows": rows, "state": state})


@router.get("/incidents/{incident_id}")
def incident(request: Request, parts: InParts, person: ByPerson, incident_id: Named) -> Response:
    """Show an incident."""
    found = incidents.whole(parts.index, incident_id)
    if found is None:
        raise HTTPException(404, "there is no incident of this name")
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
    row = await run_in_threadpool(_row, parts, incident_id)
    if fields.get("kind") not in KINDS:
        raise HTTPException(400, "this is nothing that can be done about an incident")
    await act(parts, person, _action(fields, row, parts.wall()))
    return RedirectResponse(f"/incidents/{incident_id}#handling", 303)


def _row(parts: Parts, incident_id: str) -> Incident:
    value = parts.index.get(INCIDENTS, incident_id)
    found = incidents.read_all([] if value is None else [value])
    if not found:
        raise HTTPException(404, "there is no incident of this name")
    return found[0]


def _action(fields: dict[str, str], row: Incident, wall: float) -> dict[str, Any]:
    kind = fields["kind"]
    action: dict[str, Any] = {
        "kind": kind,
        "about": row.incident_id,
        "note": fields.get("note"),
        "seen_at": row.at.isoformat(),
        "owner": fields.get("owner") if kind == "assigned" else None,
        "judgement": fields.get("judgement") if kind == "judged" else None,
    }
    if kind == "silenced":
        hours = SPANS.get(fields.get("span", ""))
        if hours is None:
            raise HTTPException(400, "say for how long")
        until = datetime.fromtimestamp(wall, UTC) + timedelta(hours=hours)
        action |= {
            "about": f"silence-{uuid.uuid4().hex[:8]}",
            "until": until.isoformat(timespec="seconds"),
            "matchers": [{"label": "incident", "matching": "is", "value": row.incident_id}],
            "seen_at": None,
        }
    return action
