"""What the pages and the API share, made once and handed to them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from streams.console.forms import check_csrf
from streams.console.roles import May, Person  # noqa: TC001 (FastAPI reads the annotations)
from streams.console.sessions import Session  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streams.console.guard import Guard
    from streams.console.index.changes import Changes
    from streams.console.index.reader import Index
    from streams.console.pseudonyms import Pseudonyms
    from streams.console.rendering import Pages
    from streams.console.sessions import Sessions
    from streams.settings import Settings


@dataclass(frozen=True)
class Standing:
    """How the reading of the topics goes: see `index.follow.Follow`."""

    behind: int | None = 0
    failure: str | None = None


@dataclass
class Parts:
    """What the pages and the API are served from.

    Attributes:
        settings: all of them.
        index: what was read from the topics.
        changes: tells when that is newer.
        sessions: who comes in.
        pseudonyms: what customers are called whose ids are masked.
        pages: writes HTML.
        send: sends a message to a topic: its name, key and value. It returns when Kafka has it.
        standing: says how the reading goes.
        wall: epoch seconds, now.
    """

    settings: Settings
    index: Index
    changes: Changes
    sessions: Sessions
    pseudonyms: Pseudonyms
    pages: Pages
    send: Callable[[str, bytes, bytes], Awaitable[None]]
    standing: Callable[[], Standing] = Standing
    wall: Callable[[], float] = time.time
    guard: Guard | None = None
    shared: dict[Any, Any] = field(default_factory=dict)


class NobodyError(Exception):
    """It is not known who asks: a page sends them to log in, the API answers 401."""


def parts_of(request: Request) -> Parts:
    """Return what a request is served from."""
    return cast("Parts", request.app.state.parts)


def person_of(request: Request) -> Person:
    """Return who asks.

    Raises:
        NobodyError: nobody knows.
    """
    person: Person | None = request.state.person
    if person is None:
        raise NobodyError
    return person


def session_of(request: Request) -> Session | None:
    """Return the session of a request; None where it brought a token of its own."""
    return cast("Session | None", request.state.session)


def needs(person: Person, what: May) -> None:
    """Refuse what somebody may not.

    Raises:
        HTTPException: 403.
    """
    if not person.may(what):
        raise HTTPException(403, f"the role {person.role} may not do this: it takes {what}")


def of_this_session(request: Request) -> None:
    """Refuse what a cookie alone vouches for: another site's page may have sent it."""
    person_of(request)
    if not request.state.by_token:
        check_csrf(request.state.session, request.headers.get("x-csrf-token", ""))


Csrf = Depends(of_this_session)
InParts = Annotated["Parts", Depends(parts_of)]
ByPerson = Annotated["Person", Depends(person_of)]
InSession = Annotated["Session | None", Depends(session_of)]
