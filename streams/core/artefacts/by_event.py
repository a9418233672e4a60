"""Artefacts that show in single events: who sent them, in which words, at which second.

Each test finds which part of every event in the window it would remove, and why. It decides
nothing: whether what is left is still a rise is for `verdict` to judge. All compare a window with
the days before it, so that what is usual for a series is no evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.event_time.buckets import DAY
from streams.core.evidence.sample import joint, totals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemas.alerts import Artefact
    from streams.core.evidence.sample import Everything, Mask, Real, Sampled, Whole

MIN_EVENTS: Final = 5.0
"""Fewer events than these are no artefact."""
MIN_SHARE: Final = 0.1
"""Nor is what has a smaller share of the excess: there are always some senders, or wordings."""
OFTEN_EVENTS: Final = 3.0
"""So many events of one customer, in different words, are unusual where few customers do it."""
FEW_SENDERS: Final = 4
"""So many customers are few."""
TIMES_USUAL: Final = 3.0
"""So many times as many as usual is unusual for a sender."""
STAND_IN_SHARE: Final = 0.3
"""A sender who usually sends so much of a series is no person: a default, a gateway."""
STAND_IN_SHARE_OF_ALL: Final = 0.05
"""So is one who sends so much of everything."""
USUAL_SHARE: Final = 0.2
"""Where such a share of the days before looks like this, it is how the source is."""
ALIKE_SHARE: Final = 0.3
"""Of texts that share the smallest hash, so many share the largest if they are nearly the same."""
INSTANT_SHARE: Final = 0.99
"""Where so much of a day lies at one instant, its events have a day and no time."""
HALF_HOUR: Final = 1800
NEAR_STEPS: Final = 30
"""Steps of time around a moment that show what was going on."""
MOMENT_STEPS: Final = 2
"""Steps of time around a moment that belong to it, where times have seconds."""


class SampledRise(NamedTuple):
    """A rise, by the prints of its events: those in the window and those before.

    `now` and `before` part the prints of `events`, `ratio` is the length of the window over
    that of the time before (0: there is none). `known` are senders and words, by hash, that an
    earlier look found, here or at another rise, with how many are usual a day; moments too, below
    0. `going` are the artefacts that rises were of late: then the days before are no measure, and
    few events do. `everywhere` gives the prints of all series a day before the rise and more.
    `seconds` is the length of the window.
    """

    events: Sampled
    now: Mask
    before: Mask
    ratio: float
    excess: float
    known: Mapping[int, float]
    going: frozenset[Artefact]
    everywhere: Callable[[], Everything]
    seconds: int = 86400


class EventArtefact(NamedTuple):
    """What a test found: the part of each print that it would remove, and the words for it.

    `culprits` are the senders, words or moments found, with how many are usual a day.
    """

    artefact: Artefact
    gone: Real
    evidence: str
    culprits: dict[int, float]


def one_sender(look: SampledRise) -> EventArtefact | None:
    """Find few customers who make much of the count, each far above what is usual of them."""
    e, now = look.events, look.now & (look.events.sender != 0)
    names, _, sums = totals(e.sender[now], e.weight[now])
    if not names.size:
        return None
    usual, share = _usual(look, e.sender, names)
    unusual = (sums >= MIN_SHARE * look.excess) & (sums >= TIMES_USUAL * usual + OFTEN_EVENTS)
    heavy = unusual & (sums >= MIN_EVENTS)
    own = now & ~_again(joint(e.sender, e.low, e.high), e.low != 0)
    several = unusual & (totals(e.sender[now], own[now].astype(np.float64))[2] >= OFTEN_EVENTS)
    if np.count_nonzero(several) <= FEW_SENDERS:
        heavy |= several
    # Who is known from another rise needs not be so many in a part of it.
    found = np.isin(names, [*look.known])
    heavy |= found & (sums >= 2.0) & (sums >= TIMES_USUAL * usual)  # noqa: PLR2004
    heavy &= share < STAND_IN_SHARE
    if heavy.any():
        known, counts = look.everywhere().by_sender()
        many = known[counts >= max(MIN_EVENTS, STAND_IN_SHARE_OF_ALL * counts.sum())]
        heavy &= ~np.isin(names, many) | found
    order = [i for i in np.lexsort((names, -sums)).tolist() if heavy[i]]
    if not order:
        return None
    gone = np.zeros(now.size)
    for i in order:
        gone[now & (e.sender == names[i])] = 1.0 - max(1.0, usual[i]) / sums[i]
    of_all = float(e.weight[look.now].sum())
    most = float(sums[order[0]])
    first = order[0]
    others = int(names.size) - len(order)
    nameless = float(e.weight[look.now & (e.sender == 0)].sum())
    evidence = (
        f"{_count(len(order), 'customer')} sent {sums[order].sum():,.0f} of {of_all:,.0f}, "
        f"{others:,} others with a name {sums.sum() - sums[order].sum():,.0f}"
        + (f" and {nameless:,.0f} came without one" if nameless else "")
        + f"; customer #{names[first]:08x} alone {most:,.0f} "
        f"({most / of_all:.0%}), where {usual[first]:.1f} would be usual."
    )
    days = look.seconds / 86400
    return EventArtefact(
        "one_sender", gone, evidence, {int(names[i]): float(usual[i]) / days for i in order}
    )


def duplicate_load(look: SampledRise) -> EventArtefact | None:
    """Find content that was there before under another id, of many different events."""
    e = look.events
    named, worded = e.sender != 0, e.low != 0
    content = joint(e.kind, e.sender, e.low, e.high)
    moment = joint(content, e.time)
    again = _again(content, named & worded) | _again(moment, named | worded)
    bare = ~named & ~worded
    if look.now[bare].any():
        # Nothing but labels and the second: alike by chance where there are many a second.
        alike = _again(moment, bare)
        _, _, sums = totals(moment[look.now & bare], e.weight[look.now & bare])
        few = sums.max(initial=0.0) <= 4.0  # noqa: PLR2004
        chance = _by_chance(look, bare)
        if few and e.weight[alike & look.now].sum() >= 10.0 * chance + MIN_EVENTS:
            again |= alike
    copies = again & look.now
    going = "duplicate_load" in look.going
    _, _, sums = totals(content[copies], e.weight[copies])
    # The same words of the same customer: three are no chance. Of less that is known, more.
    least = 3.0 if (named & worded)[copies].all() else MIN_EVENTS
    few = e.weight[copies].sum() < least or sums.size < 3 or sums.max() > 0.5 * sums.sum()  # noqa: PLR2004
    if not sums.size or (not going and (few or _is_usual(look, again))):
        return None
    of_all = e.weight[look.now].sum()
    evidence = (
        f"{sums.sum():,.0f} of {of_all:,.0f} have the content of an earlier event under another id "
        "(labels, customer and words, or in the same second what is known of these); "
        f"{_count(int(sums.size), 'content')} came again."
    )
    return EventArtefact("duplicate_load", copies.astype(np.float64), evidence, {})


def same_text(look: SampledRise) -> EventArtefact | None:
    """Find nearly the same words in much of the excess, which nobody used before."""
    e = look.events
    gone, evidence, culprits = np.zeros(look.now.size), "", {}
    left = look.now & (e.low != 0)
    worded = float(e.weight[left].sum())
    for _ in range(3):
        found = _cluster(look, left)
        if found is None:
            break
        cluster, words = found
        size = float(e.weight[cluster].sum())
        gone[cluster] = 1.0 - 1.0 / size
        left &= ~cluster
        culprits.update(dict.fromkeys(words, 0.0))
        if not evidence:
            senders = e.sender[cluster]
            customers = np.unique(senders[senders != 0]).size
            evidence = f"{size:,.0f} of {worded:,.0f} texts have nearly the same words"
            if customers:
                evidence += f", from {_count(customers, 'customer')}"
            if customers > 0.5 * cluster.sum():
                evidence += ": a campaign, it seems"
            evidence += "."
    return EventArtefact("same_text", gone, evidence, culprits) if evidence else None


def bulk(look: SampledRise) -> EventArtefact | None:
    """Find many events of one moment with little around it: no people are that prompt."""
    e = look.events
    unit = _resolution(e.time)
    if unit is None:
        return None
    packed = _packed(e.time, e.weight, unit) & ~_timeless(e.time, e.weight)
    known = np.isin(-(e.time // unit * unit), [*look.known])
    if _is_usual(look, packed) and not known.any():
        return None
    artefact = (packed | known) & look.now
    size = float(e.weight[artefact].sum())
    if (
        size < MIN_SHARE * look.excess
        or (size < MIN_EVENTS and not known[artefact].all())
        or not size
    ):
        return None
    moments = np.unique(e.time[artefact] // unit * unit)
    word = "second" if unit == 1 else "minute"
    around = (
        "with next to nothing around" if packed[artefact].all() else "in which others came in bulk"
    )
    evidence = (
        f"{size:,.0f} of {e.weight[look.now].sum():,.0f} came in "
        f"{_count(moments.size, word)} {around}, as a program enters them."
    )
    # Its sign sets it apart from hashes.
    return EventArtefact(
        "bulk", artefact.astype(np.float64), evidence, dict.fromkeys((-moments).tolist(), 0.0)
    )


def _usual(look: SampledRise, column: Whole, names: Whole) -> tuple[Real, Real]:
    """Return how many of each name the window would have as before, and their share before."""
    known, _, sums = totals(column[look.before], look.events.weight[look.before])
    usual, share = np.zeros(names.size), np.zeros(names.size)
    if known.size:
        place = np.minimum(np.searchsorted(known, names), known.size - 1)
        there = known[place] == names
        usual[there] = sums[place[there]] * look.ratio
        if sums.sum() >= 2 * MIN_EVENTS:
            share[there] = sums[place[there]] / sums.sum()
    days = look.seconds / 86400
    for i, name in enumerate(names.tolist()):
        if name in look.known:
            usual[i], share[i] = look.known[name] * days, 0.0
    return usual, share


def _again(keys: Whole, among: Mask) -> Mask:
    """Return a mask of the elements whose key stood there earlier; the order is that of time."""
    places = np.flatnonzero(among)
    _, first = np.unique(keys[places], return_index=True)
    again = among.copy()
    again[places[first]] = False
    return again


def _by_chance(look: SampledRise, bare: Mask) -> float:
    """Count the pairs of one second that events without names or words give by chance."""
    e = look.events
    of = look.now & bare
    _, _, sums = totals(e.kind[of], e.weight[of])
    span = max(1, int(e.time[of].max() - e.time[of].min()))
    return float((sums**2).sum()) / (2.0 * span)


def _is_usual(look: SampledRise, what: Mask) -> bool:
    """Return whether the days before looked like this; no where too little is known."""
    weight = look.events.weight
    before = float(weight[look.before].sum())
    return before >= MIN_EVENTS and float(weight[what & look.before].sum()) >= USUAL_SHARE * before


def _cluster(look: SampledRise, among: Mask) -> tuple[Mask, list[int]] | None:
    """Find the most common words: those that share the smallest hash, or then the largest."""
    e = look.events
    names, _, sums = totals(e.low[among], e.weight[among])
    if not names.size:
        return None
    low = int(names[np.lexsort((names, -sums))[0]])
    core = among & (e.low == low)
    names, _, sums = totals(e.high[core], e.weight[core])
    high = int(names[np.lexsort((names, -sums))[0]])
    cluster = among & ((e.low == low) | (e.high == high))
    if (
        e.weight[cluster].sum() < max(MIN_EVENTS, MIN_SHARE * look.excess)
        or cluster.sum() < MIN_EVENTS
    ):
        return None
    if sums.max() < ALIKE_SHARE * sums.sum():
        return None  # they have a phrase in common, and no more
    if low not in look.known:
        past = look.everywhere().sampled
        # Words that came a day before are what a form offers, or what anybody says.
        if np.count_nonzero((past.low == low) | (past.high == high)) > 1:
            return None
    return cluster, [low]


def _resolution(times: Whole) -> int | None:
    """Return the unit of the times in seconds: 1 or 60; None where a day or an hour is all."""
    if not times.size or np.mean(times % 3600 == 0) > 0.9:  # noqa: PLR2004
        return None
    return 60 if np.mean(times % 60 == 0) > 0.9 else 1  # noqa: PLR2004


def _timeless(times: Whole, weight: Real) -> Mask:
    """Return a mask of the events of days that lie at one instant: they have no time of day.

    It is a midnight somewhere, so on the half hour.
    """
    _, of_day, daily = totals(times // DAY, weight)
    _, of_time, sums = totals(times, weight)
    at_once: Mask = (sums[of_time] >= INSTANT_SHARE * daily[of_day]) & (times % HALF_HOUR == 0)
    return at_once


def _packed(times: Whole, weight: Real, unit: int) -> Mask:
    """Return a mask of the events of moments with ten times what is around them, five at least.

    A moment is up to five seconds, or one minute where seconds are not known: then ten events.
    """
    moments, places, sums = totals(times // unit, weight)
    wide = MOMENT_STEPS if unit == 1 else 0
    near = _within(moments, sums, wide)
    around = (_within(moments, sums, NEAR_STEPS) - near) / (2 * (NEAR_STEPS - wide))
    packed = near >= np.maximum(MIN_EVENTS, 10.0 * (2 * wide + 1) * around)
    if unit > 1:  # people can be that many in a minute, but then there are others around it
        packed &= near >= np.maximum(2.0 * MIN_EVENTS, 8.0 * NEAR_STEPS * around)
    mask: Mask = packed[places]
    return mask


def _within(moments: Whole, sums: Real, reach: int) -> Real:
    """Add up what is at most `reach` away from each moment."""
    upto = np.concatenate(([0.0], np.cumsum(sums)))
    low = np.searchsorted(moments, moments - reach)
    high = np.searchsorted(moments, moments + reach, side="right")
    counts: Real = upto[high] - upto[low]
    return counts


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
