"""The story of an incident: what people were told, and what they did, in the order of it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.markup import escape

from streams.cli.incident_lines import WIDTH
from streams.core.event_time.formats import minute, minute_of
from streams.readmodel.incidents import before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas.actions import Action
    from streams.readmodel.incidents import IncidentRow


def story(row: IncidentRow, actions: Sequence[Action]) -> Iterator[str]:
    """Yield the lines of it: alerts, parts, texts, then what happened. Markup is in them."""
    if row.customers:
        yield f"    {row.customers:,} customers, {row.alerts:,} alerts ({row.alerts_open:,} open)"
    yield from _parts(row)
    for sample in row.samples:
        yield from _wrapped(f'"{sample}"')
    yield f"    what to do: {escape(row.runbook)}"
    yield ""
    events = [
        (message.at, 0, number, list(_told(row, number)))
        for number, message in enumerate(row.messages)
    ]
    for number, action in enumerate(actions):
        # When it was seen, since messages are in event time and actions by the clock.
        seen = action.seen_at or action.at
        events.append((f"{seen:%Y-%m-%dT%H:%M:%SZ}", 1, number, list(_done(action))))
    for *_, lines in sorted(events, key=lambda one: one[:3]):
        yield from lines


def _parts(row: IncidentRow) -> Iterator[str]:
    for part in row.parts:
        words = ", ".join(f"{name} {value}" for name, value in part.labels.items()) or "all"
        beyond = ", out of proportion" if part.out_of_proportion else ""
        yield from _wrapped(
            f"{part.share:4.0%}  {words}: {part.observed:,} where {part.expected:,.1f} were "
            f"expected{beyond}"
        )


def _told(row: IncidentRow, number: int) -> Iterator[str]:
    message = row.messages[number]
    last = before(row, message)
    reason = message.reason.replace("_", " ")
    yield f"[dim]{minute_of(message.at)}[/]  told: {reason} ({message.severity})"
    change = "" if last is None else f"{last.observed:,} -> {message.observed:,}. "
    yield from _wrapped(f"{message.title}. {change}{message.text}")


def _done(action: Action) -> Iterator[str]:
    what: str = action.kind
    if action.owner:
        what += f" to {action.owner}"
    if action.judgement:
        what += f" {action.judgement}"
    if action.until:
        what += f" until {minute(action.until)}"
    yield f"[dim]{minute(action.at)}[/]  {escape(action.by)}: {escape(what)}"
    if action.note:
        yield from _wrapped(action.note)


def _wrapped(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, WIDTH - 4):
        yield f"    {escape(line)}"
