"""The pages of customers: one by its id, its story, and lists by what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from streams.console.acting import act
from streams.console.forms import form_of
from streams.console.paging import Cursor
from streams.console.parts import ByPerson, InParts, needs
from streams.console.places import after_of, cursor_after
from streams.console.pseudonyms import MARK
from streams.console.roles import May
from streams.console.views.customers import Lists, currencies, list_of, months, sum_of
from streams.console.words import signed_money, words
from streams.load.money import largest_first
from streams.readmodel.review.lines import AVOIDABLE, INITIATIVES

if TYPE_CHECKING:
    from streams.console.index.decode import Customer, Told
    from streams.console.parts import Parts
    from streams.console.roles import Person
    from streams.readmodel.customers import ToldComplaint, ToldLoss

router = APIRouter()

OUT: Final = frozenset({"lost", "contraction", "moved_out", "merged_out"})
"""Movements that make it less."""
SAID: Final = {
    "opening": "was there already",
    "reactivated": "came back",
    "contraction": "pays less",
    "expansion": "pays more",
}
"""What movements are called in a story, where their name says it less well."""
MOST: Final = 50
_List = Annotated[Lists, Query(alias="list")]
_Currency = Annotated[str, Query(pattern=r"^([A-Z]{3})?$")]
_Month = Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")]


class Name(NamedTuple):
    """What a customer is called for somebody: shown, and as a path."""

    shown: str
    path: str
    masked: bool


def name_of(parts: Parts, person: Person, customer_id: str) -> Name:
    """Return what a customer is called where customers are listed."""
    if person.may(May.SEE_NAMES):
        return Name(customer_id, quote(customer_id, safe=""), masked=False)
    masked = parts.pseudonyms.of(customer_id)
    return Name(masked, masked, masked=True)


@router.get("/customers")
def listed(
    request: Request,
    parts: InParts,
    person: ByPerson,
    which: _List = "at_risk",
    currency: _Currency = "",
    month: _Month = "",
    q: str = "",
    cursor: Cursor = "",
) -> Response:
    """Show a list of customers, those first that are worth most; or find one by its id."""
    if q:
        needs(person, May.LOOK_UP)
        if parts.index.customer(q) is not None:
            return RedirectResponse(f"/customers/{quote(q, safe='')}", 303)
    there = currencies(parts.index)
    chosen = currency or (there[0] if there else "")
    found = list_of(parts.index, which, chosen, month, MOST, after_of(parts, person, cursor))
    whole = sum_of(parts.index, which, chosen, found.month)
    full = len(found.rows) == MOST
    values = {
        "which": which,
        "currency": chosen,
        "currencies": there,
        "month": found.month,
        "months": months(parts.index) if which == "lost" else [],
        "rows": [(one, name_of(parts, person, one.customer.customer_id)) for one in found.rows],
        "many": whole.many,
        "worth": whole.worth,
        "cursor": cursor,
        "next": cursor_after(parts, person, found.rows[-1]) if full else "",
        "may_look_up": person.may(May.LOOK_UP),
        "asked": q,
        "nobody": bool(q),
    }
    return parts.pages.page(request, "customers.html.j2", values)


@router.get("/customers/{name}")
def customer(request: Request, parts: InParts, person: ByPerson, name: str) -> Response:
    """Show the story of a customer."""
    found, masked = _meant(parts, person, name)
    values = {
        "row": found,
        "name": parts.pseudonyms.of(found.customer_id) if masked else found.customer_id,
        "masked": masked,
        "may_unmask": masked and person.may(May.UNMASK),
        "story": story_of(found, texts=person.may(May.READ_TEXTS)),
        "was_worth": next(
            (one.values for one in reversed(found.movements or []) if one.kind == "lost"), None
        ),
        "untold": found.movements is None,
    }
    return parts.pages.page(request, "customer.html.j2", values)


@router.post("/customers/{name}/unmask")
async def unmask(request: Request, parts: InParts, person: ByPerson, name: str) -> Response:
    """Show who a masked customer is; that it was shown, to whom and why, is written down."""
    needs(person, May.UNMASK)
    fields = await form_of(request)
    found, _ = await run_in_threadpool(_meant, parts, person, name)
    if not fields.get("note"):
        raise HTTPException(400, "say why")
    action: dict[str, Any] = {
        "kind": "unmasked",
        "about": found.customer_id,
        "customer_id": found.customer_id,
        "note": fields["note"],
    }
    await act(parts, person, action)
    return RedirectResponse(f"/customers/{quote(found.customer_id, safe='')}", 303)


def _meant(parts: Parts, person: Person, name: str) -> tuple[Customer, bool]:
    """Return the customer that a path means, and whether its id is masked."""
    masked = name.startswith(MARK)
    if not masked:
        needs(person, May.LOOK_UP)
    whole = parts.pseudonyms.meant(name) if masked else name
    found = None if whole is None else parts.index.customer(whole)
    if found is None:
        why = "open the list again" if masked else "ids are compared to the letter"
        raise HTTPException(404, f"there is no such customer: {why}")
    return found, masked


class Line(NamedTuple):
    """A line of a story: when, what happened, and more about it; `tone` is good, bad or plain."""

    at: str
    what: str
    more: str
    tone: Literal["good", "bad", "plain"]


def story_of(row: Customer, *, texts: bool) -> list[Line]:
    """Return what happened to a customer, the newest first; what it wrote only with `texts`."""
    losses = {(one.kind, one.at): one for one in row.losses or ()}
    lines = [_moved(one, losses.get((one.kind, one.at))) for one in row.movements or ()]
    lines += [_complained(one) for one in row.complaints or ()]
    if texts:
        lines += [Line(one.at, "wrote", f"“{one.text}”", "plain") for one in row.words or ()]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _moved(one: Told, loss: ToldLoss | None) -> Line:
    sign = -1 if one.kind in OUT else 1
    worth = ", ".join(
        signed_money(sign * amount, unit) for unit, amount in largest_first(one.values)
    )
    said = [f"{worth or '0'} a month"]
    if one.reason != "unknown":
        said.append(f"reason: {words(one.reason)}")
    if loss is not None and loss.avoidable is not None:
        said.append(AVOIDABLE[str(loss.avoidable).lower()])
    if loss is not None and loss.initiative is not None:
        said.append(f"ended by {INITIATIVES[loss.initiative]}")
    return Line(
        one.at,
        SAID.get(one.kind, words(one.kind)),
        ", ".join(said),
        "bad" if one.kind in OUT else "good",
    )


def _complained(one: ToldComplaint) -> Line:
    about = ", ".join(filter(None, (one.product, one.issue))) or "nobody said of what"
    return Line(one.at, "complained", f"{about}: {one.status or 'not answered'}", "plain")
