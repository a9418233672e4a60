"""The story of an incident: its messages, who was told, and what people did, in their order."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.markup import escape

from schemas.wire import stamp
from streams.cli.incident_lines import WIDTH
from streams.core.event_time.formats import minute, minute_of, utc
from streams.readmodel.incidents import before, changed
from streams.readmodel.wording import at_stake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas.actions import Action
    from streams.cli.incident_told import Heard
    from streams.core.notify.notification import Notification
    from streams.readmodel.incidents import IncidentRow


def story(row: IncidentRow, actions: Sequence[Action], heard: Heard) -> Iterator[str]:
    """Yield the lines of it: alerts, parts, texts, then what happened. Markup is in them.

    `heard` is who was told of it.
    """
    if row.customers:
        yield f"    {row.customers:,} customers, {row.alerts:,} alerts ({row.alerts_open:,} open)"
    if row.complained is not None:
        yield from _wrapped(at_stake(row.complained))
    yield from _parts(row)
    for sample in row.samples:
        yield from _wrapped(f'"{sample}"')
    yield f"    what to do: {escape(row.runbook)}"
    yield ""
    by_clock = all(heard.decided_at(message.number) for message in row.messages)
    events = []
    for number, message in enumerate(row.messages):
        decided = heard.decided_at(message.number)
        at = stamp(decided) if by_clock and decided else message.at
        events.append((at, 0, number, [*_told(row, number), *_to(heard, message.number)]))
    for number, action in enumerate(actions):
        # Messages are in event time and actions by the clock: where it is not known when messages
        # were decided, an action comes where it was seen.
        seen = action.at if by_clock else action.seen_at or action.at
        events.append((f"{seen:%Y-%m-%dT%H:%M:%SZ}", 1, number, list(_done(action))))
    for number, one in enumerate(heard.follow_ups()):
        events.append((stamp(one.decided_at), 2, number, list(_followed(heard, one))))
    for *_, lines in sorted(events, key=lambda one: one[:3]):
        yield from lines


def _to(heard: Heard, number: int) -> Iterator[str]:
    for line in heard.lines(heard.of_message(number)):
        yield from _wrapped(f"-> {line}")


def _followed(heard: Heard, one: Notification) -> Iterator[str]:
    what = one.kind.replace("_", " ")
    yield f"[dim]{minute(utc(one.decided_at))}[/]  notify: {what}"
    yield from _wrapped(one.why.partition(" Route ")[0])
    if one.receiver is not None or one.route is not None:
        yield from _wrapped(f"-> {next(heard.lines([one]))}")


def _parts(row: IncidentRow) -> Iterator[str]:
    for part in row.parts:
        words = ", ".join(f"{name} {value}" for name, value in part.labels.items()) or "all"
        beyond = ", out of proportion" if part.out_of_proportion else ""
        yield from _wrapped(
            f"{part.share:4.0%}  {words}: {part.observed:,} where {part.expected:,.1f} were "
            f"expected{beyond}",
            hanging=6,
        )


def _told(row: IncidentRow, number: int) -> Iterator[str]:
    message = row.messages[number]
    last = before(row, message)
    reason = message.reason.replace("_", " ")
    yield f"[dim]{minute_of(message.at)}[/]  told: {reason} ({message.severity})"
    yield from _wrapped(f"{message.title.removesuffix('.')}. {changed(message, last)}")


def _done(action: Action) -> Iterator[str]:
    what: str = action.kind
    if action.owner:
        what += f" to {action.owner}"
    if action.judgement:
        what += f" {action.judgement}"
    if action.until:
        what += f" until {minute(action.until)}"
    yield f"[dim]{minute(action.at)}[/]  {escape(action.by)}: {escape(what)}"
    yield from _wrapped(_hidden(action))
    if action.note:
        yield from _wrapped(action.note)


def _hidden(action: Action) -> str:
    """Return what else than this incident a silence is for, and at which hours of the week."""
    signs = {"is": "=", "like": "=", "is_not": "!="}
    said = ", ".join(
        f"{one.label}{signs[one.matching]}{one.value}"
        for one in action.matchers or ()
        if one.label != "incident"
    )
    weekly = action.recurring
    if weekly is None:
        return said
    hours = f"{', '.join(weekly.days)} {weekly.start} to {weekly.end} {weekly.zone}"
    return f"{said}; {hours}" if said else hours


def _wrapped(text: str, hanging: int = 0) -> Iterator[str]:
    """Yield the lines of a text; those after the first stand further in by `hanging`."""
    for line in textwrap.wrap(text, WIDTH - 4, subsequent_indent=" " * hanging):
        yield f"    {escape(line)}"
