"""Masking: what identifies a person is taken out of a text before it is shown."""

from __future__ import annotations

import re
from typing import Final

_RULES: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"https?://\S+"), "[link]"),
    (
        re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr|Herr|Frau)\.?\s+[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)?"),
        "[name]",
    ),
    (re.compile(r"[+(]?\d[\d ().-]{5,}\d"), "[number]"),
    (re.compile(r"\d{4,}"), "[number]"),
)
"""Applied in this order: an address before the numbers in it."""


def mask(text: str, limit: int = 240) -> str:
    """Mask e-mail addresses, links, names behind a title, and phone, card and account numbers.

    White space is folded, and the text is cut at `limit` characters.
    """
    # Only what can end up in the cut is looked at, with room for what the masks shorten.
    short = " ".join(text[: 4 * limit].split())
    for pattern, stand_in in _RULES:
        short = pattern.sub(stand_in, short)
    return short if len(short) <= limit else short[: limit - 1] + "…"
