"""How an alert reads for a person: what it is of, and a line about it.

Its message, a sentence or more, is in the row; times are those of `core.event_time.formats`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from streams.core.event_time.formats import minute_of
from streams.load.money import digits, largest_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.readmodel.rows import Complained, Transition


_AMOUNT: Final = re.compile(r"(?<=\d) (?=[A-Z]{3}\b)")


def series(metric: str, labels: Mapping[str, str]) -> str:
    """Name a series: `complaints company=NAVIENT`, or `complaints, all of them`."""
    if not labels:
        return f"{metric}, all of them"
    return f"{metric} " + ", ".join(f"{name}={value}" for name, value in labels.items())


def money(amount: int, currency: str) -> str:
    """Put minor units of a currency into words: `1,234.50 USD`, `5,000 JPY`."""
    places = digits(currency)
    return f"{Decimal(amount).scaleb(-places):,.{places}f} {currency}"


def together(text: str) -> str:
    """Keep amounts and their currencies on one line, by spaces that do not break."""
    return _AMOUNT.sub("\N{NO-BREAK SPACE}", text)


def amounts(values: Mapping[str, int]) -> str:
    """Put sums by currency into words, the largest first: `1,234.50 USD and 800.00 EUR`.

    Nothing is `nothing`.
    """
    return " and ".join(money(amount, name) for name, amount in largest_first(values)) or "nothing"


def at_stake(one: Complained) -> str:
    """Say who complained, what they are worth, and who of them left."""
    who = "1 customer" if one.customers == 1 else f"{one.customers:,} customers"
    said = f"{who} complained, worth {amounts(one.value)} a month"
    if one.left:
        said += f"; {one.left:,} of them left, worth {amounts(one.value_left)}"
    return said


def title(alert: Transition) -> str:
    """Name what rises in short: `company Navient`, `renewals: reason price`."""
    labels = ", ".join(f"{name} {value}" for name, value in alert.labels.items()) or "in all"
    return labels if alert.metric == "complaints" else f"{alert.metric}: {labels}"


def line(alert: Transition) -> str | None:
    """Put a transition into one line; None if it says nothing new."""
    at = minute_of(alert.at)
    if alert.state == "firing" and alert.explained_by is not None:
        return f"{at}   and so, by the same cause: {title(alert)}"
    if alert.state == "firing" and alert.verdict == "artefact":
        return f"{at} notice: {alert.message}"
    if alert.state == "firing":
        return f"{at} ALERT ({alert.severity}) {alert.message}"
    if alert.state == "resolved" and alert.explained_by is None:
        return f"{at} over: {title(alert)}"
    return None
