"""Each story of the table comes out as it is told, forwards and backwards."""

from __future__ import annotations

import pytest
from customer_events import Partition
from customer_stories import STORIES as OF_ONE
from customer_stories import Story
from merged_stories import STORIES as OF_MERGED

STORIES = [*OF_ONE, *OF_MERGED]


def moved(partition: Partition) -> list[tuple[str, str, dict[str, int]]]:
    """Give the movements; renewals are counted on days too, and are of other tests."""
    return [one for one in partition.movements() if one[1] != "renewals"]


ASKED_FOR = (
    "trial that lapses",
    "upgrade",
    "cancelled, and back within the window",
    "two subscriptions, one cancelled",
    "cancellation before the signup is known",
    "renewal after a loss",
    "payment failed and mended",
    "refund",
    "free plan",
    "paused",
    "backdated",
    "a cancellation withdrawn",
    "merged",
    "currency changed",
    "forgotten",
)
"""How customers come and go, in the words in which definitions are asked for."""


@pytest.mark.parametrize("asked", ASKED_FOR)
def test_the_table_has_a_story_of_everything_that_is_defined(asked: str) -> None:
    assert [story.name for story in STORIES if story.name.startswith(asked)]


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_story(story: Story) -> None:
    partition = Partition(story.definitions)
    assert partition.process(story.events) == []
    partition.advance("2024-06-01")
    partition.exchange()

    assert moved(partition) == story.movements
    assert partition.adds_up()
    row = partition.rows.get("ada")
    assert (row.status if row else "") == story.status


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_story_told_backwards_with_a_restart_before_each_event(story: Story) -> None:
    partition = Partition(story.definitions)
    for one in reversed(story.events):
        partition.process([one])
        partition.flush()
        partition.restart()
    for clock in ("2024-02-01", "2024-02-29", "2024-06-01"):
        partition.advance(clock)
        partition.restart()
        partition.exchange()

    assert moved(partition) == story.movements
