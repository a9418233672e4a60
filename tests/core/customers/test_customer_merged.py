"""What one customer hands over to another in a merge, where they live in different partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from customer_events import DAY, Partition, change, correction, event, signup, when

from streams.core.customers.intake.gone import KEPT

if TYPE_CHECKING:
    from streams.core.customers.lives.merges import Handover

USD = {"USD": 4900}
MERGED = change("merged", "2024-02-01", merged_into="bob", reason="one person")


def adas() -> Partition:
    """Give the partition of Ada, who is merged into Bob."""
    partition = Partition()
    partition.process([signup("2024-01-10", segment="home", channel="web"), MERGED])
    partition.advance("2024-02-02")
    return partition


def hear(partition: Partition, told: list[Handover]) -> None:
    for one in told:
        partition.customers.hear(one)
    partition.customers.settle()
    partition.flush()
    assert partition.adds_up()


def test_somebody_unknown_goes_on_with_segment_and_channel_and_is_a_customer_since_then() -> None:
    bobs = Partition()
    bobs.advance("2024-06-01")
    hear(bobs, adas().handed)
    row = bobs.rows["bob"]
    assert (row.status, row.segment, row.value) == ("active", "home", USD)
    assert (row.since, row.subscriptions) == (when("2024-01-10"), 1)
    assert [(m.kind, m.at, m.reason, m.values) for m in row.movements] == [
        ("merged_in", when("2024-02-01"), "one person", USD)
    ]
    assert bobs.count("merged_in") == 1


def test_who_is_a_customer_keeps_its_segment_and_brings_the_earlier_beginning() -> None:
    bobs = Partition()
    bobs.process([signup("2024-01-20", "bob", segment="office", monthly_value=900)])
    bobs.advance("2024-06-01")
    hear(bobs, adas().handed)
    row = bobs.rows["bob"]
    assert (row.segment, row.value, row.subscriptions) == ("office", {"USD": 5800}, 2)
    assert row.since == when("2024-01-10")
    assert (bobs.count("merged_in"), bobs.value("merged_in")) == (0, USD)


def test_the_row_of_who_was_merged_says_into_whom_also_when_that_is_long_ago() -> None:
    ada = adas()
    assert (ada.rows["ada"].status, ada.rows["ada"].merged_into) == ("merged", "bob")
    ada.advance("2026-02-02")
    ada.process([event("complaints", "2026-02-01")])
    ada.advance("2026-03-02")
    life = ada.customers.life("ada")
    assert life is not None
    assert not life.entries
    ada.restart()
    ada.process([change("changed", "2026-03-01", segment="office")])
    ada.advance("2026-03-05")
    assert (ada.rows["ada"].status, ada.rows["ada"].merged_into) == ("merged", "bob")
    ada.process([signup("2026-03-06")])
    ada.advance("2026-03-07")
    assert (ada.rows["ada"].status, ada.rows["ada"].merged_into) == ("active", None)


def test_who_was_a_customer_once_comes_back_under_the_other_id() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), event("cancellations", "2024-01-20"), MERGED])
    partition.process([signup("2024-04-01", "bob")])
    partition.advance("2024-06-01")
    partition.exchange()
    assert [kind for _, kind, _ in partition.movements()] == ["new", "lost", "reactivated"]


def test_told_again_it_changes_nothing_and_withdrawn_it_is_gone() -> None:
    ada, bobs = adas(), Partition()
    bobs.advance("2024-06-01")
    for _ in range(2):
        hear(bobs, ada.handed)
        bobs.restart()
    before = dict(bobs.cells)
    hear(bobs, ada.handed)
    assert bobs.cells == before
    ada.process([correction(MERGED, "2024-02-05")])
    ada.advance("2024-03-01")
    hear(bobs, ada.handed)
    assert (bobs.cells, bobs.rows) == ({}, {})
    assert ada.rows["ada"].status == "active"


@pytest.mark.parametrize("told_first", [True, False])
def test_who_is_forgotten_took_over_nothing_whichever_is_known_first(
    told_first: bool,  # noqa: FBT001 (a parameter)
) -> None:
    ada, bobs = adas(), Partition()
    bobs.process([change("forgotten", "2024-03-01", "bob")])
    if told_first:
        hear(bobs, ada.handed)
        assert bobs.count("merged_in") == 0
        bobs.advance("2024-02-20")
        assert bobs.count("merged_in") == 1
    bobs.advance("2024-06-01")
    bobs.restart()
    hear(bobs, ada.handed)
    assert (bobs.cells, bobs.rows, len(bobs.customers)) == ({}, {}, 0)


def test_that_somebody_was_forgotten_is_known_by_a_hash_and_for_a_year_only() -> None:
    bobs = Partition()
    bobs.process([signup("2024-01-10", "bob"), change("forgotten", "2024-03-01", "bob")])
    bobs.advance("2024-06-01")
    bobs.advance(when("2024-03-01") + KEPT - 1)
    kept = [key for key in bobs.log if key.startswith(b"o\t")]
    assert len(kept) == 1
    assert b"bob" not in kept[0]
    bobs.advance(when("2024-03-01") + KEPT + DAY)
    assert not [key for key in bobs.log if key.startswith(b"o\t")]


def test_who_was_merged_and_is_forgotten_has_handed_over_for_good() -> None:
    ada = Partition()
    ada.process([signup("2024-01-10"), MERGED, change("forgotten", "2024-03-01")])
    ada.advance("2024-06-01")
    bobs = Partition()
    bobs.advance("2024-06-01")
    hear(bobs, ada.handed)
    assert ada.rows == {}
    assert bobs.rows["bob"].value == USD


def test_a_late_event_of_the_one_restates_what_the_other_goes_on_with() -> None:
    ada, bobs = adas(), Partition()
    bobs.process([change("changed", "2024-02-20", "bob", segment="office")])
    bobs.advance("2024-06-01")
    hear(bobs, ada.handed)
    assert bobs.rows["bob"].value == USD
    late = change("changed", "2024-01-20", monthly_value=9900, currency="USD")
    ada.process([late])
    ada.advance("2024-03-01")
    hear(bobs, ada.handed)
    assert bobs.rows["bob"].value == {"USD": 9900}
    assert bobs.value("merged_in") == {"USD": 9900}
