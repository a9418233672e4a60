"""Why something is told now, or is not, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.formats import minute, utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.incidents import MessageReason
    from schemas.notifications import NotSent
    from streams.core.incidents.handling import Silence
    from streams.core.notify.seen import Taken

NEWS: Final[Mapping[MessageReason, str]] = {
    "opened": "It has just opened",
    "worse": "It is worse than was told",
    "wider": "Something more belongs to it than was told",
    "cause_changed": "It has another cause than was told",
    "verdict_changed": "It is judged otherwise than was told",
    "came_back": "It is back",
    "resolved": "It is over",
}
"""What a message says, by why the incident had it."""

AT_RISK: Final = "It is known now what is at risk"
"""What is said in place of that where a route asks for money."""

BUT: Final[Mapping[NotSent | None, str]] = {
    "no_route": "No route is for it.",
    "superseded": "What came after it says more.",
    "never_told": "This receiver never heard of it.",
    "handled_by_alertmanager": "Alertmanager repeats and ends by itself.",
}
"""Why something is not sent, where no more is to be said of it."""

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def span(seconds: int) -> str:
    """Write a length of time: `30 min`, `4 h`, `36 h`, `2 d`.

    >>> span(1800), span(5400), span(86_400)
    ('30 min', '90 min', '1 d')
    """
    return next(
        f"{seconds // size} {unit}" for size, unit in _UNITS if seconds % size == 0 or size == 1
    )


def at(wall: float) -> str:
    """Write a time: `2017-01-19 02:00 UTC`."""
    return f"{minute(utc(wall))} UTC"


def nobody_took_it(since: int, after: int | None = None) -> str:
    """Say that an incident is nobody's."""
    lasting = "" if after is None else f", for {span(after)}"
    return f"Nobody has taken it on since {at(since)}{lasting}."


def reminded(taken: Taken) -> str:
    """Ask whoever has an incident for an answer."""
    return (
        f"{taken.by} took it on at {at(taken.since)}, and nothing was heard of late: without a "
        f"word it is nobody's at {at(taken.ends)}."
    )


def unanswered(by: str, until: int) -> str:
    """Say that whoever had an incident said nothing."""
    return f"{by} took it on and nothing was heard until {at(until)}: nobody has it now."


def released(by: str) -> str:
    """Say that whoever had an incident has it no more."""
    return f"{by} gave it back: nobody has it now."


def merged(into: str) -> str:
    """Say that an incident is a part of another."""
    return f"It turned out to be a part of incident {into[:8]}, of which more is told."


def held(taken: Taken) -> str:
    """Say why nothing is repeated."""
    return f"{taken.by} took it on at {at(taken.since)}: nothing is repeated or escalated."


def hidden(silence: Silence) -> str:
    """Say why a message is hidden."""
    why = f" ({silence.note})" if silence.note else ""
    return f"{silence.by} silenced it until {at(silence.until)}{why}."
