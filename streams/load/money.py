"""Amounts as people write them, in minor units of their currency."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

MoneyUnit = Literal["major", "minor"]

_DIGITS: Final = {
    **dict.fromkeys(
        (
            *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"),
            *("UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Digits of the minor unit by ISO 4217, where they are not two."""

_TRIM: Final = re.compile(r"^[^\d(.,+-]*|[^\d).,-]*$")
_NUMBER: Final = re.compile(r"[+-]?(?:\d[\d.,' \u00a0\u202f]*|[.,]\d+)(?:[eE][+-]?\d{1,2})?-?")
_EXACT: Final = Decimal("1e-9")
_DIGITS_HELD: Final = 28
"""Of a decimal number, unless its context is another one."""


def digits(currency: str) -> int:
    """Give the number of digits of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency.upper(), 2)


def largest_first(values: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return sums in minor units by currency, the largest first, each counted in whole units.

    >>> largest_first({"EUR": 97_000, "JPY": 5_000, "USD": 4_305_400})
    [('USD', 4305400), ('JPY', 5000), ('EUR', 97000)]

    No rates are known: it is a guess at what matters most, and the same for the same sums.
    """
    return sorted(
        values.items(), key=lambda one: (-abs(Decimal(one[1]).scaleb(-digits(one[0]))), one[0])
    )


def number(cell: object) -> Decimal | None:  # noqa: PLR0911 (one for each way of writing it)
    """Read an amount: 49.99, "1,234.50", "$49", "(5.00)", "49,99", "1.234,50"; None: it is none.

    A comma before exactly three digits at the end parts thousands, any other one is a decimal one.
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float, Decimal)):
        try:
            value = Decimal(str(cell))
        except InvalidOperation:
            return None
        return value if value.is_finite() else None
    if not isinstance(cell, str):
        return None
    text = _TRIM.sub("", cell.strip())
    sign = -1 if text.startswith("(") and text.endswith(")") else 1
    text = text.strip("()").strip()
    text = re.sub(r"^([+-]?)\D*?(?=[\d.,])", r"\1", text)
    if not _NUMBER.fullmatch(text):
        return None
    if text.endswith("-"):
        sign, text = -sign, text[:-1]
    text = re.sub(r"['\s\u00a0\u202f]", "", text)
    try:
        return sign * Decimal(_with_a_point(text))
    except InvalidOperation:
        return None


def _with_a_point(text: str) -> str:
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        thousands, decimal = (",", ".") if point > comma else (".", ",")
        return text.replace(thousands, "").replace(decimal, ".")
    if comma >= 0:
        groups = text.lstrip("+-").split(",")
        if all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3:  # noqa: PLR2004
            return text.replace(",", "")
        return text.replace(",", ".")
    if text.count(".") > 1:
        return text.replace(".", "")
    return text


def has_fraction(cell: object) -> bool:
    """Say whether a cell is a number that is written with a fraction, be it .0 or .00."""
    if isinstance(cell, float):
        return cell == cell  # noqa: PLR0124 (a gap is written as no number)
    if isinstance(cell, str):
        if cell.isdecimal():
            return False
        value = number(cell)
        return value is not None and int(value.as_tuple().exponent) < 0
    return False


def to_minor(
    cell: object, currency: str, unit: MoneyUnit, kept: Mapping[str, int]
) -> tuple[int, bool] | None:
    """Give an amount in the minor units of ISO 4217, and whether it had to be rounded.

    `unit` is how the file has it; `kept` has currencies whose minor units in the file have another
    number of digits. None: it is no amount.
    """
    value = number(cell)
    if value is None:
        return None
    there = 0 if unit == "major" else kept.get(currency, digits(currency))
    exact = value.scaleb(digits(currency) - there)
    if not -_DIGITS_HELD < exact.adjusted() < _DIGITS_HELD:  # no amount of money
        return None
    whole = exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    rounded = abs(whole - exact) > _EXACT
    if rounded and unit == "minor":
        return None  # a fraction of the smallest unit there is
    return int(whole), rounded
