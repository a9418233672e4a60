"""Labels that say nothing: those with one value only, or that nobody fills.

A series by such a label is a copy of the one without it, `company=unknown` of the total; an alert
of it would say everything twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.series_key import OTHER, UNKNOWN, parse_series, series_key

if TYPE_CHECKING:
    from collections.abc import Container

    from streams.core.detect.protocol import Reading
    from streams.core.evidence.evidence import Evidence

LIVE_EVENTS: Final = 5
"""A label is live once a second known value has so many events in four weeks."""


def is_copy(reading: Reading, up: Container[str], evidence: Evidence) -> bool:
    """Return whether a series has labels that say nothing, and the one without them is `up`."""
    metric, labels = parse_series(reading.series)
    above = {name: v for name, v in labels.items() if _is_live(name, reading, evidence)}
    return len(above) < len(labels) and series_key(metric, above) in up


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
