"""The truth of a folder of events, written beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

from streams.simulate.events import TOPICS
from streams.simulate.files import (
    EVENTS,
    TRUE_PERIODS,
    TRUTH,
    event_file,
    read_events,
    write_table,
)
from streams.simulate.truth.between import between_customers
from streams.simulate.truth.company import Truth
from streams.simulate.truth.numbers import Row
from streams.simulate.truth.rates import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from streams.simulate.events import Event
    from streams.simulate.manifest import Manifest
    from streams.simulate.truth.settle import Key
    from streams.simulate.truth.stakes import Asked

SHARE: Final = 64 * 2**20
"""Bytes of event files whose events are held in memory at a time; they take some 300 MB there."""


def truth_of_folder(  # noqa: PLR0913, PLR0917 (what a truth is of)
    folder: Path,
    manifest: Manifest,
    progress: Callable[[int], None],
    left_out: Collection[Key] = frozenset(),
    counted: int | None = None,
    asked: Sequence[Asked] = (),
) -> Truth:
    """Sum up the events of a folder, a share of the customers at a time.

    Args:
        folder: what `groundswell simulate` wrote.
        manifest: of the same folder; with another clock or other definitions in it, the truth is
            worked out up to then, and by those.
        progress: is given the number of customers done.
        left_out: topic and id of events that came too late to be counted.
        counted: epoch seconds up to which events are counted by themselves; None: the clock.
        asked: incidents of which it is wanted what was at stake.
    """
    events = folder / EVENTS
    between = between_customers(read_events(events, ("changes", "referrals", "corrections")))
    truth = Truth(
        manifest.definitions,
        manifest.clock,
        between,
        effect=manifest.effect,
        left_out=left_out,
        counted=counted,
        asked=asked,
    )
    shares = 1 + sum(event_file(events, topic).stat().st_size for topic in TOPICS) // SHARE
    done = 0
    for share in range(shares):
        for customer, sent in _customers(read_events(events), share, shares):
            truth.add(customer, sent)
            done += 1
            progress(done)
    return truth


def _customers(
    sent: Iterable[tuple[str, Event]], share: int, shares: int
) -> list[tuple[str | None, list[tuple[str, Event]]]]:
    """Give the events of one share of the customers, by customer."""
    found: dict[str | None, list[tuple[str, Event]]] = {}
    for topic, event in sent:
        customer = event.customer_id
        if shares > 1 and crc32((customer or "").encode()) % shares != share:
            continue
        found.setdefault(customer, []).append((topic, event))
    return list(found.items())


def write_truth(folder: Path, truth: Truth, manifest: Manifest) -> list[Row]:
    """Write what is true as tables, and give it.

    Raises:
        UnbalancedError: it does not add up.
    """
    rows = truth.rows()
    write_table(folder / TRUTH / TRUE_PERIODS, Row._fields, rows)
    rates = truth.rates.rates(manifest.loss_rate, manifest.factor)
    write_table(folder / TRUTH / "loss_rates.csv", Rate._fields, rates)
    return rows
