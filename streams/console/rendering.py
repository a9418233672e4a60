"""Writes the pages: Jinja templates in which every value is escaped."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from streams.console import words
from streams.console.roles import May
from streams.readmodel.wording import together

if TYPE_CHECKING:
    from starlette.requests import Request

STATIC: Final = files("streams.console").joinpath("static")


class Pages:
    """Writes the pages."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("streams.console", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            whole=words.whole,
            signed=words.signed,
            decimal=words.decimal,
            percent=words.percent,
            share=words.share,
            amounts=words.amounts,
            minute=words.minute,
            stamp=words.stamp,
            words=words.words,
            labels=words.labels,
            together=together,
            as_of=words.as_of,
        )
        self._environment.globals.update(
            money=words.money,
            figure=words.figure,
            exact_money=words.exact_money,
            signed_money=words.signed_money,
            asset=_asset,
            May=May,
        )

    def part(self, template: str, values: dict[str, Any]) -> str:
        """Write a part of a page."""
        return self._environment.get_template(template).render(values)

    def page(
        self, request: Request, template: str, values: dict[str, Any], status: int = 200
    ) -> HTMLResponse:
        """Write a page for whoever asks."""
        parts = request.app.state.parts
        shared = {
            "person": request.state.person,
            "csrf": request.state.session.csrf if request.state.session else "",
            "open": parts.sessions.open,
            "standing": parts.standing(),
            "path": request.url.path,
        }
        return HTMLResponse(self.part(template, shared | values), status)


_known: dict[str, str] = {}


def _asset(name: str) -> str:
    """Return the address of a file that the pages need; another content is another address."""
    if name not in _known:
        content = STATIC.joinpath(name).read_bytes()
        _known[name] = f"/static/{name}?{sha256(content).hexdigest()[:12]}"
    return _known[name]
