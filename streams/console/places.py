"""Where a page of customers ends: whose ids are masked, theirs is not in the cursor either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from streams.console.index.reader import After
from streams.console.paging import cursor_of, place_of
from streams.console.roles import May

if TYPE_CHECKING:
    from streams.console.index.reader import Listed
    from streams.console.parts import Parts
    from streams.console.roles import Person


def cursor_after(parts: Parts, person: Person, row: Listed) -> str:
    """Write where the page that ends with a row ends, for somebody."""
    name = row.customer.customer_id
    shown = name if person.may(May.SEE_NAMES) else parts.pseudonyms.of(name)
    return cursor_of((row.worth, shown))


def after_of(parts: Parts, person: Person, cursor: str) -> After | None:
    """Read where a page ended; None for the first.

    Raises:
        HTTPException: 422, it is no cursor that this person was given, or was given long ago.
    """
    place = place_of(cursor, tuple[int, str])
    if place is None:
        return None
    worth, shown = place
    name = shown if person.may(May.SEE_NAMES) else parts.pseudonyms.meant(shown)
    if name is None or not -(2**63) <= worth < 2**63:
        raise HTTPException(422, "cursor: it is none of ours, or was given long ago")
    return After(worth, name)
