"""Artefacts that show in the counts of other series, or of the time before.

A new name for an old thing: one label falls as another rises, and what both belong to is flat. A
source that was silent and caught up: the rise is what was missing before. What is usual is what the
same hours of the weeks before brought (`weeks`), and every number published is a count of events.
"""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.event_time.buckets import HOUR, floor
from streams.core.event_time.formats import minute, utc
from streams.core.evidence.weeks import DISPERSION, MIN_DEVIATIONS, MIN_MISSING, Gap, fall
from streams.core.series_key import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.alerts import Artefact
    from streams.core.evidence.attribution import Anatomy, Rise
    from streams.core.evidence.combinations import Place
    from streams.core.evidence.evidence import Evidence

FALLEN_SHARE: Final = 0.75
"""A label has fallen that has lost such a part of itself."""
FALLEN_SHARE_BESIDE_NOISE: Final = 0.9
"""It must be so much where the parent is too large to show that it is flat."""
MAX_FALLEN: Final = 3
"""Labels that may have fallen for one that rises."""
MAX_HOURS: Final = 72
"""A longer gap is given in days."""
MAJORITY_SHARE: Final = 0.5
"""The part of an excess, or of a span, that is most of it."""
CHANCE_DEVIATIONS: Final = 3.0
"""Standard deviations by which a series may lack more than is usual of it."""


class CountArtefact(NamedTuple):
    """What a test found: the events that came from elsewhere, and the words for it.

    Counted was from `start` on, to the end of the window.
    """

    artefact: Artefact
    moved: float
    evidence: str
    start: int


class Shortfall(NamedTuple):
    """What a series had in a span, what is usual then, and the most but one of the weeks before."""

    observed: int
    usual: int
    busy: float

    @property
    def missing(self) -> int:
        """Events that it lacks."""
        return self.usual - self.observed

    @property
    def most(self) -> float:
        """Events that it may lack: it may have been a busy week."""
        return self.busy - self.observed + CHANCE_DEVIATIONS * sqrt(DISPERSION * self.busy)


def taxonomy(
    anatomy: Anatomy, since: int, evidence: Evidence, *, known: bool
) -> CountArtefact | None:
    """Find a label of the rise whose neighbours fell by as much, under a flat parent.

    Once it is `known`, it holds as long as they stay down and the parent rises less than this.
    """
    rise, best = anatomy.rise, None
    for position, value in rise.place:
        if position >= len(evidence.label_names):
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
    total = evidence.counts.count(start, rise.end, parent)
    before = evidence.usual.weeks(rise.end, parent).usual(start, rise.end, since)
    if before is None:
        return None
    noise = 2.0 * (DISPERSION * before) ** 0.5
    if abs(total - before) > max(MAJORITY_SHARE * rise.excess, noise) + (
        known * MAJORITY_SHARE * rise.excess
    ):
        return None
    held = evidence.counts.window(start, rise.end, parent)
    usual = evidence.usual.by_value(start, rise.end, since, parent, position)
    if usual is None:
        return None
    names, observed = held.values(position), held.sums(position)
    usual = np.pad(usual, (0, len(names) - usual.size))
    gone, sure = (
        (FALLEN_SHARE, 3.0)
        if noise <= rise.excess or known
        else (FALLEN_SHARE_BESIDE_NOISE, MIN_DEVIATIONS)
    )
    enough = np.flatnonzero(usual >= MIN_MISSING).tolist()
    others = {code: float(usual[code]) for code in enough if names[code] != value}
    # The more there are, the more of them fall by chance.
    sure = max(sure, 1.0 + (2.0 * log(len(others) or 1)) ** 0.5)
    falls = sorted(
        (left - was, names[code], code)
        for code, was in others.items()
        if (left := float(observed[code])) <= (1.0 - gone) * was
        and fall(np.array(was), np.array(left)) >= sure
    )[:MAX_FALLEN]
    fallen = -sum(lost for lost, _, _ in falls)
    if fallen < MAJORITY_SHARE * rise.excess:
        return None
    moved = rise.excess if known else max(fallen, rise.excess - max(0.0, total - before))
    _, name, code = falls[0]
    evidence_text = (
        f"{evidence.label_names[position]} {name} fell to {observed[code]:,.0f} where "
        f"{others[code]:,.0f} were usual, while {value} rose and both together with the rest "
        f"stayed at {total:,.0f} ({before:,.0f} usual): they were named anew, it seems."
    )
    return CountArtefact("taxonomy", min(moved, rise.excess), evidence_text, start)


def catch_up(
    anatomy: Anatomy, since: int, evidence: Evidence, *, known: bool
) -> CountArtefact | None:
    """Find a gap right before the rise, in the source or in most of the rise, that it fills."""
    del known
    rise, best = anatomy.rise, None
    first = floor(min(rise.start, since), "1h")  # gaps are known by the hour
    unfilled: list[Gap] = []
    for place, what in _sources(anatomy, evidence):
        gap = evidence.usual.gap(first, rise.end, place)
        # What is silent with the whole of a source catches up with it, or not at all.
        if gap is None or any(_is_part(gap, wider) for wider in unfilled):
            continue
        found = _filled(anatomy, gap, (place, what), evidence)
        if found is None:
            unfilled.append(gap)
        elif best is None or found.moved > best.moved:
            best = found
    return best


def _is_part(gap: Gap, of: Gap) -> bool:
    common = min(gap.end, of.end) - max(gap.start, of.start)
    return common > MAJORITY_SHARE * (gap.end - gap.start)


def _filled(
    anatomy: Anatomy, gap: Gap, source: tuple[Place, str], evidence: Evidence
) -> CountArtefact | None:
    """Return how much of a rise is what the gap in a source lacks; None where nothing is."""
    rise, (place, what) = anatomy.rise, source
    both, until = tuple(sorted({*rise.place, *place})), _resumed(rise, gap)
    own = _shortfall(gap.start, until, both, evidence)
    if own is None or own.missing <= 0:
        return None
    most = own.most
    moved = max(own.missing, min(_late(anatomy, gap, (place, both), evidence), most))
    moved = min(moved, rise.excess)
    if not _alike(anatomy, gap, (place, both), moved / most, evidence):
        return None
    hours = (gap.end - gap.start) // HOUR
    span = f"{hours:,} hours" if hours <= MAX_HOURS else f"{hours / 24:,.1f} days"
    counted = f"till {minute(utc(until))}" if until != gap.end else "then"
    return CountArtefact(
        "catch_up",
        moved,
        f"{what} was silent for {span}, from {minute(utc(gap.start))} to "
        f"{minute(utc(gap.end))}: {gap.observed:,} came where {gap.usual:,} are usual. "
        f"Of what it brings of this series {own.observed:,} came {counted} where {own.usual:,} are "
        f"usual: {own.missing:,} were missing, and {moved:,.0f} of these "
        f"{rise.observed:,.0f} came late, it seems.",
        rise.start,
    )


def _resumed(rise: Rise, gap: Gap) -> int:
    """Return from when on missing events can have come; closed days in the window do not count."""
    return max(floor(rise.start, "1h"), gap.end)


def _shortfall(start: int, end: int, place: Place, evidence: Evidence) -> Shortfall | None:
    """Count what a series had in a span of whole hours, and what is usual of it then."""
    if end <= start:
        return None
    weeks = evidence.usual.weeks(end, place)
    brought = weeks.brought(start, end, start)
    if not brought:
        return None
    usual, busy = brought[(len(brought) - 1) // 2], brought[-2]
    return Shortfall(weeks.count(start, end), round(usual), busy)


def _late(anatomy: Anatomy, gap: Gap, places: tuple[Place, Place], evidence: Evidence) -> float:
    """Return how many events of the rise came late, if those of the source came late alike.

    How many a small series lacks is known by its average alone, and what rises has more than that:
    it is picked for it. How many of the source came late is known well. `places` are those of the
    source, and of what it brings of the series.
    """
    rise, (source, both) = anatomy.rise, places
    since = max(rise.start, gap.end)
    short = _shortfall(gap.start, _resumed(rise, gap), source, evidence)
    usual = evidence.usual.weeks(rise.end, source).usual(since, rise.end, gap.start)
    came = evidence.counts.count(since, rise.end, source)
    if short is None or usual is None or came <= usual:
        return 0.0
    late = min(short.most, came - usual)
    return late / came * evidence.counts.count(since, rise.end, both)


def _alike(
    anatomy: Anatomy,
    gap: Gap,
    places: tuple[Place, Place],
    part: float,
    evidence: Evidence,
) -> bool:
    """Return whether the rest of a silent source came late as well: `part` of what it lacks.

    A source that catches up brings of all that it has. After a holiday, or hours in which it was
    down and nobody wrote later, one product that rises is a rise. The rest need not come in the
    same minutes: it is enough that more of it came since the silence ended than chance brings.
    """
    rise, (source, both) = anatomy.rise, places
    carrier = tuple(sorted({*both, *_carrier(anatomy, evidence, both)}))
    start, until = gap.start, _resumed(rise, gap)
    whole, inside = (evidence.usual.weeks(rise.end, place) for place in (source, carrier))
    rest = whole.without(inside)
    missing = rest.usual(start, until, start)
    if missing is None or missing - rest.count(start, until) < MIN_MISSING:
        return True
    due = part * (missing - rest.count(start, until))
    for since in (max(rise.start, gap.end), gap.end):
        usual = rest.usual(since, rise.end, start)
        if usual is None:
            return True
        counts = evidence.counts
        came = counts.count(since, rise.end, source) - counts.count(since, rise.end, carrier)
        few = CHANCE_DEVIATIONS * sqrt(DISPERSION * usual)
        if since >= rise.start:
            few = min(
                few,
                MAJORITY_SHARE * due,
                due - CHANCE_DEVIATIONS * sqrt(DISPERSION * (usual + due)),
            )
        if came - usual >= few:
            return True
    return False


def _carrier(anatomy: Anatomy, evidence: Evidence, known: Place) -> Place:
    """Return the value that has most of the excess, and more of it than it usually has; if any."""
    rise, most = anatomy.rise, 1.0
    best: Place = ()
    fixed = {position for position, _ in known}
    for position in range(len(evidence.label_names)):
        if position in fixed:
            continue
        excess, usual = anatomy.excess(position), anatomy.usual.sums(position)
        values = anatomy.observed.values(position)
        for code in np.flatnonzero(excess >= MAJORITY_SHARE * rise.excess).tolist():
            share = float(usual[code]) / max(1.0, float(usual.sum()))
            times = float(excess[code]) / rise.excess / max(share, 0.01)
            if values[code] != UNKNOWN and times > most:
                best, most = ((position, values[code]),), times
    return best


def _sources(anatomy: Anatomy, evidence: Evidence) -> Iterator[tuple[Place, str]]:
    """Yield what may have been silent, wide before narrow.

    All, a label of the series, the value with most of the excess, the series.
    """
    rise = anatomy.rise
    yield (), "The source"
    if len(rise.place) > 1:
        for part in rise.place:
            yield (part,), f"{evidence.label_names[part[0]]} {part[1]}"
    fixed = {position for position, _ in rise.place}
    for position, name in enumerate(evidence.label_names):
        if position in fixed:
            continue
        excess, values = anatomy.excess(position), anatomy.observed.values(position)
        most = float(excess.max(initial=0.0))
        value = min((values[code] for code in np.flatnonzero(excess == most)), default=UNKNOWN)
        if most >= MAJORITY_SHARE * rise.excess and value != UNKNOWN:
            yield ((position, value),), f"{name} {value}"
    if rise.place:
        yield rise.place, "The series"
