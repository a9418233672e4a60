"""Questions of the front line by the API: those of the week, asked, given an owner, answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from schemas.actions import Action, Note
from schemas.fields import Identifier, Label
from streams.console.acting import act
from streams.console.api.openapi import SENDS
from streams.console.paging import Page
from streams.console.parts import ByPerson, Csrf, InParts, needs
from streams.console.roles import May
from streams.console.views.frontline import asked, question_action

router = APIRouter(tags=["questions"])


class Question(BaseModel):
    """A question of the front line."""

    question: str = Field(description="Its name: `about` of its actions.")
    text: str = Field(description="What is asked.")
    asked: int = Field(description="How often within the week.")
    asked_by: str = Field(description="Who asked first.")
    asked_at: datetime = Field(description="When it was asked last.")
    owner: str | None = Field(description="Whose it is; null: nobody's.")
    answer: str | None = Field(description="The answer; null while it is open.")
    answered_by: str | None = Field(description="Who answered.")
    answered_at: datetime | None = Field(description="When it was answered; null: it is open.")


class Said(BaseModel):
    """Something that is said of a question; who says it is known by the token."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["question_opened", "question_assigned", "question_answered"] = Field(
        description="What is done; a question that is opened again was asked again."
    )
    action_id: Identifier | None = Field(
        default=None, description="Names it: sent again it changes nothing. Made up if not given."
    )
    question: Identifier | None = Field(
        default=None, description="Which; one that is opened has a name made up if not given."
    )
    note: Note | None = Field(default=None, description="The question, or the answer.")
    owner: Label | None = Field(default=None, description="Whose it is now.")


@router.get("/questions")
def listed(parts: InParts, person: ByPerson) -> Page[Question]:
    """List the questions of the week: open ones first, of these those asked most."""
    del person
    items = [
        Question.model_validate({**one._asdict(), "question": one.name})
        for one in asked(parts.index, parts.wall())
    ]
    return Page(items=items, next=None)


@router.post("/questions", status_code=201, dependencies=[Csrf], responses=SENDS)
async def say(parts: InParts, person: ByPerson, what: Annotated[Said, Body()]) -> Action:
    """Ask a question, give it an owner, or answer it; answered when Kafka has it."""
    needs(person, May.LOG)
    return await act(parts, person, question_action(what.model_dump()))
