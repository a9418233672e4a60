"""Loss reviews by the API: read, published, and what people enter in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Body, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from schemas.actions import Action, Note, Outcome, ReviewName
from schemas.customers import ToldWords
from schemas.fields import Amounts, Identifier, Label
from schemas.metrics import Status
from schemas.reviews import LossReview, ReviewCall, ReviewIssue, ReviewLabel, ReviewNumber
from schemas.topics import REVIEWS
from streams.console.acting import act
from streams.console.api.customers import told
from streams.console.api.openapi import SENDS
from streams.console.pages.customers import name_of
from streams.console.paging import Cursor, Limit, Page, cursor_of, place_of
from streams.console.parts import ByPerson, Csrf, InParts, needs
from streams.console.reviewing import action_in, publish, reviewed
from streams.console.roles import May
from streams.console.views.review import totals
from streams.readmodel.review.row import call_of, issue_of, read_reviews, row_of

if TYPE_CHECKING:
    from streams.console.parts import Parts
    from streams.console.roles import Person
    from streams.readmodel.periods import PeriodRecord
    from streams.readmodel.review.losses import Loss as Left

router = APIRouter(tags=["reviews"])

ByName = Annotated[ReviewName, Path(description="A month or quarter: 2017-01 or 2017-Q1.")]


class Brief(BaseModel):
    """A month or quarter that can be reviewed."""

    period: ReviewName = Field(description="Its name.")
    status: Status = Field(description="As of the period on metrics.periods.")
    lost: ReviewNumber = Field(description="Customers lost.")
    published_at: datetime | None = Field(description="When its review was published; null: not.")


class Before(BaseModel):
    """What became of the review before."""

    period: ReviewName = Field(description="Its name.")
    calls: list[ReviewCall] = Field(description="Those called after it.")
    issues: list[ReviewIssue] = Field(description="Its issues.")


class Reviewed(BaseModel):
    """A review as it stands now; `customer_id` is a pseudonym (~) for who may not see ids."""

    period: ReviewName = Field(description="Its name.")
    start: datetime = Field(description="Its beginning, inclusive.")
    end: datetime = Field(description="Its end, exclusive.")
    status: Status = Field(description="As of the period on metrics.periods.")
    lost: ReviewNumber = Field(description="Customers lost, as on metrics.periods.")
    contraction: ReviewNumber = Field(description="Those who stayed and pay less.")
    against: list[ReviewName] = Field(description="The periods it is held against.")
    reasons: list[ReviewLabel] = Field(description="Losses by stated reason, the most first.")
    avoidable: list[ReviewLabel] = Field(description="By true, false, unknown.")
    calls: list[ReviewCall] = Field(description="Who calls whom, and what came of it.")
    issues: list[ReviewIssue] = Field(description="Issues of it, and open ones of earlier ones.")
    before: Before | None = Field(description="The published review before; null: there is none.")
    definitions: str = Field(description="Which definitions it is counted by.")
    clock: datetime = Field(description="Up to when it is counted.")


class Loss(BaseModel):
    """Somebody who left, or who pays less."""

    customer_id: str = Field(description="Who; a pseudonym (~) for who may not see ids.")
    at: datetime = Field(description="When.")
    values: Amounts = Field(description="A month, by currency, in minor units.")
    segment: str = Field(description="In the month of it.")
    tier: str = Field(description="In the month of it.")
    tenure_days: int | None = Field(description="How long a customer; null: not known.")
    reason: str = Field(description="As stated.")
    avoidable: bool | None = Field(description="As stated; null: not stated.")
    initiative: str | None = Field(description="Who ended it; null: not stated.")
    complaints: int | None = Field(description="Before it; null: not known.")
    unanswered: int | None = Field(description="Complaints of which nothing was said.")
    returned_at: datetime | None = Field(description="When the customer came back; null: not yet.")
    words: list[ToldWords] | None = Field(
        description="What it wrote before that, masked; null for who may not read texts."
    )


class Entered(BaseModel):
    """Something that is entered in a review; who does it is known by the token."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["call_planned", "call_made", "issue_opened", "issue_assigned", "issue_done"] = (
        Field(description="What was done.")
    )
    action_id: Identifier | None = Field(
        default=None, description="Names it: sent again it changes nothing. Made up if not given."
    )
    customer: Identifier | None = Field(default=None, description="Who is called (calls).")
    outcome: Outcome | None = Field(default=None, description="What came of it (call_made).")
    issue: Identifier | None = Field(
        default=None, description="Which issue; one that is opened has a name made up if not given."
    )
    reason: Label | None = Field(
        default=None, description="Of a call the reason found, of an issue the one it is about."
    )
    note: Note | None = Field(default=None, description="What is to be done, or was said.")
    owner: Label | None = Field(default=None, description="Whose it is.")
    due: date | None = Field(default=None, description="The day on which it is due.")


@router.get("/reviews")
def listed(parts: InParts, person: ByPerson, limit: Limit = 50, cursor: Cursor = "") -> Page[Brief]:
    """List the months and quarters that can be reviewed, the newest first."""
    del person
    rows = totals(parts.index)
    published = {one.period: one.published_at for one in read_reviews(parts.index.all(REVIEWS))}
    first, more = _part(cursor, limit, len(rows))
    shown = rows[first : first + limit]
    return Page(items=[_brief(row, published.get(row.period)) for row in shown], next=more)


def _part(cursor: str, limit: int, rows: int) -> tuple[int, str | None]:
    """Return where a page of a list of rows begins, and the cursor of the next."""
    start = place_of(cursor, tuple[int])
    first = 0 if start is None else min(max(start[0], 0), rows)
    return first, cursor_of((first + limit,)) if first + limit < rows else None


def _brief(row: PeriodRecord, published: datetime | None) -> Brief:
    lost = row.numbers.get("lost")
    number = {"count": lost.count, "values": lost.values} if lost else {"count": 0, "values": {}}
    about = {"period": row.period, "status": row.status, "published_at": published, "lost": number}
    return Brief.model_validate(about)


@router.get("/reviews/{period}")
def one(parts: InParts, person: ByPerson, period: ByName) -> Reviewed:
    """Return the review of a month or quarter as it stands now."""
    found = reviewed(parts, period)
    row = row_of(found, "", datetime.fromtimestamp(parts.wall(), UTC))
    before: dict[str, Any] | None = None
    if found.last is not None:
        before = {
            "period": found.last.period,
            "calls": [call_of(call) for call in found.last.calls],
            "issues": [issue_of(issue) for issue in found.last.issues],
        }
    for call in [*row["calls"], *(before["calls"] if before else ())]:
        call["customer_id"] = name_of(parts, person, call["customer_id"]).shown
    return Reviewed.model_validate_json(msgspec.json.encode(row | {"before": before}))


@router.get("/reviews/{period}/losses")
def losses(
    parts: InParts,
    person: ByPerson,
    period: ByName,
    kind: Annotated[
        Literal["lost", "contraction"], Query(description="Who left, or who pays less.")
    ] = "lost",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[Loss]:
    """List who left in a month or quarter, or pays less, those first that were worth most."""
    found = reviewed(parts, period)
    rows = found.left if kind == "lost" else found.partial
    first, more = _part(cursor, limit, len(rows))
    return Page(items=[_loss(parts, person, row) for row in rows[first : first + limit]], next=more)


def _loss(parts: Parts, person: Person, row: Left) -> Loss:
    said = row.complaints
    return Loss(
        customer_id=name_of(parts, person, row.customer_id).shown,
        at=datetime.fromisoformat(row.at),
        values=row.values,
        segment=row.segment,
        tier=row.tier,
        tenure_days=row.days,
        reason=row.reason,
        avoidable=row.avoidable,
        initiative=row.initiative,
        complaints=None if said is None else said.count,
        unanswered=None if said is None else said.unanswered,
        returned_at=None if row.returned_at is None else datetime.fromisoformat(row.returned_at),
        words=told(row.words, ToldWords) if person.may(May.READ_TEXTS) else None,
    )


@router.post("/reviews/{period}/actions", status_code=201, dependencies=[Csrf], responses=SENDS)
async def enter(
    parts: InParts, person: ByPerson, period: ByName, what: Annotated[Entered, Body()]
) -> Action:
    """Enter what came of a call, or an issue; answered when Kafka has it."""
    needs(person, May.REVIEW)
    await run_in_threadpool(reviewed, parts, period)
    return await act(parts, person, action_in(period, what.kind, what.model_dump(mode="json")))


@router.post("/reviews/{period}/publication", status_code=201, dependencies=[Csrf], responses=SENDS)
async def published(parts: InParts, person: ByPerson, period: ByName) -> LossReview:
    """Publish the review as it stands now: its calls stay as they are drawn."""
    needs(person, May.REVIEW)
    return await publish(parts, person, period)
