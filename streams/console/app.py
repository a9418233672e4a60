"""The application: pages, event stream, API and what they share, wired together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from streams.console.api import customers as api_customers
from streams.console.api import events as api_events
from streams.console.api import incidents as api_incidents
from streams.console.api import metrics as api_metrics
from streams.console.api import questions as api_questions
from streams.console.api import reviews as api_reviews
from streams.console.api.openapi import PROBLEMS, describe
from streams.console.guard import Guard
from streams.console.pages import (
    customers,
    explorer,
    frontline,
    incident,
    live,
    login,
    now,
    periods,
    review,
)
from streams.console.parts import NobodyError
from streams.console.problems import problem
from streams.console.rendering import STATIC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

    from streams.console.parts import Parts

API: Final = "/v1"
PAGES: Final = (now, incident, periods, explorer, customers, review, frontline, live, login)
ROWS: Final = (
    api_incidents,
    api_customers,
    api_metrics,
    api_reviews,
    api_questions,
    api_events,
)
"""Modules with a `router` each: of pages, and below API."""
PLAIN: Final = {
    404: "There is no page at this address.",
    405: "This page only shows something; it takes nothing.",
}
"""What a page says of an error that has no words of its own."""


def create(parts: Parts) -> Guard:
    """Make the application, with its guard around it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        parts.changes.begin()
        yield
        parts.changes.end()

    app = FastAPI(
        title="Groundswell",
        summary="What the console knows of customers, incidents and metrics.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        lifespan=lifespan,
    )
    app.state.parts = parts
    for pages in PAGES:
        app.include_router(pages.router, include_in_schema=False)
    for rows in ROWS:
        app.include_router(rows.router, prefix=API, responses=PROBLEMS)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign] # as FastAPI has it
    app.add_api_route("/healthz", _health, include_in_schema=False)
    app.mount("/static", _Kept(directory=str(STATIC)), name="static")
    app.add_exception_handler(NobodyError, _nobody)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    https = (parts.settings.console.public_url or "").startswith("https://")
    guard = Guard(app, parts.sessions, https=https)
    parts.guard = guard
    return guard


async def _health(request: Request) -> dict[str, Any]:
    """Say that we serve, and how the reading goes."""
    standing = request.app.state.parts.standing()
    return {"status": "ok", "behind": standing.behind, "failure": standing.failure}


class _Kept(StaticFiles):
    """Files whose address changes with their content, so browsers may keep them."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Answer with a file."""
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(f"{API}/")


async def _nobody(request: Request, _: Exception) -> Response:
    if _is_api(request) or request.state.by_token:
        answer = problem(401, "send a token: Authorization: Bearer ...")
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    if request.method != "GET" or request.url.path.startswith("/live"):
        return problem(401, "the session is over: load the page again")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (as registered)
    answer = _answer(request, error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["allow"] = ", ".join(_methods(request.url.path)) or "GET"
    return answer


def _methods(path: str) -> list[str]:
    """Return what may be done at a path; one route has one method of several."""
    found = {
        method
        for prefix, modules in (("", PAGES), (API, ROWS))
        for module in modules
        for route in module.router.routes
        if isinstance(route, Route) and route.path_regex.match(path.removeprefix(prefix))
        for method in route.methods or ()
        if path.startswith(prefix)
    }
    return sorted(found)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (as registered)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    status = 422 if _is_api(request) else 400
    return _answer(request, status, f"{where}: {first['msg']}")


def _answer(request: Request, status: int, detail: str) -> Response:
    if _is_api(request):
        return problem(status, detail)
    title = HTTPStatus(status).phrase
    if detail == title:
        detail = PLAIN.get(status, "Try it again, or go back.")
    parts: Parts = request.app.state.parts
    values = {"status": status, "title": title, "detail": detail}
    return parts.pages.page(request, "error.html.j2", values, status)
