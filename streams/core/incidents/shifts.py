"""Artefacts that show in the counts of other series, or of the time before.

A new name for an old thing: one label falls as another rises, and what both belong to is flat. A
source that was silent and caught up: the rise is what was missing before.
"""

from __future__ import annotations

from math import log, sqrt
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.buckets import DAY, HOUR, floor
from streams.core.incidents.lookup import HOURS_KEPT
from streams.core.series import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.alerts import Artefact
    from streams.core.incidents.cause import Anatomy
    from streams.core.incidents.evidence import Evidence
    from streams.core.incidents.tally import Place

ENOUGH: Final = 8.0
"""Events that must be missing: fewer are missing by chance."""
GONE: Final = 0.75
"""A label has fallen that has lost such a part of itself;"""
ALL_GONE: Final = 0.9
"""so much proves it, where the parent is too large to show that it is flat."""
SURE: Final = 5.0
"""Standard deviations of such a fall."""
SILENT: Final = 0.1
"""A source is silent that gives at most such a part of what it usually does."""
FALLEN: Final = 3
"""So many labels may have fallen for one that rises."""
LONGEST: Final = 14 * DAY
LONG: Final = 72
DISPERSION: Final = 1.5
"""Variance over mean of counts that are usual."""
MOST: Final = 0.5
CHANCE: Final = 3.0
"""By so many standard deviations a series may lack more than is usual of it."""


class Shift(NamedTuple):
    """What a test found: the events that came from elsewhere, and the words for it."""

    artefact: Artefact
    moved: float
    evidence: str


def taxonomy(anatomy: Anatomy, since: int, evidence: Evidence, *, known: bool) -> Shift | None:
    """Find a label of the rise whose neighbours fell by as much, under a flat parent.

    Once it is `known`, it holds as long as they stay down and the parent rises less than this.
    """
    rise, best = anatomy.rise, None
    for position, value in rise.place:
        if position >= len(evidence.names):
            return None
        parent = tuple(part for part in rise.place if part[0] != position)
        found = _moved(anatomy, since, evidence, (parent, position, value), known=known)
        if found is not None and (best is None or found.moved > best.moved):
            best = found
    return best


def _moved(
    anatomy: Anatomy,
    since: int,
    evidence: Evidence,
    label: tuple[Place, int, str],
    *,
    known: bool,
) -> Shift | None:
    rise, (parent, position, value) = anatomy.rise, label
    total = evidence.count(rise.start, rise.end, parent)
    before = evidence.usual(rise.start, rise.end, since, parent)
    noise = 2.0 * (DISPERSION * before) ** 0.5
    if abs(total - before) > max(MOST * rise.excess, noise) + (known * MOST * rise.excess):
        return None
    there = evidence.window(rise.start, rise.end, parent)
    usual = evidence.typical(rise.start, rise.end, since, parent, position)
    if usual is None:
        return None
    names, observed = there.values(position), there.sums(position)
    gone, sure = (GONE, 3.0) if noise <= rise.excess or known else (ALL_GONE, SURE)
    enough = np.flatnonzero(usual >= ENOUGH).tolist()
    others = {code: float(usual[code]) for code in enough if names[code] != value}
    # The more there are, the more of them fall by chance.
    sure = max(sure, 1.0 + (2.0 * log(len(others) or 1)) ** 0.5)
    falls = sorted(
        (left - was, names[code], code)
        for code, was in others.items()
        if (left := float(observed[code])) <= (1.0 - gone) * was and _fall(was, left) >= sure
    )[:FALLEN]
    fallen = -sum(fall for fall, _, _ in falls)
    if fallen < MOST * rise.excess:
        return None
    moved = rise.excess if known else max(fallen, rise.excess - max(0.0, total - before))
    _, name, code = falls[0]
    evidence_text = (
        f"{evidence.names[position]} {name} fell to {observed[code]:,.0f} where "
        f"{others[code]:,.0f} were usual, while {value} rose and both together with the rest "
        f"stayed at {total:,.0f} ({before:,.0f} usual): they were named anew, it seems."
    )
    return Shift("taxonomy", min(moved, rise.excess), evidence_text)


def _fall(was: float, left: float) -> float:
    """Give a fall in standard deviations, on the scale of roots (Anscombe 1948)."""
    return 2.0 * (sqrt(was) - sqrt(left)) / sqrt(DISPERSION)


def catch_up(anatomy: Anatomy, since: int, evidence: Evidence, *, known: bool) -> Shift | None:
    """Find a silence right before the rise, of the source or of most of the rise, that it fills."""
    del known
    rise, best = anatomy.rise, None
    first = floor(min(rise.start, since), "1h")  # silence is known by the hour
    for place, what in _sources(anatomy, evidence):
        start = _resumed(first, rise.end, place, evidence)
        gap, missing = _silence(start, rise.end - HOURS_KEPT, place, evidence)
        if missing < ENOUGH:
            continue
        usual = evidence.usual(gap, start, gap, rise.place)
        there = evidence.count(gap, start, rise.place)
        lacking = usual - there
        chance = CHANCE * sqrt(DISPERSION * usual)
        moved = max(
            lacking, min(_caught_up(anatomy, gap, missing, place, evidence), lacking + chance)
        )
        if lacking > 0.0 and (best is None or moved > best.moved):
            length = (start - gap) / HOUR
            span = f"{length:,.0f} hours" if length <= LONG else f"{length / 24:,.1f} days"
            told = (
                f"{what} was silent in the {span} before; of this series {lacking:,.0f} were "
                f"missing then, and came with these {rise.observed:,.0f} "
                f"({rise.observed + there:,.0f} in both, {rise.expected + usual:,.0f} usual)."
            )
            best = Shift("catch_up", min(moved, rise.excess), told)
    return best


def _caught_up(
    anatomy: Anatomy, gap: int, missing: float, source: Place, evidence: Evidence
) -> float:
    """Give how many events of the rise came late, if those of the source came late alike.

    How many a small series lacks is known by its average alone, and what rises has more than that:
    it is picked for it. How many of the source came late is known well.
    """
    rise = anatomy.rise
    came = evidence.count(rise.start, rise.end, source)
    late = min(missing, came - evidence.usual(rise.start, rise.end, gap, source))
    if late <= 0.0:
        return 0.0
    both = tuple(sorted({*rise.place, *source}))
    return late / came * evidence.count(rise.start, rise.end, both)


def _sources(anatomy: Anatomy, evidence: Evidence) -> Iterator[tuple[Place, str]]:
    """Give what may have been silent: all, the series, or the value with most of the excess."""
    rise = anatomy.rise
    yield (), "The source"
    yield rise.place, "The series"
    taken = {position for position, _ in rise.place}
    for position, name in enumerate(evidence.names):
        if position in taken:
            continue
        excess, values = anatomy.excess(position), anatomy.observed.values(position)
        most = float(excess.max(initial=0.0))
        value = min((values[code] for code in np.flatnonzero(excess == most)), default=UNKNOWN)
        if most >= MOST * rise.excess and value != UNKNOWN:
            yield ((position, value),), f"{name} {value}"


def _resumed(start: int, end: int, place: Place, evidence: Evidence) -> int:
    """Give when a silence ended that reaches into the window, by whole days; else its start."""
    usual = evidence.usual(start, start + DAY, start, place)
    while start + DAY < end and evidence.count(start, start + DAY, place) <= SILENT * usual:
        start += DAY
    return start


def _silence(start: int, kept: int, place: Place, evidence: Evidence) -> tuple[int, float]:
    """Give where the silence before `start` began, and how many events it lacks.

    Walked back by whole days where they are silent, by hours at its ends; hours are known from
    `kept` on. It may have ended up to a day before: then the source went on, and caught up later.
    Of several the one that lacks the most: some of what comes late may have come by night.
    """
    if evidence.usual(start - LONGEST, start, start, place) < ENOUGH:
        return start, 0.0
    at, missing, came, step, found = start, 0.0, 0.0, DAY, (start, 0.0)
    while at > start - LONGEST:
        step = DAY if at % DAY == 0 and step == DAY else HOUR
        if step == HOUR and at - HOUR < kept:
            break
        usual = evidence.usual(at - step, at, start, place)
        there = evidence.count(at - step, at, place)
        # The hour in which it resumed is half silent.
        resumed = at == start and step == HOUR and there < usual
        # A stray event in a night, of which much is expected by its hours, is no end of a silence.
        stray = came + there <= SILENT * (missing + came + usual)
        if there <= SILENT * usual or stray or resumed:
            at, missing, step = at - step, missing + usual - there, DAY
            came += 0.0 if resumed else there
        elif step == DAY:
            step = HOUR
        elif at > start - DAY:
            found = max(found, (at, missing), key=itemgetter(1))
            at, missing, came, step = at - HOUR, 0.0, 0.0, DAY
        else:
            break
    return max(found, (at, missing), key=itemgetter(1))
