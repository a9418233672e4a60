"""Customers by the API; ids are masked by role, as on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from schemas.customers import CustomerStatus, ToldComplaint, ToldLoss, ToldMovement, ToldWords
from schemas.fields import Amounts, Currency
from streams.console.index.decode import Customer as Kept
from streams.console.paging import Cursor, Limit, Page
from streams.console.parts import ByPerson, InParts, Parts, needs
from streams.console.places import after_of, cursor_after
from streams.console.pseudonyms import MARK
from streams.console.roles import May, Person
from streams.console.views.customers import Lists, currencies, list_of

if TYPE_CHECKING:
    from collections.abc import Sequence

router = APIRouter(tags=["customers"])
Model = TypeVar("Model", bound=BaseModel)


class Customer(BaseModel):
    """A customer, as on the topic `customers`."""

    customer_id: str = Field(description="Who; a pseudonym (~) for who may not see ids.")
    status: CustomerStatus = Field(description="As on the topic.")
    segment: str = Field(description="Segment in this month.")
    tier: str = Field(description="Value tier in this month.")
    since: str | None = Field(description="When it first became a customer; null: never.")
    recurring_value: Amounts = Field(description="A month, by currency, in minor units.")
    value_known: bool = Field(description="False: nobody has stated some of its value.")
    plan: str | None = Field(description="Its plan; null: not known.")
    subscriptions: int = Field(description="Active or paused.")
    open_complaints: int = Field(description="Of its newest eight.")
    movements: list[ToldMovement] | None = Field(description="The newest sixteen, oldest first.")
    losses: list[ToldLoss] | None = Field(
        description="What else is known of those that are losses."
    )
    complaints: list[ToldComplaint] | None = Field(description="The newest eight, oldest first.")
    words: list[ToldWords] | None = Field(
        description="What it wrote last, masked; null for who may not read texts."
    )
    definitions: str = Field(description="By which definitions it is counted.")


@router.get("/customers")
def listed(
    parts: InParts,
    person: ByPerson,
    which: Annotated[Lists, Query(alias="list", description="Which customers.")] = "biggest",
    currency: Annotated[
        Currency | None, Query(description="Worth is compared in it; not given: the most frequent.")
    ] = None,
    month: Annotated[
        str,
        Query(
            pattern=r"^([12]\d{3}-(0[1-9]|1[0-2]))?$", description="Of those lost; empty: the last."
        ),
    ] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[Customer]:
    """List customers, those first that are worth most."""
    after = after_of(parts, person, cursor)
    chosen = currency or next(iter(currencies(parts.index)), "")
    rows = list_of(parts.index, which, chosen, month, limit, after).rows
    more = cursor_after(parts, person, rows[-1]) if len(rows) == limit else None
    return Page(items=[shown(parts, person, row.customer) for row in rows], next=more)


@router.get("/customers/{customer_id}")
def one(
    parts: InParts,
    person: ByPerson,
    customer_id: Annotated[str, Path(max_length=128, description="The whole id, or a pseudonym.")],
) -> Customer:
    """Return a customer."""
    masked = customer_id.startswith(MARK)
    if not masked:
        needs(person, May.LOOK_UP)
    name = parts.pseudonyms.meant(customer_id) if masked else customer_id
    found = None if name is None else parts.index.customer(name)
    if found is None:
        raise HTTPException(404, "there is no such customer")
    return shown(parts, person, found, masked=masked)


def shown(parts: Parts, person: Person, row: Kept, *, masked: bool = True) -> Customer:
    """Return a customer as somebody may see it; who asked by the id knows it."""
    hidden = masked and not person.may(May.SEE_NAMES)
    return Customer(
        customer_id=parts.pseudonyms.of(row.customer_id) if hidden else row.customer_id,
        status=row.status,
        segment=row.segment,
        tier=row.tier,
        since=row.since,
        recurring_value=row.recurring_value,
        value_known=row.value_known,
        plan=row.plan,
        subscriptions=row.subscriptions,
        open_complaints=row.open_complaints,
        movements=told(row.movements, ToldMovement),
        losses=told(row.losses, ToldLoss),
        complaints=told(row.complaints, ToldComplaint),
        words=told(row.words, ToldWords) if person.may(May.READ_TEXTS) else None,
        definitions=row.definitions,
    )


def told(kept: Sequence[msgspec.Struct] | None, model: type[Model]) -> list[Model] | None:
    """Return what is kept of a customer as the topic has it; None in rows older than the field."""
    if kept is None:
        return None
    return [model.model_validate(msgspec.structs.asdict(one)) for one in kept]
