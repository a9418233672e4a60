"""What the labels of an incident must be, as it is written: `product=Student loan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.catalogue import TOPICS
from streams.core.incidents.silences import fits
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Matcher = tuple[str, str, str]
    """Label, matching (`is`, `is_not`, `like`) and value."""


LABELS: Final = (
    *dict.fromkeys(label for topic in TOPICS.values() for label in topic.labels),
    "incident",
    "metric",
    "severity",
)
"""What an incident may be known by."""


def matcher(text: str) -> Matcher:
    """Read `LABEL=VALUE`; a `*` stands for any characters, `!=` for what must not be.

    >>> matcher("company!=Navient")
    ('company', 'is_not', 'Navient')
    >>> matcher("product=Student*")
    ('product', 'like', 'Student*')

    Raises:
        ValueError: it is not of that form, or no incident has such a label.
    """
    label, sign, value = text.partition("=")
    if not sign or not label.rstrip("!").strip() or not value:
        raise ValueError("write LABEL=VALUE, LABEL=VAL* or LABEL!=VALUE")
    name = label.rstrip("!").strip()
    if name not in LABELS:
        raise ValueError(f"no incident has a label {name}; {near(name, LABELS)}")
    if label.endswith("!"):
        return name, "is_not", value
    return name, "like" if "*" in value else "is", value


def matches(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Return whether all matchers fit."""
    return all(fits(one, labels) for one in matchers)
