"""Customers are switched on over a state of before: its topics are read again, for them alone."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from customer_company import company, time_of
from customer_events import DAY, cancelled, event, paid, signup, when
from msgspec.json import encode
from second_read_site import NOTHING, OFF, ON, Site

from schemas.topics import DEADLETTER, LATE
from streams.core.catalogue import TOPICS
from streams.core.changelog import UnreadableStateError
from streams.core.config import Customers
from streams.core.customers.sums.folding import edge_of, months_folded
from streams.core.event_time.formats import utc
from streams.core.ingest.with_customers import IngestStageWithCustomers
from streams.settings import Settings
from streams.transport.failure import StateRefusedError

if TYPE_CHECKING:
    from streams.transport.state.partition_task import PartitionTask


def counted_of(site: Site) -> dict[Any, Any]:
    """Give the cells that are not empty."""
    return {key: cell for key, cell in site.cells.items() if any(cell[7:])}


def history(chance: Random) -> list[Any]:
    """Make events in an order in which topics may have them: some late, some twice."""
    events = company(chance)
    sent = [*events, *(one for one in events if chance.random() < 0.1)]
    days = [0, 0, 0, 1, 50]
    return sorted(sent, key=lambda e: time_of(e) + chance.random() * chance.choice(days) * DAY)


def surely_kept(site: Site, task: PartitionTask) -> dict[str, Any]:
    """Give the rows of customers with what every life still keeps of its movements by now.

    An older one stands in a row that was written before it was folded, and in none written later.
    """
    assert isinstance(task.stage, IngestStageWithCustomers)
    customers = task.stage.customers
    months = months_folded(customers.rules.definitions)
    edge = utc(edge_of(customers.clock, months, customers.rules)).isoformat()
    return {
        customer: row
        and row
        | {
            name: [one for one in row[name] if one["at"] >= edge]
            for name in ("movements", "losses")
        }
        for customer, row in site.customers().items()
    }


async def read_to_the_end(site: Site, settings: Settings, chance: Random) -> PartitionTask:
    """Take a state over and read all, in batches of any size, with crashes in between."""
    task = site.take_over(settings)
    while task.again:
        site.read_again(task, chance.choice([1, 2, 20, 1000]))
        for _ in range(chance.choice([0, 1, 300])):
            task.work()
        dice = chance.random()
        if dice < 0.5:
            await site.flush(task)
        if dice < 0.1 or dice > 0.95:
            task = site.take_over(settings)
    if chance.random() < 0.5:  # or all that is whole goes with the first of what comes
        await site.flush(task)
        task = site.take_over(settings)
        assert not task.again
    site.read_all(task)
    await site.end(task)
    return task


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, 40, 10))
async def test_a_second_read_gives_what_reading_with_customers_from_the_beginning_gives(
    seed: int,
) -> None:
    for one in range(seed, seed + 10):
        chance = Random(one)
        events = history(chance)
        if not events:
            continue
        first, second = Site(events), Site(events)
        task = await read_to_the_end(first, ON, chance)
        before = second.take_over(OFF)
        for topic in TOPICS:
            second.read(before, topic, chance.randint(1, max(1, len(second.log[topic]))))
        await second.flush(before)
        counted = second.kept("c")
        assert second.take_over(ON).again.keys() == {t for t, at in before.position.items() if at}
        await read_to_the_end(second, ON, chance)
        assert counted_of(second) == counted_of(first)
        assert surely_kept(second, task) == surely_kept(first, task)
        assert second.kept("c", "m", "h", "d", "n") == first.kept("c", "m", "h", "d", "n")
        assert counted or not any(before.position.values())
        assert not second.kept("r")
        for topic in (LATE, DEADLETTER):
            ours, theirs = (
                [s for s in x.written.sends if s.topic == topic] for x in (second, first)
            )
            assert sorted(s.value or b"" for s in ours) == sorted(s.value or b"" for s in theirs)


async def test_nobody_is_discovered_who_signed_up_in_the_history() -> None:
    site = Site([signup("2025-03-05"), paid("2025-04-06"), paid("2025-05-06"), b"no event"][:3])
    before = site.take_over(OFF)
    site.read_all(before)
    await site.flush(before)
    site.log["revenue"].append(encode(paid("2025-06-06")))
    await read_to_the_end(site, ON, Random(1))
    assert site.customers()["ada"]["last_movement"]["kind"] == "new"
    assert site.customers()["ada"]["since"] == "2025-03-05T00:00:00Z"


async def test_what_has_read_nothing_begins_at_once() -> None:
    site = Site([])
    before = site.take_over(OFF)
    await site.flush(before)
    task = site.take_over(ON)
    assert not task.again
    assert not site.take_over(ON).stage.reads_again  # type: ignore[attr-defined]


async def test_a_deleted_beginning_is_refused_unless_it_is_said_what_was_before() -> None:
    may = [paid(f"2025-05-{day:02}") for day in range(6, 16, 3)]
    site = Site([signup("2025-03-05"), paid("2025-04-06"), *may])
    before = site.take_over(OFF)
    site.read_all(before)
    await site.flush(before)
    starts = {**NOTHING, "signups": 1, "revenue": 1}
    with pytest.raises(
        UnreadableStateError, match=r"beginning of revenue, signups.*customers\.start"
    ):
        site.take_over(ON, starts)
    known = Settings(
        customers=Customers.model_validate({"enabled": True, "start": "2025-05-10T00:00:00Z"})
    )
    task = site.take_over(known, starts)
    assert task.again == {"revenue": 1}
    while task.again:
        site.read_again(task, 10)
    await site.end(task)
    assert site.customers()["ada"]["last_movement"]["kind"] == "opening"


async def test_what_is_deleted_before_it_was_read_again_is_refused() -> None:
    site = Site([paid(f"2025-04-{day:02}") for day in range(1, 20)])
    before = site.take_over(OFF)
    site.read_all(before)
    await site.flush(before)
    task = site.take_over(ON)
    site.read_again(task, 5)
    await site.flush(task)
    with pytest.raises(StateRefusedError, match="offsets 5 to 9 before they were read again"):
        site.take_over(ON, {**NOTHING, "revenue": 10})
    assert site.take_over(ON, {**NOTHING, "revenue": 5}).again == {"revenue": 5}


async def test_a_half_built_state_is_known_as_one_and_by_its_definitions() -> None:
    site = Site([signup("2025-03-05"), *(paid(f"2025-04-{day:02}") for day in range(1, 20))])
    before = site.take_over(OFF)
    site.read_all(before)
    await site.flush(before)
    task = site.take_over(ON)
    await site.flush(task)
    assert site.take_over(ON).again == {"signups": 0, "revenue": 0}
    other = Settings(customers=Customers(enabled=True, past_due_days=10))
    with pytest.raises(UnreadableStateError, match=ON.customers.definitions.stamp):
        site.take_over(other)
    with pytest.raises(UnreadableStateError, match=r"Set customers\.enabled = true"):
        site.take_over(OFF)


async def test_topics_are_read_again_together_in_event_time() -> None:
    joined = [signup(when("2024-01-01") + n * DAY // 4, f"c{n}") for n in range(20)]
    left = [cancelled(when("2024-01-01T01:00:00") + n * DAY // 4, f"c{n}") for n in range(20)]
    site = Site([*joined, *left])
    before = site.take_over(OFF)
    site.read_all(before)
    await site.flush(before)
    task = site.take_over(ON)
    read: dict[str, int] = defaultdict(int)
    while task.again:
        topic = task.behind
        assert topic is not None
        read[topic] += 1
        site.read_again(task, 1)
        if task.again.keys() == {"signups", "cancellations"}:
            assert abs(read["signups"] - read["cancellations"]) <= 1


async def test_what_was_not_accepted_is_not_accepted_again() -> None:
    ahead = event("revenue", "2031-01-01", "bob", amount=4900, currency="USD")
    site = Site([signup("2025-03-05"), paid("2025-05-06"), ahead, paid("2025-04-01", 1, "eve")])
    before = site.take_over(OFF)
    site.read_all(before)
    await site.flush(before)
    sent = len(site.written.sends)
    await read_to_the_end(site, ON, Random(1))
    assert site.customers().keys() == {"ada"}
    assert not [s for s in site.written.sends[sent:] if s.topic in {LATE, DEADLETTER}]
