"""Coming in with a token, and going out again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from streams.console.forms import form_of, local_path
from streams.console.parts import InParts

if TYPE_CHECKING:
    from streams.console.parts import Parts

router = APIRouter()

TRIES: Final = 10
"""Wrong tokens a minute, from all together. One of 256 bits is not guessed; this keeps it quiet."""


@router.get("/login")
def login(request: Request, parts: InParts, next: str = "/") -> Response:  # noqa: A002
    """Show the page on which a token is entered."""
    wanted = local_path(next)
    if request.state.person is not None:
        return RedirectResponse(wanted, 303)
    return parts.pages.page(request, "login.html.j2", {"next": wanted, "wrong": False})


@router.post("/login")
async def enter(request: Request, parts: InParts) -> Response:
    """Take a token, and begin a session."""
    if _too_many(parts):
        raise HTTPException(429, "too many wrong tokens: wait a minute")
    fields = await form_of(request, ours=False)
    wanted = local_path(fields.get("next"))
    cookie = parts.sessions.begin(fields.get("token", "") or "none", time.time())
    if cookie is None:
        parts.shared.setdefault("wrong tokens", []).append(time.monotonic())
        return parts.pages.page(request, "login.html.j2", {"next": wanted, "wrong": True}, 403)
    answer = RedirectResponse(wanted, 303)
    assert parts.guard is not None  # noqa: S101 (made with the application)
    answer.headers["set-cookie"] = parts.guard.cookie(cookie, parts.sessions.seconds)
    return answer


@router.post("/logout")
async def leave(request: Request, parts: InParts) -> Response:
    """End the session in this browser."""
    await form_of(request)
    answer = RedirectResponse("/login", 303)
    assert parts.guard is not None  # noqa: S101 (made with the application)
    answer.headers["set-cookie"] = parts.guard.cookie("", 0)
    return answer


def _too_many(parts: Parts) -> bool:
    wrong: list[float] = parts.shared.setdefault("wrong tokens", [])
    wrong[:] = [at for at in wrong if at > time.monotonic() - 60]
    return len(wrong) >= TRIES
