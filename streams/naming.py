"""Which name was perhaps meant by one that is not known."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def near(word: str, words: Iterable[str]) -> str:
    """Say which of `words` was perhaps meant, or else what there is to choose from."""
    choice = list(words)
    by_lower = {known.lower(): known for known in choice}
    close = difflib.get_close_matches(word.lower(), by_lower, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(by_lower[name]) for name in close) + "?"
    return "there is: " + ", ".join(choice) if choice else "there is none"
