"""Pages of a list: a cursor says where the next one begins, and means nothing to others."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MOST: Final = 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows of a page at most.")]
Cursor = Annotated[
    str,
    Query(
        max_length=600,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="`next` of the page before; empty: the first page.",
    ),
]
Item = TypeVar("Item")
Place = TypeVar("Place")


class Page(BaseModel, Generic[Item]):
    """Some rows of a list."""

    items: list[Item] = Field(description="The rows.")
    next: str | None = Field(description="Where the next page begins; null: this is the last.")


def cursor_of(place: tuple[Any, ...]) -> str:
    """Write where a page ends."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def place_of(cursor: str, kind: type[Place]) -> Place | None:
    """Read where a page ended; None for the first.

    Raises:
        HTTPException: 422, it is no cursor of ours.
    """
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.msgpack.decode(raw, type=kind)
    except (ValueError, msgspec.MsgspecError):
        raise HTTPException(422, "cursor: it is none of ours") from None
