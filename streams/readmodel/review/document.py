"""A review as a document: Markdown, or an HTML page for A4."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from streams.core.event_time.formats import minute
from streams.readmodel.review.lines import WORDS, summary, tables
from streams.readmodel.wording import together

if TYPE_CHECKING:
    from streams.readmodel.review.lines import Table
    from streams.readmodel.review.review import Review

ORDER: Final = (
    "last_calls",
    "last_issues",
    "reasons",
    "money",
    "avoidable",
    "initiatives",
    "issues",
    "calls",
    "found",
    WORDS,
    "left",
    "partial",
)
"""What became of the last review comes first."""


def shown(review: Review) -> list[Table]:
    """Return the tables that have something in them, in the order in which they are read."""
    found = tables(review)
    return [found[name] for name in ORDER if name in found and found[name].rows]


def footer(review: Review) -> str:
    """Say up to when it is counted, and by what."""
    row = review.row
    clock = minute(datetime.fromisoformat(row.clock))
    return f"{row.status}, as of {clock} UTC; definitions {row.definitions}"


def markdown(review: Review) -> str:
    """Write a review as Markdown."""
    parts = [f"# Customers lost in {review.period}", *summary(review)]
    for table in shown(review):
        parts.append(f"## {table.heading}")
        if table.note:
            parts.append(table.note)
        parts.append(_table(table))
    parts.append(footer(review))
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    heads = [_cell(name.removesuffix("#")) for name in table.columns]
    marks = ["---:" if name.endswith("#") else "---" for name in table.columns]
    rows = [heads, marks, *([_cell(cell) for cell in row] for row in table.rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(text: str) -> str:
    """Escape what would be markup in a cell."""
    plain = " ".join(text.split())
    return "".join(f"\\{mark}" if mark in "\\`*_[]<>|#" else mark for mark in plain)


def html(review: Review) -> str:
    """Write a review as a page that needs nothing else: no network, no script."""
    environment = Environment(
        loader=PackageLoader("streams.readmodel.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["together"] = together
    return environment.get_template("review.html.j2").render(
        period=review.period,
        summary=summary(review),
        tables=shown(review),
        footer=footer(review),
    )
