"""Incidents and alerts by the API, and what people do about them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from schemas.actions import Action, Judgement, Note
from schemas.alerts import Alert, AlertId
from schemas.fields import Identifier, Label
from schemas.incidents import Incident, IncidentId
from schemas.topics import ACTIONS, ALERTS, INCIDENTS
from streams.console.acting import act
from streams.console.api.openapi import SENDS
from streams.console.paging import Cursor, Limit, Page, cursor_of, place_of
from streams.console.parts import ByPerson, Csrf, InParts, needs
from streams.console.roles import May, Person
from streams.console.views import incidents

router = APIRouter(tags=["incidents"])

State = Annotated[
    Literal["open", "stale", "resolved"] | None, Query(description="Only those in this state.")
]
ById = Annotated[IncidentId, Path(description="The incident.")]


class Act(BaseModel):
    """Something that is done about an incident; who does it is known by the token."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["acknowledged", "unacknowledged", "assigned", "noted", "silenced", "judged"] = (
        Field(description="What is done.")
    )
    action_id: Identifier | None = Field(
        default=None, description="Names it: sent again it changes nothing. Made up if not given."
    )
    note: Note | None = Field(default=None, description="Why, or what was found.")
    owner: Label | None = Field(default=None, description="Whose it is now (assigned).")
    judgement: Judgement | None = Field(default=None, description="What it was (judged).")
    hours: int | None = Field(
        default=None, ge=1, le=24 * 90, description="How long a silence lasts (silenced)."
    )


@router.get("/incidents")
def listed(
    parts: InParts, person: ByPerson, state: State = None, limit: Limit = 50, cursor: Cursor = ""
) -> Page[Incident]:
    """List incidents, those first that opened last."""
    place = place_of(cursor, tuple[str, str])
    values = parts.index.newest(INCIDENTS, limit, place, state)
    rows = incidents.read_all(values)
    more = None
    if len(values) == limit:
        last = incidents.place_of(values[-1])
        more = cursor_of(last)
    return Page(items=[shown(row, person) for row in rows], next=more)


@router.get("/incidents/{incident_id}")
def one(parts: InParts, person: ByPerson, incident_id: ById) -> Incident:
    """Return an incident."""
    return shown(incidents.one(parts.index, incident_id), person)


@router.get("/incidents/{incident_id}/actions")
def done(parts: InParts, person: ByPerson, incident_id: ById) -> Page[Action]:
    """List what people did about an incident, the oldest first."""
    del person
    incidents.one(parts.index, incident_id)
    values = parts.index.about(ACTIONS, incident_id)
    return Page(items=[Action.model_validate_json(value) for value in values], next=None)


@router.post(
    "/incidents/{incident_id}/actions", status_code=201, dependencies=[Csrf], responses=SENDS
)
async def do(
    parts: InParts, person: ByPerson, incident_id: ById, what: Annotated[Act, Body()]
) -> Action:
    """Do something about an incident; answered when Kafka has it."""
    needs(person, May.ACT)
    row = await run_in_threadpool(incidents.one, parts.index, incident_id)
    fields = what.model_dump(exclude={"hours"}, exclude_none=True)
    return await act(parts, person, incidents.action_on(row, fields, what.hours, parts.wall()))


@router.get("/alerts/{alert_id}")
def alert(
    parts: InParts, person: ByPerson, alert_id: Annotated[AlertId, Path(description="The alert.")]
) -> Alert:
    """Return an alert."""
    value = parts.index.get(ALERTS, alert_id)
    if value is None:
        raise HTTPException(404, "there is no alert of this name")
    found = Alert.model_validate_json(value)
    return found if person.may(May.READ_TEXTS) else found.model_copy(update={"samples": []})


def shown(row: Incident, person: Person) -> Incident:
    """Return an incident as somebody may see it."""
    return row if person.may(May.READ_TEXTS) else row.model_copy(update={"samples": []})
