"""What an incident is about: the level that holds most of the excess, and the parts of that.

A broad rise is named by the parent, a narrow one by the part. Of all that may be named the one is
taken that is the furthest from its expectation, less a little for each label that its name has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from schemas.incidents import MAX_PARTS
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.incidents.grouping import MIN_LIFT, is_lifted, is_own
from streams.core.incidents.incident import Part, Scope
from streams.core.incidents.sizes import LONGEST, Size, deviance, is_known, size, span_of
from streams.core.series_key import OTHER, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from streams.core.evidence.evidence import Evidence
    from streams.core.incidents.incident import Incident, Member
    from streams.core.incidents.sizes import Span

LABEL_COST: Final = 3.0
"""What a label in the name costs, in the units of a deviance."""
STAND_IN: Final = 1.1
"""A single label is no name if it has less than so many times the excess of a part of it."""
MIN_LEFT: Final = 0.25
LEFT_Z: Final = 3.0
"""A whole is named, not the part that stands out, if so much of its excess is left without it, and
that by so many standard deviations."""
MAX_CANDIDATES: Final = 12
MAX_LOOKED_AT: Final = 30
"""Members that may be parts: in a storm there are hundreds."""
MIN_PART: Final = 0.05
"""A share of the excess from which a part is listed."""
BEYOND_Z: Final = 4.0
BEYOND_EVENTS: Final = 10.0
"""A part is out of proportion if it has so many events, and standard deviations, more than the
rest's rise would bring it."""
BASE: Final = 28 * DAY
MIN_USUAL: Final = 0.5
"""Of four weeks of which fewer events are remembered than so much of what is expected, nobody
knows what was usual of a part."""
PLAIN: Final = frozenset({"channel", "region", "segment"})
"""Labels of where somebody is and how he writes: named only where an alert is of them."""


def scope_of(incident: Incident, at: int, evidence: Evidence) -> Scope:
    """Return what an incident is about, as of `at`."""
    lead = incident.leading()
    if lead.slow or not is_known(evidence, span_of(lead.start, lead.end, incident.started_at)):
        # Nobody remembers what came before it: what its own detector expects has to do.
        labels, end = lead.labels, lead.end
        start, best = _remembered(lead, evidence)
        parts = _ranked(_values(labels, best, (start, end), lead.since, evidence))
    else:
        # Not since it began: what goes on as it was is no larger each day.
        length = min(LONGEST, max(DAY, lead.end - lead.start))
        start = max(incident.started_at - incident.started_at % HOUR, at - length)
        span = span_of(start, at, incident.started_at)
        labels, best = _named(incident, lead, span, evidence)
        start, end = span.start, span.end
        parts = _parts(labels, best, span, incident, evidence)
    return Scope(labels, start, end, round(best.observed, 3), round(best.expected, 3), parts)


def _remembered(lead: Member, evidence: Evidence) -> tuple[int, Size]:
    """Return since when the events of a lead are remembered, and its size in these days.

    Of what its detector expects of a longer window these days have as much as all the others.
    """
    start = max(lead.start, lead.end - BASE)
    part = (lead.end - start) / max(1, lead.end - lead.start)
    count = evidence.counts.window(start, lead.end, evidence.place(lead.labels)).total()
    if start > lead.start and count > lead.expected * part:
        return start, Size(float(count), lead.expected * part)
    return lead.start, Size(lead.observed, lead.expected)


def _named(
    incident: Incident, lead: Member, span: Span, evidence: Evidence
) -> tuple[dict[str, str], Size]:
    own = size(evidence, span, evidence.place(lead.labels))
    found = [(_weight(lead.labels, own), lead.labels, own)]
    without = (evidence.place(lead.labels),)
    for labels in _candidates(incident, lead, evidence):
        place = evidence.place(labels)
        one = size(evidence, span, place)
        if labels.items() <= lead.labels.items():
            rest = size(evidence, span, place, without)
            if not is_lifted(rest) or is_own(own, rest):
                continue
        found.append((_weight(labels, one), labels, one))
    found = [one for one in found if not _is_stand_in(one[1], one[2], found)]
    best = max(found, key=lambda one: (one[0], -len(one[1]), sorted(one[1].items())))
    for _, labels, one in sorted(found, key=lambda one: (len(one[1]), sorted(one[1].items()))):
        if labels.items() < best[1].items() and _is_left(labels, one, best[1], span, evidence):
            return labels, one
    return best[1], best[2]


def _is_stand_in(
    labels: Mapping[str, str], own: Size, found: Sequence[tuple[float, dict[str, str], Size]]
) -> bool:
    """Return whether a single label has hardly more than something that is named by it and more."""
    return len(labels) == 1 and any(
        labels.items() < more.items() and own.excess < STAND_IN * part.excess
        for _, more, part in found
    )


def _is_left(
    above: Mapping[str, str], whole: Size, labels: Mapping[str, str], span: Span, evidence: Evidence
) -> bool:
    """Return whether much of a rise is left, beyond doubt, without what stands out in it."""
    rest = size(evidence, span, evidence.place(above), (evidence.place(labels),))
    much = rest.excess >= MIN_LEFT * whole.excess
    return much and rest.lift >= MIN_LIFT and rest.z >= LEFT_Z


def _weight(labels: Mapping[str, str], one: Size) -> float:
    return deviance(one) / one.dispersion - LABEL_COST * len(labels)


def _candidates(incident: Incident, lead: Member, evidence: Evidence) -> Iterator[dict[str, str]]:
    """Yield what may be named besides the lead: all; what members are of; and single labels."""
    seen: list[dict[str, str]] = [lead.labels]
    members = sorted(incident.open_members(), key=lambda one: (-one.excess, one.series))
    wanted: list[dict[str, str]] = [{}]
    for one in members[:MAX_CANDIDATES]:
        if one.slow is lead.slow:
            wanted.append(one.labels)
            wanted += [{name: value} for name, value in one.labels.items() if len(one.labels) > 1]
    for labels in wanted:
        plain = PLAIN & labels.keys() and labels != lead.labels
        if labels not in seen and not plain and set(labels) <= set(evidence.label_names):
            seen.append(labels)
            yield labels


def _parts(
    labels: Mapping[str, str], best: Size, span: Span, incident: Incident, evidence: Evidence
) -> list[Part]:
    """Return the parts with most of the excess: the largest first."""
    found = [*_members(labels, best, span, incident, evidence)]
    known = [part.labels for part in found]
    values = _values(labels, best, (span.start, span.end), incident.started_at, evidence)
    return _ranked([*found, *(part for part in values if part.labels not in known)])


def _ranked(found: Iterable[Part]) -> list[Part]:
    """Return the largest of some parts in their order, those out of proportion before others."""
    found = sorted(found, key=lambda part: (-part.excess, sorted(part.labels.items())))
    kept = [part for part in found if part.beyond][:MAX_PARTS]
    kept += [part for part in found if not part.beyond][: MAX_PARTS - len(kept)]
    return sorted(kept, key=lambda part: (-part.excess, sorted(part.labels.items())))


def _members(
    labels: Mapping[str, str], best: Size, span: Span, incident: Incident, evidence: Evidence
) -> Iterator[Part]:
    """Yield what alerts of it are about, but for what holds all of it."""
    if best.excess <= 0.0:
        return
    whole = evidence.place(labels)
    largest = sorted(incident.open_members(), key=lambda one: (-one.excess, one.series))
    for member in largest[:MAX_LOOKED_AT]:
        if member.labels.items() <= labels.items() or member.slow is not incident.leading().slow:
            continue
        place = evidence.place(member.labels)
        own = size(evidence, span, place)
        inside = labels.items() <= member.labels.items()
        if inside:
            beyond = is_beyond(own, best)
        else:
            beyond = is_beyond(size(evidence, span, place, (whole,)), Size(0.0, 0.0))
        if beyond or (inside and own.excess >= MIN_PART * best.excess):
            yield Part(member.labels, own.observed, round(own.expected, 3), beyond, member.alert_id)


def is_beyond(own: Size, whole: Size) -> bool:
    """Return whether a part rises out of all proportion to the rest of the whole."""
    rest = Size(whole.observed - own.observed, whole.expected - own.expected)
    expected = own.expected * max(1.0, rest.lift)
    more = own.observed - expected
    spread = (own.dispersion * max(expected, 1.0)) ** 0.5
    return bool(more >= BEYOND_EVENTS and more >= BEYOND_Z * spread)


def _values(
    labels: Mapping[str, str], best: Size, window: tuple[int, int], since: int, evidence: Evidence
) -> Iterator[Part]:
    """Yield the single values of the other labels that have a share of the excess.

    Of a rise that began before much is remembered nobody knows what was usual of its parts: each
    has as much of the excess as of the events.
    """
    if best.excess <= 0.0:
        return
    place = evidence.place(labels)
    observed = evidence.counts.window(*window, place)
    usual = evidence.counts.base(since, place)
    if usual.total() < MIN_USUAL * best.expected:
        usual = observed
    ratio = best.expected / max(1, usual.total())
    for position, name in enumerate(evidence.label_names):
        if name in labels:
            continue
        now, base = observed.sums(position), usual.sums(position)
        values = observed.values(position)
        if np.flatnonzero(now + base).size < 2:  # noqa: PLR2004 - one value is no part
            continue
        excess = now - ratio * base
        for code in np.flatnonzero(excess >= max(1.0, MIN_PART * best.excess)).tolist():
            if values[code] in {UNKNOWN, OTHER}:
                continue
            own = Size(float(now[code]), float(ratio * base[code]))
            beyond = name not in PLAIN and is_beyond(own, best)
            yield Part({**labels, name: values[code]}, own.observed, round(own.expected, 3), beyond)
