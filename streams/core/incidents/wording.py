"""The words of an incident: its title, and what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.formats import day_or_minute, utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.incidents.incident import Incident, Member, Part

SHOWN: Final = 3
TIMES_FROM: Final = 3.0
"""From here on a rise is given in times, not in per cent."""


def words(labels: Mapping[str, str]) -> str:
    """Name a part: `product Mortgage, issue Foreclosure`; of no labels `all`."""
    return ", ".join(f"{name} {value}" for name, value in labels.items()) or "all"


def title(metric: str, incident: Incident) -> str:
    """Say what an incident is, in plain words: `More complaints: company Navient`."""
    what = f"More {metric.replace('_', ' ')}"
    labels = incident.scope.labels
    if labels:
        return f"{what}: {words(labels)}"
    return f"{what} overall"


def text(incident: Incident, new: Sequence[Member] = ()) -> str:
    """Say it with its numbers: how many, since when, what has most of it, and what is new."""
    scope = incident.scope
    since = day_or_minute(utc(scope.start), " ")
    said = f"{scope.observed:,.0f} since {since}, where {_number(scope.expected)} were expected"
    said += f" ({_more(scope.observed, scope.expected)})."
    parts = [part for part in scope.parts if not part.beyond][:SHOWN]
    if parts:
        said += (
            f" Most of it: {'; '.join(_share(part, scope.excess, scope.labels) for part in parts)}."
        )
    beyond = [part for part in scope.parts if part.beyond][:SHOWN]
    if beyond:
        said += f" Out of proportion: {_each(beyond, scope.labels)}."
    if new:
        said += f" New: {_each(new[:SHOWN], {})}."
    return said


def _each(parts: Sequence[Part | Member], above: Mapping[str, str]) -> str:
    return "; ".join(
        f"{words(_own(part.labels, above))} ({part.observed:,.0f} where "
        f"{_number(part.expected)} were expected)"
        for part in parts
    )


def _own(labels: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name not in above} or dict(labels)


def _share(part: Part, whole: float, above: Mapping[str, str]) -> str:
    return f"{words(_own(part.labels, above))} ({min(1.0, part.excess / whole):.0%})"


def _more(observed: float, expected: float) -> str:
    times = observed / max(expected, 0.1)
    return f"{times - 1:+.0%}" if times < TIMES_FROM else f"{times:,.1f} times"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004
