"""What must hold of the true numbers, whatever the company."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from streams.simulate.company import found
from streams.simulate.story import anonymous, story
from streams.simulate.truth.balance import UnbalancedError, check
from streams.simulate.truth.company import truth_of
from streams.simulate.truth.rates import interval

if TYPE_CHECKING:
    from streams.simulate.truth.numbers import Row


def made(seed: int, customers: int, months: int) -> list[Row]:
    company = found(seed, customers, months, (2016, 1))
    sent = [one for number in range(customers) for one in story(company, number)]
    sent += anonymous(company)
    Random(seed).shuffle(sent)
    return truth_of(sent, company.definitions, company.end - 1, effect=company.effect).rows()


@pytest.mark.parametrize("seed", range(12))
def test_it_adds_up_for_any_company(seed: int) -> None:
    rows = made(seed, customers=60, months=15)
    check(rows)  # as `rows` has done itself
    assert any(row.unit == "closing" for row in rows)


@pytest.mark.parametrize("unit", ["closing", "new", "lost", "moved_in", "expansion", "opening"])
def test_one_customer_or_cent_too_many_is_found(unit: str) -> None:
    rows = made(3, customers=60, months=15)
    place = next(
        n
        for n, row in enumerate(rows)
        if (row.grain, row.group, row.unit) == ("month", "total", unit)
    )
    rows[place] = rows[place]._replace(value=rows[place].value + 1)
    with pytest.raises(UnbalancedError):
        check(rows)


def test_groups_that_do_not_sum_to_the_total_are_found() -> None:
    rows = made(3, customers=60, months=15)
    place = next(n for n, row in enumerate(rows) if row.unit == "revenue" and row.group != "total")
    rows[place] = rows[place]._replace(value=rows[place].value + 1)
    with pytest.raises(UnbalancedError):
        check(rows)


def test_the_order_of_events_and_duplicates_change_nothing() -> None:
    company = found(5, 80, 14, (2016, 1))
    sent = [one for number in range(80) for one in story(company, number)]
    random = Random(1)
    first = truth_of(sent, company.definitions, company.end - 1).rows()
    shuffled = sent + random.sample(sent, 100)
    random.shuffle(shuffled)
    assert first == truth_of(shuffled, company.definitions, company.end - 1).rows()


def test_days_add_up_to_months_and_months_to_quarters_and_years() -> None:
    rows = made(4, customers=80, months=15)
    sums: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        if row.group == "total" and row.unit in {"new", "lost", "revenue", "expansion"}:
            period = {"day": row.period[:7], "month": row.period[:7]}.get(row.grain)
            for name in {period, row.period[:4]} - {None}:
                key = row.grain, str(name), row.unit, row.currency
                sums[key] = sums.get(key, 0) + row.value
    months = {key[1:]: n for key, n in sums.items() if key[0] == "month"}
    assert months == {key[1:]: n for key, n in sums.items() if key[0] == "day"}
    years = {key: n for key, n in months.items() if len(key[0]) == len("2016")}
    assert years == {key[1:]: n for key, n in sums.items() if key[0] == "quarter"}
    assert years == {key[1:]: n for key, n in sums.items() if key[0] == "year"}


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.688879), (1, 0.025318, 5.571643), (10, 4.795389, 18.390356), (400, 361.8, 441.2)],
)
def test_the_interval_of_a_count_is_the_exact_one_of_poisson(
    count: int, low: float, high: float
) -> None:
    found_low, found_high = interval(count)
    assert found_low == pytest.approx(low, rel=2e-4, abs=1e-9)
    assert found_high == pytest.approx(high, rel=2e-4)


@pytest.mark.slow
def test_the_rates_a_company_was_made_with_are_found_again() -> None:
    inside = {"before": 0, "after": 0, "raised": 0}
    for seed in range(10):
        company = found(seed, 500, 12, (2016, 1))
        sent = [one for number in range(500) for one in story(company, number)]
        truth = truth_of(sent, company.definitions, company.end - 1, effect=company.effect)
        for rate in truth.rates.rates(company.loss_rate, company.factor):
            assert rate.true is not None
            inside[rate.when] += rate.low <= rate.true <= rate.high
    assert all(hits >= 8 for hits in inside.values()), inside
