"""The pages that alerts link to, as the worker serves them: the runbook, and that on Prometheus."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from typing import Final

from aiohttp import web

NAMES: Final = ("runbook", "prometheus")

_PLACES: Final = (Path(__file__).parent / "docs", Path(__file__).parents[2] / "docs")
"""In a package, and in a checkout."""
_HEADING: Final = re.compile(r"^(#+ )(.*)$", re.MULTILINE)


def page(name: str) -> str | None:
    """Return a page as HTML, each heading with its anchor; None: there is none of this name."""
    if name not in NAMES:
        return None
    for place in _PLACES:
        file = place / f"{name}.md"
        if file.exists():
            return html(file.read_text(encoding="utf-8"))
    return None


def html(text: str) -> str:
    """Put Markdown into a page as it is; a link leads to a heading by its words."""
    shown = _HEADING.sub(
        lambda found: f'{found[1]}<b id="{anchor(found[2])}">{found[2]}</b>',
        escape(text, quote=False),
    )
    return (
        '<!doctype html><meta charset="utf-8"><title>Groundswell</title>'
        '<pre style="white-space: pre-wrap; max-width: 110ch; margin: 2em auto">'
        f"{shown}</pre>\n"
    )


def anchor(heading: str) -> str:
    """Return the anchor of a heading: `A rise of complaints` is `a-rise-of-complaints`."""
    return re.sub(r"[^\w -]", "", unescape(heading).lower()).replace(" ", "-")


def serve_pages(app: web.Application) -> None:
    """Have an application answer for them, below /docs."""

    async def docs(request: web.Request) -> web.Response:
        found = page(request.match_info["page"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=found, content_type="text/html")

    app.router.add_get("/docs/{page}", docs)
