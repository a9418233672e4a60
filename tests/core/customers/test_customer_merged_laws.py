"""Customers merged into each other at random: whatever the order, the numbers are the true ones.

The truth is that of `groundswell simulate`, which shares nothing with what is tested.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from customer_company import BEGIN, company, feed, shuffled, time_of
from customer_events import DAY, Partition, change, correction, topic_of
from customer_oracle import month_name

from streams.core.customers.definitions import Definitions
from streams.simulate.events import Event
from streams.simulate.truth.company import truth_of

if TYPE_CHECKING:
    from streams.core.customers.lives.merges import Handover

TIERS: Final = (("silver", {"USD": 20_000, "EUR": 18_000}),)
MEANINGS: Final = (
    Definitions(tiers=TIERS),
    Definitions(tiers=TIERS, count_free=False, past_due_days=10, start=BEGIN + 200 * DAY),
    Definitions(zone="America/New_York", return_window=7 * DAY, found_window=60 * DAY),
)
FLOWS: Final = (
    *("new", "reactivated", "discovered", "lost", "moved_in", "moved_out"),
    *("merged_in", "merged_out", "expansion", "contraction"),
)
WORTH: Final = frozenset({"expansion", "contraction"})
"""Of which the truth has the money alone."""

Flows = dict[tuple[str, str, str | None, str], dict[str, int]]
"""By month, segment, tier and kind: customers (""), and value by currency."""


class Exchanging(Partition):
    """Hears what its customers hand over to each other, now and then, in any order, and twice."""

    def __init__(self, meaning: Definitions, chance: Random) -> None:
        super().__init__(meaning)
        self.chance = chance
        self.unheard: list[Handover] = []
        self.kept: list[Handover] = []

    def flush(self) -> None:
        self.hand_out()
        if self.chance.random() < 0.4:
            self.hear_some()

    def hand_out(self) -> None:
        """Make durable what was heard until now."""
        told = len(self.handed)
        super().flush()
        self.unheard += self.handed[told:]
        self.kept = list(self.unheard)

    def hear_some(self) -> None:
        """Hear some, in the order in which each of them was told."""
        while self.unheard and self.chance.random() < 0.8:
            whose = self.chance.choice(self.unheard).giver
            first = next(one for one in self.unheard if one.giver == whose)
            self.customers.hear(first)
            if self.chance.random() < 0.1:
                self.customers.hear(first)
            self.unheard.remove(first)

    def restart(self) -> None:
        super().restart()
        self.unheard = list(self.kept)

    def end(self) -> None:
        """Hear everything, until nobody has more to say."""
        self.customers.settle()
        self.hand_out()
        while self.unheard:
            self.hear_some()
            self.customers.settle()
            self.hand_out()


def merging(chance: Random) -> list[Any]:
    """Make a company in which everybody may be merged into anybody else.

    It is no older than a year: a merge counts that is heard of while its month is kept apart.
    """
    made = []
    known = company(chance, months=5)
    for number in range(chance.choice([0, 1, 3]) if known else 0):
        at = int(time_of(chance.choice(known))) + chance.choice([0, 0, DAY, 40 * DAY])
        known.append(change("merged", at, f"c{chance.randrange(5)}", merged_into="c0"))
        if number and chance.random() < 0.5:
            known.append(correction(known[-1], at + 9 * DAY))
    for one in known:
        if getattr(one, "merged_into", None) is None:
            made.append(one)
            continue
        others = [f"c{n}" for n in range(6) if f"c{n}" != one.customer_id]
        made.append(msgspec.structs.replace(one, merged_into=chance.choice(others)))
    # A correction has its original whole.
    by_id = {(topic_of(one), one.event_id): one for one in made}
    return [
        msgspec.structs.replace(
            one, original=by_id.get((one.topic, one.original.event_id), one.original)
        )
        if topic_of(one) == "corrections"
        else one
        for one in made
    ]


def true_flows(events: list[Any], clock: int, meaning: Definitions) -> Flows:
    sent = [
        (topic_of(one), msgspec.convert(msgspec.to_builtins(one), Event, strict=False))
        for one in events
    ]
    found: Flows = defaultdict(dict)
    for row in truth_of(sent, meaning, clock).rows():
        if row.grain == "month" and row.group != "total" and row.unit in FLOWS:
            segment, tier = (part.partition("=")[2] for part in row.group.split(","))
            found[row.period, segment, tier, row.unit][row.currency] = row.value
    return dict(found)


def told_flows(partition: Partition) -> Flows:
    found: Flows = {}
    for cell in partition.cells.values():
        if cell.grain == "1mo" and cell.dimension is None and cell.kind in FLOWS:
            month = month_name(cell.start, partition.definitions.zone)
            count = 0 if cell.kind in WORTH else cell.count
            numbers = {"": count, **cell.values}
            numbers = {unit: number for unit, number in numbers.items() if number}
            if numbers:
                found[month, cell.segment, cell.tier, cell.kind] = numbers
    return found


def check(seed: int) -> int:
    chance = Random(seed)
    events = merging(chance)
    if not events:
        return 0
    meaning = MEANINGS[seed % len(MEANINGS)]
    end = int(max(map(time_of, events))) + chance.choice([-100, 0, 20]) * DAY
    end = max(end, BEGIN + 1)
    wanted = true_flows(events, end, meaning)
    for _ in range(2):
        partition = Exchanging(meaning, chance)
        feed(chance, partition, shuffled(chance, events), end)
        partition.end()
        assert told_flows(partition) == wanted
        assert partition.adds_up()
    return sum(kind == "merged_in" for *_, kind in wanted)


@pytest.mark.parametrize("seed", range(0, 60, 30))
def test_whatever_is_handed_over_in_any_order_gives_the_true_numbers(seed: int) -> None:
    assert sum(check(one) for one in range(seed, seed + 30)) > 5
