"""Forms: what a page sent, and that it was one of ours that sent it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

    from streams.console.sessions import Session

MAX_FIELDS = 50


async def form_of(request: Request, *, ours: bool = True) -> dict[str, str]:
    """Return the fields of a form, of one that comes twice the last; without its token.

    Nobody has a session before they log in: that form is not `ours` yet.

    Raises:
        HTTPException: 400 it is no form, 403 it was not made for this session.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "send a form")
    body = await request.body()
    try:
        read = parse_qs(
            body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise HTTPException(400, "this is no form") from None
    fields = {name: values[-1].strip() for name, values in read.items()}
    given = fields.pop("csrf", "")
    if ours:
        check_csrf(request.state.session, request.headers.get("x-csrf-token", given))
    return fields


def check_csrf(session: Session | None, given: str) -> None:
    """Refuse what a page of ours has not sent.

    Raises:
        HTTPException: 403.
    """
    expected = "" if session is None else session.csrf
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise HTTPException(403, "this form is not of your session: load the page again")


def local_path(wanted: str | None) -> str:
    """Return where to go after a form: a path of ours, never another site."""
    path = wanted or "/"
    plain = path.isprintable() and path.isascii() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
