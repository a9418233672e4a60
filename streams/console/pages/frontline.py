"""The page of the front line: log a complaint, see what is known, ask and answer questions."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from streams.console.acting import act
from streams.console.events import check_may_send, outbox
from streams.console.forms import form_of
from streams.console.parts import ByPerson, InParts, needs
from streams.console.roles import May
from streams.console.views.frontline import (
    KEPT_S,
    LABELS,
    Words,
    asked,
    known,
    question_action,
    words_in_use,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.console.parts import Parts
    from streams.console.roles import Person

router = APIRouter()

SEVERITIES: Final = ("low", "medium", "high", "critical")
MOST: Final = 12
"""So many open incidents stand beside a complaint."""
QUESTIONS: Final = frozenset({"question_opened", "question_assigned", "question_answered"})


@router.get("/frontline")
def shown(request: Request, parts: InParts, person: ByPerson, logged: str = "") -> Response:
    """Show the page."""
    return _page(request, parts, person, {}, logged=logged)


@router.get("/frontline/beside")
def beside(request: Request, parts: InParts, person: ByPerson) -> Response:
    """Show the customer of a complaint that is being written, and what is known of it."""
    values = _beside(parts, person, request.query_params)
    return parts.pages.page(request, "frontline_beside.html.j2", values)


@router.post("/frontline")
async def log(request: Request, parts: InParts, person: ByPerson) -> Response:
    """Send a complaint; its page comes back when Kafka has it, or with what was wrong."""
    check_may_send(person, "complaints")
    fields = await form_of(request)
    event_id = fields.get("event_id", "")
    if not outbox(parts).knows("complaints", event_id):
        at = datetime.fromtimestamp(int(parts.wall()), UTC)
        names = ("customer_id", *LABELS, "severity", "text")
        event = {"event_id": event_id, "occurred_at": at.isoformat()}
        event |= {name: fields[name] for name in names if fields.get(name)}
        try:
            await outbox(parts).put(parts, "complaints", msgspec.json.encode(event))
        except HTTPException as error:  # nothing that was typed is lost
            status, said = error.status_code, str(error.detail)
            return await run_in_threadpool(
                _page, request, parts, person, fields, refused=said, status=status
            )
    return RedirectResponse(f"/frontline?{urlencode({'logged': event_id})}", 303)


@router.post("/frontline/questions")
async def ask(request: Request, parts: InParts, person: ByPerson) -> Response:
    """Ask a question, give it an owner, or answer it."""
    needs(person, May.LOG)
    fields = await form_of(request)
    kind = fields.get("kind", "")
    if kind not in QUESTIONS:
        raise HTTPException(400, "this is nothing to do about a question")
    if kind == "question_answered" and not fields.get("note"):
        raise HTTPException(400, "write the answer")
    await act(parts, person, question_action(fields))
    return RedirectResponse("/frontline#questions", 303)


def _page(
    request: Request,
    parts: Parts,
    person: Person,
    given: Mapping[str, str],
    *,
    logged: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    """Show the page: what was `logged`, or why what was `given` was `refused`."""
    values = _beside(parts, person, given) | {
        "labels": LABELS,
        "severities": SEVERITIES,
        "words_of": _words(parts).by_label,
        "may_log": person.may(May.LOG),
        "event_id": given.get("event_id") or f"log-{uuid.uuid4().hex}",
        "given": given,
        "logged": logged,
        "refused": refused,
        "questions": asked(parts.index, parts.wall()),
    }
    return parts.pages.page(request, "frontline.html.j2", values, status)


def _beside(parts: Parts, person: Person, given: Mapping[str, str]) -> dict[str, Any]:
    wanted = given.get("customer_id", "").strip()
    row = parts.index.customer(wanted) if wanted and person.may(May.LOOK_UP) else None
    labels = {name: given[name].strip() for name in LABELS if given.get(name)}
    every = known(parts.index, labels)
    return {
        "wanted": wanted,
        "customer": row,
        "may_read": person.may(May.READ_TEXTS),
        "known": every[:MOST],
        "more": max(len(every) - MOST, 0),
    }


def _words(parts: Parts) -> Words:
    found: Words | None = parts.shared.get(Words)
    wall = parts.wall()
    if found is None or not 0 <= wall - found.at < KEPT_S:
        found = parts.shared[Words] = words_in_use(parts.index, wall)
    return found
