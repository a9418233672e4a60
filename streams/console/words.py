"""How numbers, money and times are written on a page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from streams.load.money import digits, largest_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.incidents import Incident

MINUS: Final = "\N{MINUS SIGN}"
SPACE: Final = "\N{NO-BREAK SPACE}"


def whole(value: float | Decimal) -> str:
    """Write a number: `1,234`."""
    return f"{value:,.0f}".replace("-", MINUS)


def signed(value: float) -> str:
    """Write a difference: `+12`."""
    return whole(value) if value < 0 else f"+{whole(value)}" if value else "\N{PLUS-MINUS SIGN}0"


def decimal(value: float) -> str:
    """Write what was expected: a digit behind the point below 100."""
    return whole(value) if abs(value) >= 100 else f"{value:,.1f}".replace("-", MINUS)  # noqa: PLR2004


def percent(share: float) -> str:
    """Write a share with its sign: `+8%`."""
    return f"{share:+.0%}".replace("-", MINUS)


def share(part: float) -> str:
    """Write which part of an excess something is: `48%`; where it is as much or more, `all`."""
    return "all" if part >= 0.995 else f"{part:.0%}".replace("-", MINUS)  # noqa: PLR2004 (rounds to 100%)


def money(amount: int, currency: str) -> str:
    """Write minor units of a currency to the whole unit: `1,235 USD`."""
    return f"{figure(amount, currency)}{SPACE}{currency}"


def figure(amount: int, currency: str) -> str:
    """Write minor units where the currency is said elsewhere: `1,235`."""
    return whole(Decimal(amount).scaleb(-digits(currency)))


def exact_money(amount: int, currency: str) -> str:
    """Write minor units of a currency: `1,234.50 USD`."""
    places = digits(currency)
    value = Decimal(amount).scaleb(-places)
    return f"{value:,.{places}f}{SPACE}{currency}".replace("-", MINUS)


def signed_money(amount: int, currency: str) -> str:
    """Write a difference in money: `+1,235 USD`."""
    return ("+" if amount > 0 else "") + money(amount, currency)


def amounts(values: Mapping[str, int] | None) -> str:
    """Write money by currency, the most first: `1,235 USD, 800 EUR`; nothing is a dash."""
    if not values:
        return "\N{EN DASH}"
    return ", ".join(money(amount, name) for name, amount in largest_first(values))


def minute(at: datetime | str | None) -> str:
    """Write a time to the minute, UTC: `2017-01-18 09:30`; of none, a dash."""
    if at is None:
        return "\N{EN DASH}"
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return f"{_in_utc(at):%Y-%m-%d %H:%M}"


def as_of(row: Incident) -> datetime:
    """Return of when the numbers of an incident are.

    A record that says what people are worth has newer ones than the message before it.
    """
    return max(row.at, row.window_end)


def stamp(at: datetime) -> str:
    """Write a time for machines."""
    return f"{_in_utc(at):%Y-%m-%dT%H:%M:%SZ}"


def _in_utc(at: datetime) -> datetime:
    """Return a time in UTC; as it is where that would be before the year 1, or after 9999."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return at


def words(name: str) -> str:
    """Write a name of ours in words: `would return`."""
    return name.replace("_", " ")


def labels(values: Mapping[str, str]) -> str:
    """Write labels: `product Student loan, region CA`."""
    return ", ".join(f"{words(name)} {value}" for name, value in values.items()) or "all of them"


def plain_cell(cell: object) -> object:
    """Keep a spreadsheet from taking a text for a formula."""
    if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{cell}"
    return cell
