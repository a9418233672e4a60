"""The fast test: is the day already running away?

The idea: for a rise to twice, three, five and ten times what is expected, the logarithm of the
likelihood ratio against no rise is added up from bucket to bucket and begins anew whenever it falls
below 0 (CUSUM). The largest of the four sums is what is reported. What is expected of 5 minutes is
the day's expectation, shared out by the profile of the day. Only series with an event in the bucket
are looked at: while nothing happens the sums fall by what was expected, which is made up for at the
next event and at the end of the day.

Events scatter more than Poisson ones do: they come in clusters, days swing as a whole, and neither
level nor profile is known for sure. The last two stay the same while a rise goes on, so they weigh
the more the longer it needs to be reported: a small rise of a rare series is tested with more care
than a large one. With a variance of phi times the mean, counts are negative binomial and
L = ln((1 + r (phi - 1)) / phi), an event of a rise to r times adds ln r - L, and each one expected
takes L / (phi - 1) away: whatever the length of the buckets, as the distribution can be divided.

The level learns from the rise itself, a week later. What it owes to the events of a sum is taken
back at the end of every day, as long as it is little: a rise is held against the level before it.

Not for slow rises: the level that is expected follows them. The daily and the slow test report
those.

Reference: Page (1954); Lorden (1971) for several sizes at once; Hawkins & Olwell (1998), negative
binomial counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.detect.daily.model import dispersion
from streams.core.detect.deviance import LEAST
from streams.core.detect.exceedances import Exceedance
from streams.core.detect.intraday import clock_change
from streams.core.detect.intraday.baseline import QUARTER, RISES, WAYS
from streams.core.detect.state_matrix import (
    AGE,
    COUNTS,
    FAST_AT,
    FAST_MEAN,
    FAST_SEEN,
    FAST_SINCE,
    FAST_SUM,
    MU,
    Q,
)
from streams.core.event_time.buckets import BASE
from streams.core.event_time.buckets import DAY as DAY_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.detect.intraday.baseline import Baseline
    from streams.core.detect.intraday.rounds import Rounds
    from streams.core.detect.state_matrix import Slots, Vector
    from streams.core.detect.tuning import Tuning

    Rows = NDArray[np.float64]

BLOCKS: Final = (FAST_SUM, FAST_SINCE, FAST_SEEN, FAST_MEAN)
STATE: Final = slice(FAST_SUM.start, FAST_MEAN.stop)
"""They stand one behind the other."""
ROWS: Final = np.arange(len(RISES))[:, np.newaxis]
FINE_STEPS, COARSE_STEPS, COARSE_FROM = 16.0, 4.0, 16.0
"""Steps of a surprise, for each time that it doubles; and from where on there are few."""
LN_10: Final = math.log(10.0)
EACH: Final = 0.8
"""How often a sum begins anew, as a power of the events: seldomer than with each of many."""
AHEAD: Final = np.array([2.65, 1.0, 0.1, -0.15])[:, np.newaxis]
"""A sum for a small rise begins anew seldomer, and weighs its events with more doubt: at the same
height it is rarer than one for a large rise. This makes up for it, in each of the four."""
CLOSER: Final = np.array([0.12, 0.08, 0.06, 0.04])[:, np.newaxis]
"""So much less with every e-fold of the events a day above one: of many, little is in doubt."""
LOW: Final = 1e-3
OF_LEVEL: Final = 0.4
"""So much of the doubt of a day's expectation is that of its level, not of its weekday."""
LAG, DAYS_TAKEN_BACK, MOST_TAKEN_BACK = 7.0, 28.0, 0.3
"""Days until a day is learned from; days of learning, and its share of the level, taken back."""
BENT, TAIL = 2.63, 0.63
"""From here on, in powers of ten, what is rarer is less so than a sum says: no model is true."""


class CusumStep(NamedTuple):
    """The sums of series at the ends of buckets (4 rows, a column a series and bucket).

    `slots` are the series, `ends` those of the buckets in epoch seconds. `since` is the start of
    each sum in epoch seconds, `observed` and `expected` are events since. `doubt` is what was taken
    off a sum as the clock may have changed. `weights` are those of the day, `mean` is what is
    expected of all of it.
    """

    slots: Slots
    ends: Vector
    sums: Rows
    since: Rows
    observed: Rows
    expected: Rows
    doubt: Rows
    weights: Rows
    mean: Vector
    surprise: Vector

    def window(self, row: int, column: int, tuning: Tuning) -> Exceedance:
        """Give the span of one sum, with the events from which it would have been reported."""
        often = EACH * math.log(max(float(self.mean[column]), LEAST))
        beyond = tuning.fast_threshold - BENT
        powers = BENT + (beyond / TAIL if beyond > 0.0 else beyond)
        ahead = float(_ahead(self.mean[column])[row, 0])
        needed = max(powers * LN_10 + often - ahead, 0.0) + float(self.doubt[row, column])
        expected = float(self.expected[row, column])
        adds, takes = (float(weight) for weight in self.weights[:, row, column])
        return Exceedance(
            start=int(self.since[row, column]),
            end=int(self.ends[column]),
            observed=float(self.observed[row, column]),
            expected=round(expected, 6),
            upper=round((needed + takes * expected) / adds, 6),
        )

    def highest(self, column: int) -> int:
        """Give the row of the most surprising sum."""
        return int(np.argmax(even(self.sums[:, column : column + 1], self.mean[column])))

    def tripped(self, column: int, tuning: Tuning) -> tuple[Exceedance, ...]:
        """Give the spans of the sums that would be reported alone: the shortest first."""
        mean = self.mean[column]
        alone = surprise(even(self.sums[:, column : column + 1], mean)[:, 0], mean)
        rows = np.flatnonzero(alone >= tuning.fast_threshold).tolist()
        found = {self.window(row, column, tuning) for row in rows}
        return tuple(sorted(found, key=lambda window: (-window.start, window.upper)))


def even(sums: Rows, mean: Vector) -> Rows:
    """Make the four sums as rare as each other; those that are next to nothing stay so."""
    made: Rows = np.where(sums > LOW, sums + _ahead(mean), 0.0)
    return made


def _ahead(mean: Vector) -> Rows:
    """Give what a sum is ahead by, in series with `mean` events a day."""
    ahead: Rows = AHEAD - CLOSER * np.log(np.maximum(mean, 1.0))
    return ahead


def surprise(sums: Vector, mean: Vector) -> Vector:
    """Give -log10 of the false alerts a day that a quiet series gives at such a sum, made even.

    A sum begins about once an event, and e^-s of those that begin get to s, if the model were true.
    `mean` in events a day. The constants are set on simulated series in which nothing happens
    (`benchmarks/quiet_fast.py`): 1,500 of 0.01 to 1,000 events a day whose days swing, 1.6 years.
    """
    often = EACH * np.log(np.maximum(mean, LEAST))
    beyond = (sums - often) / LN_10 - BENT
    level: Vector = np.maximum(BENT + np.where(beyond > 0.0, TAIL * beyond, beyond), 0.0)
    return level


def coarse(level: float) -> float:
    """Round a surprise down, so that it grows in few steps."""
    steps = FINE_STEPS if level < COARSE_FROM else COARSE_STEPS
    return round(math.exp2(math.floor(math.log2(level) * steps) / steps), 6)


class Stepped(NamedTuple):
    """Sums after buckets, and what is to be kept of each series: nothing is as yet.

    Of `slots`, `until` is the end of the last bucket in epoch seconds, `sums` as in a state, and
    `odds` those that the clock has changed.
    """

    step: CusumStep
    slots: Slots
    until: Vector
    sums: Rows
    odds: clock_change.Singles

    def write(self, cells: Rows) -> None:
        """Keep it."""
        cells[FAST_AT, self.slots] = self.until
        rows = np.arange(STATE.start, STATE.stop)[:, np.newaxis]
        cells[rows, self.slots] = self.sums.reshape(-1, self.slots.size)
        clock_change.write(cells, self.slots, self.odds)


def step(cells: Rows, rounds: Rounds, today: Baseline) -> CusumStep:
    """Step over buckets as `look` does, and keep what comes of it."""
    stepped = look(cells, rounds, today)
    stepped.write(cells)
    return stepped.step


def look(cells: Rows, rounds: Rounds, today: Baseline) -> Stepped:
    """Step over buckets of a day and give the sums after each: the columns are as there.

    What belongs to a sum, its seconds and events and those expected, grows like it: by what fell
    between two buckets, then by the bucket. It begins anew where the sum does.
    """
    slots, starts, each = rounds.slots, rounds.starts, rounds.slots[rounds.series]
    midnight = rounds.day * DAY_SECONDS
    ends, until = starts + BASE, cells[FAST_AT, slots]
    columns = today.cover(cells, slots, rounds.day)[rounds.series]
    mean, counts = today.mean[columns], rounds.counts
    first = np.clip(until - midnight, 0.0, DAY_SECONDS)
    gone, since = starts - midnight, rounds.before(first, ends - midnight)
    (spent, (share, *moved)), (before, _) = (today.spent(columns, at) for at in (gone, since))
    passed = mean * (spent - before)
    gap, mass = passed[0], mean * share * (BASE / QUARTER)
    weights = rise, fall = today.weights.take(columns, axis=2)
    between = _blocks(-fall * gap, starts - rounds.before(until, ends), 0.0, gap)
    within = _blocks(rise * counts - fall * mass, BASE, counts, mass)
    phi, favour = today.phi[columns], np.empty((len(WAYS), each.size))
    silence = clock_change.silent(passed, phi)
    for row, part in enumerate(moved):
        more = mean * (part - share) * (BASE / QUARTER)
        favour[row] = clock_change.speaks(counts, part / share, more) / phi
    bound = clock_change.lowest(gone - since)
    held = cells[STATE].take(slots, axis=1).reshape(len(BLOCKS), len(RISES), slots.size)
    held[1] = until - held[1]  # seconds since the start
    odds = clock_change.odds(cells, slots)
    after, odds_after = np.empty_like(within), favour.astype(odds.dtype)
    now, clock = held, odds
    for own in rounds:
        size, wide = own.stop - own.start, now.shape[-1]
        if size < wide:  # side by side, what is left is stepped over twice as fast
            held[:, :, :wide], odds[:, :wide] = now, clock
            now, clock = now[:, :, :size].copy(), clock[:, :size].copy()
        now += between[:, :, own]
        now *= now[0] > 0.0
        now += within[:, :, own]
        np.maximum(now[0], 0.0, out=now[0])
        after[:, :, own] = now
        clock_change.follow(clock, silence[:, own], bound[own], favour[:, own])
        odds_after[:, own] = clock
    held[:, :, : now.shape[-1]], odds[:, : now.shape[-1]] = now, clock
    last = rounds.last(ends)
    held[1] = last - held[1]
    sums, lasted, seen, expected = after
    left = clock_change.Sums(ends, sums, ends - lasted, seen, expected, np.zeros_like(sums))
    left = clock_change.allow(today, columns, odds_after, midnight, left)
    level = surprise(even(left.sums, mean).max(axis=0), mean)
    found = CusumStep(each, *left, weights, mean, level)
    return Stepped(found, slots, last, held, odds)


def _blocks(sums: Rows, seconds: Vector | float, seen: Vector | float, expected: Vector) -> Rows:
    """Put what changes a sum, and what belongs to it, one behind the other as in a state."""
    blocks = np.empty((len(BLOCKS), *sums.shape))
    for block, value in zip(blocks, (sums, seconds, seen, expected), strict=True):
        block[:] = value
    return blocks


def end_day(cells: Rows, day: int, today: Baseline, tuning: Tuning) -> tuple[Slots, Vector]:
    """Take what was still expected of `day` from the sums; before the day is learned from.

    Gives the series whose clock has changed, and by how many hours.
    """
    midnight, every = day * DAY_SECONDS, cells.shape[1]
    young = cells[AGE] < tuning.learn_days
    summed: NDArray[np.bool_] = cells[FAST_SUM].max(axis=0) > 0.0
    odds = np.maximum(clock_change.odds(cells, np.arange(every)).astype(np.float64), 0.0)
    slots = np.flatnonzero(summed | odds.any(axis=0))  # of the others nothing is carried on
    columns = today.cover(cells, slots, day)
    since = np.clip(cells[FAST_AT, slots] - midnight, 0.0, DAY_SECONDS)
    end = np.full(slots.size, float(DAY_SECONDS))
    rest = today.expected(columns, since, end)
    against = clock_change.silent(rest, today.phi[columns])
    odds[:, slots] = np.where(young[slots], 0.0, np.maximum(odds[:, slots] + against, 0.0))
    sure = clock_change.sure(odds, cells[FAST_SUM])
    up = summed[slots]
    slots, columns, end, rest = slots[up], columns[up], end[up], rest[0, up]
    if slots.size:
        held = cells[STATE].take(slots, axis=1).reshape(len(BLOCKS), len(RISES), slots.size)
        fall = today.weights[1].take(columns, axis=1)
        held[0] = np.maximum(held[0] - fall * rest, 0.0)
        held[3] += rest
        sure[:, slots] = clock_change.sure(odds[:, slots], held[0])
        sums = clock_change.Sums(
            midnight + end, held[0], held[1], held[2], held[3], np.zeros_like(held[0])
        )
        odds_of_sure = np.where(sure, odds, 0.0)[:, slots]
        left = clock_change.allow(today, columns, odds_of_sure, midnight, sums)
        mean = today.mean[columns]
        back = np.where(left.sums > 0.0, mean * learned(cells, slots, day, left), 0.0)
        cells[FAST_SUM.start + ROWS, slots] = np.where(young[slots], 0.0, left.sums + fall * back)
        cells[FAST_MEAN.start + ROWS, slots] = left.expected - back
    cells[FAST_AT] = (day + 1) * DAY_SECONDS
    return clock_change.end_day(cells, odds, sure)


def learned(cells: Rows, slots: Slots, day: int, held: clock_change.Sums) -> Rows:
    """Give the share of what is expected of `day` that the level owes to each sum's own events.

    Of a day that is off, the level learns as much as its doubt is of all doubt, a week later.
    """
    state = cells[: COUNTS.start].take(slots, axis=1)
    doubt = state[MU] * state[Q]
    gain = OF_LEVEL * doubt / (dispersion(state) + doubt)
    days = np.clip(day + 1 - held.since / DAY_SECONDS - LAG, 0.0, DAYS_TAKEN_BACK)
    off = np.maximum(held.seen / np.maximum(held.expected, LEAST) - 1.0, 0.0)
    more = np.minimum(gain * days * off, MOST_TAKEN_BACK)
    share: Rows = more / (1.0 + more)
    return share


def stop(cells: Rows, slot: int) -> None:
    """Begin the sums of a series anew: what was counted so far has been reported."""
    cells[FAST_SUM, slot] = 0.0
