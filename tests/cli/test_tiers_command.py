from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from streams.core.config import Customers
from streams.readmodel.tiers import CustomerRecord, propose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

SHARES = [("gold", 0.1), ("silver", 0.4)]


def customers(values: list[int], currency: str = "USD") -> list[CustomerRecord]:
    return [CustomerRecord(f"c{n}", "active", {currency: v}) for n, v in enumerate(values)]


def test_so_many_customers_reach_a_tier_by_a_year_of_their_value() -> None:
    proposal = propose(customers([100 * n for n in range(1, 101)]), SHARES)
    gold, silver = proposal.tiers
    assert gold.thresholds == {"USD": 100_000}  # the tenth has 9,100 a month: 109,200
    assert silver.thresholds == {"USD": 73_000}
    assert gold.reached == {"USD": 17}
    assert silver.reached == {"USD": 23}  # 6,100 and more are 40 in all
    assert proposal.customers == {"USD": 100}


def test_only_a_part_counts_where_margin_does() -> None:
    values = [100 * n for n in range(1, 101)]
    (gold,) = propose(customers(values), SHARES[:1], 0.5).tiers
    assert gold.thresholds == {"USD": 54_000}


def test_who_does_not_pay_and_currencies_of_a_few_are_left_out() -> None:
    rows = customers([500] * 30) + customers([900] * 19, "EUR")
    rows += [CustomerRecord("x", "lost", {}), CustomerRecord("y", "trial", {"USD": 9_999_999})]
    proposal = propose(rows, SHARES)
    assert [(tier.name, tier.thresholds) for tier in proposal.tiers] == [("gold", {"USD": 6_000})]
    assert proposal.left_out == {"EUR": 19}


def test_what_is_printed_is_a_part_of_the_settings(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text(
        "\n".join(
            json.dumps(
                {
                    "customer_id": f"c{n}",
                    "status": "active",
                    "recurring_value": {"USD": n * 100, "EUR": n * 90},
                }
            )
            for n in range(1, 101)
        )
    )
    result = run("tiers", "--file", file, "--margin", "40", "--tier", "a=5", "--tier", "b=50")
    assert result.exit_code == 0, result.output
    settings = tomllib.loads(result.stdout)["customers"]
    assert Customers.model_validate(settings).tiers == (
        ("a", {"EUR": 41_000, "USD": 46_000}),
        ("b", {"EUR": 22_000, "USD": 24_000}),
    )
    assert settings["tier_by"] == "margin"
    assert "from 460.00 USD a year" in result.stderr


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--tier", "gold"), "NAME=PERCENT"),
        (("--tier", "gold=0"), "NAME=PERCENT"),
        (("--tier", "gold=40", "--tier", "silver=10"), "highest tier comes first"),
        ((), "too few customers"),
    ],
)
def test_what_makes_no_tiers_is_refused(
    run: Run, tmp_path: Path, options: tuple[str, ...], error: str
) -> None:
    file = tmp_path / "customers.jsonl"
    file.write_text('{"customer_id": "c", "status": "active", "recurring_value": {"USD": 1}}\n')
    result = run("tiers", "--file", file, *options)
    assert (result.exit_code, error in result.output) == (1, True), result.output
