"""Messages in words: sandboxed Jinja2 templates, ours or a user's own files."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from streams.notify import chart
from streams.notify.context import context
from streams.notify.message import Message, Rendered
from streams.notify.specimen import INCIDENT, ITEM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jinja2 import Template

log = logging.getLogger(__name__)

NAMES: Final[Mapping[str, str]] = {
    "subject": "subject.txt.j2",
    "text": "text.txt.j2",
    "html": "page.html.j2",
}
"""What a message consists of, and the template of each that comes with us."""
LONGEST: Final[Mapping[str, int]] = {"subject": 200, "text": 20_000, "html": 200_000}
"""Characters of each at most; what is longer is cut (a page is refused)."""
LARGEST_FILE: Final = 256 * 1024
"""Bytes of a template file at most."""


class TemplatesError(Exception):
    """A template cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Templates:
    """The three templates of a message; `ours` are those that come with us. Made by `load`."""

    subject: Template
    text: Template
    html: Template
    base_url: str | None
    zone: str
    ours: Templates | None = None

    def render(self, message: Message) -> Rendered:
        """Put a message into words.

        Raises:
            TemplatesError: a template fails on it.
        """
        incident = message.incident
        picture = None if incident is None else chart.picture(incident.get("curve"))
        given = context(message, self.base_url, self.zone) | {
            "chart": "cid:chart.png" if picture else None
        }
        subject = " ".join(self._fill("subject", given).split())
        text = _cut(self._fill("text", given).strip(), LONGEST["text"]) + "\n"
        html = self._fill("html", given)
        if len(html) > LONGEST["html"]:
            raise TemplatesError(f"the page is longer than {LONGEST['html']:,} characters")
        link = given["links"].get("incident")
        return Rendered(_cut(subject, LONGEST["subject"]), text, html, picture, link)

    def surely(self, message: Message) -> Rendered:
        """Put a message into words; where a user's template fails on it, by ours."""
        try:
            return self.render(message)
        except TemplatesError as error:
            if self.ours is None:
                raise
            log.error("%s; %s is told in our words", error, message.notification_id)  # noqa: TRY400
            return self.ours.render(message)

    def _fill(self, name: str, given: Mapping[str, Any]) -> str:
        template: Template = getattr(self, name)
        try:
            return template.render(given)
        except TemplateError as error:
            raise TemplatesError(f"the template of {name}: {error}") from error
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise TemplatesError(f"the template of {name}: {type(error).__name__}") from error


def load(
    own: Mapping[str, Path | None], base_url: str | None = None, zone: str = "UTC"
) -> Templates:
    """Read the templates: a user's `own` files by name (of NAMES), and ours for the rest.

    Each is tried on an incident that has everything and on a message that is about none.

    Raises:
        TemplatesError: a file cannot be read, is no template, or fails on what it is tried on.
    """
    made: dict[str, Template] = {}
    for name, shipped in NAMES.items():
        file = own.get(name)
        environment = ImmutableSandboxedEnvironment(
            autoescape=name == "html",
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        try:
            source = _read(file) if file else _ours(shipped)
            made[name] = environment.from_string(source)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f" line {line}" if line else ""
            raise TemplatesError(f"{file or shipped}{where}: {error}") from error
    ours = load({}, base_url, zone) if any(own.values()) else None
    templates = Templates(**made, base_url=base_url, zone=zone, ours=ours)
    trial = Message("0" * 16, "route", "receiver", "subject", "why", [])
    for one in (replace(trial, incidents=[INCIDENT]), replace(trial, items=[ITEM]), trial):
        templates.render(one)
    return templates


def _ours(name: str) -> str:
    return (files("streams.notify") / "templates" / name).read_text(encoding="utf-8")


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise TemplatesError(f"{file} is larger than {LARGEST_FILE // 1024} KiB")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplatesError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplatesError(f"{file} is not UTF-8") from error


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
