"""Amounts as people write them, and minor units that are none."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.model import Options
from streams.load.money import has_fraction, number, to_minor

Write = Callable[..., Path]
Read = Callable[..., list[dict[str, object]]]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("49.99", "49.99"),
        ("$1,234.50", "1234.50"),
        ("1.234,50 \u20ac", "1234.50"),
        ("49,9", "49.9"),
        ("1,234", "1234"),
        ("(5.00)", "-5.00"),
        ("-5", "-5"),
        ("5.00-", "-5.00"),
        ("USD 12", "12"),
        (49.5, "49.5"),
        ("1e3", "1E+3"),
        ("much", None),
        ("", None),
        (True, None),
        (float("nan"), None),
        ("12 or 13", None),
    ],
)
def test_amounts_are_read_as_people_write_them(cell: object, expected: str | None) -> None:
    assert number(cell) == (None if expected is None else Decimal(expected))


def test_a_currency_decides_how_many_minor_units_there_are() -> None:
    assert to_minor("49.99", "USD", "major", {}) == (4999, False)
    assert to_minor("500", "JPY", "major", {}) == (500, False)
    assert to_minor("1.5", "KWD", "major", {}) == (1500, False)
    assert to_minor("49.999", "USD", "major", {}) == (5000, True)
    assert to_minor("49.99", "USD", "minor", {}) is None
    assert to_minor(50000, "ISK", "minor", {"ISK": 2}) == (500, False)


@pytest.mark.parametrize(
    ("cell", "told"), [("49.00", True), (49.0, True), ("49", False), (49, False)]
)
def test_a_fraction_is_one_even_if_it_is_nought(cell: object, told: bool) -> None:  # noqa: FBT001
    assert has_fraction(cell) is told


MONEY = ("occurred_at,customer_id,amount,currency", *["2024-03-01T10:00Z,c,4900,USD"] * 3)


def test_a_column_with_fractions_is_not_read_as_minor_units_wherever_they_come(
    write: Write, read: Read
) -> None:
    file = write(*MONEY, "2024-03-02T10:00Z,c,49.99,usd")
    with pytest.raises(LoadError, match=r"column 'amount'.*49\.99.*--money major"):
        Loading(file, "revenue")
    assert [event["amount"] for event in read(file, "revenue", money="major")] == [490000] * 3 + [
        4999
    ]
    loading = Loading(file, "revenue", Options(money="minor"))
    list(loading.batches())
    assert dict(loading.report.refused) == {"wrong_type": 1}
