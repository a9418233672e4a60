"""Labels that say nothing: those with one value only, that nobody fills, or that all of it has.

A series by such a label is a copy of the one without it: `company=unknown` of the total, the only
issue of a product of the product. An alert of it would say everything twice.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from streams.core.series_key import OTHER, UNKNOWN, parse_series, series_key

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from streams.core.detect.protocol import Reading
    from streams.core.evidence.evidence import Evidence

Labels = dict[str, str]

LIVE_EVENTS: Final = 5
"""A label is live once a second known value has so many events in four weeks."""


ALL: Final = 0.99
"""A series with such a share of its parent's events is its parent."""


def is_copy(reading: Reading, up: Container[str], evidence: Evidence) -> bool:
    """Return whether a series is a copy of one without some of its labels, which is `up`."""
    metric, labels = parse_series(reading.series)
    live = {name: v for name, v in labels.items() if _is_live(name, reading, evidence)}
    if len(live) < len(labels) and series_key(metric, live) in up:
        return True
    return any(
        series_key(metric, above) in up and is_all_of(reading, above, evidence)
        for above in _above(labels)
    )


def _above(labels: Labels) -> Iterator[Labels]:
    """Yield what has some of the labels, but not all."""
    for many in range(len(labels)):
        for names in combinations(labels, many):
            yield {name: labels[name] for name in names}


def is_all_of(reading: Reading, above: Labels, evidence: Evidence) -> bool:
    """Return whether a series has had all events of a parent, in four weeks and in the rise."""
    place, parent = evidence.place(parse_series(reading.series)[1]), evidence.place(above)
    spans = (
        evidence.counts.base(reading.since, ()),
        evidence.counts.window(reading.start, reading.end, ()),
    )
    own, whole = (sum(span.total(one) for span in spans) for one in (place, parent))
    return whole > 0 and own >= ALL * whole


def _is_live(name: str, reading: Reading, evidence: Evidence) -> bool:
    """Return whether a label has a second value, in four weeks and in the rise itself."""
    if name not in evidence.label_names:
        return True
    position = evidence.label_names.index(name)
    counts = evidence.counts.base(reading.since, ()).by(position)
    for value, count in evidence.counts.window(reading.start, reading.end, ()).by(position).items():
        counts[value] = counts.get(value, 0) + count
    known = sorted(count for value, count in counts.items() if value not in {UNKNOWN, OTHER})
    return len(known) > 1 and known[-2] >= LIVE_EVENTS
