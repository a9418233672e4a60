"""The cause of a rise: of all series that are up together, which ones make the others up.

The idea is that of the scan statistic (Kulldorff 1997): the cause is the part whose rise is the
least likely one, and another series is explained by it when its own excess lies inside it. For a
series that shares some events with the cause, the excess is looked up in the evidence; a part of
the cause is explained unless it rises out of all proportion to the whole.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from streams.core.evidence.combinations import Place
    from streams.core.evidence.evidence import Evidence
    from streams.core.evidence.label_counts import LabelCounts
    from streams.core.evidence.sample import Real

EXPLAINING_SHARE: Final = 0.5
"""So much of its excess inside the cause explains a series."""
PART_SHARE: Final = 0.25
"""So much does, if without it the series would not be up at all."""
KNOWN_CAUSE_WEIGHT: Final = 1.25
"""What is known as a cause needs not be the most surprising one."""
MIN_EXPECTED: Final = 1e-3
"""Events that are assumed to be expected at the least."""


class Rise(NamedTuple):
    """A series that is up: its labels, and the window that shows it (events)."""

    series: str
    labels: Mapping[str, str]
    place: Place
    start: int
    end: int
    observed: float
    expected: float
    upper: float
    surprise: float

    @property
    def excess(self) -> float:
        """Events beyond the expectation."""
        return self.observed - self.expected

    @property
    def deviance(self) -> float:
        """How far it is from its expectation (Poisson), whatever its series is like."""
        if self.excess <= 0.0:
            return 0.0
        expected = max(self.expected, MIN_EXPECTED)
        return round(self.observed * log(self.observed / expected) - self.observed + expected, 6)


class Anatomy(NamedTuple):
    """A rise by combination of labels: the events in its window, and what was usual before.

    What is expected of a part is `ratio` times what was usual of it. Where the rise began before
    what is remembered, nobody knows what was usual of its parts (`based`).
    """

    rise: Rise
    observed: LabelCounts
    usual: LabelCounts
    ratio: float
    based: bool

    def excess(self, position: int) -> Real:
        """Return the excess by the value of one label: an element for each that is known."""
        usual = self.usual.sums(position)
        excess: Real = self.observed.sums(position) - self.ratio * usual
        return excess

    def inside(self, other: Rise) -> float:
        """Return the excess that lies inside another series."""
        common = self.observed.total(other.place)
        if self.based:
            return common - self.ratio * self.usual.total(other.place)
        # As much of the other's excess as of its events, in a span as long.
        longer = (self.rise.end - self.rise.start) / (other.end - other.start)
        return other.excess * min(longer, common / other.observed)


def dissect(rise: Rise, since: int, evidence: Evidence) -> Anatomy:
    """Share the expectation of a rise out by what was usual in the weeks before `since`."""
    observed = evidence.counts.window(rise.start, rise.end, rise.place)
    usual = evidence.counts.base(since, rise.place)
    based = usual.total() > 0
    if not based:
        usual = observed
    return Anatomy(rise, observed, usual, rise.expected / max(1, usual.total()), based)


def coverage(anatomy: Anatomy, cause: Rise) -> float | None:
    """Return the part of a rise's excess that `cause` explains; None where it explains none."""
    rise = anatomy.rise
    if cause.labels.items() <= rise.labels.items():
        # Half an event more on each side: a rate of nearly nothing has no multiple.
        lift = max(1.0, (cause.observed + 0.5) / (cause.expected + 0.5))
        beyond = rise.observed - (rise.expected + 0.5) * lift
        large = rise.excess >= PART_SHARE * cause.excess
        return 1.0 if large or beyond < rise.upper - rise.expected else None
    if min(rise.excess, cause.excess) <= 0:  # as releases before this one let alerts begin
        return None
    inside = anatomy.inside(cause)
    share = inside / rise.excess
    if share >= EXPLAINING_SHARE or (share >= PART_SHARE and rise.observed - inside < rise.upper):
        return share
    return None


def _breadth(rise: Rise) -> tuple[int, str]:
    return len(rise.labels), rise.series


def explain(
    fresh: Iterable[Anatomy],
    standing: Iterable[Rise],
    causes: Mapping[str, str | None],
    notices: Collection[str] = (),
) -> dict[str, str | None]:
    """Name the cause of every fresh rise: another series, or None where it is one itself.

    `standing` are the rises that were causes before and have nothing new; `causes` has what was
    found of each series before. `notices` are artefacts: none explains what is real, or nobody
    would be paged for it.
    """

    def weight(rise: Rise) -> float:
        known = rise.series in causes and causes[rise.series] is None
        return rise.surprise * (KNOWN_CAUSE_WEIGHT if known else 1.0)

    roots = list(standing)
    order = sorted(fresh, key=lambda a: (-weight(a.rise), -a.rise.deviance, *_breadth(a.rise)))
    found: dict[str, str | None] = {}
    for anatomy in order:
        rise = anatomy.rise
        best: tuple[float, float, str] | None = None
        for root in roots:
            known = causes.get(rise.series) == root.series
            if root.series == rise.series or (weight(root) < weight(rise) and not known):
                continue
            if root.series in notices and rise.series not in notices:
                continue
            share = coverage(anatomy, root)
            if share is not None:
                best = max(
                    best or (share, weight(root), root.series), (share, weight(root), root.series)
                )
        found[rise.series] = best[2] if best else None
        if best is None:
            roots.append(rise)
    return found
