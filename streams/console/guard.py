"""What every request passes: limits, who it is from, and what the browser may do with the answer.

Plain ASGI, so that event streams pass as they are.
"""

from __future__ import annotations

import asyncio
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

from streams.console.problems import problem

if TYPE_CHECKING:
    from starlette.responses import JSONResponse
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streams.console.sessions import Sessions

MAX_BODY: Final = 64 * 1024
"""Bytes of a request's body."""
MAX_URL: Final = 4_096
"""Bytes of a path and of what follows it."""
BODY_S: Final = 15.0
"""Seconds for which a piece of a body is waited for."""
COOKIE: Final = "groundswell"
_SAFE: Final = frozenset({"GET", "HEAD"})
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class TooLargeError(Exception):
    """The body of a request has more than MAX_BODY bytes."""


class Guard:
    """Wraps the application.

    It puts `session` (None: nobody) and `by_token` (whether by one in the header) into the state
    of each request.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, *, https: bool) -> None:
        self._app = app
        self._sessions = sessions
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, _dressed(send, {}))
            return
        new = self._recognise(scope, headers)
        extra = {"set-cookie": new} if new else {}
        try:
            await self._app(scope, _limited(receive), _dressed(send, extra))
        except TimeoutError:
            await problem(408)(scope, receive, _dressed(send, {}))
        except TooLargeError:
            answer = problem(413, f"a request has {MAX_BODY} bytes at most")
            await answer(scope, receive, _dressed(send, {}))

    def cookie(self, value: str, seconds: int) -> str:
        """Write the header that sets the cookie."""
        secure = "; Secure" if self._https else ""
        return f"{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"

    def _refusal(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        if len(scope["raw_path"] or b"") + len(scope["query_string"]) > MAX_URL:
            return problem(414)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > MAX_BODY:  # noqa: PLR2004
            return problem(413, f"a request has {MAX_BODY} bytes at most")
        if self._sessions.open and _host(headers.get("host", "")) not in _LOCAL:
            # A page elsewhere may have its name lead here: without tokens nothing else stops it.
            return problem(421, "this console is for this machine only")
        if scope["method"] not in _SAFE and headers.get("sec-fetch-site", "same-origin") not in {
            "same-origin",
            "none",
        }:
            return problem(403, "other sites may not send this")
        return None

    def _recognise(self, scope: Scope, headers: Headers) -> str | None:
        """Find out who asks; returns a header if a session was begun."""
        state = scope.setdefault("state", {})
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            state["by_token"] = True
            state["person"] = self._sessions.bearer(token.strip())
            state["session"] = None
            return None
        state["by_token"] = False
        session = self._sessions.read(_cookie(headers), time.time())
        new = None
        if session is None and self._sessions.open:
            value = self._sessions.begin(None, time.time())
            session = self._sessions.read(value, time.time())
            new = self.cookie(value or "", self._sessions.seconds)
        state["session"] = session
        state["person"] = None if session is None else session.person
        return new


def _host(header: str) -> str:
    name, colon, port = header.rpartition(":")
    return name if colon and port.isdecimal() else header


def _cookie(headers: Headers) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def _limited(receive: Receive) -> Receive:
    """Hand a body on as long as it is not too large."""
    read, whole = 0, False

    async def limited() -> Message:
        nonlocal read, whole
        if whole:  # what comes now is that the client has gone, some time
            return await receive()
        async with asyncio.timeout(BODY_S):
            message = await receive()
        whole = not message.get("more_body", False)
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > MAX_BODY:
                raise TooLargeError
        return message

    return limited


def _dressed(send: Send, extra: dict[str, str]) -> Send:
    """Put our headers on an answer; those that it has stay."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
            for name, value in extra.items():
                headers.append(name, value)
        await send(message)

    return dressed
