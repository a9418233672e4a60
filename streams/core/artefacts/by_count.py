"""Artefacts that show in the counts of other series, or of the time before.

A new name for an old thing: one label falls as another rises, and what both belong to is flat. A
source that was silent and caught up: the rise is what was missing before. What is usual is what the
same hours of the weeks before brought (`weeks`), and every number told is a count of events.
"""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.event_time.buckets import HOUR, floor
from streams.core.event_time.formats import minute, utc
from streams.core.evidence.weeks import DISPERSION, ENOUGH, SURE, Silence, fall
from streams.core.series_key import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.alerts import Artefact
    from streams.core.evidence.attribution import Anatomy, Rise
    from streams.core.evidence.label_counts import Place
    from streams.core.evidence.store import Evidence

GONE: Final = 0.75
"""A label has fallen that has lost such a part of itself;"""
ALL_GONE: Final = 0.9
"""so much proves it, where the parent is too large to show that it is flat."""
FALLEN: Final = 3
"""So many labels may have fallen for one that rises."""
LONG: Final = 72
MOST: Final = 0.5
CHANCE: Final = 3.0
"""By so many standard deviations a series may lack more than is usual of it."""


class CountArtefact(NamedTuple):
    """What a test found: the events that came from elsewhere, and the words for it.

    Counted was from `start` on, to the end of the window.
    """

    artefact: Artefact
    moved: float
    evidence: str
    start: int


class Lack(NamedTuple):
    """What a series had in a span, what is usual then, and the most but one of the weeks before."""

    there: int
    usual: int
    often: float

    @property
    def missing(self) -> int:
        """Events that it lacks."""
        return self.usual - self.there

    @property
    def most(self) -> float:
        """Events that it may lack: it may have been a busy week."""
        return self.often - self.there + CHANCE * sqrt(DISPERSION * self.often)


def taxonomy(
    anatomy: Anatomy, since: int, evidence: Evidence, *, known: bool
) -> CountArtefact | None:
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
) -> CountArtefact | None:
    rise, (parent, position, value) = anatomy.rise, label
    start = floor(rise.start, "1h")
    total = evidence.count(start, rise.end, parent)
    before = evidence.weeks(rise.end, parent).usual(start, rise.end, since)
    if before is None:
        return None
    noise = 2.0 * (DISPERSION * before) ** 0.5
    if abs(total - before) > max(MOST * rise.excess, noise) + (known * MOST * rise.excess):
        return None
    there = evidence.window(start, rise.end, parent)
    usual = evidence.typical(start, rise.end, since, parent, position)
    if usual is None:
        return None
    names, observed = there.values(position), there.sums(position)
    usual = np.pad(usual, (0, len(names) - usual.size))
    gone, sure = (GONE, 3.0) if noise <= rise.excess or known else (ALL_GONE, SURE)
    enough = np.flatnonzero(usual >= ENOUGH).tolist()
    others = {code: float(usual[code]) for code in enough if names[code] != value}
    # The more there are, the more of them fall by chance.
    sure = max(sure, 1.0 + (2.0 * log(len(others) or 1)) ** 0.5)
    falls = sorted(
        (left - was, names[code], code)
        for code, was in others.items()
        if (left := float(observed[code])) <= (1.0 - gone) * was
        and fall(np.array(was), np.array(left)) >= sure
    )[:FALLEN]
    fallen = -sum(lost for lost, _, _ in falls)
    if fallen < MOST * rise.excess:
        return None
    moved = rise.excess if known else max(fallen, rise.excess - max(0.0, total - before))
    _, name, code = falls[0]
    evidence_text = (
        f"{evidence.names[position]} {name} fell to {observed[code]:,.0f} where "
        f"{others[code]:,.0f} were usual, while {value} rose and both together with the rest "
        f"stayed at {total:,.0f} ({before:,.0f} usual): they were named anew, it seems."
    )
    return CountArtefact("taxonomy", min(moved, rise.excess), evidence_text, start)


def catch_up(
    anatomy: Anatomy, since: int, evidence: Evidence, *, known: bool
) -> CountArtefact | None:
    """Find a silence right before the rise, of the source or of most of the rise, that it fills."""
    del known
    rise, best = anatomy.rise, None
    first = floor(min(rise.start, since), "1h")  # silence is known by the hour
    alone: list[Silence] = []
    for place, what in _sources(anatomy, evidence):
        silence = evidence.silence(first, rise.end, place)
        # What is silent with the whole of a source catches up with it, or not at all.
        if silence is None or any(_is_part(silence, wider) for wider in alone):
            continue
        found = _filled(anatomy, silence, (place, what), evidence)
        if found is None:
            alone.append(silence)
        elif best is None or found.moved > best.moved:
            best = found
    return best


def _is_part(silence: Silence, of: Silence) -> bool:
    common = min(silence.end, of.end) - max(silence.start, of.start)
    return common > MOST * (silence.end - silence.start)


def _filled(
    anatomy: Anatomy, silence: Silence, source: tuple[Place, str], evidence: Evidence
) -> CountArtefact | None:
    """Tell how much of a rise is what the silence of a source lacks: None where nothing is."""
    rise, (place, what) = anatomy.rise, source
    both, until = tuple(sorted({*rise.place, *place})), _resumed(rise, silence)
    own = _lack(silence.start, until, both, evidence)
    if own is None or own.missing <= 0:
        return None
    most = own.most
    moved = max(own.missing, min(_late(anatomy, silence, (place, both), evidence), most))
    moved = min(moved, rise.excess)
    if not _alike(anatomy, silence, (place, both), moved / most, evidence):
        return None
    hours = (silence.end - silence.start) // HOUR
    span = f"{hours:,} hours" if hours <= LONG else f"{hours / 24:,.1f} days"
    told = f"till {minute(utc(until))}" if until != silence.end else "then"
    return CountArtefact(
        "catch_up",
        moved,
        f"{what} was silent for {span}, from {minute(utc(silence.start))} to "
        f"{minute(utc(silence.end))}: {silence.there:,} came where {silence.usual:,} are usual. "
        f"Of what it brings of this series {own.there:,} came {told} where {own.usual:,} are "
        f"usual: {own.missing:,} were missing, and {moved:,.0f} of these "
        f"{rise.observed:,.0f} came late, it seems.",
        rise.start,
    )


def _resumed(rise: Rise, silence: Silence) -> int:
    """Give from when on what was missing can have come: closed days in the window do not count."""
    return max(floor(rise.start, "1h"), silence.end)


def _lack(start: int, end: int, place: Place, evidence: Evidence) -> Lack | None:
    """Count what a series had in a span of whole hours, and what is usual of it then."""
    if end <= start:
        return None
    weeks = evidence.weeks(end, place)
    brought = weeks.brought(start, end, start)
    if not brought:
        return None
    usual, often = brought[(len(brought) - 1) // 2], brought[-2]
    return Lack(weeks.count(start, end), round(usual), often)


def _late(
    anatomy: Anatomy, silence: Silence, places: tuple[Place, Place], evidence: Evidence
) -> float:
    """Give how many events of the rise came late, if those of the source came late alike.

    How many a small series lacks is known by its average alone, and what rises has more than that:
    it is picked for it. How many of the source came late is known well. `places` are those of the
    source, and of what it brings of the series.
    """
    rise, (source, both) = anatomy.rise, places
    since = max(rise.start, silence.end)
    lack = _lack(silence.start, _resumed(rise, silence), source, evidence)
    usual = evidence.weeks(rise.end, source).usual(since, rise.end, silence.start)
    came = evidence.count(since, rise.end, source)
    if lack is None or usual is None or came <= usual:
        return 0.0
    late = min(lack.most, came - usual)
    return late / came * evidence.count(since, rise.end, both)


def _alike(
    anatomy: Anatomy,
    silence: Silence,
    places: tuple[Place, Place],
    part: float,
    evidence: Evidence,
) -> bool:
    """Tell whether the rest of a source that was silent came late as well: `part` of what it lacks.

    A source that catches up brings of all that it has. After a holiday, or hours in which it was
    down and nobody wrote later, one product that rises is a rise.
    """
    rise, (source, both) = anatomy.rise, places
    carrier = tuple(sorted({*both, *_carrier(anatomy, evidence, both)}))
    start, until = silence.start, _resumed(rise, silence)
    since = max(rise.start, silence.end)
    whole, inside = (evidence.weeks(rise.end, place) for place in (source, carrier))
    rest = whole.without(inside)
    missing, usual = rest.usual(start, until, start), rest.usual(since, rise.end, start)
    if missing is None or usual is None:
        return True
    missing -= rest.count(start, until)
    if missing < ENOUGH:
        return True
    came = evidence.count(since, rise.end, source)
    late = came - evidence.count(since, rise.end, carrier) - usual
    due = part * missing
    few = min(MOST * due, due - CHANCE * sqrt(DISPERSION * (usual + due)))
    return late >= min(few, CHANCE * sqrt(DISPERSION * usual))


def _carrier(anatomy: Anatomy, evidence: Evidence, known: Place) -> Place:
    """Give the value that has most of the excess, and more of it than it usually has; if any."""
    rise, most = anatomy.rise, 1.0
    best: Place = ()
    taken = {position for position, _ in known}
    for position in range(len(evidence.names)):
        if position in taken:
            continue
        excess, usual = anatomy.excess(position), anatomy.usual.sums(position)
        values = anatomy.observed.values(position)
        for code in np.flatnonzero(excess >= MOST * rise.excess).tolist():
            share = float(usual[code]) / max(1.0, float(usual.sum()))
            times = float(excess[code]) / rise.excess / max(share, 0.01)
            if values[code] != UNKNOWN and times > most:
                best, most = ((position, values[code]),), times
    return best


def _sources(anatomy: Anatomy, evidence: Evidence) -> Iterator[tuple[Place, str]]:
    """Give what may have been silent, wide before narrow.

    All, a label of the series, the value with most of the excess, the series.
    """
    rise = anatomy.rise
    yield (), "The source"
    if len(rise.place) > 1:
        for part in rise.place:
            yield (part,), f"{evidence.names[part[0]]} {part[1]}"
    taken = {position for position, _ in rise.place}
    for position, name in enumerate(evidence.names):
        if position in taken:
            continue
        excess, values = anatomy.excess(position), anatomy.observed.values(position)
        most = float(excess.max(initial=0.0))
        value = min((values[code] for code in np.flatnonzero(excess == most)), default=UNKNOWN)
        if most >= MOST * rise.excess and value != UNKNOWN:
            yield ((position, value),), f"{name} {value}"
    if rise.place:
        yield rise.place, "The series"
