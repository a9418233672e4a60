"""Corrections, and customers who are forgotten (rules 19 and 20)."""

from __future__ import annotations

from typing import Any, Final

import pytest
from customer_events import Partition, change, correction, event, paid, signup

USD: Final = {"USD": 4900}


# -- 19: corrections ------------------------------------------------------------------------------


def test_a_payment_corrected_twice_counts_as_the_newest_says() -> None:
    partition = Partition()
    payment = paid("2024-01-11", 100)
    partition.process([signup("2024-01-10"), payment])
    partition.process([correction(payment, "2024-01-13", paid("2024-01-11", 30))])
    partition.process([correction(payment, "2024-01-12", paid("2024-01-11", 20))])
    partition.advance("2024-02-01")
    assert partition.value("revenue") == {"USD": 30}


def test_a_correction_of_money_that_is_withdrawn_leaves_the_payment_as_it_was() -> None:
    partition = Partition()
    payment = paid("2024-01-11", 100)
    fix = correction(payment, "2024-01-13", paid("2024-01-11", 30))
    partition.process([correction(fix, "2024-01-14"), fix, fix, payment, signup("2024-01-10")])
    partition.advance("2024-02-01")
    assert partition.value("revenue") == {"USD": 100}


def test_a_correction_whose_original_never_came_is_counted_blind_until_it_comes() -> None:
    partition = Partition()
    original = signup("2024-01-10")
    partition.process([correction(original, "2024-01-11", signup("2024-01-12"))])
    partition.advance("2024-02-01")
    assert partition.customers.counts()["corrections_blind"] == 1
    partition.process([original])
    partition.advance("2024-02-02")
    assert partition.customers.counts()["corrections_blind"] == 0
    assert partition.movements() == [("2024-01-12", "new", USD)]


def test_complaints_and_referrals_are_corrected_like_money() -> None:
    partition = Partition()
    complaint, referral = (
        event("complaints", "2024-01-11"),
        event("referrals", "2024-01-12", converted=True),
    )
    partition.process([signup("2024-01-10"), complaint, referral])
    partition.advance("2024-02-01")
    assert (partition.count("complaints"), partition.count("converted")) == (1, 1)
    partition.process([correction(complaint, "2024-01-13"), correction(referral, "2024-01-13")])
    partition.wall += 10.0
    partition.advance("2024-02-02")
    assert [partition.count(k) for k in ("complaints", "referrals", "converted")] == [0, 0, 0]
    assert partition.rows["ada"].open_complaints == 0


@pytest.mark.parametrize(
    "original",
    [
        paid("2024-02-05", 4900),
        paid("2024-02-05", -100),
        event("complaints", "2024-02-05"),
        event("referrals", "2024-02-05", converted=True),
    ],
)
def test_a_correction_of_money_or_a_count_that_never_came_is_counted_blind(original: Any) -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), paid("2024-01-11", currency="EUR")])
    partition.process([correction(original, "2024-02-06")])
    partition.advance("2024-02-10")
    partition.flush()
    assert partition.customers.counts()["corrections_blind"] == 1
    partition.process([original])
    partition.flush()
    assert partition.customers.counts()["corrections_blind"] == 0


# -- 20: forgotten --------------------------------------------------------------------------------


def test_a_customer_who_is_forgotten_is_lost_and_what_was_counted_stays() -> None:
    partition = Partition()
    partition.process([signup("2024-01-10"), paid("2024-01-11")])
    partition.process([change("forgotten", "2024-02-01T09:00:00")])
    partition.advance("2024-02-01T08:59:59")
    assert partition.rows["ada"].status == "active"
    partition.advance("2024-02-01T09:00:00")
    assert partition.movements() == [("2024-01-10", "new", USD), ("2024-02-01", "lost", USD)]
    assert partition.count("lost", dimension="reason", label="forgotten") == 1
    assert partition.value("revenue") == USD
    assert partition.rows == {}
    assert len(partition.customers) == 0
    assert not any(b"ada" in key for key in partition.log)
    assert partition.adds_up()

    partition.restart()
    partition.process([change("changed", "2024-02-03", monthly_value=100, currency="USD")])
    partition.advance("2024-03-01")
    assert partition.count("discovered") == 1
    assert partition.adds_up()


def test_somebody_unknown_can_be_forgotten() -> None:
    partition = Partition()
    partition.process([change("forgotten", "2024-02-01", "nobody")])
    partition.advance("2024-03-01")
    assert not partition.rows
    assert not partition.cells
    assert len(partition.customers) == 0
