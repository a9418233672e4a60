"""Incidents as lines for people: what each is, and what changed since the line before."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from streams.cli.alerts import coloured
from streams.cli.terminal import err, out
from streams.core.event_time.formats import minute_of
from streams.readmodel.incidents import IncidentTable, before, changed, decode_incident
from streams.readmodel.wording import at_stake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.readmodel.incidents import IncidentRow, Told

WIDTH: Final = 80
SHORT_ID: Final = 8
"""Characters of an id that are shown; the commands take as many."""
QUIET: Final = {
    "joined": "another alert belongs to it",
    "quiet": "its alerts are over; it waits for a return",
    "went_stale": "no data comes: nobody knows",
    "merged": "is a part of another incident",
    "handled": "somebody has seen to it",
}
"""What nobody is told, by the reason of the row."""


def legend() -> str:
    """Return what the colours mean."""
    words = ("critical", "warning", "info", "notice", "resolved", "stale")
    named = ", ".join(coloured(word) for word in words)
    return f"{named}; a line without a colour pages nobody"


def head(row: IncidentRow, at: str, word: str, severity: str) -> str:
    """Return the first line: when, which, how bad, and what happened."""
    colour = "resolved" if word == "resolved" else severity
    if row.verdict == "artefact":
        severity = "notice"
    return (
        f"[dim]{minute_of(at)}[/]  {row.incident_id[:SHORT_ID]}  "
        f"{coloured(f'{severity.upper():<8}', colour)} {word.replace('_', ' ')}"
    )


def told(row: IncidentRow, message: Told) -> Iterator[str]:
    """Yield the lines of a message: its title, and what is new in it."""
    yield head(row, message.at, message.reason, message.severity)
    last = before(row, message)
    if last is None or last.title != message.title:
        yield from _wrapped(message.title)
    if message.reason == "resolved":
        yield from _wrapped(f"Over. At its most: {message.text}")
    else:
        yield from _wrapped(changed(message, last))


def standing(row: IncidentRow) -> Iterator[str]:
    """Yield the lines of an incident as it stands: what it is, and who has it."""
    last = row.messages[-1] if row.messages else None
    word = row.state if row.state != "open" else f"open since {minute_of(row.opened_at)}"
    yield head(row, last.at if last else row.at, word, row.severity)
    yield from _wrapped(row.title)
    yield from _wrapped(row.text)
    if handling := handled(row):
        yield from _wrapped(handling)


def handled(row: IncidentRow) -> str:
    """Return who does what about an incident: `acknowledged by Ada, owner Bo`."""
    own = row.handling
    found = []
    if own.acknowledged is not None:
        found.append(f"acknowledged by {own.acknowledged.by}")
    if own.owner is not None:
        found.append(f"owner {own.owner}")
    if own.judgement is not None:
        found.append(f"judged {own.judgement} by {own.judged_by}")
    found += [
        f"silenced by {one.by} until {minute_of(one.until)} ({one.note})" for one in own.silences
    ]
    return ", ".join(found)


def listed(row: IncidentRow) -> Iterator[str]:
    """Yield the lines of an incident in a list: which, how bad, since when, what, whose."""
    until = "" if row.resolved_at is None else f" to {minute_of(row.resolved_at)}"
    word = row.state if row.state != "open" else "open"
    yield head(row, row.opened_at, f"{word}{until}", row.severity)
    yield from _wrapped(f"{row.title}: {row.observed:,} where {row.expected:,.1f} were expected")
    if handling := handled(row):
        yield from _wrapped(handling)


def quiet(row: IncidentRow) -> str:
    """Return the line of a change that nobody is told."""
    said = QUIET.get(row.reason, row.reason.replace("_", " "))
    if row.reason == "valued" and row.complained is not None:
        said = at_stake(row.complained)
    if row.reason == "handled":
        said = handled(row) or "nobody has it any more"
    if row.merged_into is not None:
        said = f"is a part of {row.merged_into[:SHORT_ID]}"
    short = textwrap.shorten(f"{row.title}: {said}", WIDTH - 28, placeholder=" ...")
    return f"[dim]{minute_of(row.at)}  {row.incident_id[:SHORT_ID]}  {escape(short)}[/]"


def _wrapped(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, WIDTH - 4):
        yield f"    {escape(line)}"


class IncidentTail:
    """Prints incidents as they come: first those that are open, or all that was ever told.

    A legend of the colours goes to stderr first, where colours are shown.
    """

    def __init__(self, *, from_beginning: bool) -> None:
        self._table = IncidentTable()
        self._from_beginning = from_beginning
        self._first: list[tuple[IncidentRow, Told]] | None = []

    def __call__(self, value: bytes) -> None:
        """Take a row."""
        row = decode_incident(value)
        new = self._table.apply(row)
        if self._first is not None:
            self._first += [(row, message) for message in new]
        elif new:
            for message in new:
                _print(told(row, message))
        else:
            out.print(quiet(row))

    def caught_up(self) -> None:
        """Print what has come so far."""
        first, self._first = self._first or [], None
        if out.is_terminal:
            err.print(f"[dim]colours:[/] {legend()}")
        if self._from_beginning:
            rows = self._table.rows
            for row, message in sorted(
                first, key=lambda one: (one[1].at, one[0].incident_id, one[1].number)
            ):
                _print(told(rows[row.incident_id], message))
            return
        for row in self._table.open_ones():
            _print(standing(row))
        if not self._table.open_ones():
            out.print("[dim]nothing is open[/]")


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        out.print(line)
