"""What the same hours of the weeks before brought: the measure of a gap.

What is usual of a span is the median of what the same span brought in up to five weeks before (the
lower one of the middle two): a spike in one of them, or a closed day, leaves it as it is. All are
counts of events, so anybody can recount them. Where all events of a day lie at one instant, as
where a file has days without times, its hours mean nothing, and whole days are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.event_time.buckets import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.evidence.sample import Mask, Real, Whole

MIN_MISSING: Final = 8.0
"""Events that must be missing: fewer are missing by chance."""
GAP_SHARE: Final = 0.1
"""A source has a gap where it sends at most such a part of what it usually does."""
MAX_GAP: Final = 14 * DAY
"""Seconds before now in which a gap in a source may begin."""
WEEKS_COMPARED: Final = 5
"""Weeks before a span that show what is usual of it."""
MIN_WEEKS: Final = 2
"""Weeks without which nobody knows what is usual."""
DISPERSION: Final = 1.5
"""Variance over mean of counts that are usual."""
MIN_DEVIATIONS: Final = 5.0
"""Standard deviations by which a gap, or a label that is gone, is beyond chance."""
INSTANT_SHARE: Final = 0.9
"""Where such a part of a day lies in one hour, the hours of the day mean nothing."""

_HOURS: Final = DAY // HOUR
_WEEK: Final = 7 * _HOURS


def fall(was: Real, left: Real) -> Real:
    """Return how far counts fall below what is usual, in standard deviations (Anscombe 1948)."""
    deviations: Real = 2.0 * (np.sqrt(np.maximum(0.0, was)) - np.sqrt(left)) / DISPERSION**0.5
    return deviations


class Gap(NamedTuple):
    """A span in which a source was silent (epoch seconds), its events, and those usual then."""

    start: int
    end: int
    observed: int
    usual: int

    @property
    def missing(self) -> int:
        """Events that it lacks."""
        return self.usual - self.observed


class Weeks:
    """Counts of a series by hour, from the midnight `first` on; `upto` are their cumulative sums.

    `vague` marks the days of which, or of whose like in the weeks before, the hours mean nothing.
    """

    def __init__(self, first: int, counts: Whole, source: Weeks | None = None) -> None:
        self.first = first
        self.counts = counts
        self.upto: Real = np.concatenate(([0.0], np.cumsum(counts)))
        self.vague = _vague(counts.reshape(-1, _HOURS))
        if source is not None:
            self.vague |= source.vague

    def without(self, part: Weeks) -> Weeks:
        """Return the series without a part of it, of the same days."""
        return Weeks(self.first, self.counts - part.counts, self)

    def count(self, start: int, end: int) -> int:
        """Count the events of a span of whole hours."""
        return int(self._at(end) - self._at(start))

    def usual(self, start: int, end: int, before: int) -> float | None:
        """Return the usual count of a span, by the weeks that ended before `before`.

        Of an hour that is not all in the span, as much of it as is. None where too little is known.
        """
        brought = self.brought(start, end, before)
        return brought[(len(brought) - 1) // 2] if brought else None

    def brought(self, start: int, end: int, before: int) -> list[float]:
        """Return the counts of a span like this in the weeks before, ascending; none of too few."""
        spans = self.like(start, end, before)
        brought = sorted(self._at(to) - self._at(at) for at, to in spans)
        return brought if len(brought) >= MIN_WEEKS else []

    def like(self, start: int, end: int, before: int) -> Iterator[tuple[int, int]]:
        """Yield the spans like this one in the weeks before, the last first."""
        start, end = self._whole(start, end)
        for week in range(1, WEEKS_COMPARED + 1):
            back = 7 * DAY * week
            if end - back <= before and start - back >= self.first:
                yield start - back, end - back

    def gap(self, start: int, end: int) -> Gap | None:
        """Find the gap before `start`, or that reaches into the days till `end`.

        It has at most a tenth of what is usual, and may have ended up to a day before: then the
        source went on, and caught up later. Of several the longest, without what goes on around it.
        """
        now = self._place(start)
        back = max(0, now - MAX_GAP // HOUR - _HOURS)
        often = self._most(back)
        score = GAP_SHARE * often - self.counts[back:]
        if not _may_be(score, now - back - _HOURS):
            return None
        best = self._best(*self._edges(score, back, now, end), now)
        return None if best is None else self._trimmed(best, often, back)

    def _best(self, firsts: Whole, ends: Whole, now: int) -> Gap | None:
        """Find the longest of the gaps that begin and end at these hours."""
        firsts = firsts[firsts >= now - MAX_GAP // HOUR]
        place, which = np.nonzero(firsts[:, np.newaxis] < ends)
        starts, lasts = firsts[place], ends[which]
        came = self.upto[lasts] - self.upto[starts]
        usual = self._usual_of(starts, lasts)
        good = np.flatnonzero(
            (usual - came >= MIN_MISSING)
            & (came <= GAP_SHARE * usual)
            & (fall(usual, came) >= MIN_DEVIATIONS)
        )
        # An hour earlier or later the clock may have been changed, and the doors with it.
        for shift in (-1, 1):
            other = self._usual_of(starts[good] + shift, lasts[good] + shift)
            good = good[(other - came[good] >= MIN_MISSING) & (came[good] <= GAP_SHARE * other)]
        found = [
            Gap(self.first + start * HOUR, self.first + last * HOUR, int(brought), int(like))
            for start, last, brought, like in zip(
                *(each[good].tolist() for each in (starts, lasts, came, usual)), strict=True
            )
        ]
        return max(found, key=_score, default=None)

    def _usual_of(self, firsts: Whole, lasts: Whole) -> Real:
        """Return the usual counts of several spans of hours; -1 where too little is known."""
        back = _WEEK * np.arange(1, WEEKS_COMPARED + 1)[:, None]
        starts, ends = firsts - back, lasts - back
        known = (starts >= 0) & (ends <= firsts)
        brought = np.where(
            known,
            self.upto[np.maximum(0, ends)] - self.upto[np.maximum(0, starts)],
            np.inf,
        )
        many = known.sum(axis=0)
        middle = np.maximum(0, (many - 1) // 2)
        usual = np.take_along_axis(np.sort(brought, axis=0), middle[None, :], axis=0)[0]
        return np.where(many >= MIN_WEEKS, usual, -1.0)

    def _edges(self, score: Real, back: int, now: int, end: int) -> tuple[Whole, Whole]:
        """Return the hours at which a gap can begin and end; midnights where hours are vague."""
        quiet = score >= 0.0
        begins = np.flatnonzero(quiet & ~np.concatenate(([False], quiet[:-1]))) + back
        over = np.flatnonzero(~quiet & np.concatenate(([False], quiet[:-1]))) + back
        days = np.arange(back - back % _HOURS + _HOURS, self.counts.size, _HOURS)
        firsts = np.union1d(begins, days[days < now])
        lasts = np.union1d(np.append(over[over < now], now), days)
        lasts = lasts[(lasts >= now - _HOURS) & (lasts <= max(now, self._place(end - DAY)))]
        lasts = lasts[(lasts <= now) | (lasts % _HOURS == 0)]
        return firsts[self._clear(firsts)], lasts[self._clear(lasts)]

    def _clear(self, hours: Whole) -> Mask:
        days = np.minimum(hours // _HOURS, self.vague.size - 1)
        clear: Mask = (hours % _HOURS == 0) | ~self.vague[days]
        return clear

    def _most(self, start: int) -> Real:
        """Return the most that hours brought in the weeks before, from the hour `start` on."""
        most = np.zeros(self.counts.size - start, dtype=self.counts.dtype)
        for week in range(1, WEEKS_COMPARED + 1):
            first = start - _WEEK * week
            like = self.counts[max(0, first) : max(0, self.counts.size - _WEEK * week)]
            late = most[max(0, -first) :]
            np.maximum(late, like, out=late)
        return most.astype(np.float64)

    def _trimmed(self, found: Gap, often: Real, back: int) -> Gap:
        """Leave out the hours at its ends in which nothing ever comes: those are no gap."""
        first, last = self._place(found.start), self._place(found.end)
        used = (often[first - back : last - back] > 0) | (self.counts[first:last] > 0)
        steps = np.flatnonzero(used)
        if not steps.size:
            return found
        begin, stop = first + int(steps[0]), first + int(steps[-1]) + 1
        if self.vague[begin // _HOURS]:
            begin -= begin % _HOURS
        if self.vague[(stop - 1) // _HOURS]:
            stop += -stop % _HOURS
        return found._replace(
            start=self.first + max(first, begin) * HOUR, end=self.first + min(last, stop) * HOUR
        )

    def _whole(self, start: int, end: int) -> tuple[int, int]:
        """Widen a span to whole days where their hours mean nothing."""
        if self.vague[self._day(start)]:
            start -= start % DAY
        if self.vague[self._day(end - 1)]:
            end += -end % DAY
        return start, end

    def _day(self, at: int) -> int:
        return min(max(0, (at - self.first) // DAY), self.vague.size - 1)

    def _place(self, at: int) -> int:
        return min(max(0, (at - self.first) // HOUR), self.counts.size)

    def _at(self, at: int) -> float:
        """Return the events before a time, those of its hour in proportion."""
        hours = min(max(0.0, (at - self.first) / HOUR), float(self.counts.size))
        whole = min(int(hours), self.counts.size - 1)
        return float(self.upto[whole] + (hours - whole) * self.counts[whole])


def _vague(days: Whole) -> Mask:
    """Return a mask of days whose hours mean nothing, by themselves or by days like them before."""
    most, sums = days.max(axis=1), days.sum(axis=1)
    instant = (sums >= MIN_MISSING) & (most >= INSTANT_SHARE * sums)
    instant[-1] = False  # the day is not over: it may have begun with a rush
    vague, pooled = instant.copy(), np.zeros_like(days)
    for back in range(7, min(7 * WEEKS_COMPARED + 1, sums.size), 7):
        vague[back:] |= instant[:-back]
        pooled[back:] += days[:-back]
    most, sums = pooled.max(axis=1), pooled.sum(axis=1)
    together: Mask = vague | ((sums >= MIN_MISSING) & (most >= INSTANT_SHARE * sums))
    return together


def _may_be(score: Real, since: int) -> bool:
    """Return whether a gap may end after `since`, by the most that any week brought."""
    upto = np.cumsum(score)
    least = np.minimum.accumulate(np.concatenate(([0.0], upto[:-1])))
    return bool((upto - least)[max(0, since) :].max(initial=0.0) >= GAP_SHARE * MIN_MISSING)


def _score(found: Gap) -> tuple[float, int, int]:
    """Put the gaps in order: what goes on before and after one makes it no longer."""
    return GAP_SHARE * found.usual - found.observed, found.end, found.start
