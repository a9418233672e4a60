"""Real or artefact: whether a rise is more than one sender, a load, a renaming or a catching-up.

A rise is an artefact if half of its excess or more has such an origin and what is left would not
have been a rise. So a real spike in which some repeat themselves stays real, however many do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from schemas.alerts import Artefact, Verdict
from streams.core.artefacts import by_count, by_event
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.sample import totals
from streams.core.evidence.store import HOURS_KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.artefacts.by_event import EventArtefact, SampledRise
    from streams.core.evidence.attribution import Anatomy, Rise
    from streams.core.evidence.evidence import Evidence
    from streams.core.evidence.sample import Real

ARTEFACT_SHARE: Final = 0.5
"""An artefact has so much of its excess from elsewhere."""
LOADED_TWICE_SHARE: Final = 0.4
"""Where all was loaded twice, the second load is half of the count: hardly half of the excess."""
PUBLISHED_SHARE: Final = 0.2
"""A share of the excess that is published, though the rise is real without it."""
EVENTS_SPAN: Final = 2 * DAY
"""So much of a window is looked at event by event; the day before it shows what is usual."""
WEEK: Final = 7 * DAY
"""Longer windows have nothing before them to hold them against."""
MAX_CULPRITS: Final = 20
"""Senders, words and moments that are kept of an alert: the last ones found."""
REMOVED_DAYS: Final = 40
"""Days of which is kept how many events were removed."""

EVENT_TESTS: Final = (
    by_event.one_sender,
    by_event.duplicate_load,
    by_event.same_text,
    by_event.bulk,
)
EVENT_ARTEFACTS: Final = frozenset({"one_sender", "duplicate_load", "same_text", "bulk"})
"""What these find."""


class Reason(msgspec.Struct, array_like=True):
    """One origin of an excess: its part of it (0 to 1), and what shows it.

    `start` and `end` are the span in which that was counted (0: not known).
    """

    artefact: Artefact
    share: float
    evidence: str
    start: int = 0
    end: int = 0


class Known(NamedTuple):
    """What makes rises artefacts, open ones and those over of late.

    `culprits` are senders, words and moments, with how many a day are usual; `going` the kinds.
    """

    culprits: Mapping[int, float]
    going: frozenset[Artefact]


class Findings(msgspec.Struct, array_like=True):
    """What was found of one alert so far.

    `removed` has the events removed, by day, for windows that reach back further than single
    events are kept; `culprits` the senders and words found, with how many a day were usual.
    """

    verdict: Verdict = "real"
    reasons: list[Reason] = []  # msgspec makes a fresh one for each
    removed: dict[int, float] = {}
    culprits: dict[int, float] = {}


def judge(
    anatomy: Anatomy,
    since: int,
    evidence: Evidence,
    so_far: Findings,
    known: Known,
) -> Findings:
    """Judge a rise by the evidence, and by what was found of it before.

    `known` is what makes other rises artefacts.
    """
    rise = anatomy.rise
    if rise.excess <= 0.0:
        return so_far
    culprits = {**known.culprits, **so_far.culprits}
    look, seen = _sampled_rise(anatomy, since, evidence, known._replace(culprits=culprits))
    found = (
        [artefact for test in EVENT_TESTS if (artefact := test(look)) is not None] if seen else []
    )
    found = _apart(found)
    gone = (
        np.max([artefact.gone for artefact in found], axis=0) if found else np.zeros(look.now.size)
    )
    weight = look.events.weight * gone
    removed, explained = _remember(look, weight, rise, so_far)
    reasons = _reasons(found, look, float(weight.sum()), so_far, explained / rise.excess)
    doubled = any(reason.artefact == "duplicate_load" for reason in reasons)
    part = LOADED_TWICE_SHARE if doubled else ARTEFACT_SHARE
    verdict: Verdict = "artefact" if _explains(anatomy, explained, part) else "real"
    renamed = any(reason.artefact == "taxonomy" for reason in so_far.reasons)
    for test in (by_count.taxonomy, by_count.catch_up) if rise.end - rise.start <= WEEK else ():
        shift = test(anatomy, since, evidence, known=renamed)
        if shift is not None:
            share = _share(shift.moved, rise.excess)
            span = shift.start, rise.end
            reasons.append(Reason(shift.artefact, share, shift.evidence, *span))
            if _explains(anatomy, shift.moved):
                verdict = "artefact"
    reasons.sort(key=lambda r: -r.share)
    published = [r for r in reasons if r.share >= PUBLISHED_SHARE]
    if verdict == "artefact" and not published:
        # Small ones add up, or the proof is older than what is kept of single events.
        published = reasons or so_far.reasons
        if not published:
            verdict = "real"
    culprits = dict(so_far.culprits)
    for artefact in found:
        culprits |= artefact.culprits
    return Findings(verdict, published, removed, dict(list(culprits.items())[-MAX_CULPRITS:]))


def _explains(anatomy: Anatomy, explained: float, part: float = ARTEFACT_SHARE) -> bool:
    rise = anatomy.rise
    return explained >= part * rise.excess and rise.observed - explained <= rise.upper


def _sampled_rise(
    anatomy: Anatomy, since: int, evidence: Evidence, known: Known
) -> tuple[SampledRise, bool]:
    rise = anatomy.rise
    first, start = rise.end - HOURS_KEPT, max(rise.start, rise.end - EVENTS_SPAN)
    quiet = min(start, since) if since >= first + 6 * HOUR else start
    quiet = min(quiet, rise.end - DAY)  # what is usual does not show on the same day
    events = evidence.events.sampled(first, rise.end, rise.place)
    look = by_event.SampledRise(
        events,
        events.time >= start,
        events.time < quiet,
        (rise.end - start) / (quiet - first),
        rise.excess,
        known.culprits,
        known.going,
        lambda: evidence.events.everything(first, min(quiet, rise.end - DAY)),
        rise.end - start,
    )
    return look, bool(look.now.any())


def _apart(found: Sequence[EventArtefact]) -> list[EventArtefact]:
    """Leave out what is the same in other words: one sender repeats one text."""
    apart: list[EventArtefact] = []
    for artefact in found:
        if not any(_overlap(artefact, other) > 0.8 for other in apart):  # noqa: PLR2004
            apart.append(artefact)
    return apart


def _overlap(one: EventArtefact, other: EventArtefact) -> float:
    mine = one.gone > 0.0
    return float((mine & (other.gone > 0.0)).sum()) / float(mine.sum())


def _remember(
    look: SampledRise, weight: Real, rise: Rise, so_far: Findings
) -> tuple[dict[int, float], float]:
    """Note what was removed, by day; returns all of it that is in the window.

    Of days that are wholly in the window, what was removed before counts too.
    """
    days, _, sums = totals(look.events.time[look.now] // DAY, weight[look.now])
    now = dict(zip((days * DAY).tolist(), sums.tolist(), strict=True))
    removed = {day: n for day, n in so_far.removed.items() if day >= rise.end - REMOVED_DAYS * DAY}
    for day, n in now.items():
        if n:
            removed[day] = max(n, removed.get(day, 0.0))
    whole = {day: n for day, n in removed.items() if rise.start <= day <= rise.end - DAY}
    return removed, sum((now | whole).values())


def _reasons(
    found: list[EventArtefact], look: SampledRise, now: float, so_far: Findings, explained: float
) -> list[Reason]:
    """Return the reasons for all `explained` events of the window, as shares of the excess.

    What is `found` explains `now` events, of the days that are looked at one by one; those of
    the days before are of the same kinds. Where nothing is found now, all are of those that were
    published before.
    """
    end, estimated = look.events.end, ""
    if (look.events.weight[look.now] > 1.0).any():
        estimated = f" Estimated from a sample of {np.count_nonzero(look.now):,}."
    parts = [
        Reason(
            artefact.artefact,
            float((look.events.weight * artefact.gone).sum()) / now,
            artefact.evidence + estimated,
            end - look.seconds,
            end,
        )
        for artefact in found
    ]
    if not found and explained:
        before = [reason for reason in so_far.reasons if reason.artefact in EVENT_ARTEFACTS]
        whole = sum(reason.share for reason in before) or 1.0
        parts = [msgspec.structs.replace(r, share=r.share / whole) for r in before]
    return [msgspec.structs.replace(r, share=_share(r.share * explained, 1.0)) for r in parts]


def _share(events: float, excess: float) -> float:
    return round(min(1.0, events / excess), 3)
